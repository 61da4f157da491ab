"""The columns of the tidy CSV: each with its line in the data dictionary, and its value."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from posture.measuring.assessment import Assessment
from posture.measuring.take import Measurement
from posture.measuring.uncertainty import responsiveness
from posture.present.phrases import in_english
from posture.records.types import Patient, StoredPhoto, Visit


@dataclass(frozen=True)
class RowSource:
    """What a row is made from; what belongs to the record is None for a single photo."""

    assessment: Assessment
    measurement: Measurement
    patient: Patient | None = None
    visit: Visit | None = None
    photo: StoredPhoto | None = None
    repeat: int | None = None
    combined: Measurement | None = None


@dataclass(frozen=True)
class Column:
    """A column of the CSV and its line in the data dictionary."""

    name: str
    meaning: str
    value: Callable[[RowSource], Any]
    of_record: bool = False


def _number(value: float | None, digits: int = 3) -> float | None:
    return None if value is None else round(value, digits) + 0.0


def _share_shown(source: RowSource) -> float | None:
    view, of = source.assessment.view, source.measurement
    return responsiveness(of.key, view, of.method) if view and of.method else None


COLUMNS: tuple[Column, ...] = (
    Column(
        "patient_id",
        "random identifier of the patient within this record",
        lambda s: s.patient and s.patient.id,
        of_record=True,
    ),
    Column(
        "patient_name",
        "name or code",
        lambda s: s.patient and s.patient.details.name,
        of_record=True,
    ),
    Column(
        "record_number",
        "the practice's own number",
        lambda s: s.patient and s.patient.details.record_number,
        of_record=True,
    ),
    Column(
        "visit_id",
        "random identifier of the visit",
        lambda s: s.visit and s.visit.id,
        of_record=True,
    ),
    Column(
        "visited_at",
        "date and time of the visit, ISO 8601, local time of the practice",
        lambda s: s.visit and s.visit.visited_at.isoformat(),
        of_record=True,
    ),
    Column(
        "practitioner",
        "name of the practitioner at the visit",
        lambda s: s.visit and s.visit.practitioner,
        of_record=True,
    ),
    Column(
        "protocol",
        "name of the protocol by which the visit's photos were taken; empty if none is stored",
        lambda s: s.visit and s.visit.protocol and s.visit.protocol.label,
        of_record=True,
    ),
    Column(
        "stage",
        "pre: before the adjustment, post: after it",
        lambda s: s.photo and str(s.photo.stage),
        of_record=True,
    ),
    Column("photo", "original file name of the photo", lambda s: s.assessment.photo),
    Column("photo_sha256", "SHA-256 of the photo file", lambda s: s.assessment.photo_sha256),
    Column(
        "view",
        "anterior, posterior, left or right: the side of the patient the camera sees",
        lambda s: s.assessment.view and str(s.assessment.view),
    ),
    Column(
        "view_source",
        "given: by the user; guessed: detected from the photo",
        lambda s: s.assessment.view_source,
    ),
    Column("key", "key of the measure; see the measures below", lambda s: s.measurement.key),
    Column("label", "name of the measure", lambda s: s.measurement.label),
    Column(
        "value",
        "measured value, in the unit; empty if missing, see reason; each measure below explains "
        "its sign",
        lambda s: _number(s.measurement.value),
    ),
    Column("unit", "deg (degrees) or mm (millimetres)", lambda s: s.measurement.unit),
    Column(
        "words",
        "the value with its side in words; left and right are the patient's",
        lambda s: in_english(s.measurement),
    ),
    Column(
        "sd",
        "standard deviation of the error of one measurement made this way, in the unit: the true "
        "value lies within ± 1.96 SD in 95% of cases; empty if not known",
        lambda s: _number(s.measurement.sd),
    ),
    Column(
        "mdc",
        "minimal detectable change (95%), in the unit: a smaller difference between two visits "
        "is within measuring error",
        lambda s: _number(s.measurement.mdc),
    ),
    Column(
        "method",
        "kind of points used and their source (detected: by the pose model; placed: by hand); "
        "imported: not measured by this program",
        lambda s: s.measurement.method,
    ),
    Column(
        "share_shown",
        "share of a real change in one person that this way of measuring shows, 1 = all of it; "
        "empty if not known",
        _share_shown,
    ),
    Column("reason", "why the value is missing", lambda s: s.measurement.reason),
    Column(
        "vertical_source",
        "assumed_level: the camera is assumed to be level; plumb_line: marked in the photo; "
        "poster: from the wall poster",
        lambda s: str(s.assessment.scene.vertical_source),
    ),
    Column(
        "roll_deg",
        "corrected camera roll, degrees; positive: camera turned clockwise as seen by the "
        "photographer",
        lambda s: _number(s.assessment.scene.roll_deg),
    ),
    Column(
        "pitch_deg",
        "camera pitch, degrees, from the wall poster; positive: camera points down",
        lambda s: _number(s.assessment.scene.pitch_deg),
    ),
    Column(
        "yaw_deg",
        "camera yaw, its angle off the perpendicular to the wall, degrees, from the wall poster; "
        "positive: to the right in the picture",
        lambda s: _number(s.assessment.scene.yaw_deg),
    ),
    Column(
        "scale_source",
        "height: from the patient's height; poster: from the wall poster; poster_and_height: "
        "from both; ruler: from a known length; empty: no scale",
        lambda s: s.assessment.scene.scale_source and str(s.assessment.scene.scale_source),
    ),
    Column(
        "mm_per_px",
        "millimetres per pixel at the body",
        lambda s: _number(s.assessment.scene.mm_per_px, 6),
    ),
    Column("model", "pose model", lambda s: s.assessment.model),
    Column(
        "issues",
        "codes of the capture issues of the photo",
        lambda s: " ".join(issue.code for issue in s.assessment.active_issues),
    ),
    Column(
        "repeat",
        "number of the photo within its visit, stage and view, from 1; empty for an imported value",
        lambda s: s.repeat,
        of_record=True,
    ),
    Column(
        "visit_value",
        "the single value for the visit, stage and view, the same in the rows of all repeats: "
        "the mean of the repeats measured in the same way, by hand or marker if any was. For one "
        "row per visit, keep the rows with repeat 1 (or none), and this column with the three "
        "after it",
        lambda s: s.combined and _number(s.combined.value),
        of_record=True,
    ),
    Column(
        "visit_sd",
        "as sd, for visit_value; smaller than for one photo, because part of the error averages "
        "out",
        lambda s: s.combined and _number(s.combined.sd),
        of_record=True,
    ),
    Column(
        "visit_mdc",
        "as mdc, for visit_value",
        lambda s: s.combined and _number(s.combined.mdc),
        of_record=True,
    ),
    Column(
        "visit_method",
        "as method, for visit_value",
        lambda s: s.combined and s.combined.method,
        of_record=True,
    ),
)
