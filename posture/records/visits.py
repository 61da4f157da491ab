"""Visits: saving them, adding to them, reading them."""

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from posture.practice.sot import vocabulary
from posture.records.audit import Action
from posture.records.consents import Consents, Scope, demand_consent
from posture.records.drafts import drop
from posture.records.part import Part, needs
from posture.records.patients import patient_query
from posture.records.photo_filing import PhotoFiling
from posture.records.revisions import at_revision, revision_of, visit_to_change
from posture.records.roles import Right
from posture.records.rows import (
    get_patient,
    imported_rows,
    local_now,
    note_rows,
    now,
    protocol_column,
    read_visits,
    to_patient,
)
from posture.records.tables import ImportedRow, NoteRow, PatientRow, PhotoRow, VisitRow, new_id
from posture.records.types import (
    NewVisit,
    Patient,
    RecordError,
    Visit,
    VisitSummary,
)
from posture.records.validation import added, demand, demand_note, wrong_moment
from posture.words import Message


class Visits(Part):
    """Visits of all patients."""

    @needs(Right.CAPTURE, "save_visit")
    def save(self, new: NewVisit, *, draft: str | None = None) -> str:
        """Save a visit with its photos, measurements and notes, and return its id.

        Parameters
        ----------
        new : NewVisit
        draft : str, optional
            The key that it was kept under while it was unsaved: it is forgotten in the same
            transaction, so that it is never both saved and offered to be saved again.

        Raises
        ------
        RecordError
            When it cannot be saved; the record is then as it was before.
        """
        visit_id = new_id()
        self._demand_for(new)
        with PhotoFiling(self._db).saving(new.photos) as (session, photos):
            born = get_patient(session, new.patient_id).date_of_birth
            demand(wrong_moment(new.visited_at, local_now(), born))
            self._consented(session, new)
            visit = VisitRow(
                id=visit_id,
                patient_id=new.patient_id,
                visited_at=new.visited_at.replace(microsecond=0),
                practitioner=new.practitioner.strip(),
                protocol=protocol_column(new.protocol),
                created_at=now(),
                photos=photos,
                notes=note_rows(new),
                imported=imported_rows(new),
            )
            session.add(visit)
            session.flush()
            session.add(revision_of(visit, 1, self._db.actor.name, ""))
            if draft is not None:
                drop(session, self._db.actor, draft)
            self._db.log(
                session, Action.CHANGED, "visit added", new.patient_id, visit=visit_id,
                photos=len(new.photos), notes=len(new.notes), imported=len(new.imported),
            )  # fmt: skip
        return visit_id

    @needs(Right.CAPTURE, "add_to_visit")
    def add_to(
        self, visit_id: str, new: NewVisit, *, seen: int | None = None, draft: str | None = None
    ) -> None:
        """Add photos and findings to a saved visit.

        What was saved before stays as it is: of a stage's note only fields are added that it does
        not have yet. Another value for one that it has is a correction, with a reason.

        Parameters
        ----------
        seen : int, optional
            The revision that is added to.
        draft : str, optional
            As for :meth:`save_visit`.

        Raises
        ------
        ConflictError
            When somebody else changed the visit since; nothing is added then.
        RecordError
            When a field has another value already, or it cannot be saved; the record is as before.
        """
        self._demand_for(new)
        with PhotoFiling(self._db).saving(new.photos) as (session, photos):
            visit = visit_to_change(session, visit_id, seen)
            if visit.patient_id != new.patient_id:
                raise RecordError(Message("There is no such visit of this patient in the record."))
            self._consented(session, new)
            number = visit.revision + 1
            noted = {note.stage: note.findings for note in visit.notes}
            for note in note_rows(new, number):
                before = noted.get(note.stage, {})
                note.findings = added(before, note.findings, vocabulary(self._db.home))
                visit.notes.append(note)
            first = len(visit.photos)
            for photo in photos:
                photo.position += first
                photo.revision = number
                photo.assessments[0].revision = number
            visit.protocol = visit.protocol or protocol_column(new.protocol)
            visit.photos.extend(photos)
            visit.imported.extend(imported_rows(new, number))
            session.add(revision_of(visit, number, self._db.actor.name, "added to"))
            if draft is not None:
                drop(session, self._db.actor, draft)
            self._db.log(
                session, Action.CHANGED, "visit added to", new.patient_id, visit=visit_id,
                photos=len(new.photos), notes=len(new.notes), imported=len(new.imported),
            )  # fmt: skip

    @needs(Right.SEE, "has_visit")
    def exists(self, visit_id: str) -> bool:
        """Whether there is a visit of this id."""
        with self._db.reading() as session:
            return session.get(VisitRow, visit_id) is not None

    @needs(Right.SEE, "known_content")
    def known_content(self, patient_id: str) -> frozenset[str]:
        """Return hashes of a patient's photos and fingerprints of her imported values."""
        hers = VisitRow.patient_id == patient_id
        with self._db.reading() as session:
            photos = session.scalars(select(PhotoRow.sha256).join(VisitRow).where(hers))
            values = session.scalars(select(ImportedRow.fingerprint).join(VisitRow).where(hers))
            return frozenset(photos) | frozenset(values)

    @needs(Right.SEE, "visits")
    def of(self, patient_id: str) -> list[VisitSummary]:
        """Return a patient's visits, the latest first."""
        photos = select(func.count()).where(PhotoRow.visit_id == VisitRow.id).scalar_subquery()
        noted = exists().where(NoteRow.visit_id == VisitRow.id)
        cover = (
            select(PhotoRow.id)
            .where(PhotoRow.visit_id == VisitRow.id)
            .order_by(PhotoRow.position)
            .limit(1)
            .scalar_subquery()
        )
        query = (
            select(VisitRow.id, VisitRow.visited_at, VisitRow.practitioner, photos, noted, cover)
            .where(VisitRow.patient_id == patient_id)
            .order_by(VisitRow.visited_at.desc(), VisitRow.created_at.desc())
        )
        self._db.log_access(Action.SEEN, "patient", patient_id)
        with self._db.reading() as session:
            return [VisitSummary(*row) for row in session.execute(query)]

    @needs(Right.SEE, "visit")
    def get(self, visit_id: str, revision: int | None = None) -> Visit:
        """Return a saved visit, whole: as it is now, or as an earlier revision left it."""
        with self._db.reading() as session:
            if revision is None:
                visit = next(iter(read_visits(session, VisitRow.id == visit_id)), None)
            else:
                visit = at_revision(session, visit_id, revision)
            if visit is None:
                raise RecordError(Message("There is no such visit in the record."))
        self._db.log_access(Action.SEEN, "visit", visit.patient_id, visit=visit_id)
        return self._as_allowed(visit)

    @needs(Right.SEE, "history")
    def history(
        self, patient_id: str | None = None, visit_id: str | None = None
    ) -> Iterator[tuple[Patient, Visit]]:
        """Yield visits in time order, patient by patient: of one patient, one visit, or all."""
        self._db.log_access(
            Action.SEEN, "history", patient_id, **({"visit": visit_id} if visit_id else {})
        )
        yield from self._history(patient_id, visit_id)

    @needs(Right.EXPORT, "export")
    def export(
        self, patient_id: str | None = None, visit_id: str | None = None, *, form: str = "CSV"
    ) -> Iterator[tuple[Patient, Visit]]:
        """Yield the same as :meth:`history`, to be taken out of the record as ``form``."""
        detail = {"form": form} | ({"visit": visit_id} if visit_id else {})
        self._db.log_now(Action.EXPORTED, "history", patient_id, **detail)
        yield from self._history(patient_id, visit_id)

    @needs(Right.EXPORT, "share")
    def share(self, scope: Scope) -> Iterator[tuple[Patient, Visit]]:
        """Yield the visits of all who consented to this scope, to be shared without their names."""
        willing = Consents(self._db).patients_with(scope)
        with self._db.writing() as session:
            self._db.log(session, Action.SHARED, "figures", None, scope=str(scope), of=len(willing))
        for patient, visit in self._history(None, None):
            if patient.id in willing:
                yield patient, visit

    def _history(
        self, patient_id: str | None, visit_id: str | None
    ) -> Iterator[tuple[Patient, Visit]]:
        with self._db.reading() as session:
            patients = patient_query().order_by(PatientRow.folded, PatientRow.id)
            if patient_id is not None:
                patients = patients.where(PatientRow.id == patient_id)
            if visit_id is not None:
                owner = select(VisitRow.patient_id).where(VisitRow.id == visit_id)
                patients = patients.where(PatientRow.id.in_(owner))
            for row in session.execute(patients).all():
                patient = to_patient(*row)
                where = [VisitRow.patient_id == patient.id]
                if visit_id is not None:
                    where.append(VisitRow.id == visit_id)
                for visit in read_visits(session, *where):
                    yield patient, self._as_allowed(visit)

    def _demand_for(self, new: NewVisit) -> None:
        if any(new.notes.values()):
            self._db.demand(Right.WRITE_NOTES, "note")
            demand_note(new.notes, vocabulary(self._db.home))

    @staticmethod
    def _consented(session: Session, new: NewVisit) -> None:
        if new.photos:
            demand_consent(session, new.patient_id)

    def _as_allowed(self, visit: Visit) -> Visit:
        """Return the visit as the actor may see it."""
        return visit if self._db.actor.may(Right.SEE_NOTES) else replace(visit, notes={})
