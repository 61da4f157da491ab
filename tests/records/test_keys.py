"""What opens the record, and what does not."""

import json
import time

import pytest
from shared import PASSPHRASE, open_store

from posture.records import (
    KeyFile,
    LockedError,
    PatientDetails,
    RecordError,
    State,
    WeakPassphraseError,
    WrongSecretError,
    door_to,
)

pytestmark = pytest.mark.embedded
OTHER = "a different one entirely"


@pytest.fixture
def file(home):
    return KeyFile(home)


def test_passphrase_and_recovery_key_open_the_same(file):
    keys = file.begin(PASSPHRASE)
    printed = file.new_recovery_key(keys)
    assert file.open(PASSPHRASE) == keys
    assert file.open(printed) == keys
    assert file.open(f" {printed.lower().replace('-', ' ').replace('0', 'o')} ") == keys
    assert keys.data.hex() not in repr(keys)


def test_changing_either_shuts_out_the_one_before(file):
    keys = file.begin(PASSPHRASE)
    first = file.new_recovery_key(keys)
    second = file.new_recovery_key(keys)
    file.set_passphrase(keys, OTHER)
    assert file.open(OTHER) == file.open(second) == keys
    for gone in (PASSPHRASE, first):
        with pytest.raises(WrongSecretError, match="neither"):
            KeyFile(file.path.parent).open(gone)
    assert not set(file.path.read_text()) & set("ß")
    for secret in (PASSPHRASE, OTHER, first, second, keys.data.hex()):
        assert secret not in file.path.read_text()


@pytest.mark.parametrize("weak", ["", "short", "aaaaaaaaaaaaaaaa", "            "])
def test_a_weak_passphrase_is_refused(file, weak):
    with pytest.raises(WeakPassphraseError, match="12 characters"):
        file.begin(weak)
    assert not file.exists()


def test_wrong_ones_wait_longer_and_longer_also_over_a_restart(file, monkeypatch):
    keys = file.begin(PASSPHRASE)
    printed = file.new_recovery_key(keys)
    clock = 1e9
    monkeypatch.setattr(time, "time", lambda: clock)
    waits = []
    for _ in range(12):
        with pytest.raises(WrongSecretError) as told:
            KeyFile(file.path.parent).open(OTHER)
        waits.append(told.value.wait_s)
        clock += told.value.wait_s
    assert waits[:6] == [0, 0, 1, 2, 4, 8]
    assert waits[-1] == 60  # never longer, so nobody is shut out for good
    clock -= 30
    with pytest.raises(WrongSecretError, match="Try again in 30 s"):
        file.open(PASSPHRASE)  # too early: not even looked at
    assert file.open(printed) == keys  # the recovery key cannot be guessed and never waits
    assert file.open(PASSPHRASE) == keys
    with pytest.raises(WrongSecretError) as told:
        file.open(OTHER)
    assert told.value.wait_s == 0


def test_a_clock_set_back_lengthens_no_wait(file, monkeypatch):
    file.begin(PASSPHRASE)
    for _ in range(3):
        with pytest.raises(WrongSecretError):
            file.open(OTHER)
    monkeypatch.setattr(time, "time", lambda: 0.0)
    with pytest.raises(WrongSecretError) as told:
        file.open(PASSPHRASE)
    assert told.value.wait_s <= 1


def test_a_slot_moved_from_another_record_does_not_open(home, tmp_path):
    mine, other = KeyFile(home), KeyFile(tmp_path / "other")
    mine.begin(PASSPHRASE)
    other.begin(OTHER)
    content = json.loads(mine.path.read_text())
    content["slots"]["passphrase"] = json.loads(other.path.read_text())["slots"]["passphrase"]
    mine.path.write_text(json.dumps(content))
    with pytest.raises(WrongSecretError):
        mine.open(OTHER)


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"format": 1}', b'{"format": 9}'])
def test_a_damaged_key_file_is_told(file, damage):
    file.begin(PASSPHRASE)
    file.path.write_bytes(damage)
    with pytest.raises(RecordError, match="key\\.json"):
        file.open(PASSPHRASE)


def test_a_lost_key_file_never_begins_a_new_record_over_the_old_one(home):
    open_store(home).close()
    (home / "key.json").unlink()
    assert door_to(home).state is State.LOCKED
    with pytest.raises(RecordError, match="missing"):
        door_to(home).unlock(PASSPHRASE)
    with pytest.raises(RecordError, match="exists"):
        door_to(home).begin(PASSPHRASE)


def test_the_key_file_of_another_record_is_told(home, tmp_path):
    open_store(home).close()
    KeyFile(tmp_path / "other").begin(PASSPHRASE)
    (tmp_path / "other" / "key.json").replace(home / "key.json")
    with pytest.raises(RecordError, match="does not open with the keys"):
        open_store(home)


def test_the_door_opens_once_for_all_and_locks(home, monkeypatch):
    monkeypatch.delenv("POSTURE_PASSPHRASE_FILE")
    door = door_to(home)
    assert door.state is State.NEW
    with pytest.raises(LockedError):
        door.store()
    printed = door.begin(PASSPHRASE)
    patient = door.store().add_patient(PatientDetails("Ada"))
    door.lock()
    assert door.state is State.LOCKED
    with pytest.raises(LockedError):
        door.store()
    with pytest.raises(WrongSecretError):
        door.unlock(OTHER)
    door.unlock(printed)
    assert door.store().patient(patient).details.name == "Ada"
    with pytest.raises(WrongSecretError):
        door.unlock(OTHER)  # checked also while it is open
