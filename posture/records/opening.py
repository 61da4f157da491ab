"""Opening a data folder's database: its files, its keys, and what an earlier run left undone."""

from contextlib import nullcontext, suppress
from functools import partial
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from posture.files import make_private_folder, narrow
from posture.records.database import Database, cause
from posture.records.encrypted_files import EncryptedFiles
from posture.records.engine import BEFORE, PATIENCE_S, open_engine
from posture.records.erasure import finish_scrub
from posture.records.file_store import open_target
from posture.records.home import DATABASE, database_address, photos_address
from posture.records.in_use import InUse
from posture.records.keys import FILE as KEY_FILE
from posture.records.keys import LINE, Keys
from posture.records.pending_writes import PendingWrites
from posture.records.photo_filing import PhotoFiling
from posture.records.secrets import Secrets
from posture.records.types import RecordError
from posture.records.write_errors import NotWritableError
from posture.records.write_queue import FILE as WRITERS
from posture.records.write_queue import write_queue
from posture.words import Message

MADE = (
    KEY_FILE,
    LINE,
    WRITERS,
    f"{DATABASE}*",
    "photos",
    "photos/*",
    BEFORE,
    f"{BEFORE}/*",
    "replaced-*",
)
"""What earlier versions may have made for others to read."""


def open_database(home: Path, keys: Keys, pending: PendingWrites | None = None) -> Database:
    """Open a data folder's database, in the name of whoever holds the passphrase.

    What a killed save or an interrupted erasure left behind is cleared away.

    Parameters
    ----------
    home : Path
        The data folder, made if missing.
    keys : Keys
        What its key file gave.
    pending : PendingWrites, optional
        What this process could not write when it had the record open before.

    Raises
    ------
    RecordError
        When the folder or the database cannot be opened.
    """
    try:
        make_private_folder(home)
        for pattern in MADE:
            for path in home.glob(pattern):
                narrow(path)
        in_use = InUse(home)
    except OSError as error:
        raise _not_opened(home, error) from error
    try:
        files = EncryptedFiles(open_target(photos_address(home)))
        engine = open_engine(home, keys)
        database = Database(
            home=home,
            engine=engine,
            files=files,
            keys=keys,
            # A clinic's server lets its clients wait for each other itself.
            turns=partial(write_queue(home).turn, PATIENCE_S)
            if engine.dialect.name == "sqlite"
            else nullcontext,
            in_use=in_use,
            pending=pending if pending is not None else PendingWrites(),
        )
        _check_keys(database)
        with suppress(NotWritableError):  # a later opening finds it writable again
            PhotoFiling(database).clear_killed_saves()
            finish_scrub(database)
    except BaseException as error:
        in_use.close()
        if isinstance(error, (OSError, DBAPIError)):
            raise _not_opened(home, error) from error
        raise
    return database


def _check_keys(database: Database) -> None:
    """Refuse keys that are not this record's: what they encrypt nobody else could open."""
    mine = database.keys.purpose("recognition").hex()
    if Secrets(database).get("keys", lambda: mine) != mine:
        raise RecordError(
            Message(
                "The keys in {path} do not belong to this record. Replace the file with the "
                "clinic's key.json: every machine of a clinic uses the same one.",
                path=database.home / KEY_FILE,
            )
        )


def _not_opened(home: Path, error: Exception) -> RecordError:
    if "not a database" in str(error):
        return RecordError(
            Message(
                "The database in {home} does not open with the keys of its key file, or its "
                "beginning is damaged. Put both back from a backup (posture restore).",
                home=home,
            )
        )
    if "malformed" in str(error):
        return RecordError(
            Message(
                "The database in {home} is damaged or truncated: {cause}. Put it back from a "
                "backup (posture restore).",
                home=home,
                cause=cause(error),
            )
        )
    if database_address():
        return RecordError(
            Message(
                "The clinic's record cannot be opened: {cause}. Check that the database "
                "(POSTURE_DATABASE_URL) and the photo storage (POSTURE_PHOTOS_URL) can be "
                "reached.",
                cause=cause(error),
            )
        )
    return RecordError(
        Message(
            "The record in {home} cannot be opened: {cause}. Check that the folder is writable "
            "and that no other program has locked it.",
            home=home,
            cause=cause(error),
        )
    )
