"""What backups need of the record: copies, the encrypted files, and when the last was made."""

from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from posture.records.audit import Action
from posture.records.database import cause
from posture.records.engine import schema_of, snapshot
from posture.records.file_checks import FileEntry, file_entries
from posture.records.part import Part, needs
from posture.records.photo_filing import pending_files
from posture.records.roles import Right
from posture.records.rows import now
from posture.records.settings_registry import SETTINGS
from posture.records.tables import SettingRow
from posture.records.types import RecordError
from posture.records.write_errors import NotWritableError
from posture.words import Message

LAST = "last_backup"
CHECKS = ("cipher_integrity_check", "integrity_check", "foreign_key_check")


class Backups(Part):
    """What backups and their checks need of the record."""

    @needs(Right.MANAGE, "snapshot")
    def snapshot(self, target: Path) -> None:
        """Copy the database as it is at this moment, encrypted."""
        if not self._db.embedded:
            raise RecordError(
                Message(
                    "A clinic's PostgreSQL database is backed up by its own means (pg_dump, or "
                    "the provider's), together with the object store: see docs/deployment.md."
                )
            )
        snapshot(self._db.engine, self._db.keys, target)

    @needs(Right.MANAGE, "sealed")
    def encrypted_file(self, name: str) -> bytes:
        """Return a photo's file as it is kept, sealed."""
        return self._db.files.read(name)

    @needs(Right.MANAGE, "broken_files")
    def broken_files(self) -> list[FileEntry]:
        """Return the photo files that are missing or do not open as what was given."""
        with self._db.reading() as session:
            rows = file_entries(session)
        return [row for row in rows if not self._opens(row)]

    @needs(Right.MANAGE, "stray_files")
    def stray_files(self) -> list[str]:
        """Return the names of files that nothing refers to."""
        there = self._db.files.names()
        with self._db.reading() as session:
            known = {row.id for row in file_entries(session)} | pending_files(session)
        return sorted(set(there) - known)

    @needs(Right.MANAGE, "put_back")
    def put_back(self, file: FileEntry, data: bytes) -> None:
        """Put a missing or damaged photo file back, from a backup."""
        if not file.opens(data, self._db.keys):
            raise RecordError(Message("The file to put back does not belong to this photo."))
        self._db.files.write(file.id, data)

    @needs(Right.MANAGE, "count_files")
    def count_files(self) -> int:
        """Return how many photo files there should be."""
        with self._db.reading() as session:
            return len(file_entries(session))

    @needs(Right.MANAGE, "check_database")
    def check_database(self) -> list[str]:
        """Return what is wrong with the database: its pages, its indexes, what dangles."""
        found = []
        with self._db.reading() as session:
            connection = session.connection()
            for check in CHECKS if connection.dialect.name == "sqlite" else ():
                try:
                    rows = connection.exec_driver_sql(f"PRAGMA {check}").all()
                except DBAPIError as error:
                    found.append(f"{check}: {cause(error)}")
                else:
                    found += [f"{check}: {row[0]}" for row in rows if row[0] != "ok"]
        return found

    @needs(Right.NONE, "schema")
    def schema(self) -> str:
        """Return the schema's version; opening the record brought it to the present one."""
        with self._db.reading() as session:
            return str(schema_of(session.connection())[0])

    @needs(Right.MANAGE, "note_backup")
    def set_last(self, made_at: datetime) -> None:
        """Keep when the record was last backed up."""
        try:
            with self._db.writing() as session:
                row = session.get(SettingRow, LAST) or SettingRow(name=LAST)
                row.value, row.changed_at = made_at.isoformat(), now()
                session.add(row)
                self._db.log(session, Action.EXPORTED, "backup", None)
        except NotWritableError:  # the backup is on another disk, and whole
            self._db.pending.settings[LAST] = made_at.isoformat()
            self._db.log_later(Action.EXPORTED, "backup", None)

    @needs(Right.NONE, "last_backup")
    def last(self) -> datetime | None:
        """Return when the record was last backed up."""
        with self._db.reading() as session:
            row = session.get(SettingRow, LAST)
            made_at = self._db.pending.settings.get(LAST) or (
                row and SETTINGS[LAST].usable(row.value)
            )
            return datetime.fromisoformat(made_at) if made_at else None

    def _opens(self, row: FileEntry) -> bool:
        try:
            return row.opens(self._db.files.read(row.id), self._db.keys)
        except RecordError:
            return False
