"""What can be wrong with a picture, as data."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much an issue weighs."""

    ERROR = "error"
    """Nothing of the photo is measured."""
    WARNING = "warning"
    """Measured, but some values are withheld or doubtful."""
    NOTE = "note"
    """Good to know when reading the values."""


@dataclass(frozen=True)
class CaptureIssue:
    """One finding about a picture: a code for programs, a message that says what to do."""

    code: str
    severity: Severity
    message: str
