"""Sessions of browsers: kept in the record, so that every process that serves it knows them."""

import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from functools import partial
from secrets import token_urlsafe

from sqlalchemy import ColumnElement, Select, delete, or_, select, update
from sqlalchemy.orm import Session

from posture.records.attempt_throttle import WrongAttempts
from posture.records.audit import Action
from posture.records.clock import SKEW_S
from posture.records.pending_writes import PendingSession
from posture.records.roles import Actor, Role
from posture.records.rows import now
from posture.records.secrets import Secrets
from posture.records.settings import Settings
from posture.records.store import Store
from posture.records.tables import DraftRow, SessionRow, UserRow, new_id
from posture.records.tokens import hash_of, new_token
from posture.records.types import RecordError
from posture.records.users import normal
from posture.records.write_errors import NotWritableError
from posture.words import Message

OWNER = Actor("owner", Role.OWNER)
"""Who unlocks the record by its passphrase."""

NOBODY = Actor("nobody", Role.READER)
"""Who was refused before being anybody."""

FORMER = Actor("a former user", Role.READER)
"""Somebody whose session outlived the user."""

IDLE_SETTING = "idle_minutes"
SIGNING = "signing"
"""The secret's name."""

LONGEST_S = 12 * 3600
"""However busy, a session ends after this."""

TOUCH_EVERY_S = 20
HELD = tuple(one.name for one in fields(PendingSession))
KEPT_S = 30 * 86400  # the trail tells of older ones


@dataclass(frozen=True)
class ActiveSession:
    """A session that holds, and who is behind it."""

    id: str
    actor: Actor


@dataclass(frozen=True)
class TimeLeft:
    """Seconds for which a session holds: with nobody at work, and however busy."""

    idle_s: float
    longest_s: float


class SignInError(RecordError):
    """Who was named by the sign-in provider may not come in."""


