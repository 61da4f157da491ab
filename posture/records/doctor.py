"""What is wrong with a record and the program on this machine, and how to mend each finding."""

import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from posture.errors import PostureError
from posture.files import readable_by_others
from posture.records import Store
from posture.records.bundled_libraries import no_longer_mended
from posture.records.clock import lies_ahead
from posture.records.engine import BEFORE
from posture.records.home import DATABASE
from posture.records.keys import FILE as KEY_FILE
from posture.records.keys import KeyFile, Keys
from posture.records.schedule import FOLDER, SUFFIX
from posture.records.synced_folders import synced_by

RECENT = timedelta(days=7)
MADE = (
    KEY_FILE,
    f"{DATABASE}*",
    f"{BEFORE}/*.db",
    f"replaced-*/{KEY_FILE}",
    f"replaced-*/{DATABASE}",
)
"""What nobody else has to read, even in a folder that lets others in."""

LEAST_FREE = 1024**3
REPLACE = "posture restore BACKUP --replace puts the last whole state in its place."


class Grade(StrEnum):
    """How much a finding matters."""

    GOOD = "good"
    CARE = "care"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    """What one check found; ``mend`` says what to do where it is not good."""

    check: str
    grade: Grade
    found: str
    mend: str = ""


def examine(home: Path, keys: Keys) -> Iterator[Finding]:
    """Yield what each check finds, the record's first."""
    yield _key_file(home)
    made = [path for name in MADE for path in home.glob(name)]
    yield from _seen_by_others("key files", made, home)  # opening the record closes most of them
    try:
        store = Store.open(home, keys)
    except PostureError as error:
        yield Finding("record", Grade.BAD, str(error), REPLACE)
    else:
        try:
            for check in (_database, _photos, _backup, _backup_folder, _settings):
                try:
                    yield from check(store)
                except PostureError as error:  # what a damaged database cannot answer
                    yield Finding(check.__name__.strip("_"), Grade.BAD, str(error), REPLACE)
        finally:
            store.close()
    yield _plain(home)
    yield _folder(home)
    if service := synced_by(home):
        yield Finding(
            "folder", Grade.CARE, f"{home} seems to be copied elsewhere by {service}",
            "A copying program may damage an open database, and patients erased here stay in the "
            "copies kept there. Move the folder (POSTURE_HOME names it), and make backups.",
        )  # fmt: skip
    yield _disk(home)
    yield _models()
    yield from _wheels()


def _key_file(home: Path) -> Finding:
    try:
        printed = KeyFile(home).has_recovery_key()
    except PostureError as error:
        return Finding("key file", Grade.BAD, str(error), "Put key.json back from a backup.")
    if not printed:
        return Finding(
            "key file", Grade.CARE, "there is no recovery key: a forgotten passphrase is final",
            "posture recovery-key makes one; print it.",
        )  # fmt: skip
    return Finding("key file", Grade.GOOD, "opened by the passphrase; a recovery key was made")


def _database(store: Store) -> Iterator[Finding]:
    broken = store.backups.check_database()
    if broken:
        yield Finding(
            "database", Grade.BAD, f"{len(broken)} faults, the first: {broken[0]}", REPLACE,
        )  # fmt: skip
    else:
        yield Finding("database", Grade.GOOD, "every page is as it was written; nothing dangles")
    yield Finding("schema", Grade.GOOD, f"{store.backups.schema()}, the present one")


def _photos(store: Store) -> Iterator[Finding]:
    broken = store.backups.broken_files()
    if broken:
        names = ", ".join(file.id for file in broken[:3]) + (" …" if len(broken) > 3 else "")
        yield Finding(
            "photos", Grade.BAD, f"{len(broken)} files are missing or damaged: {names}",
            "posture restore BACKUP --photos-only takes them out of a backup.",
        )  # fmt: skip
    else:
        yield Finding(
            "photos", Grade.GOOD, f"all {store.backups.count_files()} open and fit their hashes"
        )
    if strays := store.backups.stray_files():
        yield Finding(
            "stray files", Grade.CARE, f"{len(strays)} files belong to no photo: {strays[0]} …",
            "They are encrypted and open with no key. What a killed save left goes an hour "
            "later by itself; others may be deleted.",
        )  # fmt: skip


