"""What the database says of the sealed files, and whether their bytes fit."""

import hashlib
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from posture.records.file_encryption import ORIGINAL, DecryptionError, associated_data, decrypt
from posture.records.keys import Keys
from posture.records.tables import FileRow, PhotoRow


@dataclass(frozen=True)
class FileEntry:
    """What the database says of a sealed file."""

    id: str
    photo_id: str
    kind: str
    key: bytes = field(repr=False)
    sha256: str

    def given(self, data: bytes, keys: Keys) -> bytes | None:
        """Return what was given, out of these bytes; None where they are damaged."""
        try:
            given = decrypt(data, associated_data(self.photo_id, self.kind), self.key, keys)
        except DecryptionError:
            return None
        fits = self.kind != ORIGINAL or hashlib.sha256(given).hexdigest() == self.sha256
        return given if fits else None

    def opens(self, data: bytes, keys: Keys) -> bool:
        """Whether these bytes are what was sealed."""
        return self.given(data, keys) is not None


COLUMNS = (FileRow.id, FileRow.photo_id, FileRow.kind, FileRow.key, PhotoRow.sha256)


def file_of(session: Session, photo_id: str, kind: str) -> FileEntry | None:
    """Return what the database says of one file of a photo."""
    query = select(*COLUMNS).join(PhotoRow)
    row = session.execute(query.where(PhotoRow.id == photo_id, FileRow.kind == kind)).one_or_none()
    return None if row is None else FileEntry(*row)


def file_entries(session: Session) -> list[FileEntry]:
    """Return what the database says of all sealed files."""
    query = select(*COLUMNS).join(PhotoRow).order_by(FileRow.id)
    return [FileEntry(*row) for row in session.execute(query)]
