"""Opening the encrypted database and bringing it to the present schema."""

import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, cast

import sqlcipher3
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from posture.files import make_private, make_private_folder, sync_file
from posture.records.home import DATABASE, database_address
from posture.records.keys import Keys
from posture.records.postgres import open_postgres
from posture.records.types import RecordError
from posture.records.write_errors import Trouble, not_writable, trouble_of
from posture.words import Message

WRITES = {"writes": True}
"""Execution options of a transaction that will write: it takes the write lock at its start."""

PATIENCE_S = 10.0
"""How long to wait for another program's write to end."""

READ = "SELECT count(*) FROM sqlite_master"
LEAST_ROOM = 64 * 1024
"""Bytes that SQLite needs beside the database, at least, to open it for writing."""

BEFORE = "before-migration"
KEPT_BEFORE = 3


def open_engine(home: Path, keys: Keys) -> Engine:
    """Return an engine for the record's database, migrated to the present.

    It is the clinic's, where one is named, or the embedded one in the data folder.

    Raises
    ------
    RecordError
        When the embedded database is gone or empty while photos are there.
    """
    address = database_address()
    if not address:
        _refuse_lost(home)
    engine = open_postgres(address) if address else engine_of(home / DATABASE, keys)
    with engine.connect() as connection:
        there, wanted = schema_of(connection)
    if there not in (None, wanted) and not address:
        _copy_before_migration(engine, home, keys, there)
    if there != wanted:
        migrate(engine, keys)
    return engine


def _refuse_lost(home: Path) -> None:
    """Refuse to begin an empty record where one was lost: it would look as if nobody ever came."""
    file = home / DATABASE
    there = file.exists() and file.stat().st_size > 0
    if not there and any(path.is_file() for path in (home / "photos").rglob("*")):
        raise RecordError(
            Message(
                "The record's database {file} is lost: the file is missing or empty, and the "
                "photos are there. Nothing was changed. posture restore BACKUP --replace puts "
                "the last whole state in its place.",
                file=file,
            )
        )


def _copy_before_migration(engine: Engine, home: Path, keys: Keys, schema: str | None) -> None:
    folder = home / BEFORE
    make_private_folder(folder)
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")  # noqa: DTZ005 - a name for people
    made = folder / f"{stamp}-schema-{schema}.db"
    snapshot(engine, keys, made)
    # The one just made stays whatever the names of the others say: a clock may have been ahead.
    for old in sorted(set(folder.glob("*.db")) - {made})[: -(KEPT_BEFORE - 1)]:
        old.unlink()


def engine_of(database: Path, keys: Keys, *, readonly: bool = False) -> Engine:
    """Return an engine for an encrypted database, as it is."""
    engine = create_engine(
        "sqlite://",
        module=sqlcipher3.dbapi2,
        creator=lambda: _keyed(str(database), keys) if readonly else _connect(database, keys),
        poolclass=QueuePool,
        hide_parameters=True,  # errors and logs must not quote patients
    )
    event.listen(engine, "begin", _begin)
    event.listen(engine, "checkin", _let_go_of_a_reading_one)
    return engine


def migrate(engine: Engine, keys: Keys) -> None:
    """Bring the database to the newest schema, in one transaction."""
    with (
        _config() as config,
        engine.connect().execution_options(**WRITES) as connection,
        connection.begin(),
    ):
        config.attributes["connection"] = connection
        config.attributes["audit_key"] = keys.purpose("audit")
        command.upgrade(config, "head")


def schema_of(connection: Connection) -> tuple[str | None, str]:
    """Return the schema of a database, None where it is empty, and the present one.

    Raises
    ------
    RecordError
        When a newer version of the program wrote it.
    """
    there = MigrationContext.configure(connection).get_current_revision()
    with _config() as config:
        scripts = ScriptDirectory.from_config(config)
        known = {script.revision for script in scripts.walk_revisions()}
        if there is not None and there not in known:
            raise RecordError(
                Message(
                    "A newer version of the program wrote this record (schema {there}). Nothing "
                    "was changed. Install that version, or a later one, to open it.",
                    there=there,
                )
            )
        return there, str(scripts.get_current_head())


