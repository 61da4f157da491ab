"""The outcome of measuring one photo."""

from collections.abc import Mapping
from dataclasses import dataclass

from posture.imaging.scene import Scene
from posture.issues import CaptureIssue, Severity
from posture.landmarks import Landmark, Pose, View
from posture.measuring.take import Measurement
from posture.words import Message


@dataclass(frozen=True)
class Assessment:
    """What one photo says about one person's standing posture.

    ``view_source`` is ``given`` or ``guessed``; ``view`` is None when it was to be guessed and
    nobody was found. ``pose`` is None when nothing was measured.
    ``withheld`` gives the reason for each of the model's points that was not used. ``issues`` are
    all issues found in the picture, including those that placed points have since resolved;
    ``active_issues`` are the ones that still apply. ``model`` and ``passes`` say how the landmarks
    were detected.
    """

    photo: str
    photo_sha256: str
    view: View | None
    view_source: str
    image_size: tuple[int, int]
    scene: Scene
    pose: Pose | None
    withheld: Mapping[Landmark, Message]
    measurements: tuple[Measurement, ...]
    issues: tuple[CaptureIssue, ...]
    model: str
    passes: int

    @property
    def active_issues(self) -> tuple[CaptureIssue, ...]:
        """The issues that no marked or placed points have mended."""
        pose = self.pose or Pose({})
        return tuple(issue for issue in self.issues if not issue.is_mended(pose))

    @property
    def measured(self) -> bool:
        """Whether the photo could be measured: no error, and at least one value.

        An error of one of several photos combined keeps that one out of the values, not the others.
        """
        blocked = any(issue.severity is Severity.ERROR and not issue.photo for issue in self.issues)
        return not blocked and any(m.value is not None for m in self.measurements)
