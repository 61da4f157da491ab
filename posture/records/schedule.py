"""Backups that make themselves, once a day, and the older ones that go."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from posture.errors import PostureError
from posture.files import is_folder
from posture.records.backups import Report, back_up
from posture.records.clock import passed
from posture.records.keys import KeyFile
from posture.records.store import Store
from posture.records.types import RecordError
from posture.words import Message

FOLDER = "backup_folder"
FAILED = "backup_failed"
EVERY = timedelta(days=1)
RECENT = timedelta(days=7)
LOOK_EVERY_S = 600.0
KEEP = (("%Y-%m-%d", 7), ("%G-%V", 4), ("%Y-%m", 12))
"""The newest of so many days, weeks and months stay."""

STAMP = "%Y%m%d-%H%M%S"
SUFFIX = ".plumbline"
log = logging.getLogger(__name__)


def overdue(store: Store) -> bool:
    """Whether the record was not backed up for a while."""
    last = passed(store.backups.last(), datetime.now(UTC))
    return last is None or datetime.now(UTC) - last > RECENT


def back_up_into(store: Store, folder: Path) -> Report:
    """Write a backup into a folder and let the older ones of this record go.

    Raises
    ------
    RecordError
        When the folder is not there, as when a disk is not plugged in, or the backup fails.
    """
    if not is_folder(folder):
        raise RecordError(
            Message(
                "The backup folder {folder} does not exist. Is its disk connected?",
                folder=folder,
            )
        )
    ours = f"plumbline-{KeyFile(store.home).record_id()[:8]}-"
    report = back_up(store, folder / f"{ours}{datetime.now(UTC).strftime(STAMP)}{SUFFIX}")
    if not report.damaged:  # otherwise an older one may be the last that is whole
        remove_old(folder, ours)
    return report


def remove_old(folder: Path, ours: str) -> None:
    """Remove backups of this record but the newest of each of the last days, weeks and months.

    One whose name has a day to come is left alone, and takes no other's place.
    """
    made = {}
    now = datetime.now(UTC)
    for path in folder.glob(f"{ours}*{SUFFIX}"):
        with suppress(ValueError):  # not a name that we give
            stamp = path.name.removeprefix(ours).removesuffix(SUFFIX)
            when = datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)
            if passed(when, now) is not None:
                made[when] = path
    keep = set()
    for period, count in KEEP:
        newest = {when.strftime(period): when for when in sorted(made)}
        keep |= set(sorted(newest.values())[-count:])
    for when in made.keys() - keep:
        made[when].unlink(missing_ok=True)


def look(store: Store) -> None:
    """Back up if it is time; what went wrong is kept for the page that shows it."""
    folder = store.settings.get(FOLDER)
    last = passed(store.backups.last(), datetime.now(UTC))
    if not folder or (last is not None and datetime.now(UTC) - last < EVERY):
        return
    try:
        back_up_into(store, Path(folder))
    except PostureError as error:
        store.settings.save(FAILED, str(error))
    else:
        if store.settings.get(FAILED):
            store.settings.save(FAILED, None)


def start(store: Callable[[], Store]) -> threading.Thread:
    """Look from time to time, as long as the process lives; ``store`` raises while it is shut."""

    def run() -> None:
        while True:
            try:
                look(store())
            except PostureError:  # shut, or busy: the next look may find it open
                pass
            except Exception as error:  # and none must be the last
                log.warning("No backup could be made: %s", type(error).__name__)
            time.sleep(LOOK_EVERY_S)

    thread = threading.Thread(target=run, name="backups", daemon=True)
    thread.start()
    return thread
