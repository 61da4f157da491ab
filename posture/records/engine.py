"""Opening the encrypted database and bringing it to the present schema."""

from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import sqlcipher3
from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event

from posture.records.home import DATABASE, database_address
from posture.records.keys import Keys
from posture.records.postgres import open_postgres

WRITES = {"writes": True}
"""Execution options of a transaction that will write: it takes the write lock at its start."""


def open_engine(home: Path, keys: Keys) -> Engine:
    """Return an engine for the record's database, migrated to the present.

    It is the clinic's, where one is named, or the embedded one in the data folder.
    """
    address = database_address()
    engine = open_postgres(address) if address else engine_of(home / DATABASE, keys)
    migrate(engine)
    return engine


def engine_of(database: Path, keys: Keys) -> Engine:
    """Return an engine for an encrypted database, as it is."""
    url = URL.create(
        "sqlite+pysqlcipher",
        password=f"x'{keys.purpose('database').hex()}'",  # the key itself: nothing to derive
        database=str(database),
    )
    engine = create_engine(
        url,
        module=sqlcipher3.dbapi2,
        poolclass=QueuePool,
        connect_args={"timeout": 10, "check_same_thread": False},
        hide_parameters=True,  # errors and logs must not quote patients
    )
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin)
    return engine


def migrate(engine: Engine) -> None:
    """Bring the database to the newest schema, in one transaction."""
    with as_file(files("posture.records") / "migrations") as scripts:
        config = Config()
        config.set_main_option("script_location", str(scripts))
        with engine.connect().execution_options(**WRITES) as connection, connection.begin():
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _set_up_sqlite(connection: Any, _record: object) -> None:
    # The driver's own transaction handling would commit before DDL; BEGIN is ours (see _begin).
    connection.isolation_level = None
    for pragma in (
        "cipher_log_level = NONE",  # a wrong key is told in our words, not on the terminal
        "foreign_keys = ON",
        "journal_mode = WAL",
        "synchronous = FULL",
        "temp_store = MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
