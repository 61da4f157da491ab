"""What every part of the store stands on: the database, who acts on it, and the audit trail."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from copy import copy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from posture.records import audit
from posture.records.access import Actor, NotAllowedError, Right
from posture.records.audit import Action
from posture.records.engine import WRITES
from posture.records.keys import Keys
from posture.records.pending_writes import Look, Waiting
from posture.records.sealed_files import SealedFiles
from posture.records.tables import PatientRow, PendingFileRow
from posture.records.types import RecordError
from posture.records.write_errors import NotWritableError, Trouble, not_writable, trouble_of
from posture.words import Message

SEEN_AGAIN_S = 600
"""Looking at the same thing again within this time is one look: a screen reads it many times."""


class Base:
    """The database under the store's parts, and the actor in whose name they work."""

    home: Path
    actor: Actor
    _engine: Engine
    _files: SealedFiles
    _keys: Keys
    _audit_key: bytes
    _looks: dict[tuple[Actor, str], float]
    _waiting: Waiting
    _turns: Callable[[], AbstractContextManager[None]]

    @staticmethod
    def _pending(session: Session) -> set[str]:
        """Return the names of files that a save is about to refer to."""
        return set(session.scalars(select(PendingFileRow.id)))

    def acting_as(self, actor: Actor) -> Self:
        """Return the same record in this actor's name: what the role forbids is refused."""
        other = copy(self)
        other.actor = actor
        return other

    @property
    def trouble(self) -> Trouble | None:
        """Why nothing can be saved at the moment, as the last write showed; None where all is well.

        What was looked at meanwhile waits in memory for the audit trail.
        """
        return self._waiting.trouble

    def demand(self, right: Right, doing: str) -> None:
        """Refuse, and put it on the trail, where the role does not give the right."""
        if not self.actor.may(right):
            self._note_look(Action.REFUSED, doing, None)
            raise NotAllowedError(
                Message(
                    "The role {role} may not {value}. An owner can change roles under Practice, "
                    "Users.",
                    role=self.actor.role,
                    value=right.value,
                )
            )

    @contextmanager
    def _reading(self) -> Iterator[Session]:
        try:
            with self._engine.connect() as connection, Session(connection) as session:
                yield session
        except DBAPIError as error:
            raise RecordError(
                Message(
                    "The record cannot be read: {cause}. Try again; if it stays so, posture "
                    "doctor says what is wrong and how to mend it.",
                    cause=cause(error),
                )
            ) from error

    @contextmanager
    def _writing(self) -> Iterator[Session]:
        taken = Waiting()
        try:
            with (
                self._turns(),
                self._engine.connect().execution_options(**WRITES) as connection,
                Session(connection, expire_on_commit=False) as session,
                session.begin(),
            ):
                session.connection()  # begins in earnest: from here on the lock is held
                taken = self._waiting.take()
                taken.put_down(session, self._audit_key)
                yield session
        except BaseException as error:
            self._waiting.take_back(taken, trouble_of(error))
            if isinstance(error, (OSError, DBAPIError)):
                raise not_saved(error) from error
            raise
        self._waiting.let_go(taken)

    def _log(
        self, session: Session, action: Action, what: str, patient_id: str | None, **detail: Any
    ) -> None:
        """Put it on the audit trail, in the transaction of what is done. Never give a name."""
        audit.append(session, self._audit_key, self.actor, action, what, patient_id, detail=detail)

    def _note(self, action: Action, what: str, patient_id: str | None, **detail: Any) -> None:
        """Put it on the audit trail now or, where the disk takes nothing, as soon as it does."""
        try:
            with self._writing() as session:
                self._log(session, action, what, patient_id, **detail)
        except NotWritableError:
            self._note_later(action, what, patient_id, **detail)

    def _note_later(self, action: Action, what: str, patient_id: str | None, **detail: Any) -> None:
        look = Look(datetime.now(UTC), self.actor, action, what, patient_id, detail)
        self._waiting.add_look(look)

    def _note_look(self, action: Action, what: str, patient_id: str | None, **detail: Any) -> None:
        """Put a look at something on the trail, once for each while."""
        look = (self.actor, f"{action} {what} {patient_id} {sorted(detail.items())}")
        now = time.monotonic()
        if now - self._looks.get(look, -SEEN_AGAIN_S) < SEEN_AGAIN_S:
            return
        self._note(action, what, patient_id, **detail)
        if len(self._looks) > 10_000:
            self._looks.clear()
        self._looks[look] = now


def cause(error: Exception) -> str:
    """Return the words of what is behind a failure, without the values it was about."""
    return str(getattr(error, "orig", None) or getattr(error, "strerror", None) or error)


def not_saved(error: Exception) -> RecordError:
    """Return what is said when a change could not be made."""
    if trouble := trouble_of(error):
        return not_writable(trouble)
    return RecordError(
        Message(
            "It could not be saved: {cause}. The record is as it was. Check the disk and whether "
            "another program has locked the record, then save again.",
            cause=cause(error),
        )
    )


def get_patient(session: Session, patient_id: str) -> PatientRow:
    """Return the patient's row, or say that there is none."""
    row = session.get(PatientRow, patient_id)
    if row is None:
        raise RecordError(Message("There is no such patient in the record."))
    return row
