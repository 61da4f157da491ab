"""What opens the record, and what does not."""

import ast
import inspect
import json
import math
import re
import time
import unicodedata

import pytest
import zxcvbn
from support.samples import PASSPHRASE, open_store

from posture.cli import demo
from posture.records import (
    KeyFile,
    LockedError,
    LockState,
    PatientDetails,
    RecordError,
    WeakPassphraseError,
    WrongSecretError,
    record_access,
)
from posture.records.passphrase import WHY_WEAK
from posture.records.types import KeysError
from posture.words import Speech, speaking, t

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


@pytest.mark.parametrize(
    "weak", ["", "short", "aaaaaaaaaaaaaaaa", "            ", "äöüßÄÖ", "a\u0308o\u0308" * 5]
)
def test_a_passphrase_that_is_too_short_is_refused(file, weak):
    with pytest.raises(WeakPassphraseError, match="12 characters"):
        file.begin(weak)
    assert not file.exists()


@pytest.mark.parametrize(
    ("weak", "why"),
    [
        ("password1234", "a very common password"),
        ("Sommer2024!!", "resembles a common password"),
        ("Passwort12345", "ten most common"),
        ("qwertyuiop[]", "row of keys"),
        ("12345678901234", "common"),
        ("abcdefghijklmnop", "sequence"),
        ("geheim geheim geheim", "repeats itself"),
        ("Elizabeth1980", "a common name"),
        ("plumbline posture", "too short for the words"),
        ("Posture 2024 posture", "too short for the words"),
    ],
)
def test_an_easily_guessed_passphrase_is_refused_with_the_reason(file, weak, why):
    with pytest.raises(WeakPassphraseError, match=f"too easily guessed: .*{why}") as refused:
        file.begin(weak)
    with speaking(Speech("de")):
        assert t(refused.value.message).startswith("Dieser Kennsatz ist zu leicht zu erraten")
        assert "it " not in t(refused.value.message)
    assert not file.exists()


@pytest.mark.parametrize(
    "strong",
    [
        PASSPHRASE,
        demo.PASSPHRASE,
        "Nebel Gabel Zwirn Amboss",
        "дождь чайник лампа",
        "雨傘茶碗電灯机椅子窓壁床",
        " ".join(map(str, range(1000, 3000))),
    ],
)
def test_a_passphrase_of_any_script_and_length_opens(file, strong):
    keys = file.begin(strong)
    assert file.open(unicodedata.normalize("NFD", strong)) == keys


def test_every_reason_of_the_library_has_our_words():
    source = inspect.getsource(zxcvbn.feedback)
    said = {
        node.args[0].value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_"
    }
    suggestions = re.compile("^(Add|Use|No need|Avoid|Capital|All-upper|Reversed|Predictable)")
    assert {words for words in said if not suggestions.match(words)} == set(WHY_WEAK) - {""}


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


ODD_FILES = [
    b"", b"{", b"[]", b"null", b'"key"', b"[" * 9000, b"\xff\xfe{", b" " * 10**6, b'{"format": 1}',
    b'{"format": 9}', b'{"format": "1", "record": "x", "slots": {}}',
    b'{"format": 1e999, "record": "x", "slots": {}}', b'{"format": 1, "record": 3, "slots": {}}',
    b'{"format": 1, "record": "x", "slots": []}',
    b'{"format": 1, "record": "x", "slots": {"passphrase": 3}}',
]  # fmt: skip


@pytest.mark.parametrize("damage", ODD_FILES)
def test_a_damaged_key_file_is_told(file, damage):
    keys = file.begin(PASSPHRASE)
    file.path.write_bytes(damage)
    for use in (
        lambda: file.open(PASSPHRASE),
        lambda: file.set_passphrase(keys, OTHER),
        lambda: file.new_recovery_key(keys),
        file.has_recovery_key,
        file.record_id,
    ):
        with pytest.raises(KeysError, match="key\\.json"):
            use()
    assert file.path.read_bytes() == damage


ODD_VALUES = (None, -1, 0, 1e300, 2**70, 10**300, math.nan, "", "ä", "a" * 5, [], {}, [[1]])


@pytest.mark.parametrize("value", ODD_VALUES, ids=repr)
def test_no_odd_value_in_the_key_file_is_more_than_told(file, value, monkeypatch, clock):
    file.begin(PASSPHRASE)
    whole = json.loads(file.path.read_text())
    slot = whole["slots"]["passphrase"]
    for at in (whole, slot, slot["argon2id"]):
        for name in list(at):
            kept, at[name] = at[name], value
            file.path.write_text(json.dumps(whole))
            at[name] = kept
            clock()
            with pytest.raises((KeysError, WrongSecretError)):
                file.open(PASSPHRASE)
    file.path.write_text(json.dumps(whole))
    clock()
    file.open(PASSPHRASE)


@pytest.fixture
def clock(monkeypatch):
    """Let a minute pass at each call."""
    now = [1.8e9]
    monkeypatch.setattr(time, "time", lambda: now[0])

    def pass_by() -> None:
        now[0] += 61

    return pass_by


def test_a_folder_in_the_place_of_the_key_file_is_told(file):
    file.path.mkdir(parents=True)
    with pytest.raises(KeysError, match="key\\.json"):
        file.open(PASSPHRASE)


def test_bytes_that_are_no_text_are_a_wrong_passphrase(file):
    file.begin(PASSPHRASE)
    with pytest.raises(WrongSecretError):
        file.open("not \udcff text")


def test_a_lost_key_file_never_begins_a_new_record_over_the_old_one(home):
    open_store(home).close()
    (home / "key.json").unlink()
    assert record_access(home).state is LockState.LOCKED
    with pytest.raises(RecordError, match="missing"):
        record_access(home).unlock(PASSPHRASE)
    with pytest.raises(RecordError, match="exists"):
        record_access(home).begin(PASSPHRASE)


def test_the_key_file_of_another_record_is_told(home, tmp_path):
    open_store(home).close()
    KeyFile(tmp_path / "other").begin(PASSPHRASE)
    (tmp_path / "other" / "key.json").replace(home / "key.json")
    with pytest.raises(RecordError, match="does not open with the keys"):
        open_store(home)


def test_the_door_opens_once_for_all_and_locks(home, monkeypatch):
    monkeypatch.delenv("POSTURE_PASSPHRASE_FILE")
    access = record_access(home)
    assert access.state is LockState.NEW
    with pytest.raises(LockedError):
        access.store()
    printed = access.begin(PASSPHRASE)
    patient = access.store().patients.add(PatientDetails("Ada"))
    access.lock()
    assert access.state is LockState.LOCKED
    with pytest.raises(LockedError):
        access.store()
    with pytest.raises(WrongSecretError):
        access.unlock(OTHER)
    access.unlock(printed)
    assert access.store().patients.get(patient).details.name == "Ada"
    with pytest.raises(WrongSecretError):
        access.unlock(OTHER)  # checked also while it is open
