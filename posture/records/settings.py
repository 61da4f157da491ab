"""The practice's settings: names and JSON values, kept with the record."""

from typing import Any

from sqlalchemy.orm import Session

from posture.records.models import SettingRow
from posture.records.rows import now


def read_setting(session: Session, name: str, default: Any = None) -> Any:
    """Return a setting's value, or the default where it was never set."""
    row = session.get(SettingRow, name)
    return default if row is None else row.value


def write_setting(session: Session, name: str, value: Any) -> None:
    """Set a setting to a JSON value."""
    row = session.get(SettingRow, name) or SettingRow(name=name)
    row.value = value
    row.changed_at = now()
    session.add(row)
