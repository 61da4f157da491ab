"""Refines the ankles, on which the plumb line of frontal views stands, by the legs' outlines.

The pose model's ankles vary by 2 to 5 mm from one photo to the next, and so do the values measured
against the plumb line. A leg's two edges give its middle within half a millimetre, if the outline
is that of a leg: one that tapers to the ankle. In wide trousers the model's ankles are kept.
"""

import numpy as np
from numpy.typing import NDArray

from posture.imaging.photo import Photo
from posture.landmarks import Landmark, Point, Pose, Source
from posture.pose.detect import Detection
from posture.refine.cut_out import cut_out_of, levelled

ANKLES = (Landmark.LEFT_ANKLE, Landmark.RIGHT_ANKLE)
KNEES = (Landmark.LEFT_KNEE, Landmark.RIGHT_KNEE)
TRUNK_PX = 300  # the trunk in the cut-out, at most
AROUND = (0.8, 0.6, 0.3)  # to the sides, above and below mid-ankle, in trunk lengths
UNSURE, ROUNDS = 0.03, 2

# In trunk lengths above the ankle's landmark:
ROWS = (0.0, 0.02, 0.04, 0.06, 0.08, 0.10)  # where a leg's middle is taken
CALF = 0.30

TAPERED = 0.8  # of the calf's width; bare or tightly clothed ankles had 0.55 to 0.75, jeans 0.87
WIDEST = 0.2  # trunk lengths; ankles had 0.10 to 0.16
APART = (
    0.006  # trunk lengths (3 mm) between the rows' middles; with a wall of the legs' colour, more
)


def find_ankles(
    photo: Photo, detection: Detection, pose: Pose, roll_deg: float
) -> dict[Landmark, Point]:
    """Find both ankles of a frontal photo at the middle of each leg's outline.

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
    dict of Landmark to Point
        Both ankles, shifted sideways by the error of the middle between them; the model's errors
        on the two are mostly mirror images. Empty if the outline is unclear.
    """
    joints = [point for mark in (*ANKLES, *KNEES) if (point := pose.get(mark))]
    trunk, middle = pose.trunk_px(), pose.middle("ankle")
    if trunk is None or middle is None or len(joints) < 4:
        return {}
    crop = levelled(middle, trunk, TRUNK_PX, AROUND, roll_deg)
    body = cut_out_of(photo, detection, crop, UNSURE, ROUNDS)
    if body is None:
        return {}
    ends = [crop.matrix @ [point.x, point.y, 1.0] for point in joints]
    legs = [_middles(body, ends[n], ends[n + 2], crop.unit) for n in range(2)]
    if legs[0] is None or legs[1] is None:
        return {}
    between = (legs[0] + legs[1]) / 2
    if np.ptp(between) > APART * crop.unit:
        return {}
    dx, dy = np.linalg.inv(crop.matrix[:, :2]) @ [float(np.median(between)), 0.0]
    return {
        mark: Point(joint.x + float(dx), joint.y + float(dy), source=Source.REFINED)
        for mark, joint in zip(ANKLES, joints[:2], strict=True)
    }


def _middles(
    body: NDArray[np.float32], ankle: NDArray[np.float64], knee: NDArray[np.float64], unit: float
) -> NDArray[np.float64] | None:
    """Return how far a leg's middle lies to the right of the line from ankle to knee on each row.

    Pixels of the cut-out; None if the leg does not taper to the ankle or is not completely visible.
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
    """Return where the body begins and ends on a row around a place, to subpixel precision."""
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
