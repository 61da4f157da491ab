"""Overwriting what deleted rows leave behind in the files of the database."""

from sqlalchemy import Engine, text


def scrub(engine: Engine) -> bool:
    """Write the database anew without its free pages, and empty what lies beside it.

    Returns
    -------
    bool
        False while somebody else is in the way; it can be tried again later.
    """
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM FULL"))
        return True
    return _scrub_sqlite(engine)


def _scrub_sqlite(engine: Engine) -> bool:
    assert engine.dialect.dbapi is not None  # noqa: S101 - every open engine has its driver
    pooled = engine.raw_connection()  # VACUUM runs in no transaction, and SQLAlchemy begins one
    try:
        cursor = pooled.cursor()
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        row = cursor.fetchone()
        return row is not None and row[0] == 0
    except engine.dialect.dbapi.OperationalError:
        return False
    finally:
        pooled.close()
