"""The clinic's database: PostgreSQL through psycopg, for several rooms at once.

SQLite lets one process write at a time; here an advisory lock gives the same, so that what a writer
has read stays true. It is held for one transaction and dies with its connection: a killed process
leaves none behind.
"""

from typing import Any

from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from posture.records.types import RecordError
from posture.words import Message

PEN = 0x706F7301
PATIENCE_MS = 10_000
"""How long to wait for a lock; as long as on SQLite."""


def open_postgres(address: str) -> Engine:
    """Return an engine for a database such as ``postgresql://user:password@host/name``.

    Raises
    ------
    RecordError
        When the address cannot be understood, or psycopg is not installed.
    """
    try:
        url = make_url(address)
        if url.drivername not in ("postgres", "postgresql", "postgresql+psycopg"):
            raise RecordError(
                Message(
                    "POSTURE_DATABASE_URL begins with {driver}://. Only PostgreSQL is supported: "
                    "postgresql://user:password@host/database",
                    driver=url.drivername,
                )
            )
        engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            connect_args={
                "connect_timeout": 10,
                "options": f"-c lock_timeout={PATIENCE_MS} -c timezone=UTC",
                "application_name": "plumbline",
            },
            pool_pre_ping=True,  # a restarted database is no reason for an error page
            hide_parameters=True,  # errors and logs must not quote patients
        )
    except ArgumentError:  # its text may hold the password
        raise RecordError(
            Message(
                "POSTURE_DATABASE_URL is not a database address. Write it as "
                "postgresql://user:password@host/database"
            )
        ) from None
    except ImportError as error:
        raise RecordError(
            Message(
                "PostgreSQL needs psycopg, which is not installed. Install Plumbline with its "
                "clinic extra: pip install 'plumbline-posture[clinic]'"
            )
        ) from error
    event.listen(engine, "begin", _begin)
    event.listen(engine, "handle_error", _say_less)
    return engine


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get("writes"):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({PEN})")
    else:
        # All queries of one reading see the same moment, as on SQLite.
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def _say_less(context: ExceptionContext) -> None:
    """Keep patients out of errors: the server's details quote rows and values."""
    original: Any = context.original_exception
    state = getattr(original, "sqlstate", None) or ""
    if context.sqlalchemy_exception is None or not state:
        return
    primary = original.diag.message_primary or ""
    # Class 22 is "this value does not fit", and its first line has the value.
    text = f"value refused ({state})" if state.startswith("22") else primary
    original.args = (text,)
    context.sqlalchemy_exception.args = (f"({type(original).__name__}) {text}",)
