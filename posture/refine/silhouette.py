"""Shoulder level from the silhouette: the body's outline above each acromion.

The pose model's shoulder landmarks show about 70% of a raised shoulder. The outline shows all of
it, once the photo is levelled: in an unlevelled photo, columns are not vertical. GrabCut cuts the
outline out by the picture's colours, seeded by the model's coarse mask. Aligning the outline's two
halves shows where along it the acromia are.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import atan2, degrees, hypot

import numpy as np
from numpy.typing import NDArray

from posture.geometry import XY, midpoint
from posture.imaging.photo import Photo
from posture.issues import CaptureIssue, Severity
from posture.landmarks import ACROMIA, Landmark, Point, Pose, Source
from posture.pose.detect import Detection
from posture.refine.cut_out import cut_out_of, levelled
from posture.refine.mirror import AT, fit_mirrored
from posture.words import Message

WIDTH_PX = 250  # of the shoulders in the cut-out, at most
AROUND = (1.1, 1.0, 0.8)  # to the sides, above and below mid-shoulder, in shoulder widths
UNSURE = 0.08  # shoulder widths on either side of the mask's edge, where GrabCut decides
ROUNDS = 2

# In half-breadths, from the axis to the outer edge of an upper arm:
COLUMNS = (
    0.81,
    0.86,
    0.91,
)  # where the outline's height is read; the acromion is at the second
COLUMN = 0.045  # half the width of one of them
ABOVE_JOINT, BELOW_JOINT = 0.8, 0.6  # range in which the outline is searched
MATCHED = 0.3  # weight of the aligned halves relative to the three columns

JOINTS_SHOW = 0.7  # share of the outline's slope that the shoulder landmarks show
DISAGREE_DEG = 2.3
"""Between the joints' slope and that share of the outline's: up to 2.2° in good photos, and beyond
1.3° in 1% of them."""


@dataclass(frozen=True)
class Outline:
    """Both acromia on the outline, in photo pixels.

    ``disagreement_deg``: difference between the joints' slope and what they should show of it.
    """

    points: dict[Landmark, Point]
    disagreement_deg: float

    @property
    def usable(self) -> bool:
        """Whether outline and landmarks can belong to the same shoulders."""
        return self.disagreement_deg <= DISAGREE_DEG


def check_outline(outline: Outline | None) -> Iterator[CaptureIssue]:
    """Yield an issue if outline and landmarks contradict each other."""
    if outline is not None and not outline.usable:
        yield CaptureIssue(
            "methods_disagree",
            Severity.WARNING,
            Message(
                "The outline of the shoulders and the detected joints disagree by "
                "{disagreement_deg:.1f}°: the joints are used, with their larger "
                "error. Keep hair and loose clothes off the shoulders, or mark the "
                "acromia.",
                disagreement_deg=outline.disagreement_deg,
            ),
            mended_by=ACROMIA,
        )


def find_acromia(photo: Photo, detection: Detection, pose: Pose, roll_deg: float) -> Outline | None:
    """Find both acromia of a frontal photo on the body's outline.

    Parameters
    ----------
    photo : Photo
    detection : Detection
        For its mask.
    pose : Pose
        Detected joints, with sides according to the view.
    roll_deg : float
        The camera's roll, used to level the photo.

    Returns
    -------
    Outline or None
        None if the shoulders or the outline above them are not visible.
    """
    left, right = (pose.get(mark) for mark in (Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER))
    if left is None or right is None:
        return None
    width = hypot(left.x - right.x, left.y - right.y)
    if width < 30:
        return None
    middle = midpoint((left.x, left.y), (right.x, right.y))
    crop = levelled(middle, width, WIDTH_PX, AROUND, roll_deg)
    body = cut_out_of(photo, detection, crop, UNSURE, ROUNDS)
    if body is None:
        return None
    ends = [crop.matrix @ [point.x, point.y, 1.0] for point in (left, right)]
    joints = (ends[0][0], ends[0][1]), (ends[1][0], ends[1][1])
    places = _acromia(body, *joints)
    if places is None:
        return None
    inverse = np.linalg.inv(np.vstack([crop.matrix, [0.0, 0.0, 1.0]]))
    on_photo = [inverse @ [x, y, 1.0] for x, y in places]
    return Outline(
        {
            mark: Point(float(place[0]), float(place[1]), source=Source.REFINED)
            for mark, place in zip(
                (Landmark.LEFT_ACROMION, Landmark.RIGHT_ACROMION), on_photo, strict=True
            )
        },
        abs(JOINTS_SHOW * _slope(*places) - _slope(*joints)),
    )


def _acromia(body: NDArray[np.float32], left: XY, right: XY) -> tuple[XY, XY] | None:
    """Return both acromia on a levelled outline, given the shoulder joints."""
    outer = [_arm(body, joint, other) for joint, other in ((left, right), (right, left))]
    if outer[0] is None or outer[1] is None:
        return None
    half = (outer[0] - outer[1]) / 2
    middle = ((outer[0] + outer[1]) / 2, (left[1] + right[1]) / 2)
    mirrored = fit_mirrored(body, middle, half)
    if mirrored is None:
        return None
    raised, heights = [], []
    for share in COLUMNS:
        tops = [
            _top(body, mirrored.axis + side * share * half, middle[1], half) for side in (1, -1)
        ]
        if tops[0] is None or tops[1] is None:
            return None
        raised.append((tops[1] - tops[0]) / share)
        heights.append((tops[0] + tops[1]) / 2)
    slope = (1 - MATCHED) * float(np.mean(raised)) + MATCHED * mirrored.raised / AT[0]
    # The joints give the middle as well as the outline's axis does, with independent errors.
    x = (mirrored.axis + (left[0] + right[0]) / 2) / 2
    y = float(np.mean(heights))
    one, other = ((x + side * AT[0] * half, y - side * AT[0] * slope / 2) for side in (1.0, -1.0))
    return one, other


def _arm(body: NDArray[np.float32], joint: XY, other: XY) -> float | None:
    """Return the x of the arm's outer edge beside a shoulder joint; None if it is cut off."""
    row = round(joint[1])
    if not 0 <= row < body.shape[0]:
        return None
    inside = np.flatnonzero(body[row] >= 0.5)
    if not inside.size:
        return None
    edge = int(inside[-1] if joint[0] > other[0] else inside[0])
    return float(edge) if 0 < edge < body.shape[1] - 1 else None


def _top(body: NDArray[np.float32], x: float, y: float, half: float) -> float | None:
    """Return the outline's height at a column to subpixel precision; None if there is none."""
    size = abs(half)
    first, last = max(round(y - ABOVE_JOINT * size), 0), round(y + BELOW_JOINT * size)
    heights = []
    for column in np.round(np.linspace(x - COLUMN * size, x + COLUMN * size, 9)).astype(int):
        if not 0 <= column < body.shape[1]:
            continue
        values = body[first:last, column]
        inside = np.flatnonzero(values >= 0.5)
        if not inside.size or inside[0] == 0:
            continue
        n = int(inside[0])
        step = float(values[n] - values[n - 1])
        heights.append(first + n - float(values[n] - 0.5) / step)
    return float(np.median(heights)) if len(heights) >= 5 else None


def _slope(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the undirected line's angle in the picture in degrees."""
    dx, dy = one[0] - other[0], one[1] - other[1]
    return degrees(atan2(dy if dx >= 0 else -dy, abs(dx)))
