"""The practice's settings: names and JSON values, kept with the record."""

from typing import Any

from posture.records.access import Right, needs
from posture.records.audit import Action
from posture.records.base import Base
from posture.records.models import SettingRow
from posture.records.rows import now


class SettingsPart(Base):
    """The store's part for settings."""

    @needs(Right.NONE)
    def setting(self, name: str, default: Any = None) -> Any:
        """Return a setting of the practice, or the default where it was never set."""
        with self._reading() as session:
            row = session.get(SettingRow, name)
            return default if row is None else row.value

    @needs(Right.MANAGE)
    def save_setting(self, name: str, value: Any) -> None:
        """Set a setting of the practice to any value that JSON can hold."""
        with self._writing() as session:
            row = session.get(SettingRow, name) or SettingRow(name=name)
            row.value = value
            row.changed_at = now()
            session.add(row)
            self._log(session, Action.CHANGED, "setting", None, name=name)
