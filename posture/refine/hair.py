"""The head from behind as a patch of its own, and whether its hair falls evenly.

Comparing the head with its mirror image shows whether the hair is even; registering it with the
head of another photo gives the change of its tilt (``changes/head_registration.py``).
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

UNIT_PX = 170  # shoulder width in the patches, 2 mm per pixel
RADIUS, CENTRE, SEARCH = 0.30, 0.06, 0.12
"""Radius of the compared disc, height of its centre above the ears, and search range, in shoulder
widths. A smaller disc loses the head's outline, a larger one includes the collar."""

HALF_PX = round((RADIUS + SEARCH + CENTRE) * UNIT_PX * 1.25)
DISC = Disc((HALF_PX, HALF_PX - CENTRE * UNIT_PX), round(RADIUS * UNIT_PX), round(SEARCH * UNIT_PX))

UNEVEN = 0.30
"""Share of the head's contrast that may differ from its mirror image; four hairstyles had up to
0.27."""


def check_hair(photo: Photo, detection: Detection, scene: Scene) -> Iterator[CaptureIssue]:
    """Yield an issue if the two sides of the back of the head differ."""
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
    """Return the head as a patch, levelled and of standard size; None without shoulders."""
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