class Sessions:
    """What the gate asks of the record to let browsers in; it asks in no user's name.

    Parameters
    ----------
    store : Store
        The open record.
    """

    def __init__(self, store: Store) -> None:
        self._db = store.database
        self._settings = Settings(self._db)
        self._secrets = Secrets(self._db)

    def begin(self, user_id: str | None, how: str) -> str:
        """Begin a session, of the owner or a user, and return its token: the only copy of it."""
        token, known = new_token()
        moment = time.time()
        held = PendingSession(new_id(), known, user_id, moment, moment)
        try:
            with self._db.writing() as session:
                row = SessionRow(**asdict(held))
                session.add(row)
                session.flush()
                session.execute(delete(SessionRow).where(SessionRow.active_at < moment - KEPT_S))
                self._told(session, _actor(session, row), Action.SIGN_IN, "begun", how=how)
        except NotWritableError:  # the owner gets in and reads
            with self._db.reading() as session:
                actor = _actor(session, SessionRow(**asdict(held)))
            self._db.pending.hold(held)
            self._told_later(actor, "begun", how=how)
        return token

    def find(self, token: str) -> ActiveSession | None:
        """Return the session of a token, where it holds."""
        known, idle_s = hash_of(token), self.idle_s()
        held = self._db.pending.session_of(known)
        with self._db.reading() as session:
            query = select(SessionRow).where(SessionRow.token_sha256 == known)
            row: SessionRow | None
            if held is None:
                row = session.scalars(query.where(*_holds(idle_s))).one_or_none()
            else:
                row = SessionRow(**asdict(held)) if _still_holds(held, idle_s) else None
            actor = _actor(session, row) if row else None
            return ActiveSession(row.id, actor) if row and actor else None

    def holding(self, ids: Iterable[str]) -> dict[str, TimeLeft]:
        """Return those of these sessions that hold, and how long they will."""
        wanted, idle_s, moment = set(ids), self.idle_s(), time.time()
        with self._db.reading() as session:
            query = (
                select(SessionRow.id, SessionRow.active_at, SessionRow.began_at)
                .outerjoin(UserRow, UserRow.id == SessionRow.user_id)
                .where(SessionRow.id.in_(wanted), *_holds(idle_s))
                .where(or_(SessionRow.user_id.is_(None), UserRow.active))
            )
            found = {row.id: (row.active_at, row.began_at) for row in session.execute(query)}
        for one in list(self._db.pending.sessions.values()):
            found.pop(one.id, None)
            if one.id in wanted and _still_holds(one, idle_s):
                found[one.id] = (one.active_at, one.began_at)
        return {
            id_: TimeLeft(active + idle_s - moment, began + LONGEST_S - moment)
            for id_, (active, began) in found.items()
        }

    def any_hold(self) -> bool:
        """Whether any session at all holds."""
        held, idle_s = list(self._db.pending.sessions.values()), self.idle_s()
        if any(_still_holds(one, idle_s) for one in held):
            return True
        with self._db.reading() as session:
            query = select(SessionRow.id).where(
                *_holds(idle_s), SessionRow.id.not_in([one.id for one in held])
            )
            return session.scalar(query.limit(1)) is not None

    def touch(self, session_id: str) -> None:
        """Note that somebody is at work in this session; it holds for another while."""
        moment = time.time()
        try:
            with self._db.writing() as session:
                session.execute(
                    update(SessionRow)
                    .where(SessionRow.id == session_id, *_holds(self.idle_s()))
                    .where(SessionRow.active_at < moment - TOUCH_EVERY_S)
                    .values(active_at=moment)
                )
        except NotWritableError:
            for held in self._held(session_id):
                if _still_holds(held, self.idle_s()):
                    self._db.pending.hold(replace(held, active_at=moment))

    def tabs_seen(self, tabs: Iterable[tuple[str, str]]) -> None:
        """Note which browser tabs are open: each an actor's name and the tab's."""
        with self._db.writing() as session:
            for owner, tab in tabs:
                session.merge(DraftRow(owner=owner, key=f"tab.{tab}", data={}, changed_at=now()))

    def tab_left(self, owner: str, tab: str) -> None:
        """Note that a browser tab is gone: what was begun there may go on elsewhere."""
        with self._db.writing() as session:
            row = session.get(DraftRow, (owner, f"tab.{tab}"))
            if row is not None:
                session.delete(row)

    def end(self, session_id: str) -> None:
        """End a session: its token opens nothing any more."""
        self._end(session_id)

    def end_all(self) -> None:
        """End every session."""
        self._end(None)

    def idle_s(self) -> float:
        """Return how long a session holds without anybody at work."""
        return 60.0 * float(self._settings.get(IDLE_SETTING))

    def admit(self, issuer: str, subject: str, email: str | None, *, verified: bool) -> str:
        """Return the id of the user whom a sign-in provider names.

        An invited address is bound to the provider's subject at the first sign-in; from then on
        only the subject counts.

        Raises
        ------
        SignInError
            When nobody of that name was invited.
        """
        known = select(UserRow).where(UserRow.issuer == issuer, UserRow.subject == subject)
        with self._db.reading() as reading:
            row = reading.scalars(known).one_or_none()
            if row is not None and row.active:
                return row.id
        with self._db.writing() as session:
            row = session.scalars(known).one_or_none()
            if row is None and email and verified:
                invited = select(UserRow).where(
                    UserRow.email == normal(email), UserRow.subject.is_(None)
                )
                row = session.scalars(invited).one_or_none()
            if row is not None and row.active:
                row.issuer, row.subject = issuer, subject
                return row.id
        self.refused("not invited")
        raise SignInError(
            Message(
                "You are signed in there, but not invited here. Ask an owner of this practice to "
                "invite the e-mail address that your provider has confirmed."
            )
        )

    def signing_secret(self) -> str:
        """Return the secret by which processes trust what each other gave to browsers."""
        return self._secrets.get(SIGNING, partial(token_urlsafe, 32))

    def refused(self, why: str) -> None:
        """Put a refused attempt to come in on the trail, once in a while: anybody may try."""
        self._db.acting_as(NOBODY).log_access(Action.REFUSED, "sign-in", None, why=why)

    def wrong_passphrases(self, wrong: WrongAttempts) -> None:
        """Put wrong passphrases on the trail: how many, the first and the last time."""
        first, last = (
            datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")
            for moment in (wrong.first, wrong.last)
        )
        with self._db.writing() as session:
            self._told(
                session, NOBODY, Action.REFUSED, "wrong passphrase",
                count=wrong.count, first=first, last=last,
            )  # fmt: skip

    def _end(self, session_id: str | None) -> None:
        try:
            with self._db.writing() as session:
                for row in session.scalars(_not_ended(session_id)):
                    row.ended_at = time.time()
                    self._told(session, _actor(session, row), Action.SIGN_IN, "ended")
        except NotWritableError:  # it ends all the same
            for held in self._held(session_id):
                self._db.pending.hold(replace(held, ended_at=time.time()))
                with self._db.reading() as session:
                    actor = _actor(session, SessionRow(**asdict(held)))
                self._told_later(actor, "ended")

    def _held(self, session_id: str | None) -> list[PendingSession]:
        """Return a session that has not ended, or all of them, as they are to be kept in memory."""
        with self._db.reading() as session:
            rows = session.scalars(_not_ended(session_id)).all()
            found = {row.id: PendingSession(*(getattr(row, name) for name in HELD)) for row in rows}
        found |= {
            one.id: one
            for one in list(self._db.pending.sessions.values())
            if session_id in (None, one.id)
        }
        return [one for one in found.values() if one.ended_at is None]

    def _told_later(self, actor: Actor | None, what: str, **detail: str) -> None:
        whose = self._db.acting_as(actor or FORMER)
        whose.log_later(Action.SIGN_IN, what, None, **detail)

    def _told(
        self, session: Session, actor: Actor | None, action: Action, what: str, **detail: str | int
    ) -> None:
        whose = self._db.acting_as(actor or FORMER)
        whose.log(session, action, what, None, **detail)


def _not_ended(session_id: str | None) -> Select[SessionRow]:
    query = select(SessionRow).where(SessionRow.ended_at.is_(None))
    return query if session_id is None else query.where(SessionRow.id == session_id)


def _still_holds(held: PendingSession, idle_s: float) -> bool:
    """Whether a session that waits in memory holds: as :func:`_holds` asks of a row."""
    moment = time.time()
    return (
        held.ended_at is None
        and moment - idle_s < held.active_at <= moment + SKEW_S
        and moment - LONGEST_S < held.began_at <= moment + SKEW_S
    )


def _holds(idle_s: float) -> tuple[ColumnElement[bool], ...]:
    """Return what makes a session hold; one from the future, by a clock set back, does not."""
    moment = time.time()
    return (
        SessionRow.ended_at.is_(None),
        SessionRow.active_at > moment - idle_s,
        SessionRow.active_at <= moment + SKEW_S,
        SessionRow.began_at > moment - LONGEST_S,
        SessionRow.began_at <= moment + SKEW_S,
    )


def _actor(session: Session, row: SessionRow) -> Actor | None:
    """Return who is behind a session, with the role of this moment."""
    if row.user_id is None:
        return OWNER
    user = session.get(UserRow, row.user_id)
    return Actor(user.email, Role(user.role)) if user and user.active else None
