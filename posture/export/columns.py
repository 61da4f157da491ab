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
class Source:
    """Where a row comes from; the record's parts are None for a photo assessed on its own."""

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
    value: Callable[[Source], Any]
    of_record: bool = False


def _number(value: float | None, digits: int = 3) -> float | None:
    return None if value is None else round(value, digits) + 0.0


def _share_shown(source: Source) -> float | None:
    view, of = source.assessment.view, source.measurement
    return responsiveness(of.key, view, of.method) if view and of.method else None


COLUMNS: tuple[Column, ...] = (
    Column(
        "patient_id",
        "random identifier of the patient in this record",
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
        "who held the visit",
        lambda s: s.visit and s.visit.practitioner,
        of_record=True,
    ),
    Column(
        "protocol",
        "how the photos of the visit were taken: the protocol's name; empty where none was kept",
        lambda s: s.visit and s.visit.protocol and s.visit.protocol.label,
        of_record=True,
    ),
    Column(
        "stage",
        "pre: before the adjustment, post: after it",
        lambda s: s.photo and str(s.photo.stage),
        of_record=True,
    ),
    Column("photo", "file name of the photo as given", lambda s: s.assessment.photo),
    Column("photo_sha256", "SHA-256 of the photo file", lambda s: s.assessment.photo_sha256),
    Column(
        "view",
        "anterior, posterior, left or right: the side of the patient the camera sees",
        lambda s: s.assessment.view and str(s.assessment.view),
    ),
    Column("view_source", "given by the user, or guessed", lambda s: s.assessment.view_source),
    Column("key", "measure, see the measures below", lambda s: s.measurement.key),
    Column("label", "measure in words", lambda s: s.measurement.label),
    Column(
        "value",
        "measured value in the unit; empty when missing, see reason; its sign is "
        "explained with each measure",
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
        "error to expect of one measurement made this way, in the unit: within 1.96 times as much "
        "either way lies the true value in 95%; empty where it has not been measured",
        lambda s: _number(s.measurement.sd),
    ),
    Column(
        "mdc",
        "minimal detectable change (95%): a smaller difference between two visits is "
        "within measuring error, in the unit",
        lambda s: _number(s.measurement.mdc),
    ),
    Column(
        "method",
        "kind of points used and where each came from (detected: by the pose model, "
        "placed: by hand); imported: not measured here",
        lambda s: s.measurement.method,
    ),
    Column(
        "share_shown",
        "share of a real change within one person that this way of measuring shows, 1 = all of it; "
        "empty where it is not known",
        _share_shown,
    ),
    Column("reason", "why the value is missing", lambda s: s.measurement.reason),
    Column(
        "vertical_source",
        "assumed_level: camera taken to be level; plumb_line: marked in the photo; poster: from "
        "the wall poster",
        lambda s: str(s.assessment.scene.vertical_source),
    ),
    Column(
        "roll_deg",
        "camera roll that was corrected, degrees, positive = camera turned "
        "clockwise as the photographer sees it",
        lambda s: _number(s.assessment.scene.roll_deg),
    ),
    Column(
        "pitch_deg",
        "how far the camera looks down (negative: up), degrees, by the wall poster",
        lambda s: _number(s.assessment.scene.pitch_deg),
    ),
    Column(
        "yaw_deg",
        "how far the camera stands aside from square to the wall, degrees, by the wall poster, "
        "positive = to the right in the picture",
        lambda s: _number(s.assessment.scene.yaw_deg),
    ),
    Column(
        "scale_source",
        "height: from the patient's height; poster: from the wall poster; poster_and_height: from "
        "both; ruler: from a known length; empty: no scale",
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
        "codes of what was wrong with the picture",
        lambda s: " ".join(issue.code for issue in s.assessment.active_issues),
    ),
    Column(
        "repeat",
        "which photo of its visit, stage and view the row is of, from 1; a view photographed once "
        "has 1 only, an imported value none",
        lambda s: s.repeat,
        of_record=True,
    ),
    Column(
        "visit_value",
        "the one value of the visit, stage and view, the same in the rows of all repeats: the mean "
        "of those made in the same way, by hand or marker where any was. For one row a visit keep "
        "the rows with repeat 1 (or none) and this column with the three after it",
        lambda s: s.combined and _number(s.combined.value),
        of_record=True,
    ),
    Column(
        "visit_sd",
        "as sd, of visit_value: smaller than of one photo by the part that averages out",
        lambda s: s.combined and _number(s.combined.sd),
        of_record=True,
    ),
    Column(
        "visit_mdc",
        "as mdc, of visit_value",
        lambda s: s.combined and _number(s.combined.mdc),
        of_record=True,
    ),
    Column(
        "visit_method",
        "as method, of visit_value",
        lambda s: s.combined and s.combined.method,
        of_record=True,
    ),
)
