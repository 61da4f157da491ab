"""By how much the head tilts more in one photo than in another: one photo laid over the other.

From behind nothing on a head is level by itself, and hair makes whatever is measured there wrong by
degrees. But it is the same head in both photos: turned back until it looks the same, it gives the
change of its tilt, though not the tilt. A head laid over its own mirror image tells whether the
hair is even.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import hypot

import numpy as np

from posture.geometry import midpoint
from posture.imaging.photo import Photo
from posture.imaging.scene import Scene
from posture.issues import CaptureIssue, Severity
from posture.landmarks import TRAGI, Landmark, View
from posture.pose.detect import Detection
from posture.refine.laid_over import (
    COARSE_DEG,
    WIDEST_DEG,
    Disc,
    Picture,
    lay_over,
    picture,
    unlike_its_mirror_image,
)

UNIT_PX = 170  # shoulder width in the pictures that are laid over each other, 2 mm a pixel
RADIUS, CENTRE, SEARCH = 0.30, 0.06, 0.12
"""Of the disc that is compared, its centre's height over the ears, and how far it is looked for, in
shoulder widths. A smaller disc loses the head's outline, a larger one holds the collar."""

HALF_PX = round((RADIUS + SEARCH + CENTRE) * UNIT_PX * 1.25)
DISC = Disc((HALF_PX, HALF_PX - CENTRE * UNIT_PX), round(RADIUS * UNIT_PX), round(SEARCH * UNIT_PX))

UNLIKE = 0.15
"""Share of the head's contrast that may differ at best; the same heads came out below 0.05, with
another posture below 0.13, other heads at 0.35."""

UNEVEN = 0.30
"""The same share for a head over its own mirror image: up to 0.27 in four hairstyles."""


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
    found = lay_over(first, second, DISC, DISC.centre) if first and second else None
    if found is None:
        return None
    # A positive turn is counter-clockwise in the picture: in the anterior view the patient's left,
    # which is on the right there, goes up.
    turn = found.turn_deg if view is View.ANTERIOR else -found.turn_deg
    return HeadTurn(turn, found.unlike)


def check_hair(photo: Photo, detection: Detection, scene: Scene) -> Iterator[CaptureIssue]:
    """Yield an issue where the back of the head is not the same on both sides."""
    head = _head(photo, detection, scene)
    if head is None:
        return
    turns = np.arange(-2 * WIDEST_DEG, 2 * WIDEST_DEG + 1, 2 * COARSE_DEG)  # twice the head's tilt
    if unlike_its_mirror_image(head, DISC, turns) > UNEVEN:
        yield CaptureIssue(
            "hair_uneven",
            Severity.WARNING,
            "The hair falls unevenly: what is measured on the head from behind may be off by "
            "degrees. Pin the hair back, the same way at each visit, or mark the tragi.",
            mended_by=TRAGI,
        )


def _head(photo: Photo, detection: Detection, scene: Scene) -> Picture | None:
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
    return picture(photo, detection, middle, half=HALF_PX, scale=scale, roll_deg=scene.roll_deg)
