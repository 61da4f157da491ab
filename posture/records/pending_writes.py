"""What could not be written because the disk took nothing: kept in memory until it does.

Only what reading brings along waits: looks for the audit trail, sessions, when a backup was made.
What people save is refused in words instead. A process that ends takes with it what still waits.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from threading import RLock
from typing import Any

from sqlalchemy.orm import Session

from posture.records import audit
from posture.records.audit import Action
from posture.records.roles import Actor
from posture.records.tables import SessionRow, SettingRow
from posture.records.types import RecordError
from posture.records.write_errors import Trouble
from posture.words import Message

MOST_PENDING = 10_000
"""With so many looks waiting, the record shows nothing more until they can be written."""


@dataclass(frozen=True)
class PendingEntry:
    """A row for the audit trail, with the moment at which it happened."""

    at: datetime
    actor: Actor
    action: Action
    what: str
    patient_id: str | None
    detail: Mapping[str, Any]


@dataclass(frozen=True)
class PendingSession:
    """A session that is not, or not as it is now, among the rows of the record."""

    id: str
    token_sha256: str
    user_id: str | None
    began_at: float
    active_at: float
    ended_at: float | None = None


@dataclass
class PendingWrites:
    """What waits to be written; ``trouble`` is why, None where the last write went well."""

    trouble: Trouble | None = None
    entries: deque[PendingEntry] = field(default_factory=deque)
    sessions: dict[str, PendingSession] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    lock: Any = field(default_factory=RLock, repr=False)

    def add_entry(self, entry: PendingEntry) -> None:
        """Keep a look until it can be written.

        Raises
        ------
        RecordError
            When so many wait that no more may be added: what is not told must not be seen.
        """
        with self.lock:
            if len(self.entries) >= MOST_PENDING:
                raise RecordError(
                    Message(
                        "{number} entries wait for the audit trail, because the disk cannot be "
                        "written to. Make it writable again: until then nothing more can be "
                        "shown.",
                        number=MOST_PENDING,
                    )
                )
            self.entries.append(entry)

    def hold(self, held: PendingSession) -> None:
        """Keep a session as it is now."""
        with self.lock:
            self.sessions[held.id] = held

    def session_of(self, token_sha256: str) -> PendingSession | None:
        """Return the session of a token's hash, where it waits here."""
        with self.lock:
            found = (one for one in self.sessions.values() if one.token_sha256 == token_sha256)
            return next(found, None)

    def take(self) -> "PendingWrites":
        """Return all that waits, to be written.

        It is to be put back where the transaction fails, and forgotten where it went through.
        """
        with self.lock:
            taken = PendingWrites(None, self.entries, dict(self.sessions), dict(self.settings))
            self.entries = deque()  # two must not write the same; sessions are asked for meanwhile
            return taken

    def write(self, session: Session, key: bytes) -> None:
        """Write all of it, in this transaction."""
        for entry in self.entries:
            audit.append(
                session, key, entry.actor, entry.action, entry.what, entry.patient_id,
                detail={**entry.detail, "written": "later"}, at=entry.at,
            )  # fmt: skip
        for held in self.sessions.values():
            session.merge(SessionRow(**asdict(held)))
        for name, value in self.settings.items():
            changed_at = datetime.now().astimezone()
            session.merge(SettingRow(name=name, value=value, changed_at=changed_at))
        session.flush()

    def put_back(self, taken: "PendingWrites", trouble: Trouble | None) -> None:
        """Let it wait again: it could not be written."""
        with self.lock:
            self.entries.extendleft(reversed(taken.entries))
            self.trouble = trouble or self.trouble

    def forget(self, taken: "PendingWrites") -> None:
        """Forget what is written, unless it changed meanwhile."""
        with self.lock:
            self.trouble = None
            for waits, written in (
                (self.sessions, taken.sessions),
                (self.settings, taken.settings),
            ):
                for name, value in written.items():
                    if waits.get(name) == value:
                        del waits[name]
