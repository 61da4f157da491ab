"""Writing files so that they are there whole or not at all, and for their owner only."""

import os
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

PART = ".part-"
"""How names of half-written files begin."""

PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700


def write_whole(target: Path, data: bytes, aside: Path | None = None) -> None:
    """Write a file, or replace it, in one step that lasts through a power cut.

    ``aside`` is the folder it is first written to, on the same disk.
    """
    with NamedTemporaryFile(dir=aside or target.parent, prefix=PART, delete=False) as file:
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
    sync_folder(target.parent)


def write_private(target: Path, data: bytes) -> None:
    """Write a new file that only its owner can read."""
    make_private(target)
    target.write_bytes(data)


def make_private(path: Path) -> None:
    """Let only its owner read and write a file, made here where it is missing."""
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, PRIVATE_FILE))
    narrow(path)


def make_private_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, into which only its owner can look."""
    if not folder.is_dir():
        make_private_folder(folder.parent)
        folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)


def readable_by_others(path: Path) -> bool:
    """Whether other users of this computer may read a file or look into a folder."""
    return os.name == "posix" and bool(path.stat().st_mode & 0o077)


def narrow(path: Path) -> None:
    """Let only its owner into a file or folder that is there, where that can be had."""
    with suppress(OSError):  # somebody else's, or a disk without such modes: posture doctor tells
        if readable_by_others(path):
            path.chmod(PRIVATE_FOLDER if path.is_dir() else PRIVATE_FILE)


def read_small(path: Path, most: int) -> bytes:
    """Return the bytes of an ordinary file of at most so many.

    Raises
    ------
    OSError
        When it is a folder, a device or a pipe, or cannot be read.
    ValueError
        When there are more bytes.
    """
    if path.exists() and not path.is_file():
        raise IsADirectoryError(path)
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise ValueError(path)
    return data


def sync_folder(folder: Path) -> None:
    """Make a folder's new names last through a power cut, where the platform can."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows opens no folders
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_file(path: Path) -> None:
    """Make a written file's bytes last through a power cut."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
