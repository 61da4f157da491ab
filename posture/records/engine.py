"""Opening the encrypted database and bringing it to the present schema."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import sqlcipher3
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event

from posture.files import make_private, make_private_folder, sync_file
from posture.records.home import DATABASE, database_address
from posture.records.keys import Keys
from posture.records.postgres import open_postgres
from posture.records.types import RecordError

WRITES = {"writes": True}
"""Execution options of a transaction that will write: it takes the write lock at its start."""

PATIENCE_S = 10.0
"""How long to wait for another program's write to end."""

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
        migrate(engine)
    return engine


def _refuse_lost(home: Path) -> None:
    """Refuse to begin an empty record where one was lost: it would look as if nobody ever came."""
    file = home / DATABASE
    there = file.exists() and file.stat().st_size > 0
    if not there and any(path.is_file() for path in (home / "photos").rglob("*")):
        raise RecordError(
            f"The record's database {file} is lost: the file is missing or empty, and the photos "
            "are there. Nothing was changed. posture restore BACKUP --replace puts the last whole "
            "state in its place."
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
    url = URL.create(
        "sqlite+pysqlcipher",
        password=_raw(keys),
        database=str(database),
    )
    if not readonly:
        make_private(database)  # SQLite gives journal and write-ahead log the same mode
    engine = create_engine(
        url,
        module=sqlcipher3.dbapi2,
        poolclass=QueuePool,
        connect_args={"timeout": PATIENCE_S, "check_same_thread": False},
        hide_parameters=True,  # errors and logs must not quote patients
    )
    event.listen(engine, "connect", _set_up_readonly if readonly else _set_up_sqlite)
    event.listen(engine, "begin", _begin)
    return engine


def migrate(engine: Engine) -> None:
    """Bring the database to the newest schema, in one transaction."""
    with (
        _config() as config,
        engine.connect().execution_options(**WRITES) as connection,
        connection.begin(),
    ):
        config.attributes["connection"] = connection
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
                f"A newer version of the program wrote this record (schema {there}). Nothing was "
                "changed. Install that version, or a later one, to open it."
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


def _set_up_sqlite(connection: Any, record: object) -> None:
    _set_up_readonly(connection, record)
    for pragma in (
        "foreign_keys = ON",
        "journal_mode = WAL",
        "synchronous = FULL",
        "secure_delete = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _set_up_readonly(connection: Any, _record: object) -> None:
    # The driver's own transaction handling would commit before DDL; BEGIN is ours (see _begin).
    connection.isolation_level = None
    # A wrong key is told in our words, not on the terminal; no page goes to a temporary file.
    for pragma in ("cipher_log_level = NONE", "temp_store = MEMORY"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
