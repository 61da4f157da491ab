"""What is known of one photo while it is assessed: each stage adds its own findings."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, replace

from posture.imaging.scene import Scene
from posture.issues import CaptureIssue, Severity
from posture.landmarks import Landmark, Point, Pose
from posture.words import Message


@dataclass(frozen=True)
class Evidence:
    """The findings so far.

    ``pose`` is None where nothing may be measured. ``withheld`` gives the reason for each landmark
    that is not used.
    """

    scene: Scene
    pose: Pose | None = None
    issues: tuple[CaptureIssue, ...] = ()
    withheld: Mapping[Landmark, Message] = field(default_factory=dict)

    def with_issues(self, issues: Iterable[CaptureIssue]) -> "Evidence":
        """Return the findings with more issues at the end."""
        return replace(self, issues=(*self.issues, *issues))

    def with_points(self, points: Mapping[Landmark, Point]) -> "Evidence":
        """Return the findings with better points, which win over the known ones."""
        return replace(self, pose=(self.pose or Pose({})).with_points(points))

    def withholding(self, reasons: Mapping[Landmark, Message]) -> "Evidence":
        """Return the findings without these points, each with the reason."""
        return replace(self.with_reasons(reasons), pose=self.pose and self.pose.without({*reasons}))

    def with_reasons(self, reasons: Mapping[Landmark, Message]) -> "Evidence":
        """Return the findings with reasons why points were not found; known points stay."""
        return replace(self, withheld={**self.withheld, **reasons})

    def without_reasons(self, landmarks: Set[Landmark]) -> "Evidence":
        """Return the findings without the reasons for these points, which are known after all."""
        kept = {mark: why for mark, why in self.withheld.items() if mark not in landmarks}
        return replace(self, withheld=kept)

    @property
    def blocked(self) -> bool:
        """Whether an error keeps the photo from being measured."""
        return any(issue.severity is Severity.ERROR for issue in self.issues)


def as_warnings(issues: Iterable[CaptureIssue]) -> tuple[CaptureIssue, ...]:
    """Return issues of a photo that placed points make measurable: errors become warnings."""
    return tuple(
        replace(issue, severity=Severity.WARNING) if issue.severity is Severity.ERROR else issue
        for issue in issues
    )
