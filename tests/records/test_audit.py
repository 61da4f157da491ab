"""The audit trail tells everything that was done, names nobody, and shows when it was touched."""

from contextlib import contextmanager
from datetime import date, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from support.samples import open_store, with_consent

from posture.practice.sot import Stage
from posture.records import NewVisit, PatientDetails, RecordError, Store
from posture.records.audit import Action

WHEN = datetime(2026, 9, 7, 9, 0)  # noqa: DTZ001


@pytest.fixture
def store(home):
    store = open_store(home)
    yield store
    store.close()


@pytest.fixture
def used(store):
    """Return a store on which a little was done."""
    patient = with_consent(store, PatientDetails("Anna Secret", remarks="privately told"))
    visit = store.visits.save(NewVisit(patient, WHEN, "Dr. B", notes={Stage.PRE: {"pain": 3}}))
    store.patients.get(patient)
    store.visits.get(visit)
    list(store.visits.export(patient))
    return store


@contextmanager
def tampering(store: Store):
    """Yield a connection on which the triggers do not stand in the way."""
    with (
        store.database.engine.connect().execution_options(writes=True) as connection,
        connection.begin(),
    ):
        if connection.dialect.name == "sqlite":
            query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            for name in connection.execute(text(query)).scalars().all():
                connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            connection.execute(text("ALTER TABLE audit DISABLE TRIGGER ALL"))
            connection.execute(text("ALTER TABLE audit_head DISABLE TRIGGER ALL"))
        yield connection


def test_what_was_done_is_told_once_and_without_names(used):
    trail = used.audit.entries()[::-1]
    assert [entry.seq for entry in trail] == list(range(1, len(trail) + 1))
    assert [(entry.action, entry.what) for entry in trail] == [
        (Action.CHANGED, "patient added"),
        (Action.CONSENT, "given"),
        (Action.CHANGED, "visit added"),
        (Action.SEEN, "patient"),
        (Action.SEEN, "visit"),
        (Action.EXPORTED, "history"),
    ]
    patient = trail[0].patient_id
    assert {entry.patient_id for entry in trail} == {patient}
    assert {entry.actor for entry in trail} == {"this computer"}
    assert not any(word in str(trail) for word in ("Anna", "Secret", "privately", "Dr. B"))
    used.patients.get(patient)  # a screen reads the same thing again and again: that is one look
    assert len(used.audit.entries()) == len(trail)
    assert [entry.what for entry in used.audit.entries(action=Action.SEEN)] == ["visit", "patient"]
    assert used.audit.entries(patient_id="0" * 32) == []
    assert used.audit.verify().findings == ()
    assert used.audit.verify().rows == len(trail)


def test_a_failed_change_is_not_told(store):
    with pytest.raises(RecordError):
        store.patients.add(PatientDetails(""))
    assert store.audit.entries() == []
    assert store.audit.verify().findings == ()


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit SET actor = 'x'", "DELETE FROM audit", "DELETE FROM audit_head"],
)
def test_the_database_refuses_to_touch_the_trail(used, statement):
    with (
        pytest.raises(DatabaseError, match="only ever added to"),
        used.database.engine.begin() as it,
    ):
        it.execute(text(statement))
    assert used.audit.verify().findings == ()


TAMPERING = {
    "changed": (["UPDATE audit SET actor = 'somebody else' WHERE seq = 3"], "Row 3 does not fit"),
    "what was seen changed": (
        ["UPDATE audit SET patient_id = NULL WHERE seq = 4"],
        "Row 4 does not fit",
    ),
    "removed": (["DELETE FROM audit WHERE seq = 3"], "Row 3 is missing"),
    "several removed": (["DELETE FROM audit WHERE seq IN (2, 3)"], "Rows 2–3 are missing"),
    "first removed": (["DELETE FROM audit WHERE seq = 1"], "Row 1 is missing"),
    "removed and closed up": (
        ["DELETE FROM audit WHERE seq = 3", "UPDATE audit SET seq = 3 WHERE seq = 4",
         "UPDATE audit SET seq = 4 WHERE seq = 5", "UPDATE audit SET seq = 5 WHERE seq = 6"],
        "Row 3 does not fit",
    ),
    "reordered": (
        ["UPDATE audit SET seq = 99 WHERE seq = 3", "UPDATE audit SET seq = 3 WHERE seq = 4",
         "UPDATE audit SET seq = 4 WHERE seq = 99"],
        "Row 3 does not fit",
    ),
    "cut off": (["DELETE FROM audit WHERE seq > 4"], "head is row 6: it was cut off"),
    "cut off, head and all": (
        ["DELETE FROM audit WHERE seq > 4",
         "UPDATE audit_head SET seq = 4, mac = (SELECT mac FROM audit WHERE seq = 4)"],
        "head of the trail was changed",
    ),
    "all removed": (["DELETE FROM audit"], "cut off"),
    "begun anew": (
        ["DELETE FROM audit", "UPDATE audit_head SET seq = 0, mac = '', seal = ''"],
        "empty although there are patients",
    ),
    "head removed": (["DELETE FROM audit_head"], "head of the trail is missing"),
    "row added": (
        ["INSERT INTO audit SELECT 7, at, actor, role, action, what, patient_id, detail, mac "
         "FROM audit WHERE seq = 6"],
        "Row 7 does not fit",
    ),
}  # fmt: skip


@pytest.mark.parametrize("how", TAMPERING)
def test_tampering_is_found(used, how):
    statements, found = TAMPERING[how]
    with tampering(used) as connection:
        for statement in statements:
            connection.execute(text(statement))
    assert any(found in finding for finding in used.audit.verify().findings)


def test_a_trail_put_back_whole_is_found_by_the_noted_head(used):
    with used.database.engine.connect() as connection:
        before = connection.execute(text("SELECT seq, mac, seal FROM audit_head")).one()
    used.settings.save("idle_minutes", 5)
    noted = used.audit.verify().head
    assert used.audit.verify(noted).findings == ()
    with tampering(used) as connection:
        connection.execute(text("DELETE FROM audit WHERE seq = 7"))
        connection.execute(
            text("UPDATE audit_head SET seq = :seq, mac = :mac, seal = :seal"), before._asdict()
        )
    assert used.audit.verify().findings == ()  # without a note, nothing can tell
    assert "cut off or put back" in used.audit.verify(noted).findings[0]
    with pytest.raises(RecordError, match="not a checksum"):
        used.audit.verify("yesterday's")


@pytest.mark.parametrize("day", [date.min, date.max])
def test_days_at_the_end_of_time_are_days(used, day):
    assert used.audit.entries(since=date.min, until=date.max) == used.audit.entries()
    for bounds in ({"since": day}, {"until": day}):
        used.audit.entries(**bounds)
