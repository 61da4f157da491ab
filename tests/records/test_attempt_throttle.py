"""Wrong passphrases: each delays the next, none shuts the owner out, all of them are told."""

import errno
import json
import multiprocessing
import os
import time

import pytest
from support.samples import PASSPHRASE

from posture import files
from posture.records import KeyFile, WrongSecretError, attempt_throttle, audit, record_access
from posture.records.audit import Action

pytestmark = pytest.mark.embedded
OTHER = "a different one entirely"
UNREADABLE = {
    "empty": b"",
    "half": b'{"count": 4, "la',
    "a list": b"[]",
    "a word": b'"tries"',
    "no last": b'{"count": 4}',
    "negative": b'{"count": -4, "last": 1.0}',
    "no number": b'{"count": "four", "last": 1.0}',
    "NaN": b'{"count": 4, "last": NaN}',
    "infinite": b'{"count": 1e999, "last": 1e999}',
    "thousands of digits": b'{"count": ' + b"9" * 4000 + b', "last": 1.0}',
    "deep": b"[" * 3000,
    "large": b" " * 10**6,
    "no text": b"\xff\xfe\x00",
    "odd untold": b'{"count": 1, "last": 1.0, "untold": 3}',
}


class Clock:
    """The time of day, which a test moves."""

    def __init__(self, monkeypatch) -> None:
        self.now = 1.8e9
        monkeypatch.setattr(time, "time", lambda: self.now)


