"""Combines several passes of the model: discards the useless ones and averages the rest.

A pass is an array (33, 2 or more) in the order of ``DETECTED``: x and y in pixels, then the rest.
"""

import numpy as np
from numpy.typing import NDArray

from posture.landmarks import DETECTED, Landmark

Floats = NDArray[np.float64]

FRONTAL = (
    0.35  # of the trunk's length: shoulders of a frontal body are 0.65 apart, of a profile 0.1
)
CONSISTENT = (
    0.9  # of the widest pass's shoulders; whole bodies came out above 0.93, one in 250 at 0.85
)
MIRROR = np.array([DETECTED.index(landmark.mirrored) for landmark in DETECTED])
LEFT_LEG = np.array(
    [DETECTED.index(Landmark(f"left_{part}")) for part in ("knee", "ankle", "heel", "foot_index")]
)


def are_consistent(stack: Floats) -> NDArray[np.bool_]:
    """Return which passes (n,) show a body and not the mean of a front and a back.

    If somebody stands with the back to the camera, the model may be undecided which side it sees.
    Its landmarks then lie between the two, with shoulders that nearly meet.
    """
    widths = np.abs([_shoulders(seen) for seen in stack])
    if widths.max() < FRONTAL:
        return np.ones(len(stack), dtype=bool)
    return np.asarray(widths >= CONSISTENT * widths.max())


def are_flipped(stack: Floats) -> NDArray[np.bool_]:
    """Return which passes (n,) swapped left and right compared with most of them.

    The mean of a body seen from the front and from the back would have no width.
    """
    widths = np.array([_shoulders(seen) for seen in stack])
    if np.abs(widths).max() < FRONTAL:
        return np.zeros(len(stack), dtype=bool)
    most = np.sign(np.sign(widths).sum()) or np.sign(widths[0])
    return np.asarray(widths * most < 0)


def legs_unswapped(stack: Floats) -> Floats:
    """Return the passes with each leg on the side of its shoulder.

    From behind, some passes see the trunk from the back and the legs from the front: their mean
    would put knees and ankles midway between the legs. Standing legs do not cross.
    """
    widths = np.array([_shoulders(seen) for seen in stack])
    if np.abs(widths).max() < FRONTAL:
        return stack
    apart = stack[:, LEFT_LEG, 0] - stack[:, MIRROR[LEFT_LEG], 0]
    tangled = np.zeros(stack.shape[:2], dtype=bool)
    tangled[:, LEFT_LEG] = tangled[:, MIRROR[LEFT_LEG]] = apart * widths[:, None] < 0
    return np.where(tangled[..., None], stack[:, MIRROR], stack)


def _shoulders(body: Floats) -> float:
    """Return how far the left shoulder lies to the right of the right one, in trunk lengths."""
    shoulders, hips = (
        body[[DETECTED.index(Landmark(f"{side}_{part}")) for side in ("left", "right")], :2]
        for part in ("shoulder", "hip")
    )
    trunk = float(np.linalg.norm(shoulders.mean(axis=0) - hips.mean(axis=0)))
    return float((shoulders[0, 0] - shoulders[1, 0]) / max(trunk, 1e-6))


def average(stack: Floats) -> tuple[Floats, Floats]:
    """Return each landmark's robust mean (33, 2) and its spread over the passes (33,) in pixels.

    Passes more than three robust standard deviations from the median are discarded, point by
    point, so that a misplaced limb in one pass does not affect the mean.
    """
    distance = np.linalg.norm(stack - np.median(stack, axis=0), axis=2)
    limit = np.maximum(3 * 1.4826 * np.median(distance, axis=0), 1e-6)
    kept = (distance <= limit)[..., None]
    count = np.maximum(kept.sum(axis=0), 1)
    mean = (stack * kept).sum(axis=0) / count
    variance = (kept * (stack - mean) ** 2).sum(axis=0) / np.maximum(count - 1, 1)
    return mean, np.sqrt(variance.sum(axis=1) / 2)


def count_people(bodies: list[Floats], main: int) -> int:
    """Count people; detections that overlap are the same person."""
    boxes = [(*body.min(axis=0), *body.max(axis=0)) for body in bodies]
    distinct = [boxes[main]]
    for index, box in enumerate(boxes):
        if index != main and all(_overlap(box, other) < 0.5 for other in distinct):
            distinct.append(box)
    return len(distinct)


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Return the overlap of two boxes (x0, y0, x1, y1) as a share of the smaller one."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    tall = min(one[3], other[3]) - max(one[1], other[1])
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return max(wide, 0) * max(tall, 0) / smaller if smaller > 0 else 0.0
