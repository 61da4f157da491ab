"""Whatever goes wrong, nothing that was saved is lost, and people are told in words.

What is injected is counted in a table that the test run prints at its end.
"""

import multiprocessing
import os
import resource
import shutil
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa
from alembic import command
from support.kills import counting, kill_often, rounds
from support.samples import PASSPHRASE, SAMPLES, assessed, open_store, with_consent

from posture.practice.sot import Stage
from posture.records import (
    Correction,
    KeyFile,
    NewPhoto,
    NewVisit,
    PatientDetails,
    RecordError,
    Store,
    record_access,
)
from posture.records.backups import back_up, keys_of, verify
from posture.records.engine import WRITES, _config, engine_of
from posture.records.restoring import restore

pytestmark = pytest.mark.embedded
WHEN = datetime(2026, 9, 7, 9, 0)  # noqa: DTZ001
NAMES = ("m1_visit1_anterior.jpg", "m1_visit1_left.jpg")


def a_visit(patient: str) -> NewVisit:
    photos = tuple(
        NewPhoto((SAMPLES / name).read_bytes(), Stage.PRE, assessed(name, view), "image/jpeg")
        for name, view in zip(NAMES, ("anterior", "left"), strict=True)
    )
    return NewVisit(patient, WHEN, "Dr. B", photos, {Stage.PRE: {"pain": 3}})


def files(home: Path) -> int:
    return sum(1 for p in (home / "photos").rglob("*") if p.is_file() and p.parent.name != "parts")


def assert_whole(store: Store, visits: int) -> None:
    found = [visit for _, visit in store.visits.history()]
    assert len(found) == visits
    for visit in found:
        assert visit.notes == {Stage.PRE: {"pain": 3}}
        assert [store.photos.get(p.id) for p in visit.photos] == [
            (SAMPLES / name).read_bytes() for name in NAMES
        ]


@pytest.fixture
def patient(home, monkeypatch) -> str:
    monkeypatch.setattr("posture.records.photo_filing.SAVE_LIFE", timedelta(0))
    store = open_store(home)
    patient = with_consent(store, PatientDetails("Ada"))
    store.close()
    return patient


@pytest.fixture
def saved(home, patient) -> Path:
    """Return a folder with a record of one visit, to be copied."""
    store = open_store(home)
    store.visits.save(a_visit(patient))
    store.close()
    return home


def test_killed_in_mid_save(home, patient):
    visit = a_visit(patient)
    there = 0

    def save():
        open_store(home).visits.save(visit)

    def check():
        nonlocal there
        store = open_store(home)
        now = store.patients.get(patient).visits
        assert now in (there, there + 1)
        assert files(home) == 2 * now
        if now > there:
            newest = store.visits.of(patient)[0]
            assert len([store.photos.get(p.id) for p in store.visits.get(newest.id).photos]) == 2
        there = now
        store.close()

    kill_often("killed in mid-save", lambda: save, check, kills=90)


def test_killed_in_mid_correction(saved):
    store = open_store(saved)
    [(_, visit)] = store.visits.history()
    store.close()
    number = 1

    def correct():
        notes = {Stage.PRE: {"pain": 3}, Stage.POST: {"pain": number % 10}}
        correction = Correction(f"no. {number}", notes=notes)
        open_store(saved).revisions.correct(visit.id, correction, seen=number)

    def check():
        nonlocal number
        store = open_store(saved)
        now = store.visits.get(visit.id).revision
        assert now in (number, number + 1)
        assert [r.number for r in store.revisions.of(visit.id)] == list(range(1, now + 1))
        assert store.visits.get(visit.id, 1).notes == visit.notes
        if now > number:
            assert store.visits.get(visit.id).notes[Stage.POST]["pain"] == number % 10
        number = now
        store.close()

    kill_often("killed in mid-correction", lambda: correct, check, kills=20)


