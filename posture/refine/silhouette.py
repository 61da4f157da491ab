"""Shoulder level from the silhouette: the body's outline above each acromion.

The pose model's shoulders follow a raised shoulder by about 0.7 of it. The outline follows it
wholly, once the photo is levelled: on an unlevelled one, columns are not verticals. The outline is
cut out of the picture's own colours (GrabCut), seeded by the model's coarse mask.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import atan2, cos, degrees, hypot, radians, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from posture.detect import Detection
from posture.issues import CaptureIssue, Severity
from posture.landmarks import Landmark, Point, Pose, Source
from posture.photo import Photo
from posture.refine.cut_out import cut_out

WIDTH_PX = 250  # of the shoulders in the cut-out, at most
SIDE, ABOVE, BELOW = 1.1, 1.0, 0.8  # the cut-out around mid-shoulder, in shoulder widths
UNSURE = 0.05  # shoulder widths on either side of the mask's edge that GrabCut decides
ROUNDS = 2
COLUMN = 0.03  # half the width, in shoulder widths, over which the outline's height is taken
SEARCH = (-0.5, 0.45)  # shoulder widths from mid-shoulder, downwards
DISAGREE_DEG = 2.5
"""Outline against landmarks: on good pictures they differed by up to 2.4°, 2% by more than 2°."""


@dataclass(frozen=True)
class Outline:
    """Both acromia on the outline, in photo pixels.

    ``disagreement_deg``: how far their line is from that of the shoulder landmarks.
    """

    points: dict[Landmark, Point]
    disagreement_deg: float

    @property
    def usable(self) -> bool:
        """Whether outline and landmarks can both be of the same shoulders."""
        return self.disagreement_deg <= DISAGREE_DEG


def check_outline(outline: Outline | None) -> Iterator[CaptureIssue]:
    """Yield an issue where outline and landmarks contradict each other."""
    if outline is not None and not outline.usable:
        yield CaptureIssue(
            "methods_disagree",
            Severity.WARNING,
            f"The outline of the shoulders and the detected joints differ by "
            f"{outline.disagreement_deg:.1f}°: the joints are used, with their larger error. Let "
            "the hair not fall over the shoulders, wear nothing loose, or mark the acromia.",
        )


def find_acromia(photo: Photo, detection: Detection, pose: Pose, roll_deg: float) -> Outline | None:
    """Find both acromia of a frontal photo on the body's outline.

    Parameters
    ----------
    photo : Photo
    detection : Detection
        For its mask.
    pose : Pose
        Detected joints, sides as the view tells.
    roll_deg : float
        The camera's roll, to level the photo by.

    Returns
    -------
    Outline or None
        None where the shoulders or the outline above them are not to be seen.
    """
    left, right = (pose.get(mark) for mark in (Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER))
    if left is None or right is None:
        return None
    width = hypot(left.x - right.x, left.y - right.y)
    if width < 30:
        return None
    crop = _levelling(((left.x + right.x) / 2, (left.y + right.y) / 2), width, roll_deg)
    size = (round(2 * SIDE * crop.unit), round((ABOVE + BELOW) * crop.unit))
    colours = cv2.warpAffine(
        photo.pixels, crop.matrix, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
    )
    to_mask = np.diag([1 / detection.mask_scale, 1 / detection.mask_scale])
    of_mask = np.column_stack([crop.matrix[:, :2] @ to_mask, crop.matrix[:, 2]])
    mask = cv2.warpAffine(detection.mask, of_mask, size, borderMode=cv2.BORDER_REPLICATE)
    body = cut_out(
        np.asarray(colours, dtype=np.uint8),
        np.asarray(mask, dtype=np.float32),
        max(3, int(UNSURE * crop.unit)),
        ROUNDS,
    )
    if body is None:
        return None
    places = []
    for point in (left, right):
        x = float((crop.matrix @ [point.x, point.y, 1.0])[0])
        y = _top(body, x, crop.unit)
        if y is None:
            return None
        places.append((x, y))
    inverse = np.linalg.inv(np.vstack([crop.matrix, [0.0, 0.0, 1.0]]))
    on_photo = [inverse @ [x, y, 1.0] for x, y in places]
    return Outline(
        {
            mark: Point(float(place[0]), float(place[1]), source=Source.REFINED)
            for mark, place in zip(
                (Landmark.LEFT_ACROMION, Landmark.RIGHT_ACROMION), on_photo, strict=True
            )
        },
        abs(
            _slope((on_photo[0][0], on_photo[0][1]), (on_photo[1][0], on_photo[1][1]))
            - _slope((left.x, left.y), (right.x, right.y))
        ),
    )


@dataclass(frozen=True)
class _Crop:
    """``matrix`` (2, 3) takes photo pixels to the levelled cut-out; ``unit``: shoulder width."""

    matrix: NDArray[np.float64]
    unit: float


def _levelling(middle: tuple[float, float], width: float, roll_deg: float) -> _Crop:
    scale = min(1.0, WIDTH_PX / width)
    c, s = scale * cos(radians(roll_deg)), scale * sin(radians(roll_deg))
    linear = np.array(
        [[c, -s], [s, c]]
    )  # clockwise by the roll, which turned the scene the other way
    target = np.array([SIDE, ABOVE]) * width * scale
    return _Crop(np.column_stack([linear, target - linear @ np.array(middle)]), width * scale)


def _top(body: NDArray[np.float32], x: float, unit: float) -> float | None:
    """Return the outline's height at a column, to a part of a pixel; None where there is none."""
    first, last = (round((ABOVE + share) * unit) for share in SEARCH)
    heights = []
    for column in np.round(np.linspace(x - COLUMN * unit, x + COLUMN * unit, 9)).astype(int):
        if not 0 <= column < body.shape[1]:
            continue
        values = body[max(first, 0) : last, column]
        inside = np.flatnonzero(values >= 0.5)
        if not inside.size or inside[0] == 0:
            continue
        n = int(inside[0])
        step = float(values[n] - values[n - 1])
        heights.append(max(first, 0) + n - float(values[n] - 0.5) / step)
    return float(np.median(heights)) if len(heights) >= 5 else None


def _slope(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the undirected line's angle in the picture in degrees."""
    dx, dy = one[0] - other[0], one[1] - other[1]
    return degrees(atan2(dy if dx >= 0 else -dy, abs(dx)))
