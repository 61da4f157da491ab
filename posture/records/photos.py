"""Photo files, kept as given under their own hash."""

import hashlib

from posture.records.target import Target
from posture.records.types import RecordError

JOURNALS = "saving"


class PhotoFiles:
    """Files named by their SHA-256, in a folder or an object store.

    ``announce`` leaves word of what a save is about to write, so that a save killed half-way can be
    cleared away.
    """

    def __init__(self, target: Target) -> None:
        self._target = target

    def write(self, data: bytes, sha256: str) -> None:
        """Keep the bytes under their hash; bytes already kept are not written again.

        Raises
        ------
        RecordError
            When the bytes do not have this hash.
        """
        if hashlib.sha256(data).hexdigest() != sha256:
            raise RecordError("The photo to be saved is not the one that was measured.")
        name = _name(sha256)
        if not self._target.exists(name):
            self._target.put(name, data)

    def read(self, sha256: str) -> bytes:
        """Return the bytes with this hash.

        Raises
        ------
        RecordError
            When the file is missing, was changed, or cannot be fetched.
        """
        name = _name(sha256)
        where = self._target.where(name)
        try:
            data = self._target.get(name)
        except FileNotFoundError:
            raise RecordError(
                f"The photo file {where} is missing. The measurements are still there; put the "
                "file back from a backup."
            ) from None
        except OSError as error:
            raise RecordError(
                f"The photo file {where} cannot be fetched: {error}. Check that the place where "
                "photos are kept can be reached, then try again."
            ) from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise RecordError(f"The photo file {where} is damaged. Put it back from a backup.")
        return data

    def announce(self, save_id: str, hashes: list[str]) -> None:
        """Leave word that a save is about to write these files."""
        self._target.put(f"{JOURNALS}/{save_id}", "\n".join(hashes).encode())

    def settled(self, save_id: str) -> None:
        """Take the word back: the save is through, or nothing of it is left."""
        self._target.delete(f"{JOURNALS}/{save_id}")

    def anything_left(self) -> bool:
        """Whether some save began to leave word and never took it back."""
        return self._target.litter() or bool(self._target.names(JOURNALS))

    def unfinished(self) -> dict[str, list[str]]:
        """Return the saves that left word and never took it back, with their files' hashes."""
        left = {}
        for name in self._target.names(JOURNALS):
            try:
                left[name.removeprefix(f"{JOURNALS}/")] = self._target.get(name).decode().split()
            except FileNotFoundError:  # settled in the meantime
                continue
        return left

    def remove(self, sha256: str) -> None:
        """Remove a file, if it is there."""
        self._target.delete(_name(sha256))

    def sweep_temporary(self) -> None:
        """Remove what killed writes left half-written. Only while no save is under way."""
        self._target.sweep()


def _name(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"
