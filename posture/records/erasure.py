"""Erasing a patient or one visit for good, and saying whose time has come."""

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, FromClause, Table, and_, delete, func, or_, select
from sqlalchemy.orm import Session

from posture.records.audit import Action
from posture.records.clock import SKEW
from posture.records.consents import end_links
from posture.records.database import Database
from posture.records.part import Part, needs
from posture.records.photo_filing import PhotoFiling
from posture.records.revisions import visit_to_change
from posture.records.roles import Right
from posture.records.rows import get_patient, now
from posture.records.scrub import scrub
from posture.records.settings import Settings
from posture.records.tables import Base as Tables
from posture.records.tables import (
    DraftRow,
    FileRow,
    PatientRow,
    PendingFileRow,
    PhotoRow,
    SettingRow,
    VisitRow,
)

RETENTION_SETTING = "retention_years"
SCRUB_SETTING = "scrub_pending"
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class ErasureReason(StrEnum):
    """Why a patient is erased; no free text, which could name the patient."""

    REQUEST = "asked for by the patient"
    RETENTION = "time of retention is over"
    MISTAKE = "entered by mistake"


class RemovalReason(StrEnum):
    """Why a visit is removed; no free text, which could name the patient."""

    OTHER_PATIENT = "it is another patient's"
    TWICE = "it was saved twice"
    MISTAKE = "it was saved by mistake"
    REQUEST = "the patient asked for it"


class Erasure(Part):
    """Erasure and retention."""

    @needs(Right.MANAGE, "erase_patient")
    def erase_patient(self, patient_id: str, reason: ErasureReason) -> None:
        """Erase a patient with all visits, notes, photos and consents; it cannot be undone.

        The audit trail keeps that it was done, by whom and why, under the patient's random id.
        Backups made before still hold the patient until they are rotated out.

        Raises
        ------
        RecordError
            When there is no such patient, or it cannot be done; nothing is erased then.
        """
        with self._db.writing() as session:
            get_patient(session, patient_id)
            files = _files_to_go(session, VisitRow.patient_id == patient_id)
            counts = _delete_all(session, PatientRow.__table__, patient_id)
            self._db.log(
                session, Action.ERASED, "patient", patient_id, reason=str(reason),
                visits=counts["visits"], photos=counts["photos"],
            )  # fmt: skip
        PhotoFiling(self._db).give_up(files)
        finish_scrub(self._db)

    @needs(Right.REMOVE, "remove_visit")
    def remove_visit(self, visit_id: str, why: RemovalReason, *, seen: int) -> None:
        """Remove a saved visit with its photos, notes and revisions; it cannot be undone.

        The links that show it end, and what was begun as a correction of it goes. The audit trail
        keeps that it was done, by whom and why. Backups made before still hold it.

        Parameters
        ----------
        seen : int
            The revision that the person has seen.

        Raises
        ------
        ConflictError
            When somebody else changed the visit since; it is not removed then.
        RecordError
            When there is no such visit, or it cannot be done; nothing is removed then.
        """
        with self._db.writing() as session:
            visit = visit_to_change(session, visit_id, seen)
            patient_id = visit.patient_id
            photos = list(session.scalars(select(PhotoRow.id).where(PhotoRow.visit_id == visit_id)))
            files = _files_to_go(session, VisitRow.id == visit_id)
            end_links(self._db, session, patient_id, visit_id)
            for begun in (f"note.{visit_id}.", *(f"points.{photo}." for photo in photos)):
                session.execute(
                    delete(DraftRow).where(DraftRow.key.startswith(begun, autoescape=True))
                )
            session.expunge(visit)
            _delete_all(session, VisitRow.__table__, visit_id)
            self._db.log(
                session, Action.ERASED, "visit", patient_id, visit=visit_id, reason=str(why),
                photos=len(photos),
            )  # fmt: skip
        PhotoFiling(self._db).give_up(files)
        finish_scrub(self._db)

    @needs(Right.MANAGE, "due_for_erasure")
    def due(self) -> list[tuple[str, date]]:
        """Return ids of patients whose time of retention is over, with the day they were last seen.

        Empty where no time is set (setting ``retention_years``).
        """
        years = Settings(self._db).get(RETENTION_SETTING)
        if not years:
            return []
        moment = datetime.now()  # noqa: DTZ005 - as visits
        limit = moment - timedelta(days=365.25 * float(years))
        query = (
            select(PatientRow.id, PatientRow.created_at, func.max(VisitRow.visited_at))
            # A visit on a day to come was dated by a wrong clock: it keeps nobody for years.
            .outerjoin(
                VisitRow,
                and_(VisitRow.patient_id == PatientRow.id, VisitRow.visited_at <= moment + SKEW),
            )
            .group_by(PatientRow.id, PatientRow.created_at)
        )
        with self._db.reading() as session:
            seen = [
                (patient, (visited or created).replace(tzinfo=None))
                for patient, created, visited in session.execute(query)
            ]
        due = sorted((moment, patient) for patient, moment in seen if moment < limit)
        return [(patient, moment.date()) for moment, patient in due]


def finish_scrub(database: Database) -> None:
    """Overwrite what erased rows left; while somebody else is in the way, the next opening does."""
    if Settings(database).get(SCRUB_SETTING) and scrub(database.engine):
        with database.writing() as session:
            _set_scrub(session, pending=False)


def _files_to_go(session: Session, which: ColumnElement[bool]) -> list[str]:
    """Note the files of visits that are about to go, and return their names.

    They are noted like the files of a save that was given up: a kill leaves word of them.
    """
    files = list(session.scalars(select(FileRow.id).join(PhotoRow).join(VisitRow).where(which)))
    session.add_all(PendingFileRow(id=name, since=LONG_AGO) for name in files)
    _set_scrub(session, pending=True)
    return files


def _set_scrub(session: Session, *, pending: bool) -> None:
    session.merge(SettingRow(name=SCRUB_SETTING, value=pending, changed_at=now()))


def _delete_all(session: Session, root: FromClause, id_: str) -> dict[str, int]:
    """Delete a row, and all of whatever table that hang on it; return how many of each table."""
    counts: dict[str, int] = {}
    for table in reversed(Tables.metadata.sorted_tables):
        if (its := _of(table, root, id_)) is not None:
            found = session.execute(delete(table).where(its))
            counts[table.name] = getattr(found, "rowcount", 0)
    return counts


def _of(table: Table, root: FromClause, id_: str) -> ColumnElement[bool] | None:
    """Return which rows of a table hang on a row, over however many tables; None: none can."""
    if table is root:
        return table.c.id == id_
    ways: list[ColumnElement[bool]] = []
    for key in table.foreign_keys:
        parent = key.column.table
        above = None if parent is table else _of(parent, root, id_)
        if above is not None:
            ways.append(key.parent.in_(select(key.column).where(above)))
    return or_(*ways) if ways else None
