"""Who acts on the record, and what each role may do: checked in the store, not on screens."""

from dataclasses import dataclass
from enum import StrEnum

from posture.records.types import RecordError


class Role(StrEnum):
    """What somebody is in the practice."""

    OWNER = "owner"
    PRACTITIONER = "practitioner"
    ASSISTANT = "assistant"
    READER = "read-only"

    @property
    def words(self) -> str:
        """What the role may do, for people."""
        return {
            Role.OWNER: "everything, also users, settings, audit trail and erasure",
            Role.PRACTITIONER: "patients, visits, notes and exports",
            Role.ASSISTANT: "patients, consent and photos; no notes, no exports",
            Role.READER: "sees patients, visits and notes; changes and exports nothing",
        }[self]


class Right(StrEnum):
    """What a method of the store needs; the value says it for people."""

    NONE = "see the settings"
    SEE = "see patients and visits"
    SEE_NOTES = "see notes"
    CAPTURE = "add patients, consent and photos"
    WRITE_NOTES = "write notes"
    REMOVE = "remove visits"
    EXPORT = "export"
    SECRETS = "use the record's secrets"
    MANAGE = "manage users, settings, audit trail and erasure"


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.OWNER: frozenset(Right),
    Role.PRACTITIONER: frozenset(Right) - {Right.MANAGE, Right.SECRETS},
    Role.ASSISTANT: frozenset({Right.NONE, Right.SEE, Right.CAPTURE}),
    Role.READER: frozenset({Right.NONE, Right.SEE, Right.SEE_NOTES}),
}


@dataclass(frozen=True)
class Actor:
    """Who acts: a name for the audit trail, and the role."""

    name: str
    role: Role

    def may(self, right: Right) -> bool:
        """Whether the role gives this right."""
        return right in RIGHTS[self.role]


THIS_COMPUTER = Actor("this computer", Role.OWNER)
"""Who holds the passphrase at the terminal may do everything."""


class NotAllowedError(RecordError):
    """The role does not give this right."""
