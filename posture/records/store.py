"""The one door to the record. Each change is one transaction: it happens whole or not at all."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete, exists, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from posture.records.access import THIS_COMPUTER, Right, needs
from posture.records.audit import Action
from posture.records.base import cause, get_patient, not_saved
from posture.records.consents import ConsentPart, Scope, demand_consent
from posture.records.drafts import DraftsPart
from posture.records.engine import open_engine
from posture.records.erasure import ErasurePart
from posture.records.home import database_address, photos_address
from posture.records.keys import Keys
from posture.records.models import (
    FileRow,
    ImportedRow,
    NoteRow,
    PatientRow,
    PendingFileRow,
    PhotoRow,
    SettingRow,
    VisitRow,
    new_id,
)
from posture.records.photos import SealedFiles
from posture.records.revisions import RevisionPart, revision_of, visit_to_change
from posture.records.rows import (
    fill,
    imported_rows,
    note_rows,
    now,
    photo_row,
    protocol_column,
    read_visits,
    to_patient,
)
from posture.records.safekeeping import SafekeepingPart
from posture.records.seal import ORIGINAL, THUMBNAIL, about, seal
from posture.records.sealed import file_of
from posture.records.search import find, keep_searchable
from posture.records.shares import SharesPart
from posture.records.target import open_target
from posture.records.trail import TrailPart
from posture.records.types import (
    NewPhoto,
    NewVisit,
    Patient,
    PatientDetails,
    RecordError,
    Visit,
    VisitSummary,
)
from posture.records.usage import InUse
from posture.records.users import UsersPart

SAVE_LIFE = timedelta(hours=1)
"""A save that has not ended by then was killed: what it wrote may be cleared away."""


class Store(
    ConsentPart,
    DraftsPart,
    ErasurePart,
    RevisionPart,
    SafekeepingPart,
    SharesPart,
    TrailPart,
    UsersPart,
):
    """Patients and their visits, in one data folder.

    Parameters
    ----------
    home : Path
        The data folder, made if missing.
    keys : Keys
        What its key file gave (see :class:`posture.records.keys.KeyFile`).

    Raises
    ------
    RecordError
        When the folder or the database cannot be opened.
    """

    def __init__(self, home: Path, keys: Keys) -> None:
        self.home = home
        self.actor = THIS_COMPUTER
        self._keys = keys
        self._looks = {}
        self._audit_key = keys.purpose("audit")
        try:
            self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._in_use = InUse(self.home)
        except OSError as error:
            raise self._not_opened(error) from error
        try:
            self._files = SealedFiles(open_target(photos_address(self.home)))
            self._engine = open_engine(self.home, keys)
            self._know_keys()
            self._clear_killed_saves()
            self._scrub()
        except BaseException as error:
            self._in_use.close()
            if isinstance(error, (OSError, DBAPIError)):
                raise self._not_opened(error) from error
            raise

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()
        self._in_use.close()

    @needs(Right.NONE)
    def check_reachable(self) -> None:
        """Raise :class:`RecordError` when the database or the photos cannot be reached."""
        with self._reading() as session:
            session.execute(select(1))
        try:
            self._files.reach()
        except OSError as error:
            raise RecordError(f"The photos cannot be reached: {cause(error)}.") from error

    # Patients

    @needs(Right.SEE)
    def patients(
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
        self._note_look(Action.SEEN, "list of patients", None)
        with self._reading() as session:
            return find(session, search, archived=archived, limit=limit, after=after)

    @needs(Right.SEE)
    def counts(self) -> tuple[int, int]:
        """Return how many patients and visits there are, archived ones too."""
        with self._reading() as session:
            patients, visits = (
                session.scalar(select(func.count()).select_from(row)) or 0
                for row in (PatientRow, VisitRow)
            )
            return patients, visits

    @needs(Right.SEE)
    def patient(self, patient_id: str) -> Patient:
        """Return one patient."""
        with self._reading() as session:
            row = session.execute(
                self._patient_query().where(PatientRow.id == patient_id)
            ).one_or_none()
            if row is None:
                raise RecordError("There is no such patient in the record.")
        self._note_look(Action.SEEN, "patient", patient_id)
        return to_patient(*row)

    @needs(Right.CAPTURE)
    def add_patient(self, details: PatientDetails) -> str:
        """Add a patient and return the new id."""
        with self._writing() as session:
            row = PatientRow(id=new_id(), archived=False, created_at=now())
            fill(row, details)
            keep_searchable(row)
            session.add(row)
            self._log(session, Action.CHANGED, "patient added", row.id)
            return row.id

    @needs(Right.CAPTURE)
    def update_patient(self, patient_id: str, details: PatientDetails) -> None:
        """Replace a patient's details."""
        with self._writing() as session:
            row = get_patient(session, patient_id)
            fill(row, details)
            keep_searchable(row)
            self._log(session, Action.CHANGED, "patient's details", patient_id)

    @needs(Right.CAPTURE)
    def archive_patient(self, patient_id: str, *, archived: bool = True) -> None:
        """Take a patient out of the daily list, or back; nothing is deleted."""
        with self._writing() as session:
            get_patient(session, patient_id).archived = archived
            what = "patient archived" if archived else "patient brought back"
            self._log(session, Action.CHANGED, what, patient_id)

    # Visits

    @needs(Right.CAPTURE)
    def save_visit(self, new: NewVisit) -> str:
        """Save a visit with its photos, measurements and notes, and return its id.

        Raises
        ------
        RecordError
            When it cannot be saved; the record is then as it was before.
        """
        visit_id = new_id()
        self._demand_for(new)
        with self._saving(new.photos) as (session, photos):
            get_patient(session, new.patient_id)
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
            session.add(revision_of(visit, 1, self.actor.name, ""))
            self._log(
                session, Action.CHANGED, "visit added", new.patient_id, visit=visit_id,
                photos=len(new.photos), notes=len(new.notes), imported=len(new.imported),
            )  # fmt: skip
        return visit_id

    @needs(Right.CAPTURE)
    def add_to_visit(self, visit_id: str, new: NewVisit, *, seen: int | None = None) -> None:
        """Add photos, and the notes of stages without one, to a saved visit.

        What was saved before stays as it is.

        Parameters
        ----------
        seen : int, optional
            The revision that is added to.

        Raises
        ------
        ConflictError
            When somebody else changed the visit since; nothing is added then.
        RecordError
            When a stage already has its note, or it cannot be saved; the record is as before.
        """
        self._demand_for(new)
        with self._saving(new.photos) as (session, photos):
            visit = visit_to_change(session, visit_id, seen)
            if visit.patient_id != new.patient_id:
                raise RecordError("There is no such visit of this patient in the record.")
            self._consented(session, new)
            number = visit.revision + 1
            noted = {note.stage: note.findings for note in visit.notes}
            taken = {stage for stage, findings in noted.items() if findings}
            for note in note_rows(new, number):
                if note.stage in taken:
                    raise RecordError(f"The visit already has a note of the stage {note.stage!r}.")
                visit.notes.append(note)
            first = len(visit.photos)
            for photo in photos:
                photo.position += first
                photo.revision = number
                photo.assessments[0].revision = number
            visit.protocol = visit.protocol or protocol_column(new.protocol)
            visit.photos.extend(photos)
            visit.imported.extend(imported_rows(new, number))
            session.add(revision_of(visit, number, self.actor.name, "added to"))
            self._log(
                session, Action.CHANGED, "visit added to", new.patient_id, visit=visit_id,
                photos=len(new.photos), notes=len(new.notes), imported=len(new.imported),
            )  # fmt: skip

    @needs(Right.SEE)
    def has_visit(self, visit_id: str) -> bool:
        """Whether there is a visit of this id."""
        with self._reading() as session:
            return session.get(VisitRow, visit_id) is not None

    @needs(Right.SEE)
    def known_content(self, patient_id: str) -> frozenset[str]:
        """Return hashes of a patient's photos and fingerprints of her imported values."""
        hers = VisitRow.patient_id == patient_id
        with self._reading() as session:
            photos = session.scalars(select(PhotoRow.sha256).join(VisitRow).where(hers))
            values = session.scalars(select(ImportedRow.fingerprint).join(VisitRow).where(hers))
            return frozenset(photos) | frozenset(values)

    @needs(Right.SEE)
    def visits(self, patient_id: str) -> list[VisitSummary]:
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
        self._note_look(Action.SEEN, "patient", patient_id)
        with self._reading() as session:
            return [VisitSummary(*row) for row in session.execute(query)]

    @needs(Right.SEE)
    def visit(self, visit_id: str, revision: int | None = None) -> Visit:
        """Return a saved visit, whole: as it is now, or as an earlier revision left it."""
        with self._reading() as session:
            if revision is None:
                visit = next(iter(read_visits(session, VisitRow.id == visit_id)), None)
            else:
                visit = self._at_revision(session, visit_id, revision)
            if visit is None:
                raise RecordError("There is no such visit in the record.")
        self._note_look(Action.SEEN, "visit", visit.patient_id, visit=visit_id)
        return self._as_allowed(visit)

    @needs(Right.SEE)
    def history(
        self, patient_id: str | None = None, visit_id: str | None = None
    ) -> Iterator[tuple[Patient, Visit]]:
        """Yield visits in time order, patient by patient: of one patient, one visit, or all."""
        self._note_look(
            Action.SEEN, "history", patient_id, **({"visit": visit_id} if visit_id else {})
        )
        yield from self._history(patient_id, visit_id)

    @needs(Right.EXPORT)
    def export(
        self, patient_id: str | None = None, visit_id: str | None = None, *, form: str = "CSV"
    ) -> Iterator[tuple[Patient, Visit]]:
        """Yield the same as :meth:`history`, to be taken out of the record as ``form``."""
        with self._writing() as session:
            detail = {"form": form} | ({"visit": visit_id} if visit_id else {})
            self._log(session, Action.EXPORTED, "history", patient_id, **detail)
        yield from self._history(patient_id, visit_id)

    @needs(Right.EXPORT)
    def share(self, scope: Scope) -> Iterator[tuple[Patient, Visit]]:
        """Yield the visits of all who consented to this scope, to be shared without their names."""
        willing = self.who_consents(scope)
        with self._writing() as session:
            self._log(session, Action.SHARED, "figures", None, scope=str(scope), of=len(willing))
        for patient, visit in self._history(None, None):
            if patient.id in willing:
                yield patient, visit

    def _history(
        self, patient_id: str | None, visit_id: str | None
    ) -> Iterator[tuple[Patient, Visit]]:
        with self._reading() as session:
            patients = self._patient_query().order_by(PatientRow.folded, PatientRow.id)
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

    @needs(Right.SEE)
    def photo(self, photo_id: str) -> bytes:
        """Return a photo's file as it was given.

        Raises
        ------
        RecordError
            When there is no such photo, or its file is missing or damaged.
        """
        with self._reading() as session:
            patient_id = session.scalar(
                select(VisitRow.patient_id).join(PhotoRow).where(PhotoRow.id == photo_id)
            )
            file = file_of(session, photo_id, ORIGINAL)
        if patient_id is None or file is None:
            raise RecordError("There is no such photo in the record, or its file was lost.")
        self._note_look(Action.SEEN, "photo", patient_id, photo=photo_id)
        data = file.given(self._files.read(file.id), self._keys)
        if data is None:
            raise RecordError(
                f"The photo file {self._files.where(file.id)} is damaged. Put it back from a "
                "backup (posture restore --photos-only)."
            )
        return data

    @needs(Right.SEE)
    def thumbnail(self, photo_id: str, make: Callable[[bytes], bytes]) -> bytes:
        """Return a photo's thumbnail, made once from the photo's file and kept, sealed too."""
        with self._reading() as session:
            file = file_of(session, photo_id, THUMBNAIL)
        if file is not None:
            with suppress(RecordError):
                if kept := file.given(self._files.read(file.id), self._keys):
                    return kept
        made = make(self.photo(photo_id))
        names = [new_id()]
        # Where two make it at once, or the disk is full, there is still something to show.
        with suppress(RecordError), self._claiming(names):
            row = self._write_file(names[0], photo_id, THUMBNAIL, made)
            with self._claimed(names) as session:
                session.execute(
                    delete(FileRow).where(FileRow.photo_id == photo_id, FileRow.kind == THUMBNAIL)
                )
                session.add(row)
        if file is not None:
            self._files.remove(file.id)
        return made

    # The inside

    def _demand_for(self, new: NewVisit) -> None:
        if any(new.notes.values()):
            self.demand(Right.WRITE_NOTES, "note")

    @staticmethod
    def _consented(session: Session, new: NewVisit) -> None:
        if new.photos:
            demand_consent(session, new.patient_id)

    def _as_allowed(self, visit: Visit) -> Visit:
        """Return the visit as the actor may see it."""
        return visit if self.actor.may(Right.SEE_NOTES) else replace(visit, notes={})

    @staticmethod
    def _patient_query() -> Any:
        return (
            select(PatientRow, func.count(VisitRow.id), func.max(VisitRow.visited_at))
            .outerjoin(VisitRow, VisitRow.patient_id == PatientRow.id)
            .group_by(PatientRow.id)
        )

    def _not_opened(self, error: Exception) -> RecordError:
        if "not a database" in str(error):
            return RecordError(
                f"The database in {self.home} does not open with the keys of the key file beside "
                "it, or its beginning is damaged. Put both back from a backup (posture restore)."
            )
        if database_address():
            return RecordError(
                f"The clinic's record cannot be opened: {cause(error)}. Check that the database "
                "(POSTURE_DATABASE_URL) and the place of the photos (POSTURE_PHOTOS_URL) can be "
                "reached."
            )
        return RecordError(
            f"The record in {self.home} cannot be opened: {cause(error)}. Check that the folder "
            "can be written to and that no other program has locked it."
        )

    @contextmanager
    def _saving(self, photos: Sequence[NewPhoto]) -> Iterator[tuple[Session, list[PhotoRow]]]:
        """Write photo files, then their rows and whatever else belongs to the save.

        The files' names are noted beforehand, in a transaction of their own. The one that saves
        takes the note back, so that it says at any moment which files nothing refers to yet.
        """
        rows = [photo_row(photo, n) for n, photo in enumerate(photos)]
        if not rows:
            with self._writing() as session:
                yield session, rows
            return
        for row in rows:
            row.id = new_id()
        names = [new_id() for _ in rows]
        with self._claiming(names):
            for photo, row, name in zip(photos, rows, names, strict=True):
                if hashlib.sha256(photo.data).hexdigest() != row.sha256:
                    raise RecordError("The photo to be saved is not the one that was measured.")
                row.files = [self._write_file(name, row.id, ORIGINAL, photo.data)]
            with self._claimed(names) as session:
                yield session, rows

    @contextmanager
    def _claiming(self, names: Sequence[str]) -> Iterator[None]:
        """Note that files of these names are about to be written; remove them if this fails."""
        since = now()
        with self._writing() as session:
            session.add_all(PendingFileRow(id=name, since=since) for name in names)
        try:
            yield
        except BaseException:
            # Where even this fails, the note stays, and a later start clears up.
            with suppress(RecordError):
                self._give_up(names)
            raise

    @contextmanager
    def _claimed(self, names: Sequence[str]) -> Iterator[Session]:
        """Write what refers to the files, and take the note back with it."""
        with self._writing() as session:
            taken = delete(PendingFileRow).where(PendingFileRow.id.in_(names))
            if len(session.scalars(taken.returning(PendingFileRow.id)).all()) != len(names):
                raise RecordError("The save took too long and was given up. Save again.")
            yield session

    def _write_file(self, name: str, photo_id: str, kind: str, data: bytes) -> FileRow:
        sealed, key = seal(data, about(photo_id, kind), self._keys)
        try:
            self._files.write(name, sealed)
        except OSError as error:
            raise not_saved(error) from error
        return FileRow(id=name, photo_id=photo_id, kind=kind, key=key)

    def _give_up(self, names: Sequence[str]) -> None:
        with self._writing() as session:
            # Only what is still pending: on PostgreSQL a killed process's last word may have come
            # through after its files were looked up.
            given_up = delete(PendingFileRow).where(PendingFileRow.id.in_(names))
            for name in session.scalars(given_up.returning(PendingFileRow.id)).all():
                self._files.remove(name)

    def _know_keys(self) -> None:
        """Refuse keys that are not this record's: what they sealed nobody else could open."""
        mine = self._keys.purpose("recognition").hex()
        with self._writing() as session:
            known = session.get(SettingRow, "keys")
            if known is None:
                known = SettingRow(name="keys", value=mine, changed_at=now())
                session.add(known)
        if known.value != mine:
            raise RecordError(
                f"The keys in {self.home / 'key.json'} are not those of this record. Put the "
                "clinic's key.json in their place: every machine of a clinic has the same."
            )

    def _clear_killed_saves(self) -> None:
        """Take away the photo files of saves that were killed before they were through."""
        with self._reading() as session:
            old = PendingFileRow.since < now() - SAVE_LIFE
            names = list(session.scalars(select(PendingFileRow.id).where(old)))
        if names:
            self._give_up(names)
        self._files.sweep()
