"""Carrying out a plan, visit by visit; what is already in the record is left alone.

Each visit is saved completely or not at all, and each photo and value is recognised by its content.
So an import that was interrupted can simply be run again.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from posture.errors import FileError, PostureError
from posture.files import read_in
from posture.imaging.photo import decode_photo
from posture.imaging.photo_limits import MAX_BYTES
from posture.imports.plan import NamedPatient, Plan, PlannedPhoto, PlannedVisit, Skipped
from posture.measuring.assess import assess
from posture.practice import settings
from posture.records import ImportedValue, NewPhoto, NewVisit, PatientDetails, RecordError, Store
from posture.records.search import fold
from posture.records.validation import demand, wrong_moment
from posture.words import Message

AGAIN = Message("already in the record")


@dataclass
class Outcome:
    """What was imported, or would be."""

    patients: int = 0
    visits: int = 0
    photos: int = 0
    values: int = 0
    skipped: list[Skipped] = field(default_factory=list)


def carry_out(
    plan: Plan,
    store: Store,
    *,
    dry: bool,
    consented_on: date | None = None,
    tell: Callable[[str], None] = lambda _words: None,
) -> Outcome:
    """Import what was planned into the record, or find out what that would do.

    Parameters
    ----------
    plan : Plan
    store : Store
    dry : bool
        Whether to measure and write nothing.
    consented_on : date, optional
        The day on which the patients consented to photos, for those without a recorded consent.
    tell : callable
        Called with the progress, visit by visit; never with a name.
    """
    outcome = Outcome(skipped=list(plan.skipped))
    run = _Run(store, dry=dry, consented_on=consented_on, outcome=outcome)
    for number, visit in enumerate(plan.visits, start=1):
        try:
            run.visit(visit)
        except PostureError as error:
            run.outcome.skipped.append(Skipped(_called(visit), error.message))
        tell(f"visit {number} of {len(plan.visits)}")
    return run.outcome


class _Run:
    def __init__(
        self,
        store: Store,
        *,
        dry: bool,
        consented_on: date | None,
        outcome: Outcome,
    ) -> None:
        self._store = store
        self._dry = dry
        self._consented_on = consented_on
        self._new: set[NamedPatient] = set()
        self._options = settings.of(store.settings.get).assessment_options
        self.outcome = outcome

    def visit(self, planned: PlannedVisit) -> None:
        """Save those photos and values of a visit that are not in the record yet."""
        patient = self._find(planned.patient)
        born = self._store.patients.get(patient).details.date_of_birth if patient else None
        demand(wrong_moment(planned.when, datetime.now(), born))  # noqa: DTZ005 - the practice's own
        known = self._store.visits.known_content(patient) if patient else frozenset()
        if (
            planned.photos
            and not self._consented_on
            and not (patient and self._store.consents.holds(patient))
        ):
            raise RecordError(
                Message("no consent to photos is recorded: give its date (--consented-on)")
            )
        values = self._values(planned, known)
        photos = self._photos(planned, patient, known)
        if not photos and not values:
            return
        if patient is None and planned.patient not in self._new:
            self.outcome.patients += 1
            self._new.add(planned.patient)
        self.outcome.visits += 1
        self.outcome.photos += len(photos)
        self.outcome.values += len(values)
        if not self._dry:
            self._save(planned, patient, [p for p in photos if p is not None], values)

    def _save(
        self,
        planned: PlannedVisit,
        patient: str | None,
        photos: list[NewPhoto],
        values: list[ImportedValue],
    ) -> None:
        if patient is None:
            patient = self._store.patients.add(
                PatientDetails(planned.patient.name, record_number=planned.patient.number)
            )
        if photos and not self._store.consents.holds(patient) and self._consented_on:
            self._store.consents.give(patient, given_on=self._consented_on)
        new = NewVisit(
            patient, planned.when, planned.practitioner, tuple(photos), imported=tuple(values)
        )
        same_day = [
            visit
            for visit in self._store.visits.of(patient)
            if visit.visited_at.date() == planned.when.date()
        ]
        if same_day:
            self._store.visits.add_to(same_day[0].id, new)
        else:
            self._store.visits.save(new)

    def _find(self, who: NamedPatient) -> str | None:
        """Return the patient's id; None if the patient is new."""
        found = [
            person
            for archived in (False, True)
            for person in self._store.patients.find(who.number or who.name, archived=archived)
            if (
                fold(person.details.record_number) == fold(who.number)
                if who.number
                else fold(person.details.name) == fold(who.name)
            )
        ]
        if len(found) > 1:
            raise RecordError(Message("several patients have this name: add their record numbers"))
        named = who.number and who.name != who.number
        if found and named and fold(found[0].details.name) != fold(who.name):
            raise RecordError(Message("the record number belongs to a patient with another name"))
        return found[0].id if found else None

    def _values(self, planned: PlannedVisit, known: frozenset[str]) -> list[ImportedValue]:
        fresh: dict[str, ImportedValue] = {}
        for value in planned.values:
            if value.fingerprint in known or value.fingerprint in fresh:
                self._skip(f"{_called(planned)}, {value.key}", AGAIN)
            else:
                fresh[value.fingerprint] = value
        return list(fresh.values())

    def _photos(
        self, planned: PlannedVisit, patient: str | None, known: frozenset[str]
    ) -> list[NewPhoto | None]:
        height = self._store.patients.get(patient).details.height_cm if patient else None
        fresh: dict[str, NewPhoto | None] = {}
        for photo in planned.photos:
            try:
                data = read_in(photo.path, MAX_BYTES)
            except FileError as error:
                self._skip(str(photo.path), error.message)
                continue
            sha256 = hashlib.sha256(data).hexdigest()
            if sha256 in known or sha256 in fresh:
                self._skip(str(photo.path), AGAIN)
            elif self._dry:
                fresh[sha256] = None
            elif (measured := self._measure(photo, data, height)) is not None:
                fresh[sha256] = measured
        return list(fresh.values())

    def _measure(
        self, photo: PlannedPhoto, data: bytes, height_cm: float | None
    ) -> NewPhoto | None:
        try:
            decoded = decode_photo(data, photo.path.name)
            found = assess(decoded, photo.view, height_cm=height_cm, options=self._options)
        except PostureError as error:
            self._skip(str(photo.path), error.message)
            return None
        if found.view is None:
            self._skip(
                str(photo.path),
                Message("no view in its name, and no person in the photo to detect it from"),
            )
            return None
        return NewPhoto(data, photo.stage, found, decoded.media_type, decoded.taken_at)

    def _skip(self, what: str, why: Message) -> None:
        self.outcome.skipped.append(Skipped(what, why))


def _called(visit: PlannedVisit) -> str:
    return f"{visit.patient.name}, {visit.when:%Y-%m-%d}"
