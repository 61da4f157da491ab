"""Names of body landmarks, and the positions found for them in one photo."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import dist
from types import MappingProxyType

from posture.geometry import XY, midpoint

SHORTEST_TRUNK_PX = 20.0  # a body with a shorter trunk cannot be measured


class Landmark(StrEnum):
    """A point of the body. Left and right are the patient's.

    The first 33 are the joint centres and face points of the pose model, in its order. The rest are
    palpable anatomical points, which no pose model detects: they are placed by hand or marked on
    the skin.
    """

    NOSE = "nose"
    LEFT_EYE_INNER = "left_eye_inner"
    LEFT_EYE = "left_eye"
    LEFT_EYE_OUTER = "left_eye_outer"
    RIGHT_EYE_INNER = "right_eye_inner"
    RIGHT_EYE = "right_eye"
    RIGHT_EYE_OUTER = "right_eye_outer"
    LEFT_EAR = "left_ear"
    RIGHT_EAR = "right_ear"
    MOUTH_LEFT = "mouth_left"
    MOUTH_RIGHT = "mouth_right"
    LEFT_SHOULDER = "left_shoulder"
    RIGHT_SHOULDER = "right_shoulder"
    LEFT_ELBOW = "left_elbow"
    RIGHT_ELBOW = "right_elbow"
    LEFT_WRIST = "left_wrist"
    RIGHT_WRIST = "right_wrist"
    LEFT_PINKY = "left_pinky"
    RIGHT_PINKY = "right_pinky"
    LEFT_INDEX = "left_index"
    RIGHT_INDEX = "right_index"
    LEFT_THUMB = "left_thumb"
    RIGHT_THUMB = "right_thumb"
    LEFT_HIP = "left_hip"
    RIGHT_HIP = "right_hip"
    LEFT_KNEE = "left_knee"
    RIGHT_KNEE = "right_knee"
    LEFT_ANKLE = "left_ankle"
    RIGHT_ANKLE = "right_ankle"
    LEFT_HEEL = "left_heel"
    RIGHT_HEEL = "right_heel"
    LEFT_FOOT_INDEX = "left_foot_index"
    RIGHT_FOOT_INDEX = "right_foot_index"

    C7 = "c7"
    LEFT_TRAGUS = "left_tragus"
    RIGHT_TRAGUS = "right_tragus"
    LEFT_ACROMION = "left_acromion"
    RIGHT_ACROMION = "right_acromion"
    LEFT_ASIS = "left_asis"
    RIGHT_ASIS = "right_asis"
    LEFT_PSIS = "left_psis"
    RIGHT_PSIS = "right_psis"
    LEFT_ILIAC_CREST = "left_iliac_crest"
    RIGHT_ILIAC_CREST = "right_iliac_crest"
    LEFT_GREATER_TROCHANTER = "left_greater_trochanter"
    RIGHT_GREATER_TROCHANTER = "right_greater_trochanter"
    LEFT_LATERAL_MALLEOLUS = "left_lateral_malleolus"
    RIGHT_LATERAL_MALLEOLUS = "right_lateral_malleolus"

    @property
    def mirrored(self) -> "Landmark":
        """The same point on the other side of the body; a midline point is its own."""
        if self.value.startswith("left") or self.value.endswith("left"):
            return Landmark(self.value.replace("left", "right"))
        return Landmark(self.value.replace("right", "left"))


DETECTED: tuple[Landmark, ...] = tuple(Landmark)[:33]
"""The landmarks of the pose model, in the model's order."""

ANATOMICAL: tuple[Landmark, ...] = tuple(Landmark)[33:]
"""The palpable points that are placed by hand or marked on the skin."""

ACROMIA = (Landmark.LEFT_ACROMION, Landmark.RIGHT_ACROMION)
TRAGI = (Landmark.LEFT_TRAGUS, Landmark.RIGHT_TRAGUS)


