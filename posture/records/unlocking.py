"""Where a process asks for the record: shut until the passphrase opens it, once for all."""

import math
import time
from contextlib import suppress
from enum import StrEnum
from functools import cache
from pathlib import Path
from threading import RLock

from posture.records.first_encryption import encrypt_plain, has_plain
from posture.records.home import passphrase_from_settings
from posture.records.keys import KeyFile, Keys, WrongSecretError
from posture.records.pending_writes import PendingWrites
from posture.records.restoring import finish_restore
from posture.records.sessions import Sessions
from posture.records.store import Store
from posture.records.types import RecordError
from posture.words import Message

TELL_EVERY_S = 600.0
"""Wrong passphrases while the record is open are counted for so long, then told as one row."""


class LockedError(RecordError):
    """The record is there, but no passphrase has opened it yet."""


class LockState(StrEnum):
    """What the door needs next."""

    NEW = "new"
    """There is no record: the first start asks for a passphrase."""
    PLAIN = "plain"
    """A record of a version that did not encrypt: the first passphrase encrypts it."""
    LOCKED = "locked"
    OPEN = "open"


class RecordAccess:
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
        self._told = -math.inf
        self._pending = PendingWrites()  # outlives a lock: what could not be written then is later
        self._lock = RLock()

    @property
    def state(self) -> LockState:
        """What the door needs next."""
        if self._store is not None:
            return LockState.OPEN
        finish_restore(self.home)
        if self.key_file.exists():
            return LockState.LOCKED
        return LockState.PLAIN if has_plain(self.home) else LockState.NEW

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
        finish_restore(self.home)
        try:
            keys = self.key_file.open(secret)
        except WrongSecretError:
            self._tell_wrong(every_s=TELL_EVERY_S)
            raise
        self.unlock_with(keys)
        return keys

    def unlock_with(self, keys: Keys) -> None:
        """Open the record with keys that the key file gave."""
        with self._lock:
            if self._store is None:
                self._open(keys)
            self._tell_wrong()

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
                finish_restore(self.home)
                passphrase = passphrase_from_settings()
                if passphrase is None:
                    raise LockedError(Message("The record is locked. Its passphrase unlocks it."))
                file = self.key_file
                keys = file.open(passphrase) if file.exists() else file.begin(passphrase)
                return self._open(keys)
            return self._store

    def opened(self) -> Store:
        """Return the record where it is open, and open nothing.

        Raises
        ------
        LockedError
            When it is shut.
        """
        found = self._store
        if found is None:
            raise LockedError(Message("The record is locked. Its passphrase unlocks it."))
        return found

    def lock(self) -> None:
        """Shut the record until a passphrase opens it again."""
        with self._lock:
            if self._store is not None:
                self._tell_wrong()
                self._store.close()
                self._store = None

    def _open(self, keys: Keys) -> Store:
        if has_plain(self.home):
            encrypt_plain(self.home, keys)
        self._store = Store.open(self.home, keys, self._pending)
        self._tell_wrong()
        return self._store

    def _tell_wrong(self, every_s: float = 0.0) -> None:
        """Put wrong passphrases on the audit trail, many as one row."""
        with self._lock:
            store = self._store
            if store is None or time.monotonic() - self._told < every_s:
                return
            with suppress(RecordError):  # busy, or no room: they are noted still
                if self.key_file.tell_wrong(Sessions(store).wrong_passphrases):
                    self._told = time.monotonic()


@cache
def record_access(home: Path) -> RecordAccess:
    """Return this process's door to a data folder."""
    return RecordAccess(home)