def snapshot(engine: Engine, keys: Keys, target: Path) -> None:
    """Copy the database as it is at one moment, encrypted, while others may use it."""
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    try:
        make_private(part)
        with closing(sqlcipher3.dbapi2.connect(str(part))) as copy:
            copy.execute(f'PRAGMA key = "{_raw(keys)}"')
            with engine.connect() as connection:
                source: Any = connection.connection.driver_connection
                connection.rollback()  # the copy takes its own view of the moment
                source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
        sync_file(part)
        part.replace(target)
    except sqlcipher3.dbapi2.Error as error:
        raise OSError(str(error)) from error
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _config() -> Iterator[Config]:
    with as_file(files("posture.records") / "migrations") as scripts:
        config = Config()
        config.set_main_option("script_location", str(scripts))
        yield config


def _raw(keys: Keys) -> str:
    """Return the key as SQLCipher takes one that has not to be derived."""
    return f"x'{keys.purpose('database').hex()}'"


class _Connection(sqlcipher3.dbapi2.Connection):  # type: ignore[misc]
    """A connection; ``trouble`` is why it can only read."""

    trouble: Trouble | None = None


def _connect(database: Path, keys: Keys) -> _Connection:
    """Return a connection that can write or, where the disk lets none be made, one that reads.

    SQLite makes files beside the database even to read it.
    """
    with suppress(OSError):  # on a disk that can only be read
        make_private(database)  # SQLite gives journal and write-ahead log the same mode
    connection = _keyed(str(database), keys)
    try:
        for pragma in (
            "foreign_keys = ON",
            "journal_mode = WAL",
            "synchronous = FULL",
            "secure_delete = ON",
        ):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute(READ)
        if not os.access(database, os.W_OK):
            connection.trouble = Trouble.READ_ONLY
    except sqlcipher3.dbapi2.Error as error:
        connection.close()
        trouble = trouble_of(error)
        if trouble is None or not (database.exists() and database.stat().st_size):
            raise
        try:
            reading = _connect_to_read(database, keys)
        except sqlcipher3.dbapi2.Error:
            raise error from None
        if trouble is Trouble.FAILING and _is_full(database):  # SQLite says no more than that
            trouble = Trouble.FULL
        reading.trouble = trouble
        return reading
    return connection


def _connect_to_read(database: Path, keys: Keys) -> _Connection:
    """Return a connection that makes no file: to the database and, if there is one, its log.

    It takes no lock either, so it is used for one reading only; were another program to write
    meanwhile, a page that does not fit would be found by its keyed hash.
    """
    log = database.with_name(f"{database.name}-wal")
    has_log = log.exists() and log.stat().st_size > 0
    how = f"vfs={'win32' if os.name == 'nt' else 'unix'}-none" if has_log else "immutable=1"
    connection = _keyed(f"{database.absolute().as_uri()}?mode=ro&{how}", keys)
    try:
        if has_log:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")  # the log's index in memory
        connection.execute(READ)
    except sqlcipher3.dbapi2.Error:
        connection.close()
        raise
    return connection


def _keyed(database: str, keys: Keys) -> _Connection:
    connection = sqlcipher3.dbapi2.connect(
        database,
        timeout=PATIENCE_S,
        check_same_thread=False,
        # The driver's own transaction handling would commit before DDL; BEGIN is ours.
        isolation_level=None,
        factory=_Connection,
        uri=database.startswith("file:"),
    )
    # A wrong key is told in our words, not on the terminal; no page goes to a temporary file.
    for pragma in (f'key = "{_raw(keys)}"', "cipher_log_level = NONE", "temp_store = MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    return cast("_Connection", connection)


def _is_full(database: Path) -> bool:
    return shutil.disk_usage(database.parent).free < LEAST_ROOM


def _let_go_of_a_reading_one(connection: Any, record: ConnectionPoolEntry) -> None:
    """Close a connection that can only read: the next may find the disk mended."""
    if connection is not None and connection.trouble:
        record.invalidate()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    driver: Any = connection.connection.driver_connection
    if writes and driver.trouble:
        raise not_writable(driver.trouble)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
