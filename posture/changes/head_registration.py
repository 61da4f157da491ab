"""By how much the head tilts more in one photo than in another: one photo laid over the other.

From behind nothing on a head is level by itself, and hair makes whatever is measured there wrong by
degrees. But it is the same head in both photos: turned back until it looks the same, it gives the
change of its tilt, though not the tilt.
"""

from dataclasses import dataclass

from posture.imaging.photo import Photo
from posture.imaging.scene import Scene
from posture.landmarks import View
from posture.pose.detect import Detection
from posture.refine.hair import DISC, head_patch
from posture.refine.registration import register

MAX_DISSIMILARITY = 0.15
"""Share of the head's contrast that may differ at best; the same heads came out below 0.05, with
another posture below 0.13, other heads at 0.35."""


@dataclass(frozen=True)
class HeadTiltChange:
    """By how much the head's tilt differs, + = its left side higher in the second photo.

    ``difference_deg`` is against gravity. ``dissimilarity`` is the share of the head's contrast
    that differs when the two photos are aligned.
    """

    difference_deg: float
    dissimilarity: float

    @property
    def usable(self) -> bool:
        """Whether the two look alike enough to be the same head with the same hair."""
        return self.dissimilarity <= MAX_DISSIMILARITY


def head_tilt_change(
    before: tuple[Photo, Detection, Scene], after: tuple[Photo, Detection, Scene], view: View
) -> HeadTiltChange | None:
    """Return how much the head turned in the plane of a frontal view; None without a head.

    Parameters
    ----------
    before, after : (Photo, Detection, Scene)
        Each photo, who was found in it, and where true vertical is.
    view : View
        Anterior or posterior.
    """
    first, second = head_patch(*before), head_patch(*after)
    found = register(first, second, DISC, DISC.centre) if first and second else None
    if found is None:
        return None
    # A positive turn is counter-clockwise in the picture: in the anterior view the patient's left,
    # which is on the right there, goes up.
    turn = found.turn_deg if view is View.ANTERIOR else -found.turn_deg
    return HeadTiltChange(turn, found.dissimilarity)