def _backup(store: Store) -> Iterator[Finding]:
    last = store.backups.last()
    if last is not None and lies_ahead(last, datetime.now(UTC)):
        yield Finding(
            "backup", Grade.CARE,
            f"the last is dated {last.astimezone():%Y-%m-%d}, a day to come: it does not count",
            "Set this computer's clock right, then posture backup FILE.",
        )  # fmt: skip
    elif last is None or datetime.now(UTC) - last > RECENT:
        when = f"last on {last.astimezone():%Y-%m-%d}" if last else "never"
        yield Finding(
            "backup", Grade.CARE, f"the record was backed up: {when}",
            "posture backup FILE, on another disk; the page Backup does it every day.",
        )  # fmt: skip
    else:
        yield Finding("backup", Grade.GOOD, f"last on {last.astimezone():%Y-%m-%d %H:%M}")


def _backup_folder(store: Store) -> Iterator[Finding]:
    named = store.settings.get(FOLDER)
    if not named:
        return
    folder = Path(named)
    yield from _seen_by_others("backup files", folder.glob(f"*{SUFFIX}"), folder)
    if service := synced_by(folder):
        yield Finding(
            "backup folder", Grade.CARE, f"{folder} seems to be copied elsewhere by {service}",
            "Backups are encrypted, but whoever has that account can guess the passphrase at "
            "leisure, and patients erased here stay in the copies kept there. Take a disk of "
            "your own.",
        )  # fmt: skip


def _settings(store: Store) -> Iterator[Finding]:
    for name, wrong in store.settings.invalid().items():
        yield Finding(
            "settings", Grade.CARE, f"{name} is not used: {wrong}", "Set it anew under Practice.",
        )  # fmt: skip


def _plain(home: Path) -> Finding:
    from posture.records.first_encryption import PLAIN, has_plain

    if has_plain(home):
        return Finding(
            "encryption", Grade.BAD, f"{PLAIN} of an older version is there, not encrypted",
            "Open the record once: it encrypts what is left, or says why it does not.",
        )  # fmt: skip
    return Finding("encryption", Grade.GOOD, "nothing of the record is on the disk in the clear")


def _folder(home: Path) -> Finding:
    if os.name == "posix" and home.stat().st_mode & 0o077:
        return Finding(
            "folder", Grade.CARE, f"other users of this computer can look into {home}",
            f"chmod 700 {home}",
        )  # fmt: skip
    return Finding("folder", Grade.GOOD, "only you can look into it")


def _seen_by_others(check: str, files: Iterable[Path], folder: Path) -> Iterator[Finding]:
    """Yield what others than its owner may read; nothing where all is as it should be."""
    found = sorted(path.relative_to(folder).as_posix() for path in files if _readable(path))
    if found:
        names = ", ".join(found[:3]) + (" …" if len(found) > 3 else "")
        yield Finding(
            check, Grade.CARE, f"other users of this computer can read {names} in {folder}",
            f"chmod -R go= {folder}",
        )  # fmt: skip


def _readable(path: Path) -> bool:
    try:
        return readable_by_others(path)
    except OSError:  # a journal may go meanwhile
        return False


def _disk(home: Path) -> Finding:
    free = shutil.disk_usage(home).free
    size = (home / DATABASE).stat().st_size if (home / DATABASE).exists() else 0
    room = f"{free / 1024**3:.1f} GiB free"
    if free < max(LEAST_FREE, 2 * size):
        return Finding("disk", Grade.BAD, room, "Make room, or move the folder to another disk.")
    return Finding("disk", Grade.GOOD, room)


def _models() -> Finding:
    from posture.pose.models import Model, find_bundle

    try:
        names = [find_bundle(model).path.name for model in Model]
    except PostureError as error:
        return Finding("models", Grade.BAD, str(error), "Install the program anew.")
    return Finding("models", Grade.GOOD, f"{', '.join(names)} fit their checksums")


def _wheels() -> Iterator[Finding]:
    for one in no_longer_mended(date.today()):  # noqa: DTZ011 - a day of this computer
        yield Finding(
            "libraries", Grade.CARE,
            f"{one.wheel} carries {one.library}, which its makers mend no longer since {one.ended}",
            "A newer version of the program may bring a newer one; SECURITY.md says what it is "
            "used for.",
        )  # fmt: skip
