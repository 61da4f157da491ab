"""Drafts, what somebody has begun and not saved: kept apart for each user.

A lock, a page loaded anew or a dropped connection takes nothing of it away. It is not part of a
patient's record, so it leaves no word on the audit trail; erasing the patient takes it along.

What is discarded stays for a day, marked, and can be had back. Clocks err, so nothing goes at one
look at the clock: what is too old is noted, and removed only when it is found noted some time ago.
A clock that was wrong for a moment leaves notes from the future, which do not count.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from posture.records.clock import SKEW
from posture.records.consents import demand_consent
from posture.records.file_encryption import DecryptionError, decrypt, encrypt
from posture.records.part import Part, needs
from posture.records.roles import Actor, Right
from posture.records.rows import get_patient, now
from posture.records.tables import DraftRow
from posture.records.types import RecordError
from posture.words import Message

KEPT = timedelta(days=90)
"""A draft that nobody touched for so long is removed."""

RESTORABLE = timedelta(days=1)
"""What was discarded can be had back for so long at least."""

SURE_AFTER = timedelta(days=14)
"""So long after it was first found too old, a draft goes: a clock may have been behind, too."""

MOST_PHOTOS, MOST_BYTES = 60, 500_000_000
"""What one unsaved visit may hold."""

TAB_SEEN = timedelta(seconds=45)
"""A browser tab that was not heard of for so long is gone; the gate tells each 15 s."""

HOLDS = DraftRow.discarded_at.is_(None)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class DraftFullError(RecordError):
    """An unsaved visit holds as many photos as it may."""


@dataclass(frozen=True)
class DraftSummary:
    """What somebody has begun: about whom, with how many photos, and when it was last changed."""

    key: str
    data: dict[str, Any]
    patient_id: str | None
    changed_at: datetime
    photos: int


@dataclass(frozen=True)
class DiscardedDraft:
    """What somebody has discarded, and when; ``photos`` went with it."""

    key: str
    data: dict[str, Any]
    patient_id: str | None
    at: datetime
    photos: int


class Drafts(Part):
    """Drafts of the actor."""

    @needs(Right.SEE, "save_draft")
    def save(self, key: str, data: Mapping[str, Any], *, patient_id: str | None = None) -> None:
        """Keep what the actor has begun, under a key of hers; what was there is replaced.

        Parameters
        ----------
        key : str
            Such as ``visit.…``; parts of it begin with the same words and a dot.
        data : mapping
            Anything that JSON can hold.
        patient_id : str, optional
            Whom it is about, so that it goes when the patient is erased.
        """
        with self._db.writing() as session:
            self._put(session, DraftRow(key=key, patient_id=patient_id, data=dict(data)))

    @needs(Right.SEE, "exchange_draft")
    def exchange(self, key: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
        """Replace what the actor has begun, if it still is as it was; whether it was.

        So nothing comes back that was dropped meanwhile, and nobody's later words are overwritten.
        """
        with self._db.writing() as session:
            row = session.get(DraftRow, (self._db.actor.name, key), with_for_update=True)
            if row is None or row.data != before:
                return False
            row.data, row.changed_at = dict(after), now()
            return True

    @needs(Right.CAPTURE, "save_draft_file")
    def save_file(self, key: str, data: bytes, *, patient_id: str) -> None:
        """Keep a photo that is not saved yet, sealed.

        Raises
        ------
        DraftFullError
            When the visit that it is a part of holds as much as it may.
        """
        with self._db.writing() as session:
            demand_consent(session, patient_id)
            self._demand_room(session, key, len(data))
            file, file_key = encrypt(data, self._associated_data(key), self._db.keys)
            row = DraftRow(key=key, patient_id=patient_id, data={}, file=file, file_key=file_key)
            self._put(session, row)

    @needs(Right.SEE, "draft")
    def get(self, key: str) -> dict[str, Any] | None:
        """Return what the actor has begun under a key; None where there is nothing."""
        with self._db.reading() as session:
            row = session.get(DraftRow, (self._db.actor.name, key))
            return None if row is None or row.discarded_at else row.data

    @needs(Right.SEE, "begun")
    def of_kind(self, kind: str) -> list[DraftSummary]:
        """Return all that the actor has begun of a kind (``KIND.…``), less its parts.

        The newest first, by when anything of it was last changed.
        """
        mine = and_(DraftRow.owner == self._db.actor.name, HOLDS)
        changed: dict[str, datetime] = {}
        photos: Counter[str] = Counter()
        with self._db.reading() as session:
            of_kind = DraftRow.key.startswith(f"{kind}.", autoescape=True)
            for key, when in session.execute(
                select(DraftRow.key, DraftRow.changed_at).where(mine, of_kind)
            ):
                whole = _whole(key)
                photos[whole] += key.endswith(".file")
                changed[whole] = max(when.replace(tzinfo=UTC), changed.get(whole, LONG_AGO))
            rows = session.execute(
                select(DraftRow.key, DraftRow.data, DraftRow.patient_id).where(
                    mine, DraftRow.key.in_(changed)
                )
            )
            found = [
                DraftSummary(key, data, patient, changed[key], photos[key])
                for key, data, patient in rows
            ]
        return sorted(found, key=lambda one: one.changed_at, reverse=True)

    @needs(Right.SEE, "claim_draft")
    def claim(self, key: str, *, of: str | None, tab: str | None) -> bool:
        """Make what one browser tab has begun another's; whether it still was the first one's."""
        with self._db.writing() as session:
            row = session.get(DraftRow, (self._db.actor.name, key), with_for_update=True)
            if row is None or row.discarded_at or row.data.get("tab") != of:
                return False
            row.data = row.data | {"tab": tab}
            return True

    @needs(Right.SEE, "open_tabs")
    def open_tabs(self) -> set[str]:
        """Return the names of the actor's browser tabs that are open; the gate writes them."""
        with self._db.reading() as session:
            query = select(DraftRow.key).where(
                DraftRow.owner == self._db.actor.name,
                DraftRow.key.startswith("tab.", autoescape=True),
                DraftRow.changed_at > now() - TAB_SEEN,
                DraftRow.changed_at <= now() + SKEW,
            )
            return {key.removeprefix("tab.") for key in session.scalars(query)}

    @needs(Right.SEE, "draft_parts")
    def parts(self, key: str) -> dict[str, dict[str, Any]]:
        """Return the parts of what the actor has begun, without files, the oldest first."""
        with self._db.reading() as session:
            query = (
                select(DraftRow.key, DraftRow.data)
                .where(
                    DraftRow.owner == self._db.actor.name,
                    DraftRow.key.startswith(f"{key}.", autoescape=True),
                    DraftRow.file.is_(None),
                    HOLDS,
                )
                .order_by(DraftRow.changed_at, DraftRow.key)
            )
            return {row.key: row.data for row in session.execute(query)}

    @needs(Right.SEE, "draft_file")
    def file(self, key: str, *, discarded: bool = False) -> bytes:
        """Return a photo that the actor has not saved yet, or one that was discarded.

        Raises
        ------
        RecordError
            When there is none, or it is damaged.
        """
        with self._db.reading() as session:
            row = session.get(DraftRow, (self._db.actor.name, key))
        wanted = row is not None and (row.discarded_at is not None) == discarded
        if not wanted or row is None or row.file is None or row.file_key is None:
            raise RecordError(Message("This photo is not among the unsaved ones."))
        try:
            return decrypt(row.file, self._associated_data(key), row.file_key, self._db.keys)
        except DecryptionError:
            raise RecordError(Message("The unsaved photo is damaged.")) from None

    @needs(Right.SEE, "drop_draft")
    def drop(self, key: str) -> None:
        """Forget what the actor has begun under a key, with its parts: it is saved.

        What was discarded of it can be had back all the same.
        """
        with self._db.writing() as session:
            drop(session, self._db.actor, key)

    @needs(Right.SEE, "discard_draft")
    def discard(self, key: str) -> None:
        """Put away what the actor has begun under a key, with its parts; for a day it is there."""
        with self._db.writing() as session:
            mine = and_(DraftRow.owner == self._db.actor.name, _under(key), HOLDS)
            session.execute(update(DraftRow).where(mine).values(discarded_at=now(), due_at=None))

    @needs(Right.SEE, "discarded")
    def discarded(self, prefix: str) -> list[DiscardedDraft]:
        """Return what the actor has discarded whose key begins so, and can have back.

        The latest first. What was discarded as a part of something that was discarded with it is
        not told of its own.
        """
        with self._db.reading() as session:
            rows = session.execute(
                select(DraftRow.key, DraftRow.data, DraftRow.patient_id, DraftRow.discarded_at)
                .where(
                    DraftRow.owner == self._db.actor.name,
                    DraftRow.key.startswith(prefix, autoescape=True),
                    DraftRow.discarded_at.is_not(None),
                )
                .order_by(DraftRow.discarded_at.desc(), DraftRow.key)
            ).all()
        together = {(key, at) for key, _, _, at in rows}
        return [
            DiscardedDraft(
                key, data, patient, at.replace(tzinfo=UTC),
                sum(other.endswith(".file") and when == at and other.startswith(f"{key}.")
                    for other, _, _, when in rows),
            )
            for key, data, patient, at in rows
            if not key.endswith(".file")
            and not any((above, at) in together for above in _above(key))
        ]  # fmt: skip

    @needs(Right.SEE, "restore_draft")
    def restore(self, key: str) -> bool:
        """Have back what was discarded under a key, with what was discarded with it.

        Returns
        -------
        bool
            Whether it was still there.
        """
        with self._db.writing() as session:
            row = session.get(DraftRow, (self._db.actor.name, key), with_for_update=True)
            if row is None or row.discarded_at is None:
                return False
            with_it = and_(
                DraftRow.owner == self._db.actor.name,
                _under(key),
                DraftRow.discarded_at == row.discarded_at,
            )
            back = update(DraftRow).where(with_it)
            session.execute(back.values(discarded_at=None, due_at=None))
            row.changed_at = now()  # its parts stay in their order
            return True

    def _put(self, session: Session, row: DraftRow) -> None:
        if row.patient_id is not None:
            get_patient(session, row.patient_id)
        row.owner, row.changed_at = self._db.actor.name, now()
        row.discarded_at = row.due_at = None
        session.merge(row)
        session.flush()
        _remove_old(session, row.changed_at)

    def _demand_room(self, session: Session, key: str, size: int) -> None:
        whole = _whole(key)
        query = select(func.count(), func.coalesce(func.sum(func.length(DraftRow.file)), 0)).where(
            DraftRow.owner == self._db.actor.name,
            DraftRow.key.startswith(f"{whole}.", autoescape=True),
            DraftRow.key != key,
            DraftRow.file.is_not(None),
            HOLDS,
        )
        photos, taken = session.execute(query).one()
        if photos >= MOST_PHOTOS or taken + size > MOST_BYTES:
            raise DraftFullError(
                Message(
                    "An unsaved visit holds at most {photos} photos and {megabytes} MB. Save the "
                    "visit, then add the others to it.",
                    photos=MOST_PHOTOS,
                    megabytes=MOST_BYTES // 1_000_000,
                )
            )

    def _associated_data(self, key: str) -> str:
        return f"draft:{self._db.actor.name}:{key}"


