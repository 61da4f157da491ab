"""Secrets of the record's own, such as what processes sign with: beside the settings, not there."""

from collections.abc import Callable

from sqlalchemy import select

from posture.records.part import Part, needs
from posture.records.roles import Right
from posture.records.rows import now
from posture.records.tables import SecretRow


class Secrets(Part):
    """Secrets of the record."""

    @needs(Right.SECRETS, "secret")
    def get(self, name: str, make: Callable[[], str]) -> str:
        """Return a secret, made where there is none yet."""
        query = select(SecretRow.value).where(SecretRow.name == name)
        with self._db.reading() as session:
            found = session.scalar(query)
        if found is None:
            with self._db.writing() as session:  # another process may have been faster
                found = session.scalar(query)
                if found is None:
                    found = make()
                    session.add(SecretRow(name=name, value=found, made_at=now()))
        return found
