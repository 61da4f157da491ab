"""What can be wrong with a picture, as data."""

from dataclasses import dataclass
from enum import StrEnum

from posture.landmarks import Landmark, Pose, Source
from posture.words import Message


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
    """One finding about a picture: a code for programs, a message that says what to do.

    ``mended_by`` are the points that make it void once they are all marked or placed by hand.
    Where several photos are combined, ``photo`` names the one, or ones, that it is about; it is
    empty where that is every one.
    """

    code: str
    severity: Severity
    message: Message
    mended_by: tuple[Landmark, ...] = ()
    photo: str = ""

    def is_mended(self, pose: Pose) -> bool:
        """Whether the points that would mend it have been marked or placed."""
        points = [pose.points.get(mark) for mark in self.mended_by]
        return bool(points) and all(
            point and point.source in (Source.MARKER, Source.PLACED) for point in points
        )
