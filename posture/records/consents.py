"""A patient's consent: to what, since when, to which words, and until when."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from posture.records.audit import Action
from posture.records.database import Database
from posture.records.part import Part, needs
from posture.records.roles import Right
from posture.records.rows import get_patient, now
from posture.records.settings import Settings
from posture.records.tables import ConsentRow, ShareRow
from posture.records.types import RecordError
from posture.records.validation import demand, wrong_consent_day
from posture.words import Message

WORDS_SETTING = "consent_words"
"""The practice's own words, scope by scope."""

WORDS_KEPT_SETTING = "consent_words_kept"
"""All words that a practice ever had of its own, by version: somebody consented to them."""

TEXT_VERSION = "plumbline-2"
"""Version of the words in :attr:`Scope.words`. Changing them needs a new one."""


class Scope(StrEnum):
    """What a patient consents to."""

    RECORD = "record"
    TEACHING = "teaching"
    SHARING = "sharing"

    @property
    def words(self) -> str:
        """The words that the patient consents to."""
        return {
            Scope.RECORD: "Photos of me are taken, measured and kept in the record of this "
            "practice. They stay on the practice's own computers. I can withdraw this at any time; "
            "no further photo is taken then.",
            Scope.TEACHING: "My measurements, without my name, may be used for teaching.",
            Scope.SHARING: "My measurements, without my name, may be shared outside the practice, "
            "for instance for research. A page with my photos may be handed to me, as a file or by "
            "a link that expires.",
        }[self]


class NoConsentError(RecordError):
    """There is no consent to what is about to be done."""


@dataclass(frozen=True)
class Consent:
    """A consent as it was given, and the day it was withdrawn."""

    scope: Scope
    given_on: date
    text_version: str
    recorded_by: str
    withdrawn_on: date | None

    @property
    def holds(self) -> bool:
        """Whether it was not withdrawn."""
        return self.withdrawn_on is None


def _version(words: str) -> str:
    """Return the version of a practice's own words: other words, another version."""
    return f"own-{hashlib.sha256(words.encode()).hexdigest()[:12]}"


class Consents(Part):
    """Patients' consents, and the words that they consent to."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._settings = Settings(database)

    @needs(Right.NONE, "consent_words")
    def words(self, scope: Scope) -> str:
        """Return what the patient consents to: the practice's own words, or the program's."""
        return str(self._settings.get(WORDS_SETTING).get(str(scope)) or scope.words)

    @needs(Right.MANAGE, "save_consent_words")
    def save_words(self, scope: Scope, words: str) -> None:
        """Set the practice's own words; none: the program's. Given consents keep theirs."""
        words = words.strip()
        own = dict(self._settings.get(WORDS_SETTING))
        if not words or words == scope.words:
            own.pop(str(scope), None)
        else:
            own[str(scope)] = words
            kept = self._settings.get(WORDS_KEPT_SETTING)
            self._settings.save(WORDS_KEPT_SETTING, kept | {_version(words): words})
        self._settings.save(WORDS_SETTING, own)

    @needs(Right.SEE, "consents")
    def of(self, patient_id: str) -> list[Consent]:
        """Return a patient's consents, the withdrawn ones too, in the order they were given."""
        with self._db.reading() as session:
            query = (
                select(ConsentRow)
                .where(ConsentRow.patient_id == patient_id)
                .order_by(ConsentRow.given_on, ConsentRow.created_at)
            )
            return [
                Consent(
                    Scope(row.scope), row.given_on, row.text_version, row.recorded_by,
                    row.withdrawn_on,
                )
                for row in session.scalars(query)
            ]  # fmt: skip

    @needs(Right.SEE, "consented")
    def holds(self, patient_id: str, scope: Scope = Scope.RECORD) -> bool:
        """Whether a patient's consent to this scope holds."""
        with self._db.reading() as session:
            return bool(holding(session, patient_id, [scope]))

    @needs(Right.SEE, "who_consents")
    def patients_with(self, scope: Scope) -> set[str]:
        """Return the ids of all patients whose consent to this scope holds."""
        with self._db.reading() as session:
            query = select(ConsentRow.patient_id).where(
                ConsentRow.scope == str(scope), ConsentRow.withdrawn_on.is_(None)
            )
            return set(session.scalars(query))

    @needs(Right.CAPTURE, "give_consent")
    def give(
        self,
        patient_id: str,
        scopes: Sequence[Scope] = (Scope.RECORD,),
        given_on: date | None = None,
        text_version: str | None = None,
    ) -> None:
        """Record that a patient consents to these scopes; what holds already stays as it is."""
        today = now().astimezone().date()
        day = given_on or today
        demand(wrong_consent_day(day, today))
        own = self._settings.get(WORDS_SETTING)
        with self._db.writing() as session:
            get_patient(session, patient_id)
            held = {row.scope for row in holding(session, patient_id, scopes)}
            for scope in dict.fromkeys(scopes):
                if scope not in held:
                    words = own.get(str(scope))
                    version = text_version or (_version(words) if words else TEXT_VERSION)
                    session.add(
                        ConsentRow(
                            patient_id=patient_id,
                            scope=str(scope),
                            given_on=day,
                            text_version=version,
                            recorded_by=self._db.actor.name,
                            created_at=now(),
                        )
                    )
                    self._db.log(
                        session, Action.CONSENT, "given", patient_id, scope=str(scope),
                        text=version,
                    )  # fmt: skip

    @needs(Right.CAPTURE, "withdraw_consent")
    def withdraw(self, patient_id: str, scope: Scope) -> None:
        """End a patient's consent to a scope today; what was saved under it stays until erased.

        With the consent to sharing, the patient's links end, and their pages go.
        """
        with self._db.writing() as session:
            for row in holding(session, patient_id, [scope]):
                row.withdrawn_on = now().astimezone().date()
                self._db.log(session, Action.CONSENT, "withdrawn", patient_id, scope=str(scope))
            if scope is Scope.SHARING:
                end_links(self._db, session, patient_id)


def end_links(
    database: Database, session: Session, patient_id: str, visit_id: str | None = None
) -> None:
    """End a patient's links that still hold a page: all, or those that show a visit.

    Links of the first kind do not say what they show: they may show it.
    """
    hers = ShareRow.patient_id == patient_id
    for share in session.scalars(select(ShareRow).where(hers, ShareRow.page.is_not(None))):
        if visit_id is None or visit_id in (share.visits or [visit_id]):
            share.withdrawn, share.page, share.key = True, None, None
            database.log(session, Action.SHARED, "link withdrawn", patient_id, share=share.id)


def demand_consent(session: Session, patient_id: str) -> None:
    """Raise :class:`NoConsentError` where a patient has not consented to photos in the record."""
    if not holding(session, patient_id, [Scope.RECORD]):
        raise NoConsentError(
            Message(
                "The patient has not consented to photos being stored, or has withdrawn the "
                "consent. Record the consent under Overview or New visit, then save again."
            )
        )


def holding(session: Session, patient_id: str, scopes: Sequence[Scope]) -> list[ConsentRow]:
    """Return the rows of a patient's consents to these scopes that hold."""
    query = select(ConsentRow).where(
        ConsentRow.patient_id == patient_id,
        ConsentRow.scope.in_([str(scope) for scope in scopes]),
        ConsentRow.withdrawn_on.is_(None),
    )
    return list(session.scalars(query))
