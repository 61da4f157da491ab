"""Where the records are kept."""

import os
from pathlib import Path

from platformdirs import user_data_path

from posture import files
from posture.edited import text_of
from posture.errors import FileError
from posture.records.types import RecordError
from posture.words import Message

DATABASE = "posture.db"
"""The encrypted database's file in the data folder."""

DEMO_SUFFIX = "-demo"


def data_folder() -> Path:
    """Return the folder of the records: ``POSTURE_HOME``, or the platform's data folder."""
    named = os.environ.get("POSTURE_HOME")
    if named:
        return files.named(named)
    return user_data_path("posture", appauthor=False) / "records"


def demo_folder() -> Path:
    """Return the folder of the sample patient's record, never the one of real records."""
    return data_folder().with_name(f"{data_folder().name}{DEMO_SUFFIX}")


def holds_samples(home: Path) -> bool:
    """Whether a data folder is one of sample patients."""
    return home.name.endswith(DEMO_SUFFIX)


def database_address() -> str | None:
    """Return the clinic's database: ``POSTURE_DATABASE_URL``, or None for the embedded one."""
    return os.environ.get("POSTURE_DATABASE_URL") or None


def photos_address(home: Path) -> str | Path:
    """Return where photos are kept: ``POSTURE_PHOTOS_URL``, or a folder in the data folder."""
    return os.environ.get("POSTURE_PHOTOS_URL") or home / "photos"


def passphrase_from_settings() -> str | None:
    """Return the passphrase of the file that ``POSTURE_PASSPHRASE_FILE`` names, for services.

    Raises
    ------
    RecordError
        When the file cannot be read.
    """
    named = os.environ.get("POSTURE_PASSPHRASE_FILE")
    if not named:
        return None
    try:
        return text_of(Path(named)).strip()
    except FileError as error:
        raise RecordError(
            Message(
                "The passphrase file (POSTURE_PASSPHRASE_FILE) cannot be used: {error}", error=error
            )
        ) from error


def apart_from_the_clinic() -> None:
    """Leave the clinic's database and photos alone in this process, as the samples must."""
    for name in ("POSTURE_DATABASE_URL", "POSTURE_PHOTOS_URL"):
        os.environ.pop(name, None)
