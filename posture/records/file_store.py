"""Where the record's files lie: a folder, or any address that fsspec knows, such as S3.

A target keeps bytes under names such as ``ab/abcd…``. Putting is atomic: after it, or after any
moment of it, the name holds all of the old bytes or all of the new ones.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from posture.files import make_private_folder, named, sync_folder, write_whole

PART_LIFE_S = 3600
"""What was not ended by then is of a killed write."""


class Target(Protocol):
    """A place for files. What cannot be done raises ``OSError``."""

    def where(self, name: str) -> str:
        """Return where a name lies, for messages."""

    def put(self, name: str, data: bytes) -> None:
        """Keep the bytes under a name, durably, whole or not at all."""

    def get(self, name: str) -> bytes:
        """Return the bytes of a name; ``FileNotFoundError`` where there are none."""

    def exists(self, name: str) -> bool:
        """Whether there are bytes under a name."""

    def delete(self, name: str) -> None:
        """Remove a name, if it is there."""

    def names(self, folder: str = "") -> list[str]:
        """Return the names in a folder and below it, in order."""

    def sweep(self) -> None:
        """Remove what killed writes left half-written, but nothing that may be under way."""


def open_target(address: str | Path) -> Target:
    """Return the target at a folder's path or at a URL such as ``s3://bucket/prefix``.

    Raises
    ------
    OSError
        When it cannot be reached, or the library for its kind is not installed.
    """
    if isinstance(address, Path):
        return Folder(address)
    if "://" not in address:
        return Folder(named(str(address)))
    if address.startswith("file://"):
        return Folder(Path(address.removeprefix("file://")))
    return Remote(address)


class Folder:
    """A target on this machine's disk: written aside, synced, then renamed into place."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._parts = root / "parts"
        with suppress(OSError):  # on a disk that is full or can only be read; writing will say so
            make_private_folder(self._parts)

    def where(self, name: str) -> str:
        """Return the path of a name."""
        return str(self._root / name)

    def put(self, name: str, data: bytes) -> None:
        """Keep the bytes under a name."""
        target = self._root / name
        if not target.parent.is_dir():
            make_private_folder(target.parent)
            sync_folder(target.parent.parent)
        write_whole(target, data, aside=self._parts)

    def get(self, name: str) -> bytes:
        """Return the bytes of a name."""
        return (self._root / name).read_bytes()

    def exists(self, name: str) -> bool:
        """Whether there are bytes under a name."""
        return (self._root / name).is_file()

    def delete(self, name: str) -> None:
        """Remove a name."""
        (self._root / name).unlink(missing_ok=True)

    def names(self, folder: str = "") -> list[str]:
        """Return the names in a folder and below it."""
        return sorted(
            path.relative_to(self._root).as_posix()
            for path in (self._root / folder).rglob("*")
            if path.is_file() and path.parent != self._parts
        )

    def sweep(self) -> None:
        """Remove old files written aside."""
        for part in list(self._parts.glob("*")):
            with suppress(FileNotFoundError):  # its writer was quicker
                if time.time() - part.stat().st_mtime > PART_LIFE_S:
                    part.unlink()


class Remote:
    """A target behind fsspec. An object store's put is atomic and durable by itself.

    Keys and endpoint come from the environment, as the store's own library reads them
    (``AWS_ACCESS_KEY_ID``, ``AWS_ENDPOINT_URL``, …) or as fsspec does (``FSSPEC_S3_…``).
    """

    def __init__(self, url: str) -> None:
        with _as_os_error(url):
            import fsspec

            # What other processes write must be seen at once: no cache of listings.
            self._files: Any
            self._files, root = fsspec.core.url_to_fs(
                url, use_listings_cache=False, skip_instance_cache=True
            )
            self._root = str(root).rstrip("/")
            self._url = url.rstrip("/")

    def where(self, name: str) -> str:
        """Return the URL of a name."""
        return f"{self._url}/{name}"

    def put(self, name: str, data: bytes) -> None:
        """Keep the bytes under a name."""
        with _as_os_error(self.where(name)):
            self._files.pipe_file(f"{self._root}/{name}", data)

    def get(self, name: str) -> bytes:
        """Return the bytes of a name."""
        with _as_os_error(self.where(name)):
            return bytes(self._files.cat_file(f"{self._root}/{name}"))

    def exists(self, name: str) -> bool:
        """Whether there are bytes under a name."""
        with _as_os_error(self.where(name)):
            try:
                # Not isfile(): it takes an unreachable store for one without the file.
                return bool(self._files.info(f"{self._root}/{name}")["type"] == "file")
            except FileNotFoundError:
                return False

    def delete(self, name: str) -> None:
        """Remove a name."""
        with _as_os_error(self.where(name)):
            try:
                self._files.rm_file(f"{self._root}/{name}")
            except FileNotFoundError:
                return

    def names(self, folder: str = "") -> list[str]:
        """Return the names in a folder and below it."""
        with _as_os_error(self.where(folder)):
            try:
                found = self._files.find(f"{self._root}/{folder}".rstrip("/"))
            except FileNotFoundError:
                return []
            return sorted(str(path)[len(self._root) + 1 :] for path in found)

    def sweep(self) -> None:
        """Remove nothing: an object store shows only whole objects."""


@contextmanager
def _as_os_error(where: str) -> Iterator[None]:
    """Turn whatever a remote's library raises into ``OSError``."""
    try:
        yield
    except FileNotFoundError as error:
        raise FileNotFoundError(f"{where}: {error}") from error
    except ImportError as error:
        raise OSError(
            f"{where} needs a library that is not installed ({error}). Install Plumbline with "
            "its clinic extra: pip install 'plumbline-posture[clinic]'"
        ) from error
    except Exception as error:  # each store's library has errors of its own
        raise OSError(f"{where}: {error}") from error
