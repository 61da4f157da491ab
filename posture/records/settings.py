"""The practice's settings: names and JSON values, kept with the record."""

from copy import deepcopy
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from posture.records.audit import Action
from posture.records.part import Part, needs
from posture.records.roles import Right
from posture.records.rows import now
from posture.records.settings_registry import SETTINGS, setting_of
from posture.records.tables import SettingRow
from posture.records.types import RecordError
from posture.words import Message

UNREADABLE = object()
"""Stands for a value that is no JSON."""


class Settings(Part):
    """Settings of the practice."""

    @needs(Right.NONE, "setting")
    def get(self, name: str) -> Any:
        """Return a setting of the practice: its default where it was never set or cannot be.

        Raises
        ------
        RecordError
            When the registry has no setting of that name.
        """
        known = setting_of(name)
        with self._db.reading() as session:
            found = _kept(session, name)
        return deepcopy(known.default) if found is None else known.usable(found)

    @needs(Right.MANAGE, "save_setting")
    def save(self, name: str, value: Any) -> None:
        """Set a setting of the practice.

        Raises
        ------
        RecordError
            When the registry has no setting of that name, or it cannot hold the value.
        """
        known = setting_of(name)
        if (wrong := known.wrong(value)) is not None:
            raise RecordError(
                Message(
                    "The setting {name} cannot be set to that: {wrong}.", name=name, wrong=wrong
                )
            )
        with self._db.writing() as session:
            there = _kept(session, name)
            if there == value and known.wrong(there) is None:
                return  # nothing to tell, as when a backup fails at each look for the same reason
            session.execute(delete(SettingRow).where(SettingRow.name == name))
            session.add(SettingRow(name=name, value=value, changed_at=now()))
            self._db.log(session, Action.CHANGED, "setting", None, name=name)

    @needs(Right.MANAGE, "bad_settings")
    def invalid(self) -> dict[str, str]:
        """Return what is wrong with kept settings, by name; something else counts instead."""
        with self._db.reading() as session:
            kept = {name: _kept(session, name) for name in SETTINGS}
        found = {name: SETTINGS[name].wrong(value) for name, value in kept.items()
                 if value is not None}  # fmt: skip
        return {name: wrong for name, wrong in found.items() if wrong is not None}


def _kept(session: Session, name: str) -> Any:
    """Return the value that is kept, None where there is none."""
    try:
        return session.scalar(select(SettingRow.value).where(SettingRow.name == name))
    except ValueError:
        return UNREADABLE
