"""A disk that is full or can only be read: what is there can be read, and no look is lost."""

import multiprocessing
import os
import resource
import subprocess
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from support.samples import PASSPHRASE, SAMPLES, assessed, open_store, with_consent

from posture.gate.middleware import Gate
from posture.gate.options import Options
from posture.gate.routes import GateRoutes
from posture.gate.session_manager import SessionManager
from posture.practice.sot import Stage
from posture.records import (
    NewPhoto,
    NewVisit,
    PatientDetails,
    RecordError,
    Scope,
    Store,
    pending_writes,
)
from posture.records.backups import back_up
from posture.records.shared_pages import SharedPages
from posture.records.unlocking import LockState, RecordAccess
from posture.records.write_errors import Trouble

pytestmark = pytest.mark.embedded
WHEN = datetime(2026, 9, 7, 9, 0)  # noqa: DTZ001
NAME = "m1_visit1_anterior.jpg"
PHOTO = (SAMPLES / NAME).read_bytes()


@contextmanager
def no_file_may_grow(_disk: Path) -> Iterator[None]:
    """Let no file of this process grow, which needs no rights."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def full(disk: Path) -> Iterator[None]:
    """Fill a small disk to its last byte."""
    fill = disk / "fill"
    with fill.open("wb", buffering=0) as file, suppress(OSError):
        for _ in range(10_000):
            file.write(bytes(4096))
    yield
    fill.unlink()


@contextmanager
def read_only(disk: Path) -> Iterator[None]:
    """Let a small disk only be read."""
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    yield
    subprocess.run(["mount", "-o", "remount,rw", disk], check=True)


WAYS = {
    "limit": (no_file_may_grow, {Trouble.FAILING, Trouble.FULL}),
    "full": (full, {Trouble.FULL}),
    "read-only": (read_only, {Trouble.READ_ONLY}),
}


@pytest.fixture(params=WAYS)
def way(request, tmp_path) -> Iterator[tuple[Path, Callable, set[Trouble]]]:
    """Return a disk, a way to make it take nothing for a while, and what is then said."""
    disk = tmp_path / "disk"
    disk.mkdir()
    kind, trouble = WAYS[request.param]
    if request.param == "limit":
        yield disk, kind, trouble
        return
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "none", disk]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("no small disk can be mounted here")
    try:
        yield disk, kind, trouble
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.fixture
def saved(way) -> tuple[Path, str, str]:
    """Return a folder with a record of one visit, a patient's id and the token of a link."""
    home = way[0] / "records"
    store = open_store(home)
    patient = with_consent(store, PatientDetails("Ada"), Scope.RECORD, Scope.SHARING)
    photo = NewPhoto(PHOTO, Stage.PRE, assessed(NAME, "anterior"), "image/jpeg")
    store.visits.save(NewVisit(patient, WHEN, "Dr. B", (photo,), {Stage.PRE: {"pain": 3}}))
    token = store.shares.add(patient, b"a page", "page", 7)
    store.close()
    return home, patient, token


def read_all(store: Store, patient: str) -> None:
    """Read everything that people read."""
    assert [one.details.name for one in store.patients.find()] == ["Ada"]
    [summary] = store.visits.of(patient)
    visit = store.visits.get(summary.id)
    assert visit.notes == {Stage.PRE: {"pain": 3}}
    assert store.photos.get(visit.photos[0].id) == PHOTO
    assert store.photos.thumbnail(visit.photos[0].id, lambda data: data[:10]) == PHOTO[:10]
    assert len(list(store.visits.history(patient))) == 1
    assert len(list(store.visits.export(patient))) == 1


def refuse_to_save(store: Store, patient: str) -> None:
    """Try to save in several ways; each is refused in words."""
    for save in (
        lambda: store.patients.add(PatientDetails("Eve")),
        lambda: store.drafts.save("at.x", {}),
        lambda: store.shares.log_file(patient),
        lambda: store.visits.save(NewVisit(patient, WHEN, "", (), {Stage.PRE: {"pain": 1}})),
    ):
        with pytest.raises(RecordError, match="could not be saved: the disk"):
            save()


LOOKS = ["list of patients", "patient", "visit", "photo", "history", "history", "shared page"]


def in_a_child(act: Callable[[], None]) -> None:
    """Do it in a child: what it does to its own limits, and what it holds, ends with it."""

    def run(pipe) -> None:
        try:
            act()
            pipe.send("")
        except BaseException as error:
            pipe.send("".join(traceback.format_exception(error)))

    here, there = multiprocessing.Pipe()
    child = multiprocessing.get_context("fork").Process(target=run, args=(there,))
    child.start()
    there.close()
    told = here.recv() if here.poll(240) else "nothing"
    child.join(60)
    assert not told, told


def killed_after(act: Callable[[], None]) -> None:
    """Do it in a child that ends on the spot, with everything open."""
    child = os.fork()
    if child == 0:
        try:
            act()
        finally:
            os._exit(0)
    os.waitpid(child, 0)


