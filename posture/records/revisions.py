"""Correcting a saved visit: a new revision, and the ones before stay."""

from dataclasses import replace
from datetime import UTC

from sqlalchemy import select
from sqlalchemy.orm import Session

from posture.practice.sot import tidy, vocabulary
from posture.records.audit import Action
from posture.records.drafts import drop
from posture.records.part import Part, needs
from posture.records.roles import Right
from posture.records.rows import assessment_row, get_patient, local_now, now, read_visits
from posture.records.tables import NoteRow, PhotoRow, RevisionRow, VisitRow
from posture.records.types import ConflictError, Correction, RecordError, Revision, Visit
from posture.records.validation import demand, demand_note, wrong_moment
from posture.words import Message


class Revisions(Part):
    """Revisions of saved visits."""

    @needs(Right.CAPTURE, "correct_visit")
    def correct(
        self, visit_id: str, correction: Correction, *, seen: int, draft: str | None = None
    ) -> None:
        """Correct a saved visit. What was there before stays, as the revision before.

        Parameters
        ----------
        seen : int
            The revision that the correction was made on.
        draft : str, optional
            The key of the unsaved correction: it is deleted in the same transaction, so that it is
            never both saved and offered to be saved again.

        Raises
        ------
        ConflictError
            When somebody else changed the visit since; nothing is changed then.
        RecordError
            When there is no reason, nothing to correct, or it cannot be saved.
        """
        if correction.notes:
            self._db.demand(Right.WRITE_NOTES, "note")
            demand_note(correction.notes, vocabulary(self._db.home))
        if not correction.reason.strip():
            raise RecordError(
                Message("A correction needs a reason: it is stored with the correction.")
            )
        with self._db.writing() as session:
            visit = visit_to_change(session, visit_id, seen)
            number = visit.revision + 1
            for stage, findings in correction.notes.items():
                visit.notes.append(
                    NoteRow(
                        stage=str(stage), findings=tidy(findings), revision=number, created_at=now()
                    )
                )
            for photo_id, assessment in correction.assessments.items():
                photo = session.get(PhotoRow, photo_id)
                if photo is None or photo.visit_id != visit_id:
                    raise RecordError(Message("There is no such photo in this visit."))
                if photo.sha256 != assessment.photo_sha256:
                    raise RecordError(Message("The measurement does not belong to this photo."))
                photo.assessments.append(assessment_row(assessment, number))
            if correction.visited_at is not None:
                born = get_patient(session, visit.patient_id).date_of_birth
                demand(wrong_moment(correction.visited_at, local_now(), born))
                visit.visited_at = correction.visited_at.replace(microsecond=0)
            if correction.practitioner is not None:
                visit.practitioner = correction.practitioner.strip()
            session.add(revision_of(visit, number, self._db.actor.name, correction.reason.strip()))
            self._db.log(
                session, Action.CHANGED, "visit corrected", visit.patient_id, visit=visit_id,
                revision=number,
            )  # fmt: skip
            if draft is not None:
                drop(session, self._db.actor, draft)

    @needs(Right.SEE, "revisions")
    def of(self, visit_id: str) -> list[Revision]:
        """Return the revisions of a visit, the first one first."""
        query = (
            select(RevisionRow).where(RevisionRow.visit_id == visit_id).order_by(RevisionRow.number)
        )
        with self._db.reading() as session:
            return [
                Revision(row.number, row.made_at.replace(tzinfo=UTC), row.made_by, row.reason)
                for row in session.scalars(query)
            ]


def at_revision(session: Session, visit_id: str, revision: int) -> Visit | None:
    """Return a visit as a revision left it; None where there is no such revision."""
    row = session.get(RevisionRow, (visit_id, revision))
    found = read_visits(session, VisitRow.id == visit_id, revision=revision)
    if row is None or not found:
        return None
    return replace(found[0], visited_at=row.visited_at, practitioner=row.practitioner)


def visit_to_change(session: Session, visit_id: str, seen: int | None) -> VisitRow:
    """Return a visit's row, locked; refuse when it is not what the person has seen."""
    visit = session.get(VisitRow, visit_id, with_for_update=True, populate_existing=True)
    if visit is None:
        raise RecordError(Message("There is no such visit of this patient in the record."))
    if seen is not None and visit.revision != seen:
        last = session.get_one(RevisionRow, (visit_id, visit.revision))
        when = last.made_at.replace(tzinfo=UTC).astimezone()
        why = f" ({last.reason})" if last.reason else ""
        raise ConflictError(
            Message(
                "{made_by} changed this visit meanwhile, at {when}{why}. Your change is not saved"
                " and theirs is not overwritten. Reopen the visit and make your change to its "
                "current version.",
                made_by=last.made_by,
                when=f"{when:%H:%M on %Y-%m-%d}",
                why=why,
            )
        )
    return visit


def revision_of(visit: VisitRow, number: int, by: str, reason: str) -> RevisionRow:
    """Return the row that keeps the visit's state as this revision."""
    visit.revision = number
    return RevisionRow(
        visit_id=visit.id,
        number=number,
        made_at=now(),
        made_by=by,
        reason=reason,
        visited_at=visit.visited_at,
        practitioner=visit.practitioner,
    )
