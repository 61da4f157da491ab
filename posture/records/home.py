"""Where the records are kept."""

import os
from pathlib import Path

from platformdirs import user_data_path


def data_folder() -> Path:
    """Return the folder of the records: ``POSTURE_HOME``, or the platform's data folder."""
    named = os.environ.get("POSTURE_HOME")
    if named:
        return Path(named).expanduser()
    return user_data_path("posture", appauthor=False) / "records"


def demo_folder() -> Path:
    """Return the folder of the sample patient's record, never the one of real records."""
    return data_folder().with_name(f"{data_folder().name}-demo")


def photos_address(home: Path) -> str | Path:
    """Return where photos are kept: ``POSTURE_PHOTOS_URL``, or a folder in the data folder."""
    return os.environ.get("POSTURE_PHOTOS_URL") or home / "photos"
