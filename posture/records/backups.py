"""One file that holds the whole record, encrypted as it is on the disk, and read back.

A backup is a tar of what is encrypted already: the database as it was at one moment, the photo
files, and the key file of that day, whose passphrase or recovery key opens it. A manifest, keyed
by the record's keys, says what has to be in it.
"""

import hashlib
import hmac
import json
import os
import shutil
import stat
import tarfile
import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from posture.errors import FileError
from posture.files import (
    PART,
    is_file,
    kind_of,
    make_private,
    make_private_folder,
    sync_file,
    sync_folder,
    write_private,
)
from posture.records.engine import engine_of, schema_of
from posture.records.file_checks import FileEntry, file_entries
from posture.records.file_encryption import ORIGINAL
from posture.records.file_store import PART_LIFE_S
from posture.records.home import DATABASE
from posture.records.keys import FILE as KEY_FILE
from posture.records.keys import KeyFile, Keys
from posture.records.store import Store
from posture.records.types import RecordError
from posture.words import Message

MANIFEST = "manifest.json"
PHOTOS = "photos/"
FORMAT = 1


@dataclass
class Report:
    """What is in a backup; ``damaged`` are photo files that were missing or damaged before."""

    made_at: datetime
    photos: int = 0
    size: int = 0
    damaged: list[str] = field(default_factory=list)


def back_up(store: Store, target: Path) -> Report:
    """Write the record, which may be in use, to a file, and read it back.

    Raises
    ------
    RecordError
        When it could not be written or does not read back. A file of that name is then as before.
    """
    try:
        mode = kind_of(target)
    except FileError as error:
        raise RecordError(error.message) from None
    if mode is not None and not stat.S_ISREG(mode):
        raise RecordError(
            Message(
                "{target} is not a file. A backup needs a file, because it is read back.",
                target=target,
            )
        )
    target = Path(os.path.realpath(target))
    _sweep(target.parent)
    try:
        with TemporaryDirectory(dir=target.parent, prefix=PART) as folder:
            part = Path(folder) / "backup"
            report = _write(store, part, Path(folder) / DATABASE)
            verify(part, store.keys, allowed=report.damaged)
            report.size = part.stat().st_size
            sync_file(part)
            part.replace(target)
        sync_folder(target.parent)
    except (OSError, DBAPIError, tarfile.TarError) as error:
        raise RecordError(
            Message(
                "The backup {target} could not be written: {cause}. Nothing was changed. Check "
                "that the folder exists and has room, then try again.",
                target=target,
                cause=getattr(error, "strerror", "") or error,
            )
        ) from error
    store.backups.set_last(report.made_at)
    return report


def _write(store: Store, part: Path, snapshot: Path) -> Report:
    report = Report(datetime.now(UTC))
    store.backups.snapshot(snapshot)
    sums: dict[str, str] = {}
    make_private(part)
    with tarfile.open(part, "w") as tar:

        def add(name: str, data: bytes) -> None:
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, BytesIO(data))
            sums[name] = hashlib.sha256(data).hexdigest()

        add(KEY_FILE, (store.home / KEY_FILE).read_bytes())
        with snapshot.open("rb") as file:
            sums[DATABASE] = hashlib.file_digest(file, "sha256").hexdigest()
        tar.add(snapshot, DATABASE, filter=_nameless)
        own_fields = store.home / "sot.toml"
        if own_fields.exists():
            add(own_fields.name, own_fields.read_bytes())
        for row in _files_of(snapshot, store.keys):
            try:
                data = store.backups.encrypted_file(row.id)
            except RecordError:
                report.damaged.append(row.id)
                continue
            add(PHOTOS + row.id, data)
            report.photos += row.kind == ORIGINAL
            if not row.opens(data, store.keys):
                report.damaged.append(row.id)
        manifest = {"format": FORMAT, "made_at": report.made_at.isoformat(), "sums": sums}
        add(MANIFEST, _sealed_manifest(manifest, store.keys))
    return report


def _sweep(folder: Path) -> None:
    """Remove what a killed backup left half-written."""
    for part in folder.glob(f"{PART}*"):
        if part.is_dir() and time.time() - part.stat().st_mtime > PART_LIFE_S:
            shutil.rmtree(part, ignore_errors=True)


def keys_of(backup: Path, secret: str) -> Keys:
    """Return the keys of a backup for the passphrase of its day, or its recovery key."""
    with TemporaryDirectory() as folder, _opened(backup) as tar:
        home = Path(folder)
        write_private(home / KEY_FILE, _member(tar, KEY_FILE))
        return KeyFile(home).open(secret)


def verify(backup: Path, keys: Keys, allowed: Iterable[str] = ()) -> Report:
    """Read a backup back: every file against its sum, every photo against its hash.

    Raises
    ------
    RecordError
        When it is not whole; ``allowed`` are photo files that may be damaged or missing.
    """
    with TemporaryDirectory(dir=backup.absolute().parent, prefix=PART) as folder:
        return unpack(backup, Path(folder), keys, allowed=allowed, keep_photos=False)


