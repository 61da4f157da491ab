"""The ankles from the outline of the lower legs: the plumb line of frontal views stands on them.

The pose model's ankles are off by 2 to 5 mm from one photo to the next, and what is measured
against the plumb line with them. A leg's two edges tell its middle within half a millimetre, where
it is seen as a leg: one that tapers to the ankle. Wide trousers end where their cloth hangs, so
there the model's ankles stay.
"""

from math import hypot

import numpy as np
from numpy.typing import NDArray

from posture.detect import Detection
from posture.geometry import XY, midpoint
from posture.landmarks import Landmark, Point, Pose, Source
from posture.photo import Photo
from posture.refine.cut_out import cut_out_of, levelled

SIDES = ("left", "right")
TRUNK_PX = 300  # the trunk in the cut-out, at most
AROUND = (0.8, 0.6, 0.3)  # to the sides, above and below mid-ankle, in trunk lengths
UNSURE, ROUNDS = 0.03, 2

# In trunk lengths above the ankle's landmark:
ROWS = (0.0, 0.02, 0.04, 0.06, 0.08, 0.10)  # where a leg's middle is taken
CALF = 0.30

TAPERED = 0.8  # of the calf's width; bare and closely clothed ankles had 0.55 to 0.75, jeans 0.87
WIDEST = 0.2  # trunk lengths; ankles had 0.10 to 0.16
APART = 0.006  # trunk lengths, 3 mm, between the rows' middles: a wall of the legs' colour had more


def find_ankles(
    photo: Photo, detection: Detection, pose: Pose, roll_deg: float
) -> dict[Landmark, Point]:
    """Find both ankles of a frontal photo in the middle of the legs' outlines.

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
    dict of Landmark to Point
        Both ankles, moved sideways by what the middle between them is off; how the model is wrong
        on each alone is mostly mirrored on the other. Empty where the outline does not tell.
    """
    joints = [[_place(pose, side, part) for side in SIDES] for part in ("ankle", "knee")]
    trunk = _trunk(pose)
    if trunk is None or any(place is None for pair in joints for place in pair):
        return {}
    (left, right), knees = joints
    if left is None or right is None:
        return {}
    crop = levelled(midpoint(left, right), trunk, TRUNK_PX, AROUND, roll_deg)
    body = cut_out_of(photo, detection, crop, UNSURE, ROUNDS)
    if body is None:
        return {}
    matrix, unit = crop.matrix, crop.unit
    ends = [[matrix @ [*place, 1.0] for place in pair if place] for pair in ((left, right), knees)]
    legs = [_middles(body, ankle, knee, unit) for ankle, knee in zip(*ends, strict=True)]
    if legs[0] is None or legs[1] is None:
        return {}
    between = (legs[0] + legs[1]) / 2
    if np.ptp(between) > APART * unit:
        return {}
    dx, dy = np.linalg.inv(matrix[:, :2]) @ [float(np.median(between)), 0.0]
    return {
        Landmark(f"{side}_ankle"): Point(x + float(dx), y + float(dy), source=Source.REFINED)
        for side, (x, y) in zip(SIDES, (left, right), strict=True)
    }


def _middles(
    body: NDArray[np.float32], ankle: NDArray[np.float64], knee: NDArray[np.float64], unit: float
) -> NDArray[np.float64] | None:
    """Return how far right of the line from ankle to knee a leg's middle is on each of the rows.

    Pixels of the cut-out; None where the leg does not taper to the ankle, or is not seen whole.
    """
    lean = (knee[0] - ankle[0]) / (knee[1] - ankle[1] or 1.0)
    spans = []
    for above in (*ROWS, CALF):
        y = ankle[1] - above * unit
        at = ankle[0] + lean * (y - ankle[1])
        span = _span(body, at, y)
        if span is None:
            return None
        spans.append((span[1] - span[0], (span[0] + span[1]) / 2 - at))
    widths, offs = np.array(spans).T
    legs, calf = widths[:-1], widths[-1]
    if legs.max() > WIDEST * unit or legs.min() > TAPERED * calf:
        return None
    return np.asarray(offs[:-1])


def _span(body: NDArray[np.float32], x: float, y: float) -> tuple[float, float] | None:
    """Return where the body begins and ends on a row around a place, to a part of a pixel."""
    row, column = int(y), int(x)
    if not (0 <= row < body.shape[0] and 0 <= column < body.shape[1]):
        return None
    values = body[row]
    outside = np.flatnonzero(values < 0.5)
    before, after = outside[outside < column], outside[outside > column]
    if values[column] < 0.5 or not before.size or not after.size:
        return None
    first, last = int(before[-1]), int(after[0])
    edges = (
        first + (0.5 - values[first]) / (values[first + 1] - values[first]),
        last - (0.5 - values[last]) / (values[last - 1] - values[last]),
    )
    return float(edges[0]) + 0.5, float(edges[1]) + 0.5


def _trunk(pose: Pose) -> float | None:
    ends = [[_place(pose, side, part) for side in SIDES] for part in ("shoulder", "hip")]
    places = [place for pair in ends for place in pair if place]
    if len(places) < 4:
        return None
    (x0, y0), (x1, y1) = midpoint(places[0], places[1]), midpoint(places[2], places[3])
    length = hypot(x0 - x1, y0 - y1)
    return length if length > 20 else None


def _place(pose: Pose, side: str, part: str) -> XY | None:
    point = pose.get(Landmark(f"{side}_{part}"))
    return (point.x, point.y) if point else None