class View(StrEnum):
    """Which side of the patient the camera sees. *left*: the patient's left side."""

    ANTERIOR = "anterior"
    POSTERIOR = "posterior"
    LEFT = "left"
    RIGHT = "right"

    @property
    def is_frontal(self) -> bool:
        """Whether the camera looks along the patient's sagittal plane."""
        return self in (View.ANTERIOR, View.POSTERIOR)


class Source(StrEnum):
    """How a point was obtained, from least to most trusted."""

    DETECTED = "detected"
    REFINED = "refined"
    MARKER = "marker"
    PLACED = "placed"


@dataclass(frozen=True)
class Point:
    """A landmark's position in the upright photo.

    ``x`` and ``y`` are pixels: origin at the top left corner, y down, a pixel's centre at +0.5.
    ``spread`` is the standard deviation over the detection passes in pixels, or None; it is a
    diagnostic and does not measure the error. ``visibility`` is the model's own estimate, 0 to 1,
    that the point is in the photo and not hidden.
    """

    x: float
    y: float
    spread: float | None = None
    source: Source = Source.DETECTED
    visibility: float | None = None


@dataclass(frozen=True)
class Pose:
    """The landmarks of one person in one photo.

    ``points`` holds the best known position of each landmark. ``detected`` keeps the model's own
    positions, and ``found`` the automatic position (model, refinement or marker) of each point that
    somebody has since placed or rejected.
    """

    points: Mapping[Landmark, Point]
    detected: Mapping[Landmark, Point] = field(default_factory=dict)
    found: Mapping[Landmark, Point] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("points", "detected", "found"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def get(self, landmark: Landmark) -> Point | None:
        """Return the point, or None if it is not known."""
        return self.points.get(landmark)

    def middle(self, part: str) -> XY | None:
        """Return the middle of a pair of points, such as ``hip``; None unless both are known."""
        left, right = (self.get(Landmark(f"{side}_{part}")) for side in ("left", "right"))
        return midpoint((left.x, left.y), (right.x, right.y)) if left and right else None

    def middle_in(self, view: View, part: str) -> XY | None:
        """Return the middle of a pair, or in a lateral view the near point; None if unknown."""
        if view.is_frontal:
            return self.middle(part)
        near = self.get(Landmark(f"{view}_{part}"))
        return (near.x, near.y) if near else None

    def trunk_px(self) -> float | None:
        """Return the distance from mid-shoulder to mid-hip in pixels; None if it is unknown."""
        shoulder, hip = self.middle("shoulder"), self.middle("hip")
        length = dist(shoulder, hip) if shoulder and hip else 0.0
        return length if length > SHORTEST_TRUNK_PX else None

    def with_points(self, corrections: Mapping[Landmark, Point]) -> "Pose":
        """Return a pose in which the given points win; ``found`` keeps automatic positions."""
        by_hand = {name for name, point in corrections.items() if point.source is Source.PLACED}
        return Pose({**self.points, **corrections}, self.detected, self._keeping(by_hand))

    def without(self, landmarks: set[Landmark]) -> "Pose":
        """Return a pose without these points; ``detected`` keeps them."""
        kept = {name: point for name, point in self.points.items() if name not in landmarks}
        return Pose(kept, self.detected, self.found)

    def rejecting(self, landmarks: set[Landmark]) -> "Pose":
        """Return a pose without points that somebody rejected; ``found`` keeps them."""
        return Pose(self.points, self.detected, self._keeping(landmarks)).without(landmarks)

    def automatic(self) -> "Pose":
        """Return the pose without any edits by hand."""
        kept = {name: p for name, p in self.points.items() if p.source is not Source.PLACED}
        return Pose({**kept, **self.found}, self.detected)

    def mirrored_names(self) -> "Pose":
        """Return the pose with the names left and right swapped, positions unchanged."""
        return Pose(
            *(
                {name.mirrored: point for name, point in points.items()}
                for points in (self.points, self.detected, self.found)
            )
        )

    def _keeping(self, landmarks: set[Landmark]) -> dict[Landmark, Point]:
        found = {
            name: point
            for name, point in self.points.items()
            if name in landmarks and point.source is not Source.PLACED
        }
        return {**self.found, **found}