@pytest.fixture
def clock(monkeypatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def file(home) -> KeyFile:
    made = KeyFile(home)
    made.begin(PASSPHRASE)
    return made


def waits_once(file, clock) -> None:
    """Hold that the right passphrase is let in after one wait of a minute at most."""
    wait_s = 0.0
    try:
        file.open(PASSPHRASE)
    except WrongSecretError as error:
        wait_s = error.wait_s
    assert wait_s <= attempt_throttle.LONGEST_WAIT_S
    clock.now += wait_s
    file.open(PASSPHRASE)


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
def test_an_unreadable_count_is_put_aside_and_costs_one_wait(file, clock, home, content):
    (home / "tries.json").write_bytes(content)
    waits_once(file, clock)
    if content != UNREADABLE["thousands of digits"]:  # a count, however large
        [aside] = home.glob("tries.json.unreadable-*")
        assert aside.read_bytes() == content
    with pytest.raises(WrongSecretError) as told:
        file.open(OTHER)
    assert told.value.wait_s == 0


@pytest.mark.parametrize("kind", ["folder", "pipe", "link to a device"])
def test_what_is_no_file_in_its_place_costs_one_wait(file, clock, home, kind):
    place = home / "tries.json"
    if kind == "folder":
        place.mkdir()
        (place / "something").write_text("in it")
    elif kind == "pipe":
        os.mkfifo(place)
    else:
        place.symlink_to("/dev/zero")
    waits_once(file, clock)
    assert len(list(home.glob("tries.json.unreadable-*"))) == 1


@pytest.mark.parametrize("count", [3, 1026, 10**6, 10**12])
def test_however_many_were_wrong_the_wait_is_bounded(file, clock, home, count):
    (home / "tries.json").write_text(json.dumps({"count": count, "last": clock.now}))
    with pytest.raises(WrongSecretError):
        file.open(OTHER)
    clock.now += attempt_throttle.LONGEST_WAIT_S
    with pytest.raises(WrongSecretError, match="neither"):
        file.open(OTHER)
    waits_once(file, clock)


@pytest.mark.parametrize("ahead_s", [3600.0, 4 * 365 * 86400.0, 1e300])
def test_a_try_from_the_future_counts_as_now(file, clock, home, ahead_s):
    content = {"count": 9, "last": clock.now + ahead_s, "untold": [9, 0.0, clock.now + ahead_s]}
    (home / "tries.json").write_text(json.dumps(content))
    with pytest.raises(WrongSecretError, match="Try again in 60 s"):
        file.open(PASSPHRASE)
    clock.now += 61
    file.open(PASSPHRASE)


def test_a_clock_set_back_for_good_locks_nobody_out(file, clock):
    for _ in range(3):
        with pytest.raises(WrongSecretError):
            file.open(OTHER)
    clock.now -= 4 * 365 * 86400
    waits_once(file, clock)


@pytest.mark.parametrize("before", [None, b"{"], ids=["no file", "an unreadable file"])
def test_on_a_disk_that_takes_nothing_the_count_is_in_memory(
    file, clock, home, monkeypatch, before
):
    if before is not None:
        (home / "tries.json").write_bytes(before)
        monkeypatch.setattr(type(home), "rename", refuse)
    monkeypatch.setattr(attempt_throttle, "write_whole", refuse)
    for _ in range(5):
        with pytest.raises(WrongSecretError) as told:
            file.open(OTHER)
        clock.now += told.value.wait_s
    assert told.value.wait_s >= 4
    clock.now -= told.value.wait_s
    with pytest.raises(WrongSecretError, match="Try again"):
        file.open(PASSPHRASE)
    waits_once(file, clock)
    monkeypatch.setattr(attempt_throttle, "write_whole", files.write_whole)
    with pytest.raises(WrongSecretError):
        file.open(OTHER)
    assert json.loads((home / "tries.json").read_text())["count"] == 1


def refuse(*_given, **_named):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def told(access) -> list[dict]:
    """Return what the trail tells of wrong passphrases, the first first."""
    rows = access.store().audit.entries(action=Action.REFUSED)
    return [dict(row.detail) for row in reversed(rows) if row.what == "wrong passphrase"]


@pytest.fixture
def access(home, monkeypatch):
    monkeypatch.delenv("POSTURE_PASSPHRASE_FILE")
    made = record_access(home)
    made.begin(PASSPHRASE)
    made.lock()
    return made


def guess(access, clock, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(WrongSecretError, match="neither") as error:
            access.unlock(OTHER)
        clock.now += error.value.wait_s


def test_wrong_ones_while_it_is_shut_are_on_the_trail_once_it_opens(access, clock, home):
    guess(access, clock, 5)
    assert OTHER not in (home / "tries.json").read_text()
    clock.now += 60
    access.unlock(PASSPHRASE)
    [row] = told(access)
    assert row["count"] == 5
    assert row["first"] == "2027-01-15T08:00:00+00:00"
    assert row["last"] == "2027-01-15T08:00:03+00:00"
    assert not (home / "tries.json").exists()
    access.lock()
    access.unlock(PASSPHRASE)
    assert told(access) == [row]


def test_wrong_ones_while_it_is_open_are_told_at_once_then_counted(access, clock):
    access.unlock(PASSPHRASE)
    guess(access, clock, 30)
    assert [row["count"] for row in told(access)] == [1]  # a stranger's guesses grow no table
    access.lock()
    clock.now += 60
    access.unlock(PASSPHRASE)
    assert [row["count"] for row in told(access)] == [1, 29]


def test_what_the_trail_could_not_take_is_told_by_the_next_opening(access, clock, monkeypatch):
    guess(access, clock, 2)
    clock.now += 60
    append = audit.append
    monkeypatch.setattr(audit, "append", refuse)
    access.unlock(PASSPHRASE)  # the right one opens all the same
    monkeypatch.setattr(audit, "append", append)
    access.unlock(PASSPHRASE)
    assert [row["count"] for row in told(access)] == [2]


def test_wrong_ones_at_the_terminal_and_before_the_recovery_key_are_told_too(access, clock):
    keys = access.key_file.open(PASSPHRASE)
    printed = access.key_file.new_recovery_key(keys)
    with pytest.raises(WrongSecretError):
        access.key_file.open(OTHER)  # as a command asks
    access.unlock(printed)
    assert [row["count"] for row in told(access)] == [1]


def opening(home, told) -> None:
    try:
        KeyFile(home).open(PASSPHRASE)
        told.put("in")
    except WrongSecretError as error:
        told.put(str(error))


def test_right_ones_of_many_processes_at_one_moment_are_no_guesses(home):
    KeyFile(home).begin(PASSPHRASE)
    fork = multiprocessing.get_context("fork")
    told = fork.Queue()
    crowd = [fork.Process(target=opening, args=(home, told)) for _ in range(12)]
    for one in crowd:
        one.start()
    assert [told.get(timeout=120) for _ in crowd] == ["in"] * len(crowd)
    for one in crowd:
        one.join(60)
    assert not (home / "tries.json").exists() or not KeyFile(home).tell_wrong(pytest.fail)
