"""Several processes on one database and one object store: nobody's visit is lost or half there."""

import multiprocessing
import os
import shutil
import signal
import traceback
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from support.samples import open_store, with_consent
from test_kill import new_visit, save_and_die

from posture.records import PatientDetails, RecordError, Store, keys
from posture.records.file_store import open_target
from posture.records.rows import now
from posture.records.tables import PatientRow, new_id

pytestmark = pytest.mark.clinic
EACH = 12


@pytest.fixture(autouse=True)
def clinic(s3, monkeypatch):
    """Make every store of the test, in whatever process, one of the same clinic."""
    monkeypatch.setenv("POSTURE_PHOTOS_URL", s3)
    return s3


def room_of(home: Path, name: str) -> Path:
    """Make a second machine's data folder: it has the clinic's key file, and nothing else."""
    room = home / name
    room.mkdir()
    shutil.copy(home / "key.json", room)
    return room


def save_many(room: Path, patient: str) -> None:
    """Save visits, every third of them failing after its files were written."""
    keys.COST.update(memory_cost=64, iterations=1)
    store = open_store(room)
    for number in range(EACH):
        visit = new_visit(patient if number % 3 else "0" * 32)
        try:
            store.visits.save(visit)
        except RecordError as error:
            assert "no such patient" in str(error)  # noqa: PT017
            assert number % 3 == 0
        else:
            assert number % 3


def whole(store: Store, patient: str) -> int:
    """Return how many visits there are, each checked to be whole."""
    visits = [store.visits.get(summary.id) for summary in store.visits.of(patient)]
    for visit in visits:
        assert len(visit.photos) == 2
        assert all(store.photos.get(photo.id) for photo in visit.photos)
        assert len(visit.notes) == 2
    return len(visits)


def test_two_processes_save_at_once(home, clinic):
    store = open_store(home)
    patient = with_consent(store, PatientDetails("A"))
    start = multiprocessing.get_context("spawn")
    rooms = [
        start.Process(target=save_many, args=(room_of(home, name), patient)) for name in ("a", "b")
    ]
    for room in rooms:
        room.start()
    for room in rooms:
        room.join(120)
    assert [room.exitcode for room in rooms] == [0, 0]
    saved = 2 * (EACH - EACH // 3)
    assert whole(store, patient) == saved
    assert len(open_target(clinic).names()) == 2 * saved  # nothing of those that failed
    assert store.audit.verify().findings == ()
    store.close()


def test_a_killed_process_leaves_no_lock_and_no_files(home, clinic, monkeypatch):
    store = open_store(home)
    patient = with_consent(store, PatientDetails("A"))
    store.close()
    status = save_and_die(home, new_visit(patient), 400)
    assert os.WTERMSIG(status) == signal.SIGKILL
    monkeypatch.setattr("posture.records.photo_filing.SAVE_LIFE", timedelta(0))
    store = open_store(room_of(home, "b"))
    assert whole(store, patient) == 0
    assert open_target(clinic).names() == []
    store.visits.save(new_visit(patient))
    assert whole(store, patient) == 1
    store.close()


def test_other_keys_are_refused(home):
    """Else two machines would seal photos that neither could open for the other."""
    open_store(home).close()
    with pytest.raises(RecordError, match=r"key\.json"):
        open_store(home / "b")


def test_the_servers_details_are_not_quoted(home):
    """The server tells the whole row that it refuses; errors and logs must not."""
    store = open_store(home)
    row = PatientRow(id=new_id(), name=None, remarks="Anna Secret", archived=False)
    row.created_at, row.record_number = now(), "x" * 3
    with (
        pytest.raises(RecordError, match="null value") as error,
        store.database.writing() as session,
    ):
        session.add(row)
    assert "Secret" not in "".join(traceback.format_exception(error.value))
    with pytest.raises(RecordError) as error, store.database.writing() as session:
        session.execute(text("SELECT CAST(:given AS date)"), {"given": "Anna Secret"})
    assert "Anna Secret" not in "".join(traceback.format_exception(error.value)).replace(
        '{"given": "Anna Secret"}', ""
    )
    store.close()


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("postgresql://u:hidden@127.0.0.1:1/x", "cannot be opened"),
        ("mysql://u:hidden@127.0.0.1/x", "Only PostgreSQL"),
        ("hidden", "not a database address"),
    ],
)
def test_a_database_that_cannot_be_used_is_told(tmp_path, monkeypatch, address, told):
    monkeypatch.setenv("POSTURE_DATABASE_URL", address)
    with pytest.raises(RecordError, match=told) as error:
        open_store(tmp_path / "x")
    assert "hidden" not in str(error.value)


def test_a_photo_store_that_fails_fails_the_save_only(home, monkeypatch):
    store = open_store(home)
    patient = with_consent(store, PatientDetails("A"))
    monkeypatch.setenv("POSTURE_PHOTOS_URL", "s3://no-such-bucket/x")
    with pytest.raises(RecordError, match="no-such-bucket"):
        open_store(home).visits.save(new_visit(patient))
    assert store.visits.of(patient) == []
    store.close()