@pytest.mark.parametrize("killed", [False, True], ids=["closed", "killed before"])
@pytest.mark.parametrize("opened", ["then", "before"])
def test_the_owner_gets_in_and_reads_and_the_trail_is_written_later(way, saved, opened, killed):
    disk, unwritable, trouble = way
    home, patient, token = saved
    if opened == "before" and unwritable is read_only:
        pytest.skip("a disk with files open for writing is not made read-only")
    if killed:  # its last words are in the log beside the database only
        killed_after(lambda: open_store(home).settings.save("idle_minutes", 7))

    def act() -> None:
        access = RecordAccess(home)
        manager = SessionManager(access)
        if opened == "before":
            access.unlock(PASSPHRASE)
        with unwritable(disk):
            access.unlock(PASSPHRASE)
            began = datetime.now(UTC) - timedelta(milliseconds=1)  # the trail has no finer
            token_of_session = manager.begin(None, "passphrase")
            live = manager.find(token_of_session)
            assert live is not None
            store = access.store()
            assert store.trouble in trouble
            if killed:
                assert store.settings.get("idle_minutes") == 7
            read_all(store, patient)
            refuse_to_save(store, patient)
            assert SharedPages(store).open(token) == b"a page"
            manager.touch(live.id)
            sessions = manager.sessions()
            assert live.id in sessions.holding([live.id])
            other = manager.begin(None, "passphrase")
            sessions.end(sessions.find(other).id)
            assert sessions.find(other) is None
            assert sessions.any_hold()
            ended = datetime.now(UTC)
            assert [r for r in store.audit.entries() if r.what in LOOKS] == []
        store.patients.add(PatientDetails("Eve"))  # there is room again: what waited comes first
        assert store.trouble is None
        rows = store.audit.entries()[::-1]
        assert rows[-1].what == "patient added"
        looks = [row for row in rows if row.detail.get("written") == "later"]
        assert [row.what for row in looks if row.what in LOOKS] == LOOKS
        assert [row.what for row in looks if row.action == "sign-in"] == ["begun", "begun", "ended"]
        assert all(began <= datetime.fromisoformat(row.at) for row in looks)
        assert all(datetime.fromisoformat(row.at) <= ended for row in looks)
        assert store.audit.verify().findings == ()
        assert manager.sessions().find(token_of_session) == live  # a row by now
        assert store.database.pending == pending_writes.PendingWrites(
            lock=store.database.pending.lock
        )
        access.lock()

    in_a_child(act)


def test_the_gate_lets_the_owner_in_and_a_lock_loses_no_look(way, saved):
    disk, unwritable, _ = way
    home, patient, _ = saved
    (home / "in-use").unlink()  # a record that was copied here, and never opened

    def act() -> None:
        manager = SessionManager(RecordAccess(home))  # nobody has opened it yet
        options = Options(port=80)
        gate = Gate(
            nothing, manager=manager, options=options, gate_routes=GateRoutes(manager, options)
        )
        client = TestClient(gate, "http://localhost", follow_redirects=False)
        client.headers["origin"] = "http://localhost"
        with unwritable(disk):
            assert client.post("/gate/unlock", data={"passphrase": "wrong"}).status_code == 401
            entered = client.post("/gate/unlock", data={"passphrase": PASSPHRASE})
            assert entered.status_code == 303
            assert client.get("/gate/state").json() == {"inside": True}
            manager.store().visits.of(patient)
            assert client.post("/gate/lock").status_code == 303
            assert client.get("/gate/state").json() == {"inside": False}
            assert manager.access.state is LockState.LOCKED
        manager.access.unlock(PASSPHRASE)
        manager.store().settings.save("idle_minutes", 7)
        told = [row.what for row in manager.store().audit.entries()[::-1]]
        assert told[-5:] == ["begun", "patient", "ended", "wrong passphrase", "setting"]

    in_a_child(act)


def test_a_backup_to_another_disk_is_made_and_counts(way, saved, tmp_path):
    disk, unwritable, _ = way
    home, _, _ = saved
    if unwritable is no_file_may_grow:
        pytest.skip("no other disk either")

    def act() -> None:
        with unwritable(disk):
            store = open_store(home)
            report = back_up(store, tmp_path / "backup")
            assert report.photos == 1
            assert store.backups.last() == report.made_at
        store.settings.save("idle_minutes", 7)
        store.close()
        again = open_store(home)
        assert again.backups.last() == report.made_at
        assert [row.what for row in again.audit.entries(action="exported")] == ["backup"]

    in_a_child(act)


def test_looks_that_wait_are_bounded(way, saved, monkeypatch):
    disk, unwritable, _ = way
    home, patient, _ = saved
    monkeypatch.setattr(pending_writes, "MOST_PENDING", 2)

    def act() -> None:
        with unwritable(disk):
            store = open_store(home)
            store.patients.find()
            store.visits.of(patient)
            with pytest.raises(RecordError, match="2 entries wait"):
                list(store.visits.history(patient))
            assert len(store.database.pending.entries) == 2
        assert len(list(store.visits.history(patient))) == 1
        assert len(store.database.pending.entries) == 0

    in_a_child(act)


async def nothing(_scope, _receive, _send) -> None:
    """Serve nothing."""
