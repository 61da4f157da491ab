"""Aligns photos of one person by the ankles, the true vertical and the scale."""

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
"""Points at the ground on which photos are aligned, best first."""

ABOVE, BELOW, ASIDE = 1.42, 0.10, 0.42
"""The area shown around the feet, in heights of the shoulders above the ankles."""


class ScaleBasis(StrEnum):
    """What brings two photos to the same scale."""

    POSTER = "poster"
    MILLIMETRES = "scale"
    BODY = "body"

    @property
    def words(self) -> str:
        """The words for people."""
        return {
            ScaleBasis.POSTER: "the scale of the wall poster",
            ScaleBasis.MILLIMETRES: "the same scale in millimetres",
            ScaleBasis.BODY: ("the same shoulder height, because no common scale is known"),
        }[self]


@dataclass(frozen=True)
class Homography:
    """Maps pixels of a photo to a plane; ``rows`` is the 3 x 3 matrix."""

    rows: Matrix = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))

    @classmethod
    def similarity(cls, a: float, b: float = 0.0, dx: float = 0.0, dy: float = 0.0) -> "Homography":
        """Return a rotation, scale and shift: (x, y) to (ax - by + dx, bx + ay + dy)."""
        return cls(((a, -b, dx), (b, a, dy), (0.0, 0.0, 1.0)))

    @property
    def matrix(self) -> NDArray[np.float64]:
        """The matrix as an array (3, 3)."""
        return np.array(self.rows)

    def __call__(self, at: XY) -> XY:
        """Return the image of a point."""
        x, y = at
        across, down, depth = (row[0] * x + row[1] * y + row[2] for row in self.rows)
        return across / depth, down / depth

    def then(self, other: "Homography") -> "Homography":
        """Return the composition: this one first, then the other."""
        return Homography(tuple(tuple(row) for row in (other.matrix @ self.matrix).tolist()))

    def scale_at(self, at: XY) -> float:
        """Return the factor by which lengths around a point are enlarged."""
        depth = self.rows[2][0] * at[0] + self.rows[2][1] * at[1] + self.rows[2][2]
        return float(sqrt(abs(np.linalg.det(self.matrix) / depth**3)))


def ground_transform(
    pose: Pose,
    scene: Scene,
    view: View,
    basis: ScaleBasis,
    base: str = "ankle",
    *,
    flat: bool = False,
) -> Homography | None:
    """Return the transform from a photo's pixels to coordinates with the ground as origin.

    The origin is the middle of the ankles (in lateral views, the near ankle), y points down along
    gravity, and the unit is a millimetre or the height of the shoulders above the ankles.

    Parameters
    ----------
    pose : Pose
    scene : Scene
    view : View
    basis : ScaleBasis
    base : str
        One of ``STANCE_POINTS``.
    flat : bool
        Map the photo to the wall first, which removes the distortion by a camera that was pitched
        or not square to it. Has no effect unless the scene knows the wall.

    Returns
    -------
    Homography or None
        None if the ankles, or the source of the unit, are unknown.
    """
    foot = pose.middle_in(view, base)
    if foot is None:
        return None
    turn = radians(scene.roll_deg)
    level = Homography.similarity(cos(turn), sin(turn))
    if flat and scene.wall is not None:
        level = Homography(scene.wall)
    size = scene.wall_mm if basis is ScaleBasis.POSTER else scene.mm_per_px
    if basis is ScaleBasis.BODY:
        shoulder = pose.middle_in(view, "shoulder")
        height = level(foot)[1] - level(shoulder)[1] if shoulder else 0.0
        size = 1 / height if height > 0 else None
    if size is None:
        return None
    x, y = level(foot)
    return level.then(Homography.similarity(size, 0.0, -size * x, -size * y))


@dataclass(frozen=True)
class Alignment:
    """Aligned photos in a common picture of ``size`` (width, height) pixels.

    ``to_picture`` maps each photo's pixels to it, in the order given.
    """

    to_picture: tuple[Homography, ...]
    size: tuple[int, int]
    basis: ScaleBasis


def align(assessments: tuple[Assessment, ...], long_side: int = 1400) -> Alignment | None:
    """Align photos of one view.

    Parameters
    ----------
    assessments : tuple of Assessment
        Of the same view of one person.
    long_side : int
        Maximum long side of the common picture, in pixels; less if the sharpest photo has less.

    Returns
    -------
    Alignment or None
        None if the views differ, or the ankles are not known in all of them.
    """
    if len({each.view for each in assessments}) != 1:
        return None
    flat = all(each.scene.wall is not None for each in assessments)
    for basis in _scale_bases(assessments, flat=flat):
        for base in STANCE_POINTS:
            found = [_on_ground(each, basis, base, flat=flat) for each in assessments]
            stands = tuple(each for each in found if each is not None)
            if len(stands) == len(assessments):
                return _framed(assessments, stands, basis, base, long_side)
    return None


def _scale_bases(assessments: tuple[Assessment, ...], *, flat: bool) -> Iterator[ScaleBasis]:
    """Yield what may bring photos to the same scale, best first.

    Two kinds of scale differ by several percent, which would look like growth. So does the scale
    from the height of somebody who stands straighter than before; the wall does not change.
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
    """Return a photo warped into the common picture; grey outside its pixels."""
    high, wide = pixels.shape[:2]
    matrix = to_picture.matrix
    scale = to_picture.scale_at((wide / 2, high / 2))
    if scale < 0.5:
        # The warp samples single pixels: a picture that is reduced a lot is averaged first.
        small = round(wide * 2 * scale), round(high * 2 * scale)
        matrix = matrix @ np.diag([wide / small[0], high / small[1], 1.0])
        reduced = cv2.resize(pixels, small, interpolation=cv2.INTER_AREA)
        pixels = np.asarray(reduced, dtype=np.uint8)
    warped = cv2.warpPerspective(
        pixels, for_opencv(matrix), size, flags=cv2.INTER_LINEAR, borderValue=(128, 128, 128)
    )
    return np.asarray(warped, dtype=np.uint8)


def _on_ground(
    assessment: Assessment, basis: ScaleBasis, base: str, *, flat: bool
) -> Homography | None:
    if assessment.pose is None or assessment.view is None:
        return None
    return ground_transform(
        assessment.pose, assessment.scene, assessment.view, basis, base, flat=flat
    )


def _framed(
    assessments: tuple[Assessment, ...],
    stands: tuple[Homography, ...],
    basis: ScaleBasis,
    base: str,
    long_side: int,
) -> Alignment:
    """Fit ground coordinates into a picture that contains the whole body of each photo."""

    def place(part: str) -> Iterator[tuple[Homography, XY]]:
        for each, stand in zip(assessments, stands, strict=True):
            at = each.pose and each.view and each.pose.middle_in(each.view, part)
            if at:
                yield stand, at

    unit = 1.0
    if basis is not ScaleBasis.BODY:
        unit = max((-stand(at)[1] for stand, at in place("shoulder")), default=1400.0)
    wide, high = 2 * ASIDE * unit, (ABOVE + BELOW) * unit
    sharpest = max(1 / stand.scale_at(at) for stand, at in place(base))
    scale = min(long_side / max(wide, high), sharpest)
    shift = Homography.similarity(scale, 0.0, ASIDE * unit * scale, ABOVE * unit * scale)
    size = (round(wide * scale), round(high * scale))
    return Alignment(tuple(stand.then(shift) for stand in stands), size, basis)
