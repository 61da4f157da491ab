"""What the record keeps secret from screens, and where older records had it."""

import pytest
from sqlalchemy import text
from support.samples import open_store
from test_faults import migrate_to

from posture.records import Actor, KeyFile, NotAllowedError, Role, Store
from posture.records.engine import engine_of
from posture.records.sessions import Sessions


def test_a_secret_is_made_once_and_is_no_setting(home):
    store = open_store(home)
    secret = Sessions(store).signing_secret()
    assert len(secret) > 40
    assert Sessions(open_store(home)).signing_secret() == secret
    with store.database.reading() as session:
        kept = session.execute(text("SELECT name, value FROM settings")).all()
    assert secret not in str(kept)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OWNER])
def test_no_other_role_has_the_secrets_or_the_keys(home, role):
    store = open_store(home).acting_as(Actor("somebody", role))
    for use in (lambda: store.secrets.get("signing", lambda: "made"), lambda: store.keys):
        with pytest.raises(NotAllowedError):
            use()


@pytest.mark.embedded
def test_an_older_records_secrets_are_moved_out_of_its_settings(home):
    keys = KeyFile(home).begin("correct horse battery staple")
    engine = engine_of(home / "posture.db", keys)
    migrate_to("0011", engine)
    mine = keys.purpose("recognition").hex()
    with engine.begin() as connection:
        for name, value in {
            "signing_secret": '"s3cret"', "keys": f'"{mine}"', "idle_minutes": "5",
        }.items():  # fmt: skip
            connection.execute(
                text("INSERT INTO settings VALUES (:name, :value, '2026-09-07 09:00:00')"),
                {"name": name, "value": value},
            )
    engine.dispose()
    store = Store.open(home, keys)
    assert Sessions(store).signing_secret() == "s3cret"
    assert store.settings.get("idle_minutes") == 5
    with store.database.reading() as session:
        assert session.execute(text("SELECT name FROM settings")).scalars().all() == [
            "idle_minutes"
        ]
    store.close()
