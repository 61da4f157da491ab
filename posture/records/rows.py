"""Rows of the tables from plain values, and plain values from rows."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from posture import __version__
from posture.measuring.assessment import Assessment
from posture.practice.protocols import Protocol, from_json, to_json
from posture.practice.sot import Stage, tidy
from posture.present.serialise import (
    issues_from_json,
    issues_to_json,
    measurement_from_row,
    measurement_row,
    points_to_record,
    pose_from_json,
    said_of,
    scene_from_record,
    scene_to_record,
    view_from_json,
    withheld_from_json,
)
from posture.records.tables import (
    AssessmentRow,
    ImportedRow,
    MeasurementRow,
    NoteRow,
    PatientRow,
    PhotoRow,
    VisitRow,
)
from posture.records.types import (
    ImportedValue,
    NewPhoto,
    NewVisit,
    Patient,
    PatientDetails,
    RecordError,
    StoredPhoto,
    Visit,
)
from posture.records.validation import demand, wrong_details
from posture.words import Message


def now() -> datetime:
    """Return the present time, with its zone."""
    return datetime.now(UTC)


def local_now() -> datetime:
    """Return the present time as visits have it: the practice's, without a zone."""
    return now().astimezone().replace(tzinfo=None)


def fill(row: PatientRow, details: PatientDetails, first_visit: date | None = None) -> None:
    """Write a patient's details into the row.

    Raises
    ------
    WrongError
        When there is no name, or something cannot be right.
    """
    demand(*wrong_details(details, local_now().date(), first_visit).values())
    row.name = details.name.strip()
    row.date_of_birth = details.date_of_birth
    row.height_cm = details.height_cm
    row.record_number = details.record_number.strip()
    row.remarks = details.remarks.strip()


def get_patient(session: Session, patient_id: str) -> PatientRow:
    """Return a patient's row.

    Raises
    ------
    RecordError
        When there is no such patient.
    """
    row = session.get(PatientRow, patient_id)
    if row is None:
        raise RecordError(Message("There is no such patient in the record."))
    return row


def to_patient(row: PatientRow, visits: int, last_visit: datetime | None) -> Patient:
    """Return the patient of a row, with the count and the last of the visits."""
    details = PatientDetails(
        row.name, row.date_of_birth, row.height_cm, row.record_number, row.remarks
    )
    return Patient(row.id, details, row.archived, visits, last_visit)


def note_rows(new: NewVisit, revision: int = 1) -> list[NoteRow]:
    """Return a row for each stage in which something was found."""
    return [
        NoteRow(stage=str(stage), findings=kept, revision=revision, created_at=now())
        for stage, findings in new.notes.items()
        if (kept := tidy(findings))
    ]


def protocol_column(protocol: Protocol | None) -> dict[str, Any] | None:
    """Return what is kept of a visit's protocol: all of it, as a practice may change its own."""
    return to_json(protocol) if protocol else None


def imported_rows(new: NewVisit, revision: int = 1) -> list[ImportedRow]:
    """Return a row for each value brought in from elsewhere."""
    return [
        ImportedRow(
            fingerprint=value.fingerprint,
            key=value.key,
            value=value.value,
            stage=str(value.stage),
            view=value.view and str(value.view),
            method=value.method,
            revision=revision,
        )
        for value in new.imported
    ]


def photo_row(photo: NewPhoto, position: int) -> PhotoRow:
    """Return the row of a photo, with its assessment and measurements."""
    assessment = photo.assessment
    width, height = assessment.image_size
    return PhotoRow(
        position=position,
        sha256=assessment.photo_sha256,
        file_name=assessment.photo,
        media_type=photo.media_type,
        stage=str(photo.stage),
        width_px=width,
        height_px=height,
        taken_at=photo.taken_at,
        assessments=[assessment_row(assessment)],
    )


def assessment_row(assessment: Assessment, revision: int = 1) -> AssessmentRow:
    """Return the row of what was measured, with its measurements."""
    if assessment.view is None:
        raise RecordError(
            Message(
                "The view of {photo} is not known. Choose it, then save.", photo=assessment.photo
            )
        )
    pose = assessment.pose
    return AssessmentRow(
        view=str(assessment.view),
        view_source=assessment.view_source,
        scene=scene_to_record(assessment.scene),
        landmarks=points_to_record(pose.points) if pose else None,
        detected=points_to_record(pose.detected) if pose else None,
        found=points_to_record(pose.found) if pose else None,
        withheld={str(mark): why for mark, why in assessment.withheld.items()},
        issues=issues_to_json(assessment.issues),
        said=said_of(assessment),
        model=assessment.model,
        passes=assessment.passes,
        revision=revision,
        program_version=__version__,
        created_at=now(),
        measurements=[
            MeasurementRow(position=n, **measurement_row(measurement))
            for n, measurement in enumerate(assessment.measurements)
        ],
    )


def read_visits(session: Session, *where: Any, revision: int | None = None) -> list[Visit]:
    """Return the visits that fulfil the conditions, whole, in time order.

    With ``revision`` they are as that one left them, but for what the visit itself says.
    """
    query = (
        select(VisitRow)
        .where(*where)
        .order_by(VisitRow.visited_at, VisitRow.created_at)
        .options(
            selectinload(VisitRow.notes),
            selectinload(VisitRow.imported),
            selectinload(VisitRow.photos)
            .selectinload(PhotoRow.assessments)
            .selectinload(AssessmentRow.measurements),
        )
    )
    return [
        Visit(
            id=row.id,
            patient_id=row.patient_id,
            visited_at=row.visited_at,
            practitioner=row.practitioner,
            photos=tuple(
                _stored_photo(photo, until) for photo in row.photos if photo.revision <= until
            ),
            notes=_notes(row.notes, until),
            revision=until,
            imported=tuple(_imported(found) for found in row.imported if found.revision <= until),
            protocol=from_json(row.protocol) if row.protocol else None,
        )
        for row in session.scalars(query)
        for until in [revision or row.revision]
    ]


def _notes(rows: list[NoteRow], until: int) -> dict[Stage, dict[str, Any]]:
    latest = {Stage(note.stage): note.findings for note in rows if note.revision <= until}
    return {stage: findings for stage, findings in latest.items() if findings}


def _imported(row: ImportedRow) -> ImportedValue:
    return ImportedValue(
        row.key, row.value, Stage(row.stage), view_from_json(row.view), row.method, row.fingerprint
    )


def _stored_photo(row: PhotoRow, until: int) -> StoredPhoto:
    latest = [found for found in row.assessments if found.revision <= until][-1]
    pose = None
    if latest.landmarks is not None:
        pose = pose_from_json(latest.landmarks, latest.detected or {}, latest.found or {})
    assessment = Assessment(
        photo=row.file_name,
        photo_sha256=row.sha256,
        view=view_from_json(latest.view),
        view_source=latest.view_source,
        image_size=(row.width_px, row.height_px),
        scene=scene_from_record(latest.scene),
        pose=pose,
        withheld=withheld_from_json(latest.withheld, latest.said),
        measurements=tuple(
            measurement_from_row(
                {
                    "key": m.key,
                    "value": m.value,
                    "sd": m.sd,
                    "mdc": m.mdc,
                    "method": m.method,
                    "reason": m.reason,
                },
                latest.said,
            )
            for m in latest.measurements
        ),
        issues=issues_from_json(latest.issues, latest.said),
        model=latest.model,
        passes=latest.passes,
    )
    return StoredPhoto(
        row.id, row.sha256, Stage(row.stage), row.media_type, row.taken_at, assessment
    )
