from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from shared import PASSPHRASE, open_store

from posture.records import KeyFile, PatientDetails, Store
from posture.records.engine import _config, engine_of
from posture.records.erasure import WhyRemoved
from posture.records.models import Base
from posture.records.shares import Ended, Shares
from posture.records.tokens import new_token


def test_migrations_lead_to_the_tables_of_the_models(home):
    store = open_store(home)
    with store._engine.connect() as connection:
        difference = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    assert difference == []


def test_opening_again_changes_nothing(home):
    first = open_store(home)
    first.add_patient(PatientDetails("A"))
    first.close()
    assert [p.details.name for p in open_store(home).patients()] == ["A"]


@pytest.mark.embedded
def test_drafts_and_links_of_the_time_before_they_could_be_discarded_are_as_they_were(home):
    keys = KeyFile(home).begin(PASSPHRASE)
    engine = engine_of(home / "posture.db", keys)
    with _config() as config, engine.connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "0011")
    token, known = new_token()
    stamp = datetime.now(UTC)
    with engine.begin() as connection:
        meta = sa.MetaData()
        meta.reflect(connection)

        def add(table: str, **values) -> None:
            connection.execute(meta.tables[table].insert().values(**values))

        add("patients", id="p" * 32, name="Ada", record_number="", remarks="", archived=False,
            created_at=stamp, folded="ada")  # fmt: skip
        add("visits", id="v" * 32, patient_id="p" * 32, visited_at=datetime(2026, 9, 7),  # noqa: DTZ001
            practitioner="", revision=1, created_at=stamp)  # fmt: skip
        add("drafts", owner="this computer", key="visit.a", patient_id="p" * 32,
            data={"plan": "rest"}, changed_at=stamp)  # fmt: skip
        add("shares", id="s" * 32, patient_id="p" * 32, token_sha256=known, label="x", made_by="x",
            made_at=stamp, expires_at=stamp.timestamp() + 1000, withdrawn=False, opened=0,
            page=b"sealed", key=b"k")  # fmt: skip
    engine.dispose()
    store = Store(home, keys)
    assert store.draft("visit.a") == {"plan": "rest"}
    assert store.discarded("") == []
    [share] = store.shares("p" * 32)
    assert share.holds
    store.remove_visit("v" * 32, WhyRemoved.MISTAKE, seen=1)  # it may be what the link shows
    assert not store.shares("p" * 32)[0].holds
    assert Shares(store).open(token) is Ended.WITHDRAWN
    assert store.draft("visit.a") == {"plan": "rest"}
    store.close()


@pytest.mark.embedded
def test_the_copy_before_a_migration_stays_though_a_clock_was_ahead_before(home):
    keys = KeyFile(home).begin(PASSPHRASE)
    folder = home / "before-migration"
    folder.mkdir()
    for year in (2020, 2031, 2032, 2033):
        (folder / f"{year}0101-000000-schema-0009.db").write_bytes(b"x")
    engine = engine_of(home / "posture.db", keys)
    with _config() as config, engine.connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "0011")
    engine.dispose()
    Store(home, keys).close()
    names = sorted(path.name for path in folder.glob("*.db"))
    assert [name[:4] for name in names[1:]] == ["2032", "2033"]
    assert names[0].endswith("schema-0011.db")
