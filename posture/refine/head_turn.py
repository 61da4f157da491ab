"""By how much the head tilts more in one photo than in another: one photo laid over the other.

From behind nothing on a head is level by itself, and hair makes whatever is measured there wrong by
degrees. But it is the same head in both photos: turned back until it looks the same, it gives the
change of its tilt, though not the tilt. A head laid over its own mirror image tells whether the
hair is even.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import hypot

import cv2
import numpy as np
from numpy.typing import NDArray

from posture.detect import Detection
from posture.geometry import midpoint
from posture.issues import CaptureIssue, Severity
from posture.landmarks import TRAGI, Landmark, View
from posture.photo import Photo
from posture.refine.cut_out import cut_out
from posture.scene import Scene

UNIT_PX = 170  # shoulder width in the pictures that are laid over each other, 2 mm a pixel
RADIUS, CENTRE, SEARCH = 0.30, 0.06, 0.12
"""Of the disc that is compared, its centre's height over the ears, and how far it is looked for, in
shoulder widths. A smaller disc loses the head's outline, a larger one holds the collar."""

UNSURE_PX, ROUNDS = 9, 3
WIDEST_DEG, COARSE_DEG, FINE_DEG = 14.0, 1.0, 0.25
UNLIKE = 0.15
"""Share of the head's contrast that may differ at best; the same heads came out below 0.05, with
another posture below 0.13, other heads at 0.35."""

UNEVEN = 0.30
"""The same share for a head over its own mirror image: up to 0.27 in four hairstyles."""

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class HeadTurn:
    """By how much the head's tilt differs, + = its left side higher in the second photo.

    ``difference_deg`` is against gravity. ``unlike`` is the share of the head's contrast that
    differs when both are laid over each other.
    """

    difference_deg: float
    unlike: float

    @property
    def usable(self) -> bool:
        """Whether the two look alike enough to be the same head with the same hair."""
        return self.unlike <= UNLIKE


def head_turn(
    before: tuple[Photo, Detection, Scene], after: tuple[Photo, Detection, Scene], view: View
) -> HeadTurn | None:
    """Return how much the head turned in the plane of a frontal view; None without a head.

    Parameters
    ----------
    before, after : (Photo, Detection, Scene)
        Each photo, who was found in it, and where true vertical is.
    view : View
        Anterior or posterior.
    """
    first, second = _head(*before), _head(*after)
    if first is None or second is None:
        return None
    unlike = _laid_over(first, second)
    turns = np.arange(-WIDEST_DEG, WIDEST_DEG + COARSE_DEG / 2, COARSE_DEG)
    best = turns[int(np.argmin([unlike(turn) for turn in turns]))]
    turns = best + np.arange(-6, 7) * FINE_DEG
    found = np.array([unlike(turn) for turn in turns])
    lowest = int(found.argmin())
    near = slice(max(lowest - 2, 0), lowest + 3)
    curve = np.polyfit(turns[near], found[near], 2)
    turn = -curve[1] / (2 * curve[0]) if curve[0] > 0 else turns[lowest]
    turn = float(np.clip(turn, turns[0], turns[-1]))
    # A positive turn is counter-clockwise in the picture: in the anterior view the patient's left,
    # which is on the right there, goes up.
    return HeadTurn(turn if view is View.ANTERIOR else -turn, float(found[lowest]))


def check_hair(photo: Photo, detection: Detection, scene: Scene) -> Iterator[CaptureIssue]:
    """Yield an issue where the back of the head is not the same on both sides."""
    head = _head(photo, detection, scene)
    if head is None:
        return
    unlike = _laid_over(head, np.ascontiguousarray(head[:, ::-1]))
    turns = np.arange(-2 * WIDEST_DEG, 2 * WIDEST_DEG + 1, 2 * COARSE_DEG)  # twice the head's tilt
    if min(map(unlike, turns)) > UNEVEN:
        yield CaptureIssue(
            "hair_uneven",
            Severity.WARNING,
            "The hair falls unevenly: what is measured on the head from behind may be off by "
            "degrees. Pin the hair back, the same way at each visit, or mark the tragi.",
            mended_by=TRAGI,
        )


def _laid_over(first: Floats, second: Floats) -> Callable[[float], float]:
    """Return what tells how unlike two heads are when the first is turned by so many degrees."""
    middle = first.shape[0] / 2
    radius, reach = round(RADIUS * UNIT_PX), round(SEARCH * UNIT_PX)
    centre = (middle, middle - CENTRE * UNIT_PX)
    down, across = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    disc = (across**2 + down**2 <= radius**2).astype(np.float32)[..., None].repeat(4, axis=2)
    x0, y0 = (round(c) - radius - reach for c in centre)
    side = 2 * (radius + reach) + 1
    window = np.ascontiguousarray(second[y0 : y0 + side, x0 : x0 + side])

    def unlike(turn: float) -> float:
        """Return the least difference between the turned first head and the second one."""
        matrix = cv2.getRotationMatrix2D(centre, turn, 1.0)
        matrix[:, 2] += radius - np.array(centre)
        head = cv2.warpAffine(first, matrix, (2 * radius + 1, 2 * radius + 1))
        contrast = float((disc * (head - (disc * head).sum((0, 1)) / disc.sum((0, 1))) ** 2).sum())
        least = float(cv2.matchTemplate(window, head, cv2.TM_SQDIFF, mask=disc).min())
        return least / max(contrast, 1e-6)

    return unlike


def _head(photo: Photo, detection: Detection, scene: Scene) -> Floats | None:
    """Return the head levelled and enlarged alike, background flat: (N, N, 4) float 0 to 1."""
    points = detection.pose.points
    ears, shoulders = (
        [(points[mark].x, points[mark].y) for mark in pair]
        for pair in (
            (Landmark.LEFT_EAR, Landmark.RIGHT_EAR),
            (Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER),
        )
    )
    middle = midpoint(*ears)
    width = hypot(shoulders[0][0] - shoulders[1][0], shoulders[0][1] - shoulders[1][1])
    if width < 1:
        return None
    half = round((RADIUS + SEARCH + CENTRE) * UNIT_PX * 1.25)
    matrix = cv2.getRotationMatrix2D(middle, -scene.roll_deg, UNIT_PX / width)
    matrix[:, 2] += half - np.array(middle)
    size = (2 * half, 2 * half)
    shrunk = max(width / UNIT_PX, 1.0)
    soft = cv2.GaussianBlur(photo.pixels, (0, 0), 0.5 * shrunk) if shrunk > 1.5 else photo.pixels
    colours = cv2.warpAffine(soft, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    to_mask = np.column_stack([matrix[:, :2] / detection.mask_scale, matrix[:, 2]])
    mask = np.asarray(cv2.warpAffine(detection.mask, to_mask, size), dtype=np.float32)
    body = cut_out(np.asarray(colours, dtype=np.uint8), mask, UNSURE_PX, ROUNDS)
    if body is None:
        return None
    lab = cv2.cvtColor(cv2.GaussianBlur(colours, (0, 0), 1.0), cv2.COLOR_RGB2LAB) / 255.0
    flat = lab * body[..., None] + 0.5 * (1 - body[..., None])
    return np.dstack([flat, 0.5 * body]).astype(np.float32)