def test_killed_in_mid_backup(saved, tmp_path):
    target = tmp_path / "b"
    store = open_store(saved)
    back_up(store, target)
    keys = store.keys
    store.close()

    def check():
        assert verify(target, keys).photos == 2  # the old one or the new one, whole
        store = open_store(saved)
        assert_whole(store, 1)
        store.close()

    kill_often(
        "killed in mid-backup", lambda: lambda: back_up(open_store(saved), target), check, kills=40
    )


def test_killed_in_mid_restore(saved, tmp_path):
    store = open_store(saved)
    back_up(store, target := tmp_path / "b")
    [person] = store.patients.find()
    store.visits.save(a_visit(person.id))
    store.close()
    keys = keys_of(target, PASSPHRASE)
    home = tmp_path / "restored"

    def prepare():
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(saved, home)
        return lambda: restore(target, home, keys, replace=True)

    def check():
        access = record_access(home)
        store = access.store()
        visits = store.patients.get(person.id).visits
        assert_whole(store, visits)
        access.lock()
        aside = list(home.glob("replaced-*"))
        assert (visits, len(aside)) in ((2, 0), (1, 1))
        if aside:  # what was replaced is whole, too
            store = open_store(aside[0])
            assert_whole(store, 2)
            store.close()

    kill_often("killed in mid-restore", prepare, check, kills=30)


def plain_record(home: Path) -> Path:
    """Make a record as the first version did: schema 0001, nothing encrypted."""
    (home / "photos" / "saving").mkdir(parents=True)
    engine = sa.create_engine(f"sqlite:///{home / 'posture.sqlite'}")
    migrate_to("0001", engine)
    stamp = datetime(2026, 9, 7)  # noqa: DTZ001
    with engine.begin() as connection:
        meta = sa.MetaData()
        meta.reflect(connection)

        def add(table: str, **values) -> None:
            connection.execute(meta.tables[table].insert().values(**values))

        add("patients", id="p" * 32, name="Ada Secret", record_number="", remarks="",
            archived=False, created_at=stamp)  # fmt: skip
        add("visits", id="v" * 32, patient_id="p" * 32, visited_at=stamp, practitioner="Dr. B",
            created_at=stamp)  # fmt: skip
        add("sot_notes", id="n" * 32, visit_id="v" * 32, stage="pre", findings={"pain": 3},
            created_at=stamp)  # fmt: skip
        for position, name in enumerate(NAMES):
            found = assessed(name, ("anterior", "left")[position])
            sha256 = found.photo_sha256
            add("photos", id=f"{position}" * 32, visit_id="v" * 32, position=position,
                sha256=sha256, file_name=name, media_type="image/jpeg", stage="pre",
                width_px=found.image_size[0], height_px=found.image_size[1])  # fmt: skip
            add("assessments", id=f"{position}a" * 16, photo_id=f"{position}" * 32,
                view=str(found.view), view_source="given", withheld={}, issues=[], model="full",
                passes=8, program_version="0.1.0", created_at=stamp,
                scene={"roll_deg": 0, "roll_sd_deg": 1, "vertical_source": "assumed_level",
                       "mm_per_px": None, "scale_source": None})  # fmt: skip
            place = home / "photos" / sha256[:2]
            place.mkdir(exist_ok=True)
            (place / sha256).write_bytes((SAMPLES / name).read_bytes())
    engine.dispose()
    return home


def migrate_to(schema: str, engine: sa.Engine) -> None:
    with _config() as config, engine.connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, schema)


