"""Where a process asks for the record: shut until the passphrase opens it, once for all."""

from enum import StrEnum
from functools import cache
from pathlib import Path
from threading import RLock

from posture.records.home import passphrase_from_settings
from posture.records.keys import KeyFile, Keys
from posture.records.plain import encrypt_plain, has_plain
from posture.records.restoring import go_on
from posture.records.store import Store
from posture.records.types import RecordError
from posture.records.waiting import Waiting


class LockedError(RecordError):
    """The record is there, but no passphrase has opened it yet."""


class State(StrEnum):
    """What the door needs next."""

    NEW = "new"
    """There is no record: the first start asks for a passphrase."""
    PLAIN = "plain"
    """A record of a version that did not encrypt: the first passphrase encrypts it."""
    LOCKED = "locked"
    OPEN = "open"


class Door:
    """The way into the record of one data folder. Any thread may use it.

    Parameters
    ----------
    home : Path
        The data folder.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.key_file = KeyFile(home)
        self._store: Store | None = None
        self._waiting = Waiting()  # outlives a lock: what could not be written then is later
        self._lock = RLock()

    @property
    def state(self) -> State:
        """What the door needs next."""
        if self._store is not None:
            return State.OPEN
        go_on(self.home)
        if self.key_file.exists():
            return State.LOCKED
        return State.PLAIN if has_plain(self.home) else State.NEW

    def begin(self, passphrase: str) -> str:
        """Set the first passphrase, open the record and return the recovery key, to be printed.

        A record of a version that did not encrypt is encrypted; killed on the way, it is whole,
        and the next opening goes on.
        """
        with self._lock:
            keys = self.key_file.begin(passphrase)
            recovery = self.key_file.new_recovery_key(keys)
            self._open(keys)
            return recovery

    def unlock(self, secret: str) -> Keys:
        """Open the record with the passphrase or the recovery key, checked also when it is open.

        Raises
        ------
        WrongSecretError
            When it is neither, or it is too early for another try.
        """
        go_on(self.home)
        keys = self.key_file.open(secret)
        self.unlock_with(keys)
        return keys

    def unlock_with(self, keys: Keys) -> None:
        """Open the record with keys that the key file gave."""
        with self._lock:
            if self._store is None:
                self._open(keys)

    def store(self) -> Store:
        """Return the record.

        A service names the file of its passphrase in its settings (``POSTURE_PASSPHRASE_FILE``):
        then this opens the record, and begins a new one.

        Raises
        ------
        LockedError
            When no passphrase has opened it yet.
        """
        with self._lock:
            if self._store is None:
                go_on(self.home)
                passphrase = passphrase_from_settings()
                if passphrase is None:
                    raise LockedError("The record is locked: its passphrase opens it.")
                file = self.key_file
                keys = file.open(passphrase) if file.exists() else file.begin(passphrase)
                return self._open(keys)
            return self._store

    def lock(self) -> None:
        """Shut the record until a passphrase opens it again."""
        with self._lock:
            if self._store is not None:
                self._store.close()
                self._store = None

    def _open(self, keys: Keys) -> Store:
        if has_plain(self.home):
            encrypt_plain(self.home, keys)
        self._store = Store(self.home, keys, self._waiting)
        return self._store


@cache
def door_to(home: Path) -> Door:
    """Return this process's door to a data folder."""
    return Door(home)
