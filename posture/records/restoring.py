"""Putting a backup in the place of a record. Killed on the way, the next opening goes on."""

import re
import shutil
from datetime import datetime
from itertools import count
from pathlib import Path

from posture.files import make_private_folder, sync_folder, write_whole
from posture.records.backups import Report, check, photo_of, unpack
from posture.records.home import DATABASE
from posture.records.in_use import alone
from posture.records.keys import FILE as KEY_FILE
from posture.records.keys import Keys
from posture.records.store import Store
from posture.records.types import RecordError
from posture.words import Message

ASIDE = "restoring"
REPLACED = re.compile(r"replaced-[0-9A-Za-z_-]+")
MARK = "restoring.to"
"""Once this file is there, everything is unpacked and only has to be moved."""


def restore(backup: Path, home: Path, keys: Keys, *, replace: bool = False) -> Report:
    """Put a backup in the place of the record of a data folder.

    The record that was there is kept beside, in a folder ``replaced-…``.

    Raises
    ------
    RecordError
        When the backup is not whole, a record is there and was not to be replaced, or it is open.
    """
    if (home / DATABASE).exists() and not replace:
        raise RecordError(
            Message(
                "There is a record in {home} already. With --replace it is put aside, into a "
                "folder beside the restored one; nothing is deleted.",
                home=home,
            )
        )
    make_private_folder(home)
    try:
        with alone(home):
            finish(home)
            folder = home / ASIDE
            shutil.rmtree(folder, ignore_errors=True)
            make_private_folder(folder)
            report = unpack(backup, folder, keys)
            write_whole(home / MARK, _new_name(home).encode())
            finish(home)
    except OSError as error:
        raise RecordError(
            Message(
                "The backup could not be restored: {cause}. The record is unchanged. Check the "
                "disk, then try again.",
                cause=error.strerror or error,
            )
        ) from error
    return report


def _new_name(home: Path) -> str:
    """Return a name for the folder of what is replaced; two may be replaced in one second."""
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")  # noqa: DTZ005 - a name for people
    name = f"replaced-{stamp}"
    again = count(2)
    while (home / name).exists():
        name = f"replaced-{stamp}-{next(again)}"
    return name


def finish(home: Path) -> None:
    """Go on with a restoring that was interrupted, if there is one."""
    mark = home / MARK
    if not mark.exists():
        return
    old = home / _named(mark)
    make_private_folder(old)
    aside = home / ASIDE
    for name in (f"{DATABASE}-wal", f"{DATABASE}-shm"):
        _move(home / name, old / name)
    for name in (DATABASE, KEY_FILE, "photos", "sot.toml"):
        if (aside / name).exists():
            _move(home / name, old / name)
            _move(aside / name, home / name)
    sync_folder(home)
    shutil.rmtree(aside, ignore_errors=True)
    if not any(old.iterdir()):
        old.rmdir()
    mark.unlink()


def _named(mark: Path) -> str:
    """Return the folder's name that a mark holds."""
    try:
        name = mark.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        name = ""
    if not REPLACED.fullmatch(name):
        raise RecordError(
            Message(
                "{mark} cannot be read. It is there while a backup is put in the place of the "
                "record. Nothing was changed. Remove it, then restore the backup again (posture "
                "restore BACKUP --replace) if that was under way.",
                mark=mark,
            )
        )
    return name


def finish_restore(home: Path) -> None:
    """Go on with a restoring that was killed, before the record is opened."""
    if (home / MARK).exists():
        with alone(home):
            finish(home)


def _move(given: Path, to: Path) -> None:
    if given.exists() and not to.exists():
        given.rename(to)


def mend_photos(backup: Path, store: Store) -> tuple[int, int]:
    """Take missing and damaged photo files out of a backup; return how many, and how many not."""
    check(backup)
    mended = left = 0
    for file in store.backups.broken_files():
        data = photo_of(backup, file.id)
        if data is not None and file.opens(data, store.keys):
            store.backups.put_back(file, data)
            mended += 1
        else:
            left += 1
    return mended, left