def test_killed_while_a_plain_record_is_encrypted(tmp_path):
    plain = plain_record(tmp_path / "plain")
    home = tmp_path / "home"

    def prepare():
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(plain, home)
        return lambda: record_access(home).store()

    def check():
        access = record_access(home)
        assert_whole(access.store(), 1)
        access.lock()
        names = {p.name for p in home.rglob("*") if p.is_file()} - {"in-use", "opening", "writers"}
        names = {name for name in names if not name.startswith(".part-")}  # of the key file
        assert names - {p.name for p in (home / "photos").rglob("*")} <= {
            "posture.db", "posture.db-wal", "posture.db-shm", "key.json",
        }  # fmt: skip
        assert not [p for p in home.rglob("*") if p.is_file() and b"Ada Secret" in p.read_bytes()]
        assert files(home) == 2

    kill_often("killed in encrypting a plain record", prepare, check, kills=25)


def test_what_an_older_program_wrote_meanwhile_is_not_thrown_away(tmp_path):
    home = plain_record(tmp_path / "home")
    access = record_access(home)
    access.store()
    access.lock()
    other = plain_record(tmp_path / "other")
    with sa.create_engine(f"sqlite:///{other / 'posture.sqlite'}").begin() as connection:
        connection.exec_driver_sql("UPDATE sot_notes SET id = 'another'")
    (other / "posture.sqlite").replace(home / "posture.sqlite")
    with counting("an older program used after encryption") as fault:
        fault.injected = 1
        with pytest.raises(RecordError, match="older version of the program must have") as told:
            access.store()
        fault.message = "…" + str(told.value).partition(" holds ")[2]
        with fault.checking():
            assert (home / "posture.sqlite").exists()


def test_an_older_database_is_copied_and_migrated_a_newer_one_refused(home):
    keys = KeyFile(home).begin(PASSPHRASE)
    engine = engine_of(home / "posture.db", keys)
    migrate_to("0003", engine)
    engine.dispose()

    def check():
        store = Store.open(home, keys)
        store.close()
        copies = list((home / "before-migration").glob("*-schema-0003.db"))
        assert copies
        copy = engine_of(copies[0], keys)
        with copy.connect() as connection:
            query = "SELECT version_num FROM alembic_version"
            assert connection.exec_driver_sql(query).scalar() == "0003"
        copy.dispose()

    old = home.with_name("old")
    shutil.copytree(home, old)

    def prepare():
        shutil.rmtree(home)
        shutil.copytree(old, home)
        return lambda: Store.open(home, keys)

    kill_often("killed in mid-migration", prepare, check, kills=30)

    engine = engine_of(home / "posture.db", keys)
    with engine.connect().execution_options(**WRITES) as connection, connection.begin():
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    before = (home / "posture.db").read_bytes()
    with counting("opened by an older program") as fault:
        fault.injected = 1
        with pytest.raises(RecordError, match="newer version of the program wrote this") as told:
            Store.open(home, keys)
        fault.message = str(told.value)
        with fault.checking():
            assert (home / "posture.db").read_bytes() == before


def attempt(action, limit: int) -> str:
    """Do it in a child whose files may not grow beyond so many bytes; return what it was told."""

    def run(pipe) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        try:
            action()
            pipe.send("")
        except RecordError as error:
            pipe.send(str(error))
        except BaseException as error:
            pipe.send(f"not in words: {error!r}")

    here, there = multiprocessing.Pipe()
    child = multiprocessing.get_context("fork").Process(target=run, args=(there,))
    child.start()
    there.close()
    told = here.recv() if here.poll(60) else "nothing"
    child.join()
    return told


def test_no_room_for_files(saved, patient, tmp_path):
    store = open_store(saved)
    back_up(store, target := tmp_path / "b")
    keys = store.keys
    store.close()
    random = Random(4)
    told = set()
    there = 1
    with counting("disk full (limit on files)") as fault:
        for _ in range(rounds(20)):
            limit = random.randrange(1, 400_000)
            told.add(attempt(lambda: open_store(saved).visits.save(a_visit(patient)), limit))
            told.add(attempt(lambda: back_up(open_store(saved), target), limit))
            fault.injected += 2
            store = open_store(saved)
            there, before = store.patients.get(patient).visits, there
            with fault.checking():
                assert there - before in (0, 1)
                assert_whole(store, there)
                assert files(saved) == 2 * there
                verify(target, keys)
            store.close()
        refusals = told - {""}
        fault.message = min(refusals, key=len, default="")
    assert refusals
    strange = [text for text in refusals if "could not be" not in text and "cannot be" not in text]
    assert strange == []


