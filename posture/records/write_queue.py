"""Writers in line: who wants to write waits behind who came before, over threads and processes.

SQLite lets one write at a time, but lets the others look again at growing intervals, so that a
newcomer overtakes who has waited for long. Here each writer takes a number, holds the lock of that
number, and waits for the lock of the number before it. Locks are the system's and end with their
process, so that nobody waits for the dead. The line is a courtesy: SQLite's own lock still decides
who writes, and who has waited too long, or cannot use the line's file, goes on to it directly.
"""

import os
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from random import uniform
from threading import Event, Lock

FILE = "writers"
"""In the data folder: the last number taken, and the bytes that are locked."""

LOOK_AGAIN_S = (0.0005, 0.0015)
NUMBER_BYTES = 8
GUARD = 1000
"""The byte locked while a number is taken; Windows shows nobody else what is in a locked one."""

SLOTS = 1_000_000
"""So many numbers have a byte of their own before the first one's is used again."""

if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int, at: int) -> bool:
        os.lseek(handle, at, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(handle: int, at: int) -> None:
        os.lseek(handle, at, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _lock(handle: int, at: int) -> bool:
        try:
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, at)
        except BlockingIOError:
            return False
        return True

    def _unlock(handle: int, at: int) -> None:
        fcntl.lockf(handle, fcntl.LOCK_UN, 1, at)


class WriteQueue:
    """The line of one data folder, as this process sees it: one for all of its threads.

    Parameters
    ----------
    path : Path
        The line's file, made if missing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._waiting: deque[Event] = deque()

    @contextmanager
    def turn(self, patience_s: float) -> Iterator[None]:
        """Wait behind all who came before, for so long at most; the next one waits for the end."""
        with self._among_threads(patience_s), self._among_processes(patience_s):
            yield

    @contextmanager
    def _among_threads(self, patience_s: float) -> Iterator[None]:
        mine = Event()
        with self._lock:
            self._waiting.append(mine)
            self._waiting[0].set()
        try:
            mine.wait(patience_s)
            yield
        finally:
            with self._lock:
                self._waiting.remove(mine)
                if self._waiting:
                    self._waiting[0].set()

    @contextmanager
    def _among_processes(self, patience_s: float) -> Iterator[None]:
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        except OSError:  # a disk that is full, or can only be read
            yield
            return
        try:
            _wait_in_line(handle, patience_s)
            yield
        finally:
            os.close(handle)  # which ends the lock of our number


def _wait_in_line(handle: int, patience_s: float) -> None:
    """Take the next number, with its lock, and wait until the one before it is through."""
    if not _until_locked(handle, GUARD, patience_s):
        return
    try:
        os.lseek(handle, 0, os.SEEK_SET)
        number = int.from_bytes(os.read(handle, NUMBER_BYTES)) + 1
        os.lseek(handle, 0, os.SEEK_SET)
        with suppress(OSError):  # on a full disk
            os.write(handle, number.to_bytes(NUMBER_BYTES))
        _lock(handle, _slot(number))
    finally:
        _unlock(handle, GUARD)
    if _until_locked(handle, _slot(number - 1), patience_s):
        _unlock(handle, _slot(number - 1))


def _until_locked(handle: int, at: int, patience_s: float) -> bool:
    end = time.monotonic() + patience_s
    while not _lock(handle, at):
        if time.monotonic() > end:
            return False
        time.sleep(uniform(*LOOK_AGAIN_S))  # noqa: S311 - no secret
    return True


def _slot(number: int) -> int:
    return GUARD + 1 + number % SLOTS


@cache
def write_queue(home: Path) -> WriteQueue:
    """Return this process's line for a data folder."""
    return WriteQueue(home / FILE)
