"""Two photos of one person laid over each other: by the ankles, true vertical and scale."""

from dataclasses import dataclass
from enum import StrEnum
from math import atan2, cos, degrees, hypot, radians, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from posture.assessment import Assessment
from posture.geometry import XY, midpoint
from posture.landmarks import Landmark, Pose, View
from posture.scene import Scene

BASES = ("lateral_malleolus", "ankle")
"""What a body stands on, best first."""

ABOVE, BELOW, ASIDE = 1.42, 0.10, 0.42
"""What is shown around the feet, in heights of the shoulders over the ankles."""


class By(StrEnum):
    """What makes two photos the same size."""

    MILLIMETRES = "scale"
    BODY = "body"

    @property
    def words(self) -> str:
        """What to tell people."""
        return {
            By.MILLIMETRES: "the same scale in millimetres",
            By.BODY: "the same height of the shoulders, as no common scale is known",
        }[self]


@dataclass(frozen=True)
class Similarity:
    """A turn, a scale and a shift of the plane: (x, y) to (ax - by + dx, bx + ay + dy)."""

    a: float = 1.0
    b: float = 0.0
    dx: float = 0.0
    dy: float = 0.0

    @property
    def scale(self) -> float:
        """How much longer lengths become."""
        return hypot(self.a, self.b)

    @property
    def turn_deg(self) -> float:
        """By how much directions turn; with y down + is clockwise as one sees it."""
        return degrees(atan2(self.b, self.a))

    @property
    def matrix(self) -> NDArray[np.float64]:
        """The 2 x 3 matrix of it."""
        return np.array([[self.a, -self.b, self.dx], [self.b, self.a, self.dy]])

    def __call__(self, at: XY) -> XY:
        """Return where a point goes."""
        x, y = at
        return self.a * x - self.b * y + self.dx, self.b * x + self.a * y + self.dy

    def then(self, other: "Similarity") -> "Similarity":
        """Return this and afterwards the other, as one."""
        dx, dy = other((self.dx, self.dy))
        return Similarity(
            self.a * other.a - self.b * other.b, self.a * other.b + self.b * other.a, dx, dy
        )

    def inverse(self) -> "Similarity":
        """Return what takes it back."""
        whole = self.a**2 + self.b**2
        back = Similarity(self.a / whole, -self.b / whole)
        dx, dy = back((self.dx, self.dy))
        return Similarity(back.a, back.b, -dx, -dy)


def stood(pose: Pose, scene: Scene, view: View, by: By, base: str = "ankle") -> Similarity | None:
    """Return what takes a photo's pixels onto the ground under the body.

    There the middle of the ankles (from the side: the near one) is the origin, y points down along
    gravity, and the unit is a millimetre or the height of the shoulders over the ankles.

    Parameters
    ----------
    pose : Pose
    scene : Scene
    view : View
    by : By
    base : str
        One of ``BASES``.

    Returns
    -------
    Similarity or None
        None where the ankles, or what gives the unit, are not known.
    """
    foot = _middle(pose, view, base)
    if foot is None:
        return None
    turn = radians(scene.roll_deg)
    level = Similarity(cos(turn), sin(turn))
    size = scene.mm_per_px
    if by is By.BODY:
        shoulder = _middle(pose, view, "shoulder")
        height = level(foot)[1] - level(shoulder)[1] if shoulder else 0.0
        size = 1 / height if height > 0 else None
    if size is None:
        return None
    x, y = level(foot)
    return level.then(Similarity(size, 0.0, -size * x, -size * y))


@dataclass(frozen=True)
class Alignment:
    """Photos that lie over each other in a common picture of ``size`` (width, height) pixels.

    ``to_picture`` takes each photo's pixels there, in the order given.
    """

    to_picture: tuple[Similarity, ...]
    size: tuple[int, int]
    by: By


def align(assessments: tuple[Assessment, ...], long_side: int = 1400) -> Alignment | None:
    """Lay photos of one view over each other.

    Parameters
    ----------
    assessments : tuple of Assessment
        Of the same view of one person.
    long_side : int
        At most so many pixels has the common picture; fewer where the sharpest photo has fewer.

    Returns
    -------
    Alignment or None
        None where the views differ, or the ankles are not known in each.
    """
    if len({each.view for each in assessments}) != 1:
        return None
    scales = {each.scene.scale_source for each in assessments}
    # Two kinds of scale differ by some percent, which would look like growth.
    common = len(scales) == 1 and None not in scales
    for by in (By.MILLIMETRES, By.BODY) if common else (By.BODY,):
        for base in BASES:
            found = [_stood(each, by, base) for each in assessments]
            stands = tuple(each for each in found if each is not None)
            if len(stands) == len(assessments):
                return _framed(assessments, stands, by, long_side)
    return None


def laid(
    pixels: NDArray[np.uint8], to_picture: Similarity, size: tuple[int, int]
) -> NDArray[np.uint8]:
    """Return a photo as it lies in the common picture; grey where it has no pixels."""
    matrix = to_picture.matrix
    if to_picture.scale < 0.5:
        # The warp takes single pixels: a picture that shrinks a lot is averaged first.
        wide, high = (round(side * 2 * to_picture.scale) for side in pixels.shape[1::-1])
        matrix[:, 0] *= pixels.shape[1] / wide
        matrix[:, 1] *= pixels.shape[0] / high
        reduced = cv2.resize(pixels, (wide, high), interpolation=cv2.INTER_AREA)
        pixels = np.asarray(reduced, dtype=np.uint8)
    # Our pixels' centres lie at +0.5, those of the warp at whole numbers.
    matrix[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5
    warped = cv2.warpAffine(
        pixels, matrix, size, flags=cv2.INTER_LINEAR, borderValue=(128, 128, 128)
    )
    return np.asarray(warped, dtype=np.uint8)


def _stood(assessment: Assessment, by: By, base: str) -> Similarity | None:
    if assessment.pose is None or assessment.view is None:
        return None
    return stood(assessment.pose, assessment.scene, assessment.view, by, base)


def _framed(
    assessments: tuple[Assessment, ...], stands: tuple[Similarity, ...], by: By, long_side: int
) -> Alignment:
    """Put the ground's coordinates into a picture that holds the whole body of each photo."""
    unit = 1.0
    if by is By.MILLIMETRES:
        heights = [
            -stand(shoulder)[1]
            for each, stand in zip(assessments, stands, strict=True)
            if each.pose and each.view and (shoulder := _middle(each.pose, each.view, "shoulder"))
        ]
        unit = max(heights, default=1400.0)
    wide, high = 2 * ASIDE * unit, (ABOVE + BELOW) * unit
    sharpest = 1 / min(stand.scale for stand in stands)
    scale = min(long_side / max(wide, high), sharpest)
    place = Similarity(scale, 0.0, ASIDE * unit * scale, ABOVE * unit * scale)
    size = (round(wide * scale), round(high * scale))
    return Alignment(tuple(stand.then(place) for stand in stands), size, by)


def _middle(pose: Pose, view: View, part: str) -> XY | None:
    """Return the middle of a pair, or from the side the near one."""
    sides = ("left", "right") if view.is_frontal else (str(view),)
    points = [pose.get(Landmark(f"{side}_{part}")) for side in sides]
    places = [(point.x, point.y) for point in points if point]
    if len(places) < len(points):
        return None
    return midpoint(places[0], places[-1])
