"""Encrypting the record of a version that did not encrypt. Nothing of it is lost on a kill.

The encrypted record is made beside the plain one, read back, and takes its place by one renaming;
only then is the plain one removed. Killed before the renaming, it begins anew; after it, what is
left to remove is removed by the next opening.
"""

import shutil
from pathlib import Path
from typing import Any

import sqlcipher3
from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from posture.files import make_private, sync_folder
from posture.records.encrypted_files import EncryptedFiles
from posture.records.engine import WRITES, engine_of, migrate
from posture.records.file_encryption import ORIGINAL, associated_data, decrypt, encrypt
from posture.records.file_store import open_target
from posture.records.home import DATABASE
from posture.records.keys import Keys
from posture.records.tables import FileRow, PhotoRow, new_id
from posture.records.types import RecordError
from posture.words import Message

PLAIN = "posture.sqlite"
UNFINISHED = f"{DATABASE}.new"
HASH_SIGNS = 64
TABLES = ("patients", "visits", "photos", "sot_notes", "assessments", "measurements")


def has_plain(home: Path) -> bool:
    """Whether a record that is not encrypted, or what was left of one, is in the folder."""
    return (home / PLAIN).exists()


def encrypt_plain(home: Path, keys: Keys) -> None:
    """Replace the plain record of a data folder by an encrypted one.

    Raises
    ------
    RecordError
        When the plain record cannot be read, or is still in use. It is then as it was.
    """
    plain = sqlcipher3.dbapi2.connect(str(home / PLAIN), timeout=10, isolation_level=None)
    try:
        # Leaving WAL is refused while another program has the record open; from then on the lock
        # stays until this connection is closed.
        plain.execute("PRAGMA journal_mode = DELETE")
        plain.execute("PRAGMA locking_mode = EXCLUSIVE")
        if not (home / DATABASE).exists():
            _make(plain, home, keys)
        _compare(plain, home, keys)
    except (sqlcipher3.dbapi2.Error, DBAPIError, OSError) as error:
        raise RecordError(
            Message(
                "The record {home} could not be encrypted: {error}. It is unchanged. Close every "
                "other program that uses it, check the disk, and try again.",
                home=home / PLAIN,
                error=error,
            )
        ) from error
    finally:
        plain.close()
    _remove(home)


def _make(plain: Any, home: Path, keys: Keys) -> None:
    for left in [*home.glob(f"{UNFINISHED}*"), *_photo_files(home, len(new_id()))]:
        left.unlink()
    make_private(home / UNFINISHED)
    key = keys.purpose("database").hex()
    plain.execute(f"ATTACH DATABASE ? AS sealed KEY \"x'{key}'\"", (str(home / UNFINISHED),))
    plain.execute("BEGIN EXCLUSIVE")
    plain.execute("SELECT sqlcipher_export('sealed')")
    plain.execute("COMMIT")
    plain.execute("DETACH DATABASE sealed")
    engine = engine_of(home / UNFINISHED, keys)
    try:
        migrate(engine, keys)
        _seal_photos(engine, home, keys)
        with engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA journal_mode = DELETE")  # all of it in one file
    finally:
        engine.dispose()
    (home / UNFINISHED).replace(home / DATABASE)
    sync_folder(home)


def _seal_photos(engine: Engine, home: Path, keys: Keys) -> None:
    encrypted_files = EncryptedFiles(open_target(home / "photos"))
    with engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
        for photo_id, sha256 in session.execute(select(PhotoRow.id, PhotoRow.sha256)).all():
            given = home / "photos" / sha256[:2] / sha256
            if not given.exists():
                continue  # it was missing before; reading it will say so
            data = given.read_bytes()
            name = new_id()
            box, key = encrypt(data, associated_data(photo_id, ORIGINAL), keys)
            encrypted_files.write(name, box)
            if (
                decrypt(encrypted_files.read(name), associated_data(photo_id, ORIGINAL), key, keys)
                != data
            ):
                raise OSError(f"{given} did not read back as it was written")
            session.add(FileRow(id=name, photo_id=photo_id, kind=ORIGINAL, key=key))
        session.commit()


def _compare(plain: Any, home: Path, keys: Keys) -> None:
    """Refuse to go on unless every row of the plain record is in the encrypted one."""
    engine = engine_of(home / DATABASE, keys)
    try:
        with engine.connect() as connection:
            for table in TABLES:
                ids = f"SELECT id FROM {table}"  # noqa: S608 - our own names
                there = {row[0] for row in connection.exec_driver_sql(ids)}
                if not {row[0] for row in plain.execute(ids)} <= there:
                    raise RecordError(
                        Message(
                            "{home} holds {table} that are not in the encrypted record; an older "
                            "version of the program must have been used since. Nothing was "
                            "changed. Move {plain} to a folder of its own and open it from there "
                            "(POSTURE_HOME) to see what is in it.",
                            home=home / PLAIN,
                            table=table.replace("_", " "),
                            plain=PLAIN,
                        )
                    )
    finally:
        engine.dispose()


def _remove(home: Path) -> None:
    for file in _photo_files(home, HASH_SIGNS):
        file.unlink()
    shutil.rmtree(home / "photos" / "saving", ignore_errors=True)
    for left in [*home.glob(f"{PLAIN}-*"), *home.glob(f"{UNFINISHED}*")]:  # journals
        left.unlink()
    (home / PLAIN).unlink(missing_ok=True)  # last: has_plain looks for it


def _photo_files(home: Path, name_length: int) -> list[Path]:
    """Return the files of the photos' folder whose names are that long: hashes, or random ids."""
    return [p for p in (home / "photos").glob("??/*") if len(p.name) == name_length]
