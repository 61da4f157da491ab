"""Writers come to their turn in the order in which they came, and nobody waits for the dead."""

import multiprocessing
import os
import signal
import threading
from pathlib import Path

import pytest
from support.samples import open_store

from posture.records import PatientDetails, Store
from posture.records.write_queue import NUMBER_BYTES, WriteQueue

pytestmark = pytest.mark.embedded
LONG_S = 120.0
FORK = multiprocessing.get_context("fork")


def taken(file: Path) -> int:
    """Return the last number taken. Only for a process that holds none: reading ends its locks."""
    return int.from_bytes(file.read_bytes()[:NUMBER_BYTES]) if file.exists() else 0


def until(true) -> None:
    waiting = threading.Event()
    for _ in range(12_000):
        if true():
            return
        waiting.wait(0.01)
    raise AssertionError("it did not come about")


def held(file: Path, ready, done) -> None:
    with WriteQueue(file).turn(LONG_S):
        ready.set()
        done.wait(LONG_S)


def test_processes_come_in_the_order_in_which_they_came(tmp_path):
    file, told = tmp_path / "writers", tmp_path / "told"
    ready, done = FORK.Event(), FORK.Event()
    holder = FORK.Process(target=held, args=(file, ready, done))
    holder.start()
    assert ready.wait(LONG_S)

    def come(n: int) -> None:
        with WriteQueue(file).turn(LONG_S), told.open("a") as end:
            end.write(f"{n}\n")

    children = [FORK.Process(target=come, args=(n,)) for n in range(8)]
    for n, child in enumerate(children):
        child.start()
        until(lambda n=n: taken(file) == n + 2)
    done.set()
    for child in (holder, *children):
        child.join(LONG_S)
    assert told.read_text().split() == [str(n) for n in range(8)]


def test_threads_come_in_the_order_in_which_they_came(tmp_path):
    queue, told, done = WriteQueue(tmp_path / "writers"), [], threading.Event()

    def come(n: int) -> None:
        with queue.turn(LONG_S):
            done.wait(LONG_S)
            told.append(n)

    threads = [threading.Thread(target=come, args=(n,)) for n in range(8)]
    for n, thread in enumerate(threads):
        thread.start()
        until(lambda n=n: len(queue._waiting) == n + 1)
    done.set()
    for thread in threads:
        thread.join(LONG_S)
    assert told == list(range(8))


def test_nobody_waits_for_the_dead(tmp_path):
    file = tmp_path / "writers"
    ready, done = FORK.Event(), FORK.Event()
    holder = FORK.Process(target=held, args=(file, ready, done))
    holder.start()
    assert ready.wait(LONG_S)
    os.kill(holder.pid, signal.SIGKILL)
    holder.join(LONG_S)
    with WriteQueue(file).turn(LONG_S):
        pass
    assert taken(file) == 2


def test_a_line_that_cannot_be_had_stops_nobody(tmp_path):
    (tmp_path / "writers").mkdir()
    with WriteQueue(tmp_path / "writers").turn(LONG_S):
        pass


def test_many_writers_lose_nothing_and_none_is_refused(home):
    store = open_store(home)
    keys = store.keys  # eight passphrases at once would count as guesses
    store.close()
    refused = FORK.Queue()

    def save(n: int) -> None:
        store = Store.open(home, keys)
        for at in range(5):
            try:
                store.patients.add(PatientDetails(f"{n}.{at}"))
            except Exception as error:
                refused.put(repr(error))
        store.close()
        refused.put(None)

    children = [FORK.Process(target=save, args=(n,)) for n in range(8)]
    for child in children:
        child.start()
    told = [refused.get(timeout=LONG_S) for _ in children]
    for child in children:
        child.join(LONG_S)
    assert told == [None] * 8
    store = open_store(home)
    names = {patient.details.name for patient in store.patients.find()}
    assert names == {f"{n}.{at}" for n in range(8) for at in range(5)}
    assert store.audit.verify().findings == ()
    store.close()