def unpack(
    backup: Path,
    folder: Path,
    keys: Keys,
    *,
    allowed: Iterable[str] = (),
    keep_photos: bool = True,
) -> Report:
    """Unpack a backup into an empty folder, verifying everything on the way."""
    with _opened(backup) as tar:
        told = _member(tar, MANIFEST)
        try:
            content = json.loads(told)
        except (ValueError, RecursionError):
            content = {}
        content = content if isinstance(content, dict) else {}
        if not content or not hmac.compare_digest(_sealed_manifest(content, keys), told):
            raise _broken(backup, f"its {MANIFEST} was changed")
        if content["format"] > FORMAT:
            raise _broken(backup, "a newer version of the program wrote it: install that one")
        report = Report(datetime.fromisoformat(content["made_at"]), size=backup.stat().st_size)
        sums: dict[str, str] = content["sums"]
        for name in (KEY_FILE, DATABASE, "sot.toml"):
            if name in sums or name != "sot.toml":
                data = _checked(backup, tar, name, sums)
                write_private(folder / name, data)
        bad = []
        for row in _files_of(folder / DATABASE, keys):
            name = PHOTOS + row.id
            if name not in sums:
                bad.append(row.id)
                continue
            data = _checked(backup, tar, name, sums)
            if not row.opens(data, keys):
                bad.append(row.id)
            report.photos += row.kind == ORIGINAL
            if keep_photos:
                place = folder / "photos" / row.id[:2] / row.id
                make_private_folder(place.parent)
                write_private(place, data)
                sync_file(place)
    known = set(allowed)
    if keep_photos:
        report.damaged = bad  # a restore takes what is there, and tells
    elif not set(bad) <= known:
        raise _broken(backup, f"{len(set(bad) - known)} photo files in it do not open")
    for name in (KEY_FILE, DATABASE):
        sync_file(folder / name)
    return report


def check(backup: Path) -> None:
    """Refuse a file that is no backup at all."""
    with _opened(backup) as tar:
        _member(tar, MANIFEST)


def photo_of(backup: Path, name: str) -> bytes | None:
    """Return a photo file out of a backup, sealed as it is."""
    with _opened(backup) as tar:
        try:
            return _member(tar, PHOTOS + name)
        except RecordError:
            return None


def _files_of(database: Path, keys: Keys) -> list[FileEntry]:
    engine = engine_of(database, keys, readonly=True)
    try:
        with engine.connect() as connection, Session(connection) as session:
            schema_of(connection)  # refuses what a newer version wrote
            if found := connection.exec_driver_sql("PRAGMA cipher_integrity_check").all():
                raise RecordError(
                    Message("The database in the backup is damaged: {fault}.", fault=found[0][0])
                )
            return file_entries(session)
    except DBAPIError as error:
        raise RecordError(
            Message("The database in the backup cannot be read: {cause}.", cause=error.orig)
        ) from error
    finally:
        engine.dispose()


def _opened(backup: Path) -> Any:
    try:
        if not is_file(backup):  # a device or a pipe may have no end
            raise RecordError(Message("There is no file {backup}. Name the backup.", backup=backup))
        return closing(tarfile.open(backup, "r:"))  # never a packed one: it may unpack to anything
    except (OSError, ValueError, tarfile.TarError) as error:
        raise RecordError(
            Message(
                "{backup} cannot be read as a backup ({error}). Use another one.",
                backup=backup,
                error=error,
            )
        ) from error


def _member(tar: tarfile.TarFile, name: str) -> bytes:
    try:
        entry = tar.getmember(name)
        if entry.issparse():  # of any size, though nothing is in it
            raise tarfile.ReadError
        file = tar.extractfile(entry)
        return file.read() if file else b""
    except (KeyError, OSError, tarfile.TarError) as error:
        raise RecordError(
            Message(
                "{backup} is not a complete backup: {member} is missing. Use another one.",
                backup=tar.name,
                member=name,
            )
        ) from error


def _checked(backup: Path, tar: tarfile.TarFile, name: str, sums: dict[str, str]) -> bytes:
    data = _member(tar, name)
    if hashlib.sha256(data).hexdigest() != sums.get(name):
        raise _broken(backup, f"{name} in it is damaged")
    return data


def _broken(backup: Path, why: str) -> RecordError:
    return RecordError(
        Message(
            "The backup {backup} cannot be used: {why}. Use another one.", backup=backup, why=why
        )
    )


def _sealed_manifest(content: dict[str, Any], keys: Keys) -> bytes:
    told = {name: value for name, value in content.items() if name != "mac"}
    text = json.dumps(told, sort_keys=True).encode()
    mac = hmac.new(keys.purpose("backup"), text, hashlib.sha256).hexdigest()
    return json.dumps({**told, "mac": mac}, sort_keys=True).encode()


def _nameless(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uname = entry.gname = ""
    entry.uid = entry.gid = entry.mtime = 0
    return entry
