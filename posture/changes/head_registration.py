"""The change of head tilt between two photos, by registering one head with the other.

From behind, a head has no feature that is level by itself, and hair makes measurements there wrong
by degrees. But both photos show the same head: the rotation that makes the two look alike is the
change of its tilt, though not the tilt itself.
"""

from dataclasses import dataclass

from posture.imaging.photo import Photo
from posture.imaging.scene import Scene
from posture.landmarks import View
from posture.pose.detect import Detection
from posture.refine.hair import DISC, head_patch
from posture.refine.registration import register

MAX_DISSIMILARITY = 0.15
"""Share of the head's contrast that may differ at the best fit. The same head had below 0.05, in
another posture below 0.13; other heads had 0.35."""


@dataclass(frozen=True)
class HeadTiltChange:
    """The change of the head's tilt, + = its left side higher in the second photo.

    ``difference_deg`` is against gravity. ``dissimilarity`` is the share of the head's contrast
    that differs when the two photos are aligned.
    """

    difference_deg: float
    dissimilarity: float

    @property
    def usable(self) -> bool:
        """Whether the two are similar enough to be the same head with the same hair."""
        return self.dissimilarity <= MAX_DISSIMILARITY


def head_tilt_change(
    before: tuple[Photo, Detection, Scene], after: tuple[Photo, Detection, Scene], view: View
) -> HeadTiltChange | None:
    """Return the change of head tilt in a frontal view; None if a head cannot be cut out.

    Parameters
    ----------
    before, after : (Photo, Detection, Scene)
        Each photo, the person detected in it, and its true vertical.
    view : View
        Anterior or posterior.
    """
    first, second = head_patch(*before), head_patch(*after)
    found = register(first, second, DISC, DISC.centre) if first and second else None
    if found is None:
        return None
    # A positive turn is counter-clockwise in the picture: in the anterior view, the patient's left,
    # which is on the right there, moves up.
    turn = found.turn_deg if view is View.ANTERIOR else -found.turn_deg
    return HeadTiltChange(turn, found.dissimilarity)
