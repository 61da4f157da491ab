from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.orm import Session
from support.samples import PASSPHRASE, open_store

from posture.records import KeyFile, PatientDetails, Store, record_access
from posture.records.audit import EARLIER_KEY, EARLIER_SIGNED, Action, _mac, append
from posture.records.engine import _config, engine_of
from posture.records.erasure import RemovalReason
from posture.records.sessions import OWNER
from posture.records.shared_pages import Ended, SharedPages
from posture.records.tables import AuditRow, Base
from posture.records.tokens import new_token


def test_migrations_lead_to_the_tables_of_the_models(home):
    store = open_store(home)
    with store.database.engine.connect() as connection:
        difference = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    assert difference == []


def test_opening_again_changes_nothing(home):
    first = open_store(home)
    first.patients.add(PatientDetails("A"))
    first.close()
    assert [p.details.name for p in open_store(home).patients.find()] == ["A"]


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
    store = Store.open(home, keys)
    assert store.drafts.get("visit.a") == {"plan": "rest"}
    assert store.drafts.discarded("") == []
    [share] = store.shares.of("p" * 32)
    assert share.holds
    store.erasure.remove_visit(
        "v" * 32, RemovalReason.MISTAKE, seen=1
    )  # it may be what the link shows
    assert not store.shares.of("p" * 32)[0].holds
    assert SharedPages(store).open(token) is Ended.WITHDRAWN
    assert store.drafts.get("visit.a") == {"plan": "rest"}
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
    Store.open(home, keys).close()
    names = sorted(path.name for path in folder.glob("*.db"))
    assert [name[:4] for name in names[1:]] == ["2032", "2033"]
    assert names[0].endswith("schema-0011.db")


SEALED_BY = {  # schema, and whether rows with a key had followed already
    "0003 plain": ("0003", False),
    **{f"{schema} not sealed": (schema, False) for schema in ("0003", "0004", "0011")},
    **{f"{schema} gone on": (schema, True) for schema in ("0004", "0007", "0011")},
}


def older_record(home: Path, schema: str, *, gone_on: bool, plain: bool) -> None:
    """Make a record of an older schema, with twelve rows on the trail from before it had a key."""
    home.mkdir()
    keys = KeyFile(home).begin(PASSPHRASE)
    if plain:
        engine = sa.create_engine(f"sqlite:///{home / 'posture.sqlite'}")
    else:
        engine = engine_of(home / "posture.db", keys)
    with _config() as config, engine.connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, schema)
    with Session(engine) as session:
        for n in range(12):
            append(session, EARLIER_KEY, OWNER, Action.CHANGED, "setting", None, detail={"n": n})
        for n in range(3 if gone_on else 0):
            key = keys.purpose("audit")
            append(session, key, OWNER, Action.CHANGED, "setting", None, detail={"n": n})
        session.commit()
    engine.dispose()


@pytest.mark.embedded
@pytest.mark.parametrize("release", SEALED_BY)
def test_rows_from_before_the_key_are_sealed_and_no_tampering_is_seen_in_them(home, release):
    schema, gone_on = SEALED_BY[release]
    older_record(home, schema, gone_on=gone_on, plain="plain" in release)
    access = record_access(home)
    store = access.store()
    verdict = store.audit.verify()
    assert verdict.findings == ()
    assert "Rows 1–12 are from before" in verdict.earlier
    [row] = [row for row in store.audit.entries() if row.what == EARLIER_SIGNED]
    assert row.detail == {"rows": 12}
    assert row.seq == (16 if gone_on else 13)
    access.lock()
    store = access.store()  # once is enough
    assert [row.what for row in store.audit.entries()].count(EARLIER_SIGNED) == 1
    with (
        store.database.engine.connect().execution_options(writes=True) as connection,
        connection.begin(),
    ):
        connection.exec_driver_sql("DROP TRIGGER audit_no_update")
        connection.exec_driver_sql("UPDATE audit SET actor = 'x' WHERE seq = 5")
    assert "Row 5 does not fit" in store.audit.verify().findings[0]


@pytest.mark.embedded
def test_old_rows_written_anew_or_put_in_later_are_found(home):
    older_record(home, "0011", gone_on=True, plain=False)
    store = record_access(home).store()
    with (
        store.database.engine.connect().execution_options(writes=True) as connection,
        connection.begin(),
    ):
        connection.exec_driver_sql("DROP TRIGGER audit_no_update")
        with Session(connection) as session:
            before = ""
            for row in session.scalars(sa.select(AuditRow).order_by(AuditRow.seq).limit(12)):
                row.actor = "x"
                row.mac = before = _mac(EARLIER_KEY, before, row)
            session.flush()
    assert "Row 13 does not fit" in store.audit.verify().findings[0]
    with (
        store.database.engine.connect().execution_options(writes=True) as connection,
        connection.begin(),
    ):
        connection.exec_driver_sql("DROP TRIGGER audit_no_delete")
        connection.exec_driver_sql("DELETE FROM audit")
        connection.exec_driver_sql("UPDATE audit_head SET seq = 0, mac = '', seal = ''")
        with Session(connection) as session:
            append(session, EARLIER_KEY, OWNER, Action.CHANGED, "setting", None, detail={})
            session.flush()
    found = " ".join(store.audit.verify().findings)
    assert "nothing says that they were taken over" in found
    assert "head of the trail was changed" in found
