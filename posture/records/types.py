"""What goes into the record and comes out of it: plain frozen values, no database objects."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from posture.errors import PostureError
from posture.landmarks import View
from posture.measuring.assessment import Assessment
from posture.measuring.measures import BY_KEY
from posture.measuring.repeats import combine
from posture.measuring.take import Measurement
from posture.practice.protocols import Protocol
from posture.practice.sot import Findings, Stage


class RecordError(PostureError):
    """Something the record cannot do; it is left as it was."""


class KeysError(RecordError):
    """The keys of the record cannot be had."""


class ConflictError(RecordError):
    """Somebody else changed it meanwhile."""


@dataclass(frozen=True)
class PatientDetails:
    """What is kept about a patient. Only the name is needed.

    ``height_cm`` gives photos their scale.
    """

    name: str
    date_of_birth: date | None = None
    height_cm: float | None = None
    record_number: str = ""
    remarks: str = ""


@dataclass(frozen=True)
class Patient:
    """A patient of the record."""

    id: str
    details: PatientDetails
    archived: bool
    visits: int
    last_visit: datetime | None


@dataclass(frozen=True)
class NewPhoto:
    """A photo to be saved: the file as given, and what was measured on it."""

    data: bytes
    stage: Stage
    assessment: Assessment
    media_type: str
    taken_at: str | None = None


@dataclass(frozen=True)
class ImportedValue:
    """A value brought in from elsewhere; the fingerprint tells it from others of the visit."""

    key: str
    value: float
    stage: Stage
    view: View | None
    method: str
    fingerprint: str

    @property
    def measurement(self) -> Measurement:
        """The value as a measurement: its error is not known, so no change is ever called."""
        measure = BY_KEY[self.key]
        return Measurement(
            self.key, measure.label, measure.unit, self.value, None, None, self.method, None
        )


@dataclass(frozen=True)
class NewVisit:
    """A visit to be saved; ``protocol`` is how its photos were taken."""

    patient_id: str
    visited_at: datetime
    practitioner: str = ""
    photos: tuple[NewPhoto, ...] = ()
    notes: Mapping[Stage, Findings] = field(default_factory=dict)
    imported: tuple[ImportedValue, ...] = ()
    protocol: Protocol | None = None


@dataclass(frozen=True)
class Correction:
    """What is to be changed about a saved visit. What is left out stays as it is.

    ``notes`` replaces the notes of the stages it names; ``assessments`` are by photo id.
    """

    reason: str
    visited_at: datetime | None = None
    practitioner: str | None = None
    notes: Mapping[Stage, Findings] = field(default_factory=dict)
    assessments: Mapping[str, Assessment] = field(default_factory=dict)


@dataclass(frozen=True)
class Revision:
    """A state of a visit, with who made it, when and why; the first has no reason."""

    number: int
    made_at: datetime
    made_by: str
    reason: str


@dataclass(frozen=True)
class StoredPhoto:
    """A saved photo with its latest assessment; the pixels are fetched by ``id``."""

    id: str
    sha256: str
    stage: Stage
    media_type: str
    taken_at: str | None
    assessment: Assessment


@dataclass(frozen=True)
class VisitSummary:
    """A line in a patient's list of visits."""

    id: str
    visited_at: datetime
    practitioner: str
    photos: int
    has_note: bool
    cover: str | None = None  # the id of its first photo


@dataclass(frozen=True)
class Visit:
    """A saved visit, whole, as a revision left it."""

    id: str
    patient_id: str
    visited_at: datetime
    practitioner: str
    photos: tuple[StoredPhoto, ...]
    notes: Mapping[Stage, Findings]
    revision: int = 1
    imported: tuple[ImportedValue, ...] = ()
    protocol: Protocol | None = None

    def of_view(self, stage: Stage, view: View) -> StoredPhoto | None:
        """Return the photo of a view of one stage, its repeats combined into one measurement."""
        found = [p for p in self.photos if p.stage is stage and p.assessment.view is view]
        if not found:
            return None
        combined = combine([photo.assessment for photo in found])
        nearest = next(p for p in found if p.assessment.photo_sha256 == combined.photo_sha256)
        return replace(nearest, assessment=combined)

    @property
    def by_view(self) -> tuple[StoredPhoto, ...]:
        """One photo of each stage and view, its repeats combined into one measurement."""
        found = (self.of_view(stage, view) for stage in Stage for view in View)
        return tuple(photo for photo in found if photo is not None)

    @property
    def values(self) -> tuple[tuple[Stage, View | None, Measurement], ...]:
        """Each measured value once, with its stage and view: repeats combined, imported ones too.

        What is missing is not among them.
        """
        photos = [
            (photo.stage, photo.assessment.view, measurement)
            for photo in self.by_view
            for measurement in photo.assessment.measurements
            if measurement.value is not None
        ]
        imported = [(value.stage, value.view, value.measurement) for value in self.imported]
        return (*photos, *imported)
