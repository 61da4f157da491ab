"""The one door to the record. Each change is one transaction: it happens whole or not at all."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from posture.records.engine import WRITES, open_engine
from posture.records.home import data_folder, photos_address
from posture.records.models import (
    NoteRow,
    PatientRow,
    PhotoRow,
    VisitRow,
    new_id,
)
from posture.records.photos import PhotoFiles
from posture.records.rows import fill, note_rows, now, photo_row, read_visits, to_patient
from posture.records.settings import read_setting, write_setting
from posture.records.target import open_target
from posture.records.types import (
    NewPhoto,
    NewVisit,
    Patient,
    PatientDetails,
    RecordError,
    Visit,
    VisitSummary,
)


class Store:
    """Patients and their visits, in one data folder.

    Parameters
    ----------
    home : Path, optional
        The data folder, made if missing; by default the one of :func:`data_folder`.

    Raises
    ------
    RecordError
        When the folder or the database cannot be opened.
    """

    def __init__(self, home: Path | None = None) -> None:
        self.home = home or data_folder()
        try:
            self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._files = PhotoFiles(open_target(photos_address(self.home)))
            self._engine = open_engine(self.home)
            self._clear_unfinished_saves()
        except (OSError, OperationalError) as error:
            raise RecordError(
                f"The record in {self.home} cannot be opened: {_cause(error)}. Check that the "
                "folder can be written to and that no other program has locked it."
            ) from error

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    # Patients

    def patients(self, search: str = "", *, archived: bool = False) -> list[Patient]:
        """Return patients by name; ``search`` finds parts of the name or record number."""
        query = self._patient_query().where(PatientRow.archived == archived)
        for word in search.split():
            query = query.where(
                PatientRow.name.icontains(word, autoescape=True)
                | PatientRow.record_number.icontains(word, autoescape=True)
            )
        with self._reading() as session:
            rows = session.execute(query.order_by(func.lower(PatientRow.name))).all()
            return [to_patient(*row) for row in rows]

    def patient(self, patient_id: str) -> Patient:
        """Return one patient."""
        with self._reading() as session:
            row = session.execute(
                self._patient_query().where(PatientRow.id == patient_id)
            ).one_or_none()
            if row is None:
                raise RecordError("There is no such patient in the record.")
            return to_patient(*row)

    def add_patient(self, details: PatientDetails) -> str:
        """Add a patient and return the new id."""
        with self._writing() as session:
            row = PatientRow(id=new_id(), archived=False, created_at=now())
            fill(row, details)
            session.add(row)
            return row.id

    def update_patient(self, patient_id: str, details: PatientDetails) -> None:
        """Replace a patient's details."""
        with self._writing() as session:
            fill(_get_patient(session, patient_id), details)

    def archive_patient(self, patient_id: str, *, archived: bool = True) -> None:
        """Take a patient out of the daily list, or back; nothing is deleted."""
        with self._writing() as session:
            _get_patient(session, patient_id).archived = archived

    # Visits

    def save_visit(self, new: NewVisit) -> str:
        """Save a visit with its photos, measurements and notes, and return its id.

        Raises
        ------
        RecordError
            When it cannot be saved; the record is then as it was before.
        """
        visit_id = new_id()
        with self._saving(visit_id, new.photos) as session:
            _get_patient(session, new.patient_id)
            session.add(
                VisitRow(
                    id=visit_id,
                    patient_id=new.patient_id,
                    visited_at=new.visited_at.replace(microsecond=0),
                    practitioner=new.practitioner.strip(),
                    created_at=now(),
                    photos=[photo_row(photo, n) for n, photo in enumerate(new.photos)],
                    notes=note_rows(new),
                )
            )
        return visit_id

    def add_to_visit(self, visit_id: str, new: NewVisit) -> None:
        """Add photos, and the notes of stages without one, to a saved visit.

        What was saved before stays as it is.

        Raises
        ------
        RecordError
            When a stage already has its note, or it cannot be saved; the record is as before.
        """
        with self._saving(new_id(), new.photos) as session:
            visit = session.get(VisitRow, visit_id)
            if visit is None or visit.patient_id != new.patient_id:
                raise RecordError("There is no such visit of this patient in the record.")
            taken = {note.stage for note in visit.notes}
            for note in note_rows(new):
                if note.stage in taken:
                    raise RecordError(f"The visit already has a note of the stage {note.stage!r}.")
                visit.notes.append(note)
            first = len(visit.photos)
            visit.photos.extend(photo_row(photo, first + n) for n, photo in enumerate(new.photos))

    def visits(self, patient_id: str) -> list[VisitSummary]:
        """Return a patient's visits, the latest first."""
        photos = select(func.count()).where(PhotoRow.visit_id == VisitRow.id).scalar_subquery()
        noted = exists().where(NoteRow.visit_id == VisitRow.id)
        query = (
            select(VisitRow.id, VisitRow.visited_at, VisitRow.practitioner, photos, noted)
            .where(VisitRow.patient_id == patient_id)
            .order_by(VisitRow.visited_at.desc(), VisitRow.created_at.desc())
        )
        with self._reading() as session:
            return [VisitSummary(*row) for row in session.execute(query)]

    def visit(self, visit_id: str) -> Visit:
        """Return a saved visit, whole."""
        with self._reading() as session:
            visits = read_visits(session, VisitRow.id == visit_id)
            if not visits:
                raise RecordError("There is no such visit in the record.")
            return visits[0]

    def history(
        self, patient_id: str | None = None, visit_id: str | None = None
    ) -> Iterator[tuple[Patient, Visit]]:
        """Yield visits in time order, patient by patient: of one patient, one visit, or all."""
        with self._reading() as session:
            patients = self._patient_query().order_by(func.lower(PatientRow.name), PatientRow.id)
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
                    yield patient, visit

    def photo(self, sha256: str) -> bytes:
        """Return a photo's file as it was given.

        Raises
        ------
        RecordError
            When the file is missing or damaged.
        """
        return self._files.read(sha256)

    # Settings

    def setting(self, name: str, default: Any = None) -> Any:
        """Return a setting of the practice, or the default where it was never set."""
        with self._reading() as session:
            return read_setting(session, name, default)

    def save_setting(self, name: str, value: Any) -> None:
        """Set a setting of the practice to any value that JSON can hold."""
        with self._writing() as session:
            write_setting(session, name, value)

    # The inside

    @staticmethod
    def _patient_query() -> Any:
        return (
            select(PatientRow, func.count(VisitRow.id), func.max(VisitRow.visited_at))
            .outerjoin(VisitRow, VisitRow.patient_id == PatientRow.id)
            .group_by(PatientRow.id)
        )

    @contextmanager
    def _reading(self) -> Iterator[Session]:
        with self._engine.connect() as connection, Session(connection) as session:
            yield session

    @contextmanager
    def _writing(self) -> Iterator[Session]:
        try:
            with (
                self._engine.connect().execution_options(**WRITES) as connection,
                Session(connection, expire_on_commit=False) as session,
                session.begin(),
            ):
                yield session
        except (OSError, OperationalError) as error:
            raise RecordError(
                f"It could not be saved: {_cause(error)}. The record is as it was. Check the disk "
                "and whether another program has locked the record, then save again."
            ) from error

    @contextmanager
    def _saving(self, save_id: str, photos: Sequence[NewPhoto]) -> Iterator[Session]:
        """Write photo files and rows under the write lock, so that both are there or neither."""
        hashes = [photo.assessment.photo_sha256 for photo in photos]
        try:
            with self._writing() as session:
                self._files.announce(save_id, hashes)
                for photo, sha256 in zip(photos, hashes, strict=True):
                    self._files.write(photo.data, sha256)
                yield session
        except BaseException:
            # Where even this fails, the announcement stays and the next start clears up.
            with suppress(RecordError):
                self._clear({save_id: hashes})
            raise
        self._files.settled(save_id)

    def _clear_unfinished_saves(self) -> None:
        """Take away the photo files of saves that were killed before they were through."""
        if self._files.anything_left():
            self._clear(None)

    def _clear(self, saves: Mapping[str, list[str]] | None) -> None:
        """Remove the files of these saves that no visit refers to; None means all left behind."""
        # Under the write lock no save is under way: each one holds it from first to last.
        with self._writing() as session:
            for save_id, hashes in (self._files.unfinished() if saves is None else saves).items():
                self._remove_unreferenced(session, hashes)
                self._files.settled(save_id)
            self._files.sweep_temporary()

    def _remove_unreferenced(self, session: Session, hashes: Sequence[str]) -> None:
        kept = set(session.scalars(select(PhotoRow.sha256).where(PhotoRow.sha256.in_(hashes))))
        for sha256 in set(hashes) - kept:
            self._files.remove(sha256)


def _cause(error: Exception) -> str:
    return str(getattr(error, "orig", None) or getattr(error, "strerror", None) or error)


def _get_patient(session: Session, patient_id: str) -> PatientRow:
    row = session.get(PatientRow, patient_id)
    if row is None:
        raise RecordError("There is no such patient in the record.")
    return row
