"""Backups of a record in use, restoring, mending, and what the doctor says."""

import os
import tarfile
from datetime import datetime
from pathlib import Path

import pytest
from support.samples import PASSPHRASE, SAMPLES, assessed, open_store, with_consent

from posture.practice.sot import Stage
from posture.records import KeyFile, NewPhoto, NewVisit, PatientDetails, RecordError
from posture.records.backups import back_up, keys_of, verify
from posture.records.doctor import Grade, examine
from posture.records.restoring import mend_photos, restore

pytestmark = pytest.mark.embedded
WHEN = datetime(2026, 9, 7, 9, 0)  # noqa: DTZ001
NAME = "m1_visit1_anterior.jpg"
OTHER = "a different one entirely"


def add_visit(store, name=NAME, patient=None):
    patient = patient or with_consent(store, PatientDetails("Ada"))
    view = name.removesuffix(".jpg").split("_")[-1]
    photo = NewPhoto((SAMPLES / name).read_bytes(), Stage.PRE, assessed(name, view), "image/jpeg")
    return store.visits.save(NewVisit(patient, WHEN, "Dr. B", (photo,), {Stage.PRE: {"pain": 3}}))


@pytest.fixture
def store(home):
    store = open_store(home)
    yield store
    store.close()


def photo_files(home):
    return sorted(p for p in (home / "photos").rglob("*") if p.is_file())


def test_a_backup_of_a_record_in_use_is_restored_whole(store, tmp_path):
    visit = store.visits.get(add_visit(store))
    target = tmp_path / "b.plumbline"
    with store.database.writing():  # somebody is saving meanwhile
        store.backups.snapshot(tmp_path / "copy")
    report = back_up(store, target)
    assert (report.photos, report.damaged) == (1, [])
    assert store.backups.last() == report.made_at
    assert [p.name for p in tmp_path.iterdir() if ".part" in p.name] == []
    later = add_visit(store, "m1_visit3_anterior.jpg")

    other = tmp_path / "restored"
    restore(target, other, keys_of(target, PASSPHRASE))
    again = open_store(other)
    assert again.visits.get(visit.id) == visit
    assert again.photos.get(visit.photos[0].id) == (SAMPLES / NAME).read_bytes()
    with pytest.raises(RecordError, match="no such visit"):
        again.visits.get(later)
    again.close()


def test_a_restored_record_keeps_the_one_it_replaces(store, tmp_path):
    first = add_visit(store)
    back_up(store, target := tmp_path / "b")
    second = add_visit(store, "m1_visit3_anterior.jpg")
    keys = keys_of(target, PASSPHRASE)
    with pytest.raises(RecordError, match="--replace"):
        restore(target, store.home, keys)
    with pytest.raises(RecordError, match="open in another program"):
        restore(target, store.home, keys, replace=True)
    store.close()
    restore(target, store.home, keys, replace=True)
    [old] = store.home.glob("replaced-*")
    for home, there in ((store.home, {first}), (old, {first, second})):
        again = open_store(home)
        assert {v.id for _, v in again.visits.history()} == there
        assert [again.photos.get(p.id) for _, v in again.visits.history() for p in v.photos]
        again.close()


def test_a_backup_opens_with_the_passphrase_of_its_day(store, tmp_path):
    back_up(store, target := tmp_path / "b")
    file = KeyFile(store.home)
    file.set_passphrase(store.keys, OTHER)
    assert keys_of(target, PASSPHRASE) == file.open(OTHER)
    with pytest.raises(RecordError, match="neither"):
        keys_of(target, OTHER)


def test_any_damage_to_a_backup_is_found(store, tmp_path):
    add_visit(store)
    back_up(store, target := tmp_path / "b")
    whole = target.read_bytes()
    with tarfile.open(target) as tar:
        middles = {m.name: m.offset_data + m.size // 2 for m in tar.getmembers()}
    assert len(middles) == 4
    for name, at in middles.items():
        target.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(RecordError, match=name.split("/")[0]):
            verify(target, store.keys)
    target.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RecordError, match="Use another one"):
        verify(target, store.keys)
    target.write_bytes(whole)
    verify(target, store.keys)


def test_a_damaged_photo_does_not_stop_the_backup_of_the_rest(store, tmp_path):
    add_visit(store)
    add_visit(store, "m1_visit3_anterior.jpg")
    damaged, missing = photo_files(store.home)
    damaged.write_bytes(b"\x01" + b"?" * 100)
    report = back_up(store, tmp_path / "b")
    assert report.damaged == [damaged.name]
    missing.unlink()
    assert sorted(back_up(store, tmp_path / "b").damaged) == [damaged.name, missing.name]


