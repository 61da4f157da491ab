"""The store's part for what somebody has begun and not saved: kept apart for each user.

A lock, a page loaded anew or a dropped connection takes nothing of it away. It is not part of a
patient's record, so it leaves no word on the audit trail; erasing the patient takes it along.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.orm import Session

from posture.records.access import Right, needs
from posture.records.base import Base, get_patient
from posture.records.clock import SKEW
from posture.records.consents import demand_consent
from posture.records.models import DraftRow
from posture.records.rows import now
from posture.records.seal import BrokenSealError, seal, unseal
from posture.records.types import RecordError

KEPT = timedelta(days=90)
"""A draft that nobody touched for so long is let go."""

MOST_PHOTOS, MOST_BYTES = 60, 500_000_000
"""What one unsaved visit may hold."""

TAB_SEEN = timedelta(seconds=45)
"""A browser tab that was not heard of for so long is gone; the gate tells each 15 s."""

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class DraftFullError(RecordError):
    """An unsaved visit holds as many photos as it may."""


@dataclass(frozen=True)
class Begun:
    """What somebody has begun: about whom, with how many photos, and when it was last changed."""

    key: str
    data: dict[str, Any]
    patient_id: str | None
    changed_at: datetime
    photos: int


class DraftsPart(Base):
    """The store's part for drafts."""

    @needs(Right.SEE)
    def save_draft(
        self, key: str, data: Mapping[str, Any], *, patient_id: str | None = None
    ) -> None:
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
        with self._writing() as session:
            self._put(session, DraftRow(key=key, patient_id=patient_id, data=dict(data)))

    @needs(Right.CAPTURE)
    def save_draft_file(self, key: str, data: bytes, *, patient_id: str) -> None:
        """Keep a photo that is not saved yet, sealed.

        Raises
        ------
        DraftFullError
            When the visit that it is a part of holds as much as it may.
        """
        with self._writing() as session:
            demand_consent(session, patient_id)
            self._demand_room(session, key, len(data))
            file, file_key = seal(data, self._about(key), self._keys)
            row = DraftRow(key=key, patient_id=patient_id, data={}, file=file, file_key=file_key)
            self._put(session, row)

    @needs(Right.SEE)
    def draft(self, key: str) -> dict[str, Any] | None:
        """Return what the actor has begun under a key; None where there is nothing."""
        with self._reading() as session:
            row = session.get(DraftRow, (self.actor.name, key))
            return None if row is None else row.data

    @needs(Right.SEE)
    def begun(self, kind: str) -> list[Begun]:
        """Return all that the actor has begun of a kind (``KIND.…``), less its parts.

        The newest first, by when anything of it was last changed.
        """
        mine = DraftRow.owner == self.actor.name
        changed: dict[str, datetime] = {}
        photos: Counter[str] = Counter()
        with self._reading() as session:
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
                Begun(key, data, patient, changed[key], photos[key]) for key, data, patient in rows
            ]
        return sorted(found, key=lambda one: one.changed_at, reverse=True)

    @needs(Right.SEE)
    def claim_draft(self, key: str, *, of: str | None, tab: str | None) -> bool:
        """Make what one browser tab has begun another's; whether it still was the first one's."""
        with self._writing() as session:
            row = session.get(DraftRow, (self.actor.name, key), with_for_update=True)
            if row is None or row.data.get("tab") != of:
                return False
            row.data = row.data | {"tab": tab}
            return True

    @needs(Right.SEE)
    def open_tabs(self) -> set[str]:
        """Return the names of the actor's browser tabs that are open; the gate writes them."""
        with self._reading() as session:
            query = select(DraftRow.key).where(
                DraftRow.owner == self.actor.name,
                DraftRow.key.startswith("tab.", autoescape=True),
                DraftRow.changed_at > now() - TAB_SEEN,
                DraftRow.changed_at <= now() + SKEW,
            )
            return {key.removeprefix("tab.") for key in session.scalars(query)}

    @needs(Right.SEE)
    def draft_parts(self, key: str) -> dict[str, dict[str, Any]]:
        """Return the parts of what the actor has begun, without files, the oldest first."""
        with self._reading() as session:
            query = (
                select(DraftRow.key, DraftRow.data)
                .where(
                    DraftRow.owner == self.actor.name,
                    DraftRow.key.startswith(f"{key}.", autoescape=True),
                    DraftRow.file.is_(None),
                )
                .order_by(DraftRow.changed_at, DraftRow.key)
            )
            return {row.key: row.data for row in session.execute(query)}

    @needs(Right.SEE)
    def draft_file(self, key: str) -> bytes:
        """Return a photo that the actor has not saved yet.

        Raises
        ------
        RecordError
            When there is none, or it is damaged.
        """
        with self._reading() as session:
            row = session.get(DraftRow, (self.actor.name, key))
        if row is None or row.file is None or row.file_key is None:
            raise RecordError("There is no such photo among what is not saved yet.")
        try:
            return unseal(row.file, self._about(key), row.file_key, self._keys)
        except BrokenSealError:
            raise RecordError("The photo that was not saved yet is damaged.") from None

    @needs(Right.SEE)
    def drop_draft(self, key: str) -> None:
        """Forget what the actor has begun under a key, with its parts."""
        with self._writing() as session:
            session.execute(delete(DraftRow).where(DraftRow.owner == self.actor.name, _under(key)))

    def _put(self, session: Session, row: DraftRow) -> None:
        if row.patient_id is not None:
            get_patient(session, row.patient_id)
        row.owner, row.changed_at = self.actor.name, now()
        session.merge(row)
        session.execute(delete(DraftRow).where(DraftRow.changed_at < row.changed_at - KEPT))

    def _demand_room(self, session: Session, key: str, size: int) -> None:
        whole = _whole(key)
        query = select(func.count(), func.coalesce(func.sum(func.length(DraftRow.file)), 0)).where(
            DraftRow.owner == self.actor.name,
            DraftRow.key.startswith(f"{whole}.", autoescape=True),
            DraftRow.key != key,
            DraftRow.file.is_not(None),
        )
        photos, taken = session.execute(query).one()
        if photos >= MOST_PHOTOS or taken + size > MOST_BYTES:
            raise DraftFullError(
                f"An unsaved visit holds at most {MOST_PHOTOS} photos and "
                f"{MOST_BYTES // 1_000_000} MB. Save the visit, then add the others to it."
            )

    def _about(self, key: str) -> str:
        return f"draft:{self.actor.name}:{key}"


def _whole(key: str) -> str:
    """Return the key of what a part is part of."""
    return ".".join(key.split(".")[:2])


def _under(key: str) -> ColumnElement[bool]:
    return or_(DraftRow.key == key, DraftRow.key.startswith(f"{key}.", autoescape=True))
