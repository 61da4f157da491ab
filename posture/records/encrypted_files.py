"""The sealed files' place. What is in them, and whose they are, only the database knows."""

from posture.records.file_store import Target
from posture.records.types import RecordError
from posture.words import Message


class EncryptedFiles:
    """Files by random names, in a folder or an object store, never changed once written."""

    def __init__(self, target: Target) -> None:
        self._target = target

    def where(self, name: str) -> str:
        """Return where a file lies, for messages."""
        return self._target.where(_place(name))

    def write(self, name: str, data: bytes) -> None:
        """Keep the bytes under this name; ``OSError`` where that cannot be done."""
        self._target.put(_place(name), data)

    def read(self, name: str) -> bytes:
        """Return the bytes of this name.

        Raises
        ------
        RecordError
            When the file is missing or cannot be fetched.
        """
        try:
            return self._target.get(_place(name))
        except FileNotFoundError:
            raise RecordError(
                Message(
                    "The photo file {where} is missing. The measurements are still there; put "
                    "the file back from a backup.",
                    where=self.where(name),
                )
            ) from None
        except OSError as error:
            raise RecordError(
                Message(
                    "The photo file {where} cannot be read: {error}. Check that the photo storage"
                    " can be reached, then try again.",
                    where=self.where(name),
                    error=error,
                )
            ) from error

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        self._target.delete(_place(name))

    def names(self) -> list[str]:
        """Return the names of all files that are there."""
        return [place.rpartition("/")[2] for place in self._target.names()]

    def reach(self) -> None:
        """Raise ``OSError`` when the place cannot be reached."""
        self._target.exists("reach")

    def sweep(self) -> None:
        """Remove what killed writes left half-written, but nothing that may be under way."""
        self._target.sweep()


def _place(name: str) -> str:
    return f"{name[:2]}/{name}"
