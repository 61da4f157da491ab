"""Pages handed to patients: behind a link that expires and can be withdrawn, or as a file.

A link opens the one page that was made with it, sealed, and nothing else of the record. Of its
token only the hash is kept. Where it ends, the page goes, and word of it stays.
"""

import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from posture.records.access import Actor, Right, Role, needs
from posture.records.audit import Action
from posture.records.base import Base, get_patient
from posture.records.clock import lies_ahead
from posture.records.consents import NoConsentError, Scope, holding
from posture.records.file_encryption import BrokenSealError, seal, unseal
from posture.records.rows import now
from posture.records.tables import ShareRow
from posture.records.tokens import hash_of, new_token
from posture.records.types import RecordError
from posture.records.write_errors import NotWritableError
from posture.words import Message

LONGEST_DAYS = 90
DAY_S = 86_400
WITHOUT_PHOTOS = "plumbline-1"
"""The words of this version let measurements be shared, but no photos."""

HOLDER = Actor("who has the link", Role.READER)


@dataclass(frozen=True)
class Share:
    """A link as the practice sees it; ``label`` says what it shows."""

    id: str
    label: str
    made_by: str
    made_at: datetime
    expires_at: datetime
    withdrawn: bool
    opened: int

    @property
    def holds(self) -> bool:
        """Whether it opens."""
        made_at = self.made_at.replace(tzinfo=UTC)
        moment = datetime.now(UTC)
        return not self.withdrawn and self.expires_at > moment and not lies_ahead(made_at, moment)


class Ended(StrEnum):
    """Why a link that once opened does not any more."""

    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class SharesPart(Base):
    """The store's part for what is handed to patients."""

    @needs(Right.EXPORT)
    def hand_over(self, patient_id: str) -> None:
        """Put it on the trail that a page is handed to the patient as a file.

        Raises
        ------
        NoConsentError
            When the patient has not consented to sharing.
        """
        with self._writing() as session:
            _demand(session, patient_id)
            self._log(session, Action.SHARED, "page as a file", patient_id)

    @needs(Right.EXPORT)
    def share_page(
        self, patient_id: str, page: bytes, label: str, days: int, visits: Collection[str] = ()
    ) -> str:
        """Keep a page behind a link for this many days; return its token: the only copy of it.

        ``visits`` are the ids of those that it shows: the link ends with each of them.

        Raises
        ------
        NoConsentError
            When the patient has not consented to sharing.
        """
        if not 1 <= days <= LONGEST_DAYS:
            raise RecordError(
                Message(
                    "A link lasts 1 to {longest_days} days, not {days}.",
                    longest_days=LONGEST_DAYS,
                    days=days,
                )
            )
        token, known = new_token()
        with self._writing() as session:
            _demand(session, patient_id)
            row = ShareRow(
                patient_id=patient_id,
                token_sha256=known,
                label=label,
                made_by=self.actor.name,
                made_at=now(),
                expires_at=time.time() + days * DAY_S,
                opened=0,
                visits=list(visits),
            )
            session.add(row)
            session.flush()
            row.page, row.key = seal(page, _about(row.id), self._keys)
            self._log(session, Action.SHARED, "link", patient_id, share=row.id, days=days)
        return token

    @needs(Right.SEE)
    def shares(self, patient_id: str) -> list[Share]:
        """Return a patient's links, the latest first, those that have ended too."""
        with self._reading() as session:
            query = (
                select(ShareRow)
                .where(ShareRow.patient_id == patient_id)
                .order_by(ShareRow.made_at.desc(), ShareRow.id)
            )
            return [
                Share(
                    row.id, row.label, row.made_by, row.made_at,
                    datetime.fromtimestamp(row.expires_at, UTC), row.withdrawn, row.opened,
                )
                for row in session.scalars(query)
            ]  # fmt: skip

    @needs(Right.EXPORT)
    def withdraw_share(self, share_id: str) -> None:
        """End a link now; its page is removed."""
        with self._writing() as session:
            row = session.get(ShareRow, share_id)
            if row is None:
                raise RecordError(Message("There is no such link."))
            if not row.withdrawn:
                row.withdrawn, row.page, row.key = True, None, None
                self._log(
                    session, Action.SHARED, "link withdrawn", row.patient_id, share=row.id
                )  # fmt: skip


class Shares(Base):
    """What the gate asks of the record when somebody comes with a link; a door of its own.

    Parameters
    ----------
    store : Store
        The open record.
    """

    def __init__(self, store: Base) -> None:
        vars(self).update(vars(store))
        self.actor = HOLDER

    def open(self, token: str) -> bytes | Ended | None:
        """Return the page of a token; why it opens no more; or None where it never did.

        Asking again and again writes nothing more: anybody can, for ever.
        """
        with self._reading() as session:
            query = select(ShareRow).where(ShareRow.token_sha256 == hash_of(token))
            row = session.scalars(query).one_or_none()
            if row is None:
                return None
            consents = holding(session, row.patient_id, [Scope.SHARING])
        if lies_ahead(row.made_at.replace(tzinfo=UTC), now()):  # its end is as wrong
            self._note_look(
                Action.REFUSED, "link", row.patient_id, share=row.id, why=str(Ended.EXPIRED)
            )
            return Ended.EXPIRED
        expired = row.expires_at <= time.time()
        if row.withdrawn or expired or not consents or row.page is None or row.key is None:
            ended = Ended.EXPIRED if expired and not row.withdrawn else Ended.WITHDRAWN
            if row.page is not None:
                self._change(row.id, page=None, key=None)
            self._note_look(Action.REFUSED, "link", row.patient_id, share=row.id, why=str(ended))
            return ended
        try:
            page = unseal(row.page, _about(row.id), row.key, self._keys)
        except BrokenSealError:
            raise RecordError(
                Message("The page of this link is damaged. Make a new link.")
            ) from None
        self._change(row.id, opened=ShareRow.opened + 1)
        self._note_look(Action.SEEN, "shared page", row.patient_id, share=row.id)
        return page

    def _change(self, share_id: str, **values: Any) -> None:
        with suppress(NotWritableError), self._writing() as session:
            session.execute(update(ShareRow).where(ShareRow.id == share_id).values(**values))


def _demand(session: Session, patient_id: str) -> None:
    get_patient(session, patient_id)
    found = holding(session, patient_id, [Scope.SHARING])
    if not found:
        raise NoConsentError(
            Message(
                "The patient has not consented to sharing, or has withdrawn it. Record the "
                "consent under Overview, Consent."
            )
        )
    if all(row.text_version == WITHOUT_PHOTOS for row in found):
        raise NoConsentError(
            Message(
                "The patient consented to sharing in words that leave photos out. Withdraw that "
                "consent under Overview, Consent, and record the one of today."
            )
        )


def _about(share_id: str) -> str:
    return f"{share_id}:page"
