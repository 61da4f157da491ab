"""Photo files, kept as given under their own hash."""

import hashlib
import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from posture.records.types import RecordError


class PhotoFiles:
    """A folder of files named by their SHA-256.

    Writing is atomic: a file is there whole or not at all. ``saving`` leaves word of what a save is
    about to write, so that a save killed half-way can be cleared away.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._journals = folder / "saving"
        self._journals.mkdir(parents=True, exist_ok=True)

    def path(self, sha256: str) -> Path:
        """Return where the file with this hash is kept."""
        return self._folder / sha256[:2] / sha256

    def write(self, data: bytes, sha256: str) -> None:
        """Keep the bytes under their hash; bytes already kept are not written again.

        Raises
        ------
        RecordError
            When the bytes do not have this hash.
        """
        if hashlib.sha256(data).hexdigest() != sha256:
            raise RecordError("The photo to be saved is not the one that was measured.")
        target = self.path(sha256)
        if not target.exists():
            target.parent.mkdir(exist_ok=True)
            self._write_whole(target, data)

    def read(self, sha256: str) -> bytes:
        """Return the bytes with this hash.

        Raises
        ------
        RecordError
            When the file is missing or was changed.
        """
        path = self.path(sha256)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            raise RecordError(
                f"The photo file {path} is missing. The measurements are still there; put the "
                "file back from a backup."
            ) from None
        if hashlib.sha256(data).hexdigest() != sha256:
            raise RecordError(f"The photo file {path} is damaged. Put it back from a backup.")
        return data

    def announce(self, save_id: str, hashes: list[str]) -> None:
        """Leave word that a save is about to write these files."""
        self._write_whole(self._journals / save_id, "\n".join(hashes).encode())

    def settled(self, save_id: str) -> None:
        """Take the word back: the save is through, or nothing of it is left."""
        (self._journals / save_id).unlink(missing_ok=True)

    def anything_left(self) -> bool:
        """Whether some save began to leave word and never took it back."""
        return any(self._journals.iterdir())

    def unfinished(self) -> dict[str, list[str]]:
        """Return the saves that left word and never took it back, with their files' hashes."""
        return {
            journal.name: journal.read_text().split()
            for journal in self._journals.iterdir()
            if not journal.name.startswith(".")
        }

    def remove(self, sha256: str) -> None:
        """Remove a file, if it is there."""
        self.path(sha256).unlink(missing_ok=True)

    def sweep_temporary(self) -> None:
        """Remove what killed writes left half-written. Only while no save is under way."""
        for left in list(self._folder.glob("*/.part-*")):
            left.unlink(missing_ok=True)

    @staticmethod
    def _write_whole(target: Path, data: bytes) -> None:
        with NamedTemporaryFile(dir=target.parent, prefix=".part-", delete=False) as file:
            part = Path(file.name)
            try:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            except BaseException:
                file.close()
                part.unlink(missing_ok=True)
                raise
        part.replace(target)
        _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    """Make a new name in a folder last through a power cut, where the platform can."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows opens no folders
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
