"""Blurs the face in a copy of a photo that leaves the record."""

from math import hypot

import cv2
import numpy as np
from numpy.typing import NDArray

from posture.geometry import XY
from posture.landmarks import Landmark, Pose

CELLS = 7  # across the head: about 5 cm each
HEAD = tuple(
    Landmark(name)
    for name in (
        "nose", "left_eye", "right_eye", "left_ear", "right_ear", "mouth_left", "mouth_right",
        "left_tragus", "right_tragus",
    )
)  # fmt: skip
SHOULDERS = tuple(
    Landmark(f"{side}_{part}") for part in ("shoulder", "acromion") for side in ("left", "right")
)


def pixelated(pixels: NDArray[np.uint8], pose: Pose | None) -> NDArray[np.uint8] | None:
    """Return a copy with the head in coarse squares, or None if no head is known.

    The head is hidden in every view: the view may be wrong, and a profile is a face, too.
    """
    head = _head(pose) if pose else None
    if head is None:
        return None
    (x, y), radius = head
    height, width = pixels.shape[:2]
    left, right = max(0, round(x - radius)), min(width, round(x + radius))
    top, bottom = max(0, round(y - radius)), min(height, round(y + radius))
    if right - left < CELLS or bottom - top < CELLS:
        return None
    copy = pixels.copy()
    part = copy[top:bottom, left:right]
    small = cv2.resize(part, (CELLS, CELLS), interpolation=cv2.INTER_AREA)
    coarse = cv2.resize(small, (part.shape[1], part.shape[0]), interpolation=cv2.INTER_NEAREST)
    copy[top:bottom, left:right] = coarse
    return copy


def _head(pose: Pose) -> tuple[XY, float] | None:
    """Return the head's middle and radius in pixels."""
    points = [(p.x, p.y) for mark in HEAD if (p := pose.get(mark))]
    if not points:
        return None
    x, y = _mean(points)
    radius = 2.2 * max(hypot(px - x, py - y) for px, py in points)
    shoulders = [(p.x, p.y) for mark in SHOULDERS if (p := pose.get(mark))]
    if shoulders:
        sx, sy = _mean(shoulders)
        radius = max(radius, 0.8 * hypot(sx - x, sy - y))
    return ((x, y), radius) if radius > 0 else None


def _mean(points: list[XY]) -> XY:
    return sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points)
