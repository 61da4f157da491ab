"""Who may sign in: invited by an owner, with a role; known by the provider's subject later."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from posture.records.audit import Action
from posture.records.part import Part, needs
from posture.records.roles import Right, Role
from posture.records.rows import now
from posture.records.tables import UserRow
from posture.records.types import RecordError
from posture.words import Message


@dataclass(frozen=True)
class User:
    """Somebody who may sign in."""

    id: str
    email: str
    name: str
    role: Role
    active: bool
    has_signed_in: bool


class Users(Part):
    """Those who may sign in."""

    @needs(Right.MANAGE, "users")
    def all(self) -> list[User]:
        """Return all users, the inactive ones too, by address."""
        with self._db.reading() as session:
            return [
                User(
                    row.id, row.email, row.name, Role(row.role), row.active, row.subject is not None
                )
                for row in session.scalars(select(UserRow).order_by(UserRow.email))
            ]

    @needs(Right.MANAGE, "invite")
    def invite(self, email: str, role: Role, name: str = "") -> str:
        """Let the person with this e-mail address sign in, and return the user's id.

        Raises
        ------
        RecordError
            When it is no address, or somebody has it already.
        """
        address = normal(email)
        with self._db.writing() as session:
            if session.scalar(select(UserRow.id).where(UserRow.email == address)):
                raise RecordError(
                    Message(
                        "{address} is already invited. Change the role in the list.",
                        address=address,
                    )
                )
            row = UserRow(
                email=address, name=name.strip(), role=str(role), active=True, created_at=now()
            )
            session.add(row)
            session.flush()
            self._db.log(
                session, Action.CHANGED, "user invited", None, user=address, role=str(role)
            )
            return row.id

    @needs(Right.MANAGE, "change_user")
    def change(self, user_id: str, *, role: Role, active: bool) -> None:
        """Give a user another role, or take the right to sign in away or back; at once.

        Raises
        ------
        RecordError
            When no owner would be left.
        """
        with self._db.writing() as session:
            row = session.get(UserRow, user_id)
            if row is None:
                raise RecordError(Message("There is no such user."))
            row.role, row.active = str(role), active
            session.flush()
            if not _owners(session):
                raise RecordError(Message("There must be an owner: make another user owner first."))
            self._db.log(
                session, Action.CHANGED, "user", None, user=row.email, role=str(role), active=active
            )


def normal(email: str) -> str:
    """Return an address as it is compared, or say that it is none."""
    address = email.strip().casefold()
    local, _, domain = address.rpartition("@")
    if not (local and "." in domain) or " " in address:
        raise RecordError(Message("{email!r} is not an e-mail address.", email=email.strip()))
    return address


def _owners(session: Session) -> int:
    owners = select(func.count()).where(UserRow.role == str(Role.OWNER), UserRow.active)
    return session.scalar(owners) or 0
