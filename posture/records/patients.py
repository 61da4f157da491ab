"""Patients: finding, adding and changing them."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select

from posture.records.audit import Action
from posture.records.duplicates import likely_same
from posture.records.part import Part, needs
from posture.records.roles import Right
from posture.records.rows import fill, get_patient, now, to_patient
from posture.records.search import find, keep_searchable
from posture.records.tables import PatientRow, VisitRow, new_id
from posture.records.types import Patient, PatientDetails, RecordError
from posture.words import Message


def patient_query() -> Any:
    """Return the query of patients with how many visits they have, and the last one's time."""
    return (
        select(PatientRow, func.count(VisitRow.id), func.max(VisitRow.visited_at))
        .outerjoin(VisitRow, VisitRow.patient_id == PatientRow.id)
        .group_by(PatientRow.id)
    )


class Patients(Part):
    """Patients of the record."""

    @needs(Right.SEE, "patients")
    def find(
        self,
        search: str = "",
        *,
        archived: bool = False,
        limit: int | None = None,
        after: str | None = None,
    ) -> list[Patient]:
        """Return patients by name; ``search`` finds parts of the name or record number.

        ``limit`` and ``after``, the id of the last one seen, give them page by page.
        """
        self._db.log_access(Action.SEEN, "list of patients", None)
        with self._db.reading() as session:
            return find(session, search, archived=archived, limit=limit, after=after)

    @needs(Right.SEE, "counts")
    def counts(self) -> tuple[int, int]:
        """Return how many patients and visits there are, archived ones too."""
        with self._db.reading() as session:
            patients, visits = (
                session.scalar(select(func.count()).select_from(row)) or 0
                for row in (PatientRow, VisitRow)
            )
            return patients, visits

    @needs(Right.SEE, "patient")
    def get(self, patient_id: str) -> Patient:
        """Return one patient."""
        with self._db.reading() as session:
            row = session.execute(patient_query().where(PatientRow.id == patient_id)).one_or_none()
            if row is None:
                raise RecordError(Message("There is no such patient in the record."))
        self._db.log_access(Action.SEEN, "patient", patient_id)
        return to_patient(*row)

    @needs(Right.SEE, "missing_patients")
    def missing(self, ids: Iterable[str]) -> set[str]:
        """Return which of these patients are not in the record, as they were erased."""
        asked = set(ids)
        if not asked:
            return asked
        with self._db.reading() as session:
            query = select(PatientRow.id).where(PatientRow.id.in_(asked))
            return asked - set(session.scalars(query))

    @needs(Right.CAPTURE, "add_patient")
    def add(self, details: PatientDetails) -> str:
        """Add a patient and return the new id."""
        with self._db.writing() as session:
            row = PatientRow(id=new_id(), archived=False, created_at=now())
            fill(row, details)
            keep_searchable(row)
            session.add(row)
            self._db.log(session, Action.CHANGED, "patient added", row.id)
            return row.id

    @needs(Right.CAPTURE, "update_patient")
    def update(self, patient_id: str, details: PatientDetails) -> None:
        """Replace a patient's details."""
        with self._db.writing() as session:
            row = get_patient(session, patient_id)
            first = select(func.min(VisitRow.visited_at)).where(VisitRow.patient_id == patient_id)
            moment = session.scalar(first)
            fill(row, details, moment and moment.date())
            keep_searchable(row)
            self._db.log(session, Action.CHANGED, "patient's details", patient_id)

    @needs(Right.SEE, "likely_same")
    def likely_same(self, details: PatientDetails, besides: str | None = None) -> list[Patient]:
        """Return patients, archived ones too, who are likely the one of these details.

        Parameters
        ----------
        besides : str, optional
            The id of the patient whose details they are.
        """
        with self._db.reading() as session:
            everybody = session.execute(
                select(
                    PatientRow.id, PatientRow.name, PatientRow.date_of_birth,
                    PatientRow.record_number,
                ).where(PatientRow.id != (besides or ""))
            )  # fmt: skip
            ids = [
                id_
                for id_, name, born, number in everybody
                if likely_same(details, PatientDetails(name, born, record_number=number))
            ]
            query = patient_query().where(PatientRow.id.in_(ids)).order_by(PatientRow.folded)
            found = [to_patient(*row) for row in session.execute(query)] if ids else []
        for person in found:
            self._db.log_access(Action.SEEN, "patient", person.id)
        return found

    @needs(Right.CAPTURE, "archive_patient")
    def archive(self, patient_id: str, *, archived: bool = True) -> None:
        """Take a patient out of the daily list, or back; nothing is deleted."""
        with self._db.writing() as session:
            get_patient(session, patient_id).archived = archived
            self._db.log(
                session,
                Action.CHANGED,
                "patient archived" if archived else "patient brought back",
                patient_id,
            )
