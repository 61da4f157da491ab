"""The head from behind as a picture of its own, and whether its hair falls evenly.

A head laid over its own mirror image tells whether the hair is even; laid over the head of another
photo it tells by how much it turned (``changes/head_registration.py``).
"""

from collections.abc import Iterator
from math import hypot

import numpy as np

from posture.geometry import midpoint
from posture.imaging.photo import Photo
from posture.imaging.scene import Scene
from posture.issues import CaptureIssue, Severity
from posture.landmarks import TRAGI, Landmark
from posture.pose.detect import Detection
from posture.refine.registration import (
    COARSE_DEG,
    WIDEST_DEG,
    Disc,
    Patch,
    levelled_patch,
    mirror_dissimilarity,
)
from posture.words import Message

UNIT_PX = 170  # shoulder width in the pictures that are laid over each other, 2 mm a pixel
RADIUS, CENTRE, SEARCH = 0.30, 0.06, 0.12
"""Of the disc that is compared, its centre's height over the ears, and how far it is looked for, in
shoulder widths. A smaller disc loses the head's outline, a larger one holds the collar."""

HALF_PX = round((RADIUS + SEARCH + CENTRE) * UNIT_PX * 1.25)
DISC = Disc((HALF_PX, HALF_PX - CENTRE * UNIT_PX), round(RADIUS * UNIT_PX), round(SEARCH * UNIT_PX))

UNEVEN = 0.30
"""Share of the head's contrast that may differ from its own mirror image; four hairstyles had up to
0.27."""


def check_hair(photo: Photo, detection: Detection, scene: Scene) -> Iterator[CaptureIssue]:
    """Yield an issue where the back of the head is not the same on both sides."""
    head = head_patch(photo, detection, scene)
    if head is None:
        return
    turns = np.arange(-2 * WIDEST_DEG, 2 * WIDEST_DEG + 1, 2 * COARSE_DEG)  # twice the head's tilt
    if mirror_dissimilarity(head, DISC, turns) > UNEVEN:
        yield CaptureIssue(
            "hair_uneven",
            Severity.WARNING,
            Message(
                "The hair falls unevenly: head values from behind may be wrong by "
                "several degrees. Pin the hair back, the same way at each visit, or "
                "mark the tragi."
            ),
            mended_by=TRAGI,
        )


def head_patch(photo: Photo, detection: Detection, scene: Scene) -> Patch | None:
    """Return the head, levelled and as large as any other."""
    points = detection.pose.points
    ears, shoulders = (
        [(points[mark].x, points[mark].y) for mark in pair]
        for pair in (
            (Landmark.LEFT_EAR, Landmark.RIGHT_EAR),
            (Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER),
        )
    )
    width = hypot(shoulders[0][0] - shoulders[1][0], shoulders[0][1] - shoulders[1][1])
    if width < 1:
        return None
    scale = UNIT_PX / width
    middle = midpoint(*ears)
    return levelled_patch(
        photo, detection, middle, half=HALF_PX, scale=scale, roll_deg=scene.roll_deg
    )