def test_missing_and_damaged_photos_come_back_out_of_a_backup(store, tmp_path):
    visits = [store.visits.get(add_visit(store, n)) for n in (NAME, "m1_visit3_anterior.jpg")]
    back_up(store, target := tmp_path / "b")
    one, other = photo_files(store.home)
    one.write_bytes(one.read_bytes()[:-1] + b"?")
    other.unlink()
    assert mend_photos(target, store) == (2, 0)
    assert all(store.photos.get(v.photos[0].id) for v in visits)
    assert store.backups.broken_files() == []


def test_files_cannot_be_swapped(store):
    visits = [store.visits.get(add_visit(store, n)) for n in (NAME, "m1_visit3_anterior.jpg")]
    one, other = photo_files(store.home)
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)
    for visit in visits:
        with pytest.raises(RecordError, match="damaged"):
            store.photos.get(visit.photos[0].id)


def findings(home, keys) -> dict:
    return {f.check: f for f in examine(home, keys)}


def test_the_doctor_finds_and_says_how_to_mend(store, tmp_path):
    add_visit(store)
    add_visit(store, "m1_visit3_anterior.jpg")
    keys = store.keys
    KeyFile(store.home).new_recovery_key(keys)
    back_up(store, target := tmp_path / "b")
    well = findings(store.home, keys)
    well.pop("libraries", None)  # what this environment's wheels carry
    assert {f.grade for f in well.values()} == {Grade.GOOD}, well
    one, other = photo_files(store.home)
    one.unlink()
    other.write_bytes(b"?")
    (one.parent / ("0" * 32)).write_bytes(b"stray")
    store.home.chmod(0o755)
    ill = findings(store.home, keys)
    assert ill["photos"].grade is Grade.BAD
    assert "2 files" in ill["photos"].found
    assert "--photos-only" in ill["photos"].mend
    assert ill["stray files"].grade is ill["folder"].grade is Grade.CARE
    assert mend_photos(target, store) == (2, 0)
    assert findings(store.home, keys)["photos"].grade is Grade.GOOD
    store.close()

    with (store.home / "posture.db").open("r+b") as file:
        file.seek(4096 * 9 + 100)
        file.write(b"damage")
    ill = findings(store.home, keys)
    assert ill["database"].grade is Grade.BAD, ill
    assert "page 10" in ill["database"].found
    os.truncate(store.home / "posture.db", 4096 * 20)
    ill = findings(store.home, keys)
    assert "restore" in ill["record"].found
    assert "writable" not in ill["record"].found
    (store.home / "posture.db").write_bytes(b"nothing like a database" * 1000)
    ill = findings(store.home, keys)
    assert ill["record"].grade is Grade.BAD
    assert "restore" in ill["record"].mend
    for gone in (lambda file: file.write_bytes(b""), Path.unlink):
        gone(store.home / "posture.db")
        (store.home / "posture.db-wal").unlink(missing_ok=True)
        ill = findings(store.home, keys)
        assert "lost" in ill["record"].found
        assert "restore" in ill["record"].mend


def test_a_thumbnail_is_made_once_and_kept_sealed(store):
    visit = store.visits.get(add_visit(store))
    made = []

    def make(data: bytes) -> bytes:
        made.append(data)
        return b"small"

    first = photo_files(store.home)
    assert [store.photos.thumbnail(visit.photos[0].id, make) for _ in range(3)] == [b"small"] * 3
    assert made == [(SAMPLES / NAME).read_bytes()]
    [kept] = set(photo_files(store.home)) - set(first)
    assert b"small" not in kept.read_bytes()
    kept.write_bytes(b"?")  # damaged: made again
    assert store.photos.thumbnail(visit.photos[0].id, make) == b"small"
    assert len(made) == 2
    assert len(photo_files(store.home)) == 2
    assert store.backups.stray_files() == store.backups.broken_files() == []


def test_two_restores_in_one_second_both_do_their_work(store, tmp_path, monkeypatch):
    class Stopped(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(2026, 9, 7, 9, 0, tzinfo=tz)

    monkeypatch.setattr("posture.records.restoring.datetime", Stopped)
    home = store.home
    backups = []
    for name in ("Ada", "Bea"):
        store.patients.add(PatientDetails(name))
        back_up(store, target := tmp_path / name)
        backups.append(target)
    store.close()
    keys = keys_of(backups[0], PASSPHRASE)
    for target, names in ((backups[0], ["Ada"]), (backups[1], ["Ada", "Bea"])):
        restore(target, home, keys, replace=True)
        restored = open_store(home)
        assert [patient.details.name for patient in restored.patients.find()] == names
        restored.close()
    aside = sorted(path.name for path in home.glob("replaced-*"))
    assert aside == ["replaced-20260907-090000", "replaced-20260907-090000-2"]
