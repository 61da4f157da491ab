"""Two photos of one person laid over each other: by the ankles, true vertical and scale."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from math import cos, radians, sin, sqrt

import cv2
import numpy as np
from numpy.typing import NDArray

from posture.geometry import XY
from posture.imaging.scene import Matrix, ScaleSource, Scene
from posture.imaging.warp import for_opencv
from posture.landmarks import Pose, View
from posture.measuring.assessment import Assessment

STANCE_POINTS = ("lateral_malleolus", "ankle")
"""What a body stands on, best first."""

ABOVE, BELOW, ASIDE = 1.42, 0.10, 0.42
"""What is shown around the feet, in heights of the shoulders over the ankles."""


class ScaleBasis(StrEnum):
    """What makes two photos the same size."""

    POSTER = "poster"
    MILLIMETRES = "scale"
    BODY = "body"

    @property
    def words(self) -> str:
        """What to tell people."""
        return {
            ScaleBasis.POSTER: "the scale of the wall poster",
            ScaleBasis.MILLIMETRES: "the same scale in millimetres",
            ScaleBasis.BODY: ("the same shoulder height, because no common scale is known"),
        }[self]


@dataclass(frozen=True)
class Homography:
    """Takes pixels of a photo to a plane: the rows of a homography, 3 x 3."""

    rows: Matrix = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))

    @classmethod
    def similarity(cls, a: float, b: float = 0.0, dx: float = 0.0, dy: float = 0.0) -> "Homography":
        """Return a turn, a scale and a shift: (x, y) to (ax - by + dx, bx + ay + dy)."""
        return cls(((a, -b, dx), (b, a, dy), (0.0, 0.0, 1.0)))

    @property
    def matrix(self) -> NDArray[np.float64]:
        """The 3 x 3 matrix of it."""
        return np.array(self.rows)

    def __call__(self, at: XY) -> XY:
        """Return where a point goes."""
        x, y = at
        across, down, depth = (row[0] * x + row[1] * y + row[2] for row in self.rows)
        return across / depth, down / depth

    def then(self, other: "Homography") -> "Homography":
        """Return this and afterwards the other, as one."""
        return Homography(tuple(tuple(row) for row in (other.matrix @ self.matrix).tolist()))

    def scale_at(self, at: XY) -> float:
        """Return how much longer lengths become around a point."""
        depth = self.rows[2][0] * at[0] + self.rows[2][1] * at[1] + self.rows[2][2]
        return float(sqrt(abs(np.linalg.det(self.matrix) / depth**3)))


def ground_transform(
    pose: Pose, scene: Scene, view: View, by: ScaleBasis, base: str = "ankle", *, flat: bool = False
) -> Homography | None:
    """Return what takes a photo's pixels onto the ground under the body.

    There the middle of the ankles (from the side: the near one) is the origin, y points down along
    gravity, and the unit is a millimetre or the height of the shoulders over the ankles.

    Parameters
    ----------
    pose : Pose
    scene : Scene
    view : View
    by : ScaleBasis
    base : str
        One of ``STANCE_POINTS``.
    flat : bool
        Take the photo back to the wall first, so that a camera that was pitched or not square to
        it bends nothing; the scene has to know the wall.

    Returns
    -------
    Homography or None
        None where the ankles, or what gives the unit, are not known.
    """
    foot = pose.middle_in(view, base)
    if foot is None:
        return None
    turn = radians(scene.roll_deg)
    level = Homography.similarity(cos(turn), sin(turn))
    if flat and scene.wall is not None:
        level = Homography(scene.wall)
    size = scene.wall_mm if by is ScaleBasis.POSTER else scene.mm_per_px
    if by is ScaleBasis.BODY:
        shoulder = pose.middle_in(view, "shoulder")
        height = level(foot)[1] - level(shoulder)[1] if shoulder else 0.0
        size = 1 / height if height > 0 else None
    if size is None:
        return None
    x, y = level(foot)
    return level.then(Homography.similarity(size, 0.0, -size * x, -size * y))


@dataclass(frozen=True)
class Alignment:
    """Photos that lie over each other in a common picture of ``size`` (width, height) pixels.

    ``to_picture`` takes each photo's pixels there, in the order given.
    """

    to_picture: tuple[Homography, ...]
    size: tuple[int, int]
    by: ScaleBasis


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
    flat = all(each.scene.wall is not None for each in assessments)
    for by in _scale_bases(assessments, flat=flat):
        for base in STANCE_POINTS:
            found = [_on_ground(each, by, base, flat=flat) for each in assessments]
            stands = tuple(each for each in found if each is not None)
            if len(stands) == len(assessments):
                return _framed(assessments, stands, by, base, long_side)
    return None


def _scale_bases(assessments: tuple[Assessment, ...], *, flat: bool) -> Iterator[ScaleBasis]:
    """Yield what may make photos the same size, the best first.

    Two kinds of scale differ by some percent, which would look like growth, and so does the scale
    from the height of somebody who stands straighter than before: the wall stays what it is.
    """
    scales = {each.scene.scale_source for each in assessments}
    poster = all(each.scene.wall_mm is not None for each in assessments)
    if flat and poster and ScaleSource.RULER not in scales:
        yield ScaleBasis.POSTER
    if len(scales) == 1 and None not in scales:
        yield ScaleBasis.MILLIMETRES
    yield ScaleBasis.BODY


def warp_to_common(
    pixels: NDArray[np.uint8], to_picture: Homography, size: tuple[int, int]
) -> NDArray[np.uint8]:
    """Return a photo as it lies in the common picture; grey where it has no pixels."""
    high, wide = pixels.shape[:2]
    matrix = to_picture.matrix
    scale = to_picture.scale_at((wide / 2, high / 2))
    if scale < 0.5:
        # The warp takes single pixels: a picture that shrinks a lot is averaged first.
        small = round(wide * 2 * scale), round(high * 2 * scale)
        matrix = matrix @ np.diag([wide / small[0], high / small[1], 1.0])
        reduced = cv2.resize(pixels, small, interpolation=cv2.INTER_AREA)
        pixels = np.asarray(reduced, dtype=np.uint8)
    warped = cv2.warpPerspective(
        pixels, for_opencv(matrix), size, flags=cv2.INTER_LINEAR, borderValue=(128, 128, 128)
    )
    return np.asarray(warped, dtype=np.uint8)


def _on_ground(
    assessment: Assessment, by: ScaleBasis, base: str, *, flat: bool
) -> Homography | None:
    if assessment.pose is None or assessment.view is None:
        return None
    return ground_transform(assessment.pose, assessment.scene, assessment.view, by, base, flat=flat)


def _framed(
    assessments: tuple[Assessment, ...],
    stands: tuple[Homography, ...],
    by: ScaleBasis,
    base: str,
    long_side: int,
) -> Alignment:
    """Put the ground's coordinates into a picture that holds the whole body of each photo."""

    def place(part: str) -> Iterator[tuple[Homography, XY]]:
        for each, stand in zip(assessments, stands, strict=True):
            at = each.pose and each.view and each.pose.middle_in(each.view, part)
            if at:
                yield stand, at

    unit = 1.0
    if by is not ScaleBasis.BODY:
        unit = max((-stand(at)[1] for stand, at in place("shoulder")), default=1400.0)
    wide, high = 2 * ASIDE * unit, (ABOVE + BELOW) * unit
    sharpest = max(1 / stand.scale_at(at) for stand, at in place(base))
    scale = min(long_side / max(wide, high), sharpest)
    shift = Homography.similarity(scale, 0.0, ASIDE * unit * scale, ABOVE * unit * scale)
    size = (round(wide * scale), round(high * scale))
    return Alignment(tuple(stand.then(shift) for stand in stands), size, by)
