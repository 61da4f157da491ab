"""Writing files so that they are there whole or not at all."""

import os
from pathlib import Path
from tempfile import NamedTemporaryFile

PART = ".part-"
"""How names of half-written files begin."""


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
