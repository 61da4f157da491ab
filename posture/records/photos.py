"""Photos: their files as given, and their thumbnails."""

from collections.abc import Callable
from contextlib import suppress

from sqlalchemy import delete, select

from posture.records.audit import Action
from posture.records.file_checks import file_of
from posture.records.file_encryption import ORIGINAL, THUMBNAIL
from posture.records.part import Part, needs
from posture.records.photo_filing import PhotoFiling
from posture.records.roles import Right
from posture.records.tables import FileRow, PhotoRow, VisitRow, new_id
from posture.records.types import RecordError
from posture.words import Message


class Photos(Part):
    """Photos of the record."""

    @needs(Right.SEE, "photo")
    def get(self, photo_id: str) -> bytes:
        """Return a photo's file as it was given.

        Raises
        ------
        RecordError
            When there is no such photo, or its file is missing or damaged.
        """
        with self._db.reading() as session:
            patient_id = session.scalar(
                select(VisitRow.patient_id).join(PhotoRow).where(PhotoRow.id == photo_id)
            )
            file = file_of(session, photo_id, ORIGINAL)
        if patient_id is None or file is None:
            raise RecordError(Message("This photo is not in the record, or its file is missing."))
        self._db.log_access(Action.SEEN, "photo", patient_id, photo=photo_id)
        data = file.given(self._db.files.read(file.id), self._db.keys)
        if data is None:
            raise RecordError(
                Message(
                    "The photo file {where} is damaged. Put it back from a backup (posture "
                    "restore --photos-only).",
                    where=self._db.files.where(file.id),
                )
            )
        return data

    @needs(Right.SEE, "thumbnail")
    def thumbnail(self, photo_id: str, make: Callable[[bytes], bytes]) -> bytes:
        """Return a photo's thumbnail, made once from the photo's file and kept, sealed too."""
        with self._db.reading() as session:
            file = file_of(session, photo_id, THUMBNAIL)
        if file is not None:
            with suppress(RecordError):
                if kept := file.given(self._db.files.read(file.id), self._db.keys):
                    return kept
        made = make(self.get(photo_id))
        filing = PhotoFiling(self._db)
        names = [new_id()]
        # Where two make it at once, or the disk is full, there is still something to show.
        with suppress(RecordError), filing.claiming(names):
            row = filing.write_file(names[0], photo_id, THUMBNAIL, made)
            with filing.claimed(names) as session:
                session.execute(
                    delete(FileRow).where(FileRow.photo_id == photo_id, FileRow.kind == THUMBNAIL)
                )
                session.add(row)
            if file is not None:
                with suppress(OSError):
                    self._db.files.remove(file.id)
        return made
