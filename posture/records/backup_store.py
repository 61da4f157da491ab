"""The store's part for backups: copies of the database, sealed files, and when it was done."""

from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from posture.records.access import Right, needs
from posture.records.audit import Action
from posture.records.base import Base, cause
from posture.records.engine import schema_of, snapshot
from posture.records.file_checks import SealedFile, sealed_files
from posture.records.keys import Keys
from posture.records.pending_writes import Look
from posture.records.rows import now
from posture.records.settings_registry import SETTINGS
from posture.records.tables import SettingRow
from posture.records.types import RecordError
from posture.records.write_errors import NotWritableError
from posture.words import Message

LAST = "last_backup"
CHECKS = ("cipher_integrity_check", "integrity_check", "foreign_key_check")


class SafekeepingPart(Base):
    """The store's part for backups."""

    @property
    def keys(self) -> Keys:
        """What the record is encrypted under."""
        self.demand(Right.SECRETS, "keys")
        return self._keys

    @property
    def embedded(self) -> bool:
        """Whether the database is the embedded one, not a clinic's server."""
        return self._engine.dialect.name == "sqlite"

    @needs(Right.MANAGE)
    def snapshot(self, target: Path) -> None:
        """Copy the database as it is at this moment, encrypted."""
        if not self.embedded:
            raise RecordError(
                Message(
                    "A clinic's PostgreSQL database is backed up by its own means (pg_dump, or "
                    "the provider's), together with the object store: see docs/deployment.md."
                )
            )
        snapshot(self._engine, self._keys, target)

    @needs(Right.MANAGE)
    def sealed(self, name: str) -> bytes:
        """Return a photo's file as it is kept, sealed."""
        return self._files.read(name)

    @needs(Right.MANAGE)
    def broken_files(self) -> list[SealedFile]:
        """Return the photo files that are missing or do not open as what was given."""
        with self._reading() as session:
            rows = sealed_files(session)
        return [row for row in rows if not self._opens(row)]

    @needs(Right.MANAGE)
    def stray_files(self) -> list[str]:
        """Return the names of files that nothing refers to."""
        there = self._files.names()
        with self._reading() as session:
            known = {row.id for row in sealed_files(session)} | self._pending(session)
        return sorted(set(there) - known)

    @needs(Right.MANAGE)
    def put_back(self, file: SealedFile, data: bytes) -> None:
        """Put a missing or damaged photo file back, from a backup."""
        if not file.opens(data, self._keys):
            raise RecordError(Message("What was to be put back is not this photo's file."))
        self._files.write(file.id, data)

    @needs(Right.MANAGE)
    def count_files(self) -> int:
        """Return how many photo files there should be."""
        with self._reading() as session:
            return len(sealed_files(session))

    @needs(Right.MANAGE)
    def check_database(self) -> list[str]:
        """Return what is wrong with the database: its pages, its indexes, what dangles."""
        found = []
        with self._reading() as session:
            connection = session.connection()
            for check in CHECKS if connection.dialect.name == "sqlite" else ():
                try:
                    rows = connection.exec_driver_sql(f"PRAGMA {check}").all()
                except DBAPIError as error:
                    found.append(f"{check}: {cause(error)}")
                else:
                    found += [f"{check}: {row[0]}" for row in rows if row[0] != "ok"]
        return found

    @needs(Right.NONE)
    def schema(self) -> str:
        """Return the schema's version; opening the record brought it to the present one."""
        with self._reading() as session:
            return str(schema_of(session.connection())[0])

    @needs(Right.MANAGE)
    def note_backup(self, made_at: datetime) -> None:
        """Keep when the record was last backed up."""
        try:
            with self._writing() as session:
                row = session.get(SettingRow, LAST) or SettingRow(name=LAST)
                row.value, row.changed_at = made_at.isoformat(), now()
                session.add(row)
                self._log(session, Action.EXPORTED, "backup", None)
        except NotWritableError:  # the backup is on another disk, and whole
            self._waiting.settings[LAST] = made_at.isoformat()
            self._waiting.add_look(Look(now(), self.actor, Action.EXPORTED, "backup", None, {}))

    @needs(Right.NONE)
    def last_backup(self) -> datetime | None:
        """Return when the record was last backed up."""
        with self._reading() as session:
            row = session.get(SettingRow, LAST)
            made_at = self._waiting.settings.get(LAST) or (row and SETTINGS[LAST].usable(row.value))
            return datetime.fromisoformat(made_at) if made_at else None

    def _opens(self, row: SealedFile) -> bool:
        try:
            return row.opens(self._files.read(row.id), self._keys)
        except RecordError:
            return False
