"""Who has a record open: many programs at once, or one alone that puts another in its place."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from posture.files import make_private
from posture.records.types import RecordError
from posture.words import Message

LOCK = "in-use"


class InUse:
    """Says, until it is closed or its process ends, that a record is open.

    The lock is SQLite's on a file that stays empty: it works on every platform, and dies with its
    holder.
    """

    def __init__(self, home: Path) -> None:
        self._lock: sqlite3.Connection | None = None
        try:
            self._lock = _lock_file(home, timeout_s=10)
            self._lock.execute("BEGIN")
            self._lock.execute("SELECT count(*) FROM sqlite_master")  # takes the shared lock
        except (OSError, sqlite3.Error) as error:
            self.close()
            if not (home / LOCK).exists() and home.is_dir():
                return  # where the lock's file cannot be made, no restore can take it either
            raise _refused(home, error) from error

    def close(self) -> None:
        """Say so no longer."""
        if self._lock is not None:
            self._lock.close()


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Hold a record that no program has open, nor can open until this ends.

    Raises
    ------
    RecordError
        When a program has it open.
    """
    lock = _lock_file(home, timeout_s=1)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        lock.close()
        raise RecordError(
            Message(
                "The record in {home} is open in another program. Close it (the dashboard, for "
                "instance), then try again.",
                home=home,
            )
        ) from error
    try:
        yield
    finally:
        lock.close()


def _lock_file(home: Path, timeout_s: float) -> sqlite3.Connection:
    try:
        make_private(home / LOCK)
        return sqlite3.connect(home / LOCK, timeout=timeout_s, check_same_thread=False)
    except sqlite3.Error as error:
        raise _refused(home, error) from error


def _refused(home: Path, error: Exception) -> OSError:
    if isinstance(error, OSError):
        return error
    if getattr(error, "sqlite_errorname", "") in ("SQLITE_BUSY", "SQLITE_LOCKED"):
        return OSError(Message("it is being restored by another program ({error})", error=error))
    return OSError(
        Message(
            "{lock}, which says who has it open, cannot be used ({error}): remove it",
            lock=home / LOCK,
            error=error,
        )
    )
