"""Pages handed to patients: behind a link that expires and can be withdrawn, or as a file.

A link opens the one page that was made with it, sealed, and nothing else of the record. Of its
token only the hash is kept. Where it ends, the page goes, and word of it stays.
"""

import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from posture.records.audit import Action
from posture.records.clock import lies_ahead
from posture.records.consents import NoConsentError, Scope, holding
from posture.records.file_encryption import encrypt
from posture.records.part import Part, needs
from posture.records.roles import Right
from posture.records.rows import get_patient, now
from posture.records.tables import ShareRow
from posture.records.tokens import new_token
from posture.records.types import RecordError
from posture.words import Message

LONGEST_DAYS = 90
DAY_S = 86_400
WITHOUT_PHOTOS = "plumbline-1"
"""The words of this version let measurements be shared, but no photos."""


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


class Shares(Part):
    """Pages given to patients."""

    @needs(Right.EXPORT, "hand_over")
    def log_file(self, patient_id: str) -> None:
        """Put it on the trail that a page is handed to the patient as a file.

        Raises
        ------
        NoConsentError
            When the patient has not consented to sharing.
        """
        with self._db.writing() as session:
            _demand(session, patient_id)
            self._db.log(session, Action.SHARED, "page as a file", patient_id)

    @needs(Right.EXPORT, "share_page")
    def add(
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
                    "A link is valid for 1 to {most} days, not {days}.",
                    most=LONGEST_DAYS,
                    days=days,
                )
            )
        token, known = new_token()
        with self._db.writing() as session:
            _demand(session, patient_id)
            row = ShareRow(
                patient_id=patient_id,
                token_sha256=known,
                label=label,
                made_by=self._db.actor.name,
                made_at=now(),
                expires_at=time.time() + days * DAY_S,
                opened=0,
                visits=list(visits),
            )
            session.add(row)
            session.flush()
            row.page, row.key = encrypt(page, associated_data(row.id), self._db.keys)
            self._db.log(session, Action.SHARED, "link", patient_id, share=row.id, days=days)
        return token

    @needs(Right.SEE, "shares")
    def of(self, patient_id: str) -> list[Share]:
        """Return a patient's links, the latest first, those that have ended too."""
        with self._db.reading() as session:
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

    @needs(Right.EXPORT, "withdraw_share")
    def withdraw(self, share_id: str) -> None:
        """End a link now; its page is removed."""
        with self._db.writing() as session:
            row = session.get(ShareRow, share_id)
            if row is None:
                raise RecordError(Message("There is no such link."))
            if not row.withdrawn:
                row.withdrawn, row.page, row.key = True, None, None
                self._db.log(
                    session, Action.SHARED, "link withdrawn", row.patient_id, share=row.id
                )  # fmt: skip


def _demand(session: Session, patient_id: str) -> None:
    get_patient(session, patient_id)
    found = holding(session, patient_id, [Scope.SHARING])
    if not found:
        raise NoConsentError(
            Message(
                "The patient has not consented to sharing, or has withdrawn the consent. Record "
                "the consent under Overview, Consent."
            )
        )
    if all(row.text_version == WITHOUT_PHOTOS for row in found):
        raise NoConsentError(
            Message(
                "The patient consented to sharing in a wording that excludes photos. Withdraw "
                "that consent under Overview, Consent, and record a new one."
            )
        )


def associated_data(share_id: str) -> str:
    """Return what a link's page is encrypted as: it opens as nothing else."""
    return f"{share_id}:page"