def drop(session: Session, actor: Actor, key: str) -> None:
    """Forget what the actor has begun under a key, with its parts, in this transaction."""
    session.execute(delete(DraftRow).where(and_(DraftRow.owner == actor.name, _under(key), HOLDS)))


def _remove_old(session: Session, moment: datetime) -> None:
    """Remove what was found too old before; note what is found so for the first time."""
    rows = update(DraftRow).execution_options(synchronize_session=False)
    left, unwanted = (
        DraftRow.changed_at < moment - KEPT,
        DraftRow.discarded_at < moment - RESTORABLE,
    )
    session.execute(
        delete(DraftRow)
        .where(
            or_(
                and_(left, DraftRow.due_at <= moment - SURE_AFTER),
                and_(unwanted, DraftRow.due_at <= moment - RESTORABLE),
            )
        )
        .execution_options(synchronize_session=False)
    )
    # A note from the future was made by a clock that was wrong, or is read by one that is.
    session.execute(rows.where(DraftRow.due_at > moment).values(due_at=None))
    session.execute(
        rows.where(or_(left, unwanted), DraftRow.due_at.is_(None)).values(due_at=moment)
    )


def _above(key: str) -> list[str]:
    """Return the keys of what a part may be part of."""
    words = key.split(".")
    return [".".join(words[:n]) for n in range(1, len(words))]


def _whole(key: str) -> str:
    """Return the key of what a part is part of."""
    return ".".join(key.split(".")[:2])


def _under(key: str) -> ColumnElement[bool]:
    return or_(DraftRow.key == key, DraftRow.key.startswith(f"{key}.", autoescape=True))