@pytest.mark.skipif(os.geteuid() != 0, reason="a small disk can be mounted by root only")
def test_a_full_disk(patient, home, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    size = "size=1200k"
    if subprocess.run(["mount", "-t", "tmpfs", "-o", size, "none", disk], check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        small = disk / "records"
        shutil.copytree(home, small)
        saves = 0
        with counting("disk full (small disk)") as fault:
            for _ in range(20):
                store = open_store(small)
                try:
                    store.visits.save(a_visit(patient))
                    saves += 1
                except RecordError as error:
                    fault.injected += 1
                    fault.message = str(error)
                store.close()
            assert "could not be saved" in fault.message
            store = open_store(small)
            with pytest.raises(RecordError, match="could not be written"):
                back_up(store, disk / "b")
            fault.injected += 1
            with fault.checking():
                assert_whole(store, saves)
                assert files(small) == 2 * saves
            assert [p.name for p in disk.iterdir()] == ["records"]
            store.close()
    finally:
        subprocess.run(["umount", disk], check=False)


def test_a_photo_file_damaged_anywhere_is_told(saved):
    store = open_store(saved)
    [(_, visit)] = store.visits.history()
    random = Random(4)
    told = set()
    every = sorted(p for p in (saved / "photos").rglob("*") if p.is_file())
    with counting("photo file damaged") as fault:
        for _ in range(rounds(60)):
            path = random.choice(every)
            whole = path.read_bytes()
            at = random.randrange(len(whole))
            kinds = (
                whole[:at] + bytes([whole[at] ^ 1 << random.randrange(8)]) + whole[at + 1 :],
                whole[:at],
                whole + b"\0",
            )
            path.write_bytes(random.choice(kinds))
            fault.injected += 1
            bad = 0
            for photo in visit.photos:
                try:
                    store.photos.get(photo.id)
                except RecordError as error:
                    told.add(str(error).split(path.name)[1])
                    bad += 1
            path.write_bytes(whole)
            with fault.checking():
                assert bad == 1
        with fault.checking():
            assert_whole(store, 1)
        fault.message = f"The photo file …{told.pop()}"
    store.close()


def test_locked_by_a_second_process(saved, patient, monkeypatch):
    monkeypatch.setattr("posture.records.engine.PATIENCE_S", 0.2)
    store = open_store(saved)
    ready, done = multiprocessing.Event(), multiprocessing.Event()

    def hold():
        with open_store(saved).database.writing():
            ready.set()
            done.wait(60)

    child = multiprocessing.get_context("fork").Process(target=hold)
    child.start()
    assert ready.wait(60)
    with counting("database locked by another process") as fault:
        for _ in range(5):
            with pytest.raises(RecordError, match="locked") as told:
                store.visits.save(a_visit(patient))
            fault.injected += 1
            fault.message = str(told.value)
        [(_, visit)] = store.visits._history(None, None)  # reading goes on meanwhile
        assert visit.notes
        done.set()
        child.join()
        store.visits.save(a_visit(patient))
        with fault.checking():
            assert_whole(store, 2)
            assert files(saved) == 4
    store.close()


def test_a_loss_is_counted_and_fails_the_test(monkeypatch):
    monkeypatch.setattr("support.kills.TABLE", table := [])

    def three_of_which_two_lose():
        with counting("a fault") as fault:
            for number in range(3):
                fault.injected += 1
                with fault.checking():
                    assert number == 0, number

    with pytest.raises(AssertionError, match="1"):
        three_of_which_two_lose()
    assert table == [("a fault", 3, 2, "")]
