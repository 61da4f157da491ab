"""The open database, in one actor's name: reading, writing, and what the audit trail notes of it.

Every part of the store is given one of these and nothing else.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from posture.records import audit
from posture.records.audit import Action
from posture.records.encrypted_files import EncryptedFiles
from posture.records.engine import WRITES
from posture.records.in_use import InUse
from posture.records.keys import Keys
from posture.records.pending_writes import PendingEntry, PendingWrites
from posture.records.roles import THIS_COMPUTER, Actor, NotAllowedError, Right
from posture.records.types import RecordError
from posture.records.write_errors import NotWritableError, not_writable, trouble_of
from posture.words import Message

SEEN_AGAIN_S = 600
"""Seeing the same thing again within this time is one access: a screen reads it many times."""


@dataclass
class Database:
    """The database, the files beside it, and the actor in whose name both are used.

    Parameters
    ----------
    home : Path
        The data folder.
    turns : callable
        Gives a context in which this process may write: it waits for other processes.
    pending : PendingWrites
        What this process could not write yet.
    accesses : dict
        When each actor last saw each thing, by the monotonic clock, in seconds.
    """

    home: Path
    engine: Engine
    files: EncryptedFiles
    keys: Keys
    turns: Callable[[], AbstractContextManager[None]]
    in_use: InUse
    pending: PendingWrites
    actor: Actor = THIS_COMPUTER
    accesses: dict[tuple[Actor, str], float] = field(default_factory=dict)

    def acting_as(self, actor: Actor) -> "Database":
        """Return the same database in this actor's name."""
        return replace(self, actor=actor)

    def close(self) -> None:
        """Close the connections, after another try to write what waits for it."""
        if self.pending.entries or self.pending.sessions or self.pending.settings:
            try:
                with self.writing():
                    pass
            except RecordError:
                pass  # it stays in memory
        self.engine.dispose()
        self.in_use.close()

    @property
    def audit_key(self) -> bytes:
        """The key of the audit trail's hashes."""
        return self.keys.purpose("audit")

    @property
    def embedded(self) -> bool:
        """Whether the database is the embedded one, not a clinic's server."""
        return self.engine.dialect.name == "sqlite"

    def demand(self, right: Right, doing: str) -> None:
        """Raise where the actor's role does not give the right, and note it on the audit trail.

        Raises
        ------
        NotAllowedError
        """
        if not self.actor.may(right):
            self.log_access(Action.REFUSED, doing, None)
            raise NotAllowedError(
                Message(
                    "The role {role} may not {right}. An owner can change roles under Practice, "
                    "Users.",
                    role=self.actor.role,
                    right=right,
                )
            )

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session to read in.

        Raises
        ------
        RecordError
            When the database cannot be read.
        """
        try:
            with self.engine.connect() as connection, Session(connection) as session:
                yield session
        except DBAPIError as error:
            raise RecordError(
                Message(
                    "The record cannot be read: {cause}. Try again; if the problem remains, "
                    "posture doctor shows what is wrong and how to fix it.",
                    cause=cause(error),
                )
            ) from error

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Give a session whose changes are one transaction: all of it is written, or nothing.

        Raises
        ------
        RecordError
            When it cannot be written.
        """
        taken = PendingWrites()
        try:
            with (
                self.turns(),
                self.engine.connect().execution_options(**WRITES) as connection,
                Session(connection, expire_on_commit=False) as session,
                session.begin(),
            ):
                session.connection()  # begins in earnest: from here on the lock is held
                taken = self.pending.take()
                taken.write(session, self.audit_key)
                yield session
        except BaseException as error:
            self.pending.put_back(taken, trouble_of(error))
            if isinstance(error, (OSError, DBAPIError)):
                raise not_saved(error) from error
            raise
        self.pending.forget(taken)

    def log(
        self, session: Session, action: Action, what: str, patient_id: str | None, **detail: Any
    ) -> None:
        """Add to the audit trail, in the transaction of what is done. Never give a name."""
        audit.append(session, self.audit_key, self.actor, action, what, patient_id, detail=detail)

    def log_now(self, action: Action, what: str, patient_id: str | None, **detail: Any) -> None:
        """Add to the audit trail now or, where the disk takes nothing, as soon as it does."""
        try:
            with self.writing() as session:
                self.log(session, action, what, patient_id, **detail)
        except NotWritableError:
            self.log_later(action, what, patient_id, **detail)

    def log_later(self, action: Action, what: str, patient_id: str | None, **detail: Any) -> None:
        """Add to the audit trail with the next change that can be written."""
        entry = PendingEntry(datetime.now(UTC), self.actor, action, what, patient_id, detail)
        self.pending.add_entry(entry)

    def log_access(self, action: Action, what: str, patient_id: str | None, **detail: Any) -> None:
        """Add to the audit trail that something was seen, once in each :data:`SEEN_AGAIN_S`."""
        access = (self.actor, f"{action} {what} {patient_id} {sorted(detail.items())}")
        now = time.monotonic()
        if now - self.accesses.get(access, -SEEN_AGAIN_S) < SEEN_AGAIN_S:
            return
        self.log_now(action, what, patient_id, **detail)
        if len(self.accesses) > 10_000:
            self.accesses.clear()
        self.accesses[access] = now


def cause(error: Exception) -> str:
    """Return the words of what is behind a failure, without the values it was about."""
    return str(getattr(error, "orig", None) or getattr(error, "strerror", None) or error)


def not_saved(error: Exception) -> RecordError:
    """Return the error to raise when a change could not be written."""
    if trouble := trouble_of(error):
        return not_writable(trouble)
    return RecordError(
        Message(
            "It could not be saved: {cause}. The record is unchanged. Check the disk, and whether"
            " another program has locked the record, then save again.",
            cause=cause(error),
        )
    )
