"""How photo files come into the record: whole, or taken away again."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from posture.records.database import Database, not_saved
from posture.records.file_encryption import ORIGINAL, associated_data, encrypt
from posture.records.rows import now, photo_row
from posture.records.tables import FileRow, PendingFileRow, PhotoRow, new_id
from posture.records.types import NewPhoto, RecordError
from posture.records.write_errors import trouble_of
from posture.words import Message

SAVE_LIFE = timedelta(hours=1)
"""A save that has not ended by then was killed: what it wrote may be cleared away."""


class PhotoFiling:
    """Writes photo files so that a save that fails, or is killed, leaves none behind.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self._db = database

    @contextmanager
    def saving(self, photos: Sequence[NewPhoto]) -> Iterator[tuple[Session, list[PhotoRow]]]:
        """Write photo files, then their rows and whatever else belongs to the save.

        The files' names are noted beforehand, in a transaction of their own. The one that saves
        takes the note back, so that it says at any moment which files nothing refers to yet.
        """
        rows = [photo_row(photo, n) for n, photo in enumerate(photos)]
        if not rows:
            with self._db.writing() as session:
                yield session, rows
            return
        for row in rows:
            row.id = new_id()
        names = [new_id() for _ in rows]
        with self.claiming(names):
            for photo, row, name in zip(photos, rows, names, strict=True):
                if hashlib.sha256(photo.data).hexdigest() != row.sha256:
                    raise RecordError(
                        Message("The photo to be saved is not the one that was measured.")
                    )
                row.files = [self.write_file(name, row.id, ORIGINAL, photo.data)]
            with self.claimed(names) as session:
                yield session, rows

    @contextmanager
    def claiming(self, names: Sequence[str]) -> Iterator[None]:
        """Note that files of these names are about to be written; remove them if this fails."""
        since = now()
        with self._db.writing() as session:
            session.add_all(PendingFileRow(id=name, since=since) for name in names)
        try:
            yield
        except BaseException:
            # Where even this fails, the note stays, and a later start clears up.
            with suppress(RecordError):
                self.give_up(names)
            raise

    @contextmanager
    def claimed(self, names: Sequence[str]) -> Iterator[Session]:
        """Write what refers to the files, and take the note back with it."""
        with self._db.writing() as session:
            taken = delete(PendingFileRow).where(PendingFileRow.id.in_(names))
            if len(session.scalars(taken.returning(PendingFileRow.id)).all()) != len(names):
                raise RecordError(Message("Saving took too long and was cancelled. Save again."))
            yield session

    def write_file(self, name: str, photo_id: str, kind: str, data: bytes) -> FileRow:
        """Encrypt a photo's file, write it under this name and return its row."""
        sealed, key = encrypt(data, associated_data(photo_id, kind), self._db.keys)
        try:
            self._db.files.write(name, sealed)
        except OSError as error:
            raise not_saved(error) from error
        return FileRow(id=name, photo_id=photo_id, kind=kind, key=key)

    def give_up(self, names: Sequence[str]) -> None:
        """Remove the files of these names, as far as no row came to refer to them."""
        with self._db.writing() as session:
            # Only what is still pending: on PostgreSQL a killed process's last word may have come
            # through after its files were looked up.
            given_up = delete(PendingFileRow).where(PendingFileRow.id.in_(names))
            for name in session.scalars(given_up.returning(PendingFileRow.id)).all():
                self._db.files.remove(name)

    def clear_killed_saves(self) -> None:
        """Take away the photo files of saves that were killed before they were through."""
        with self._db.reading() as session:
            old = PendingFileRow.since < now() - SAVE_LIFE
            names = list(session.scalars(select(PendingFileRow.id).where(old)))
        try:
            if names:
                self.give_up(names)
            self._db.files.sweep()
        except OSError as error:
            if trouble_of(error) is None:
                raise


def pending_files(session: Session) -> set[str]:
    """Return the names of files that a save is about to refer to."""
    return set(session.scalars(select(PendingFileRow.id)))
