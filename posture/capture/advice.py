"""What a patient in front of the camera should change, most important first."""

from enum import StrEnum
from math import atan2, degrees
from statistics import fmean, median
from typing import Final

from posture.landmarks import Landmark, Point, View
from posture.measuring.quality import FEET, PRESENT
from posture.pose.detect import Detection
from posture.pose.facing import guess_view

# Shares of the picture's height. The head ends a tenth of nose-to-heel above the nose, the sole
# begins a fortieth below heel and toes (rendered people, all views: 0.07 to 0.11, 0.014 to 0.037).
CROWN, SOLE = 0.10, 0.025
EDGE: Final = 0.005
SMALLEST, LARGEST = 0.5, 0.93
ASIDE: Final = 0.12  # of the picture's width, of the body's middle from the picture's
# A single pass shows a straight front as turned by up to 8°, and one turned by 10° as 13 to 18°. It
# shows a straight back as turned by −32 to −5°, so that only large turns are noticed from behind.
TURNED: Final = {View.ANTERIOR: (0.0, 12.5), View.POSTERIOR: (-18.0, 28.0)}
TURNED_LATERAL: Final = 0.14  # left-right distance over trunk length; straight: up to 0.10
RAISED: Final = 0.06  # of the body's height, of a wrist above the hip

TRUNK = ("shoulder", "hip")
LONG = (*TRUNK, "knee", "ankle", "heel")


class Advice(StrEnum):
    """What the patient, or whoever sets up the camera, should do. Sides are the patient's."""

    STEP_IN = "step_in"
    ALONE = "alone"
    FACE = "face_camera"
    BACK = "show_back"
    LEFT_SIDE = "show_left"
    RIGHT_SIDE = "show_right"
    FEET_IN = "feet_in"
    HEAD_IN = "head_in"
    CAMERA_DOWN = "camera_down"
    CAMERA_UP = "camera_up"
    AWAY = "away"
    CLOSER = "closer"
    STEP_LEFT = "step_left"
    STEP_RIGHT = "step_right"
    STEP_FORWARD = "step_forward"
    STEP_BACKWARD = "step_backward"
    TURN_LEFT = "turn_left"
    TURN_RIGHT = "turn_right"
    ARMS = "arms"
    STILL = "still"


SHOW: Final = {
    View.ANTERIOR: Advice.FACE,
    View.POSTERIOR: Advice.BACK,
    View.LEFT: Advice.LEFT_SIDE,
    View.RIGHT: Advice.RIGHT_SIDE,
}
# How the patient moves to the picture's right, and to its left.
ACROSS: Final = {
    View.ANTERIOR: (Advice.STEP_LEFT, Advice.STEP_RIGHT),
    View.POSTERIOR: (Advice.STEP_RIGHT, Advice.STEP_LEFT),
    View.LEFT: (Advice.STEP_BACKWARD, Advice.STEP_FORWARD),
    View.RIGHT: (Advice.STEP_FORWARD, Advice.STEP_BACKWARD),
}


def advise(seen: Detection | None, size: tuple[int, int], view: View) -> Advice | None:
    """Return what to change first for a photo of this view; None if nothing.

    Parameters
    ----------
    seen : Detection or None
        The person found in the frame.
    size : (width, height)
        The frame's, in the pixels of the detection.
    view : View
        The side that the camera should see.
    """
    if seen is None:
        return Advice.STEP_IN
    if seen.people > 1:
        return Advice.ALONE
    return _framed(seen, size, view) or _turned(seen, view) or _arms(seen)


def _framed(seen: Detection, size: tuple[int, int], view: View) -> Advice | None:
    """Return what is wrong with the place of the body in the picture, or with the side it shows."""
    width, height = size
    top, bottom = extent(seen)
    share = (bottom - top) / height
    head_out = top < EDGE * height or _absent(seen, (Landmark.NOSE,))
    feet_out = bottom > (1 - EDGE) * height or _absent(seen, FEET)
    if feet_out:
        return Advice.CAMERA_DOWN if share < LARGEST and not head_out else Advice.FEET_IN
    if head_out:
        return Advice.CAMERA_UP if share < LARGEST else Advice.HEAD_IN
    if share > LARGEST:
        return Advice.AWAY
    if share < SMALLEST:
        return Advice.CLOSER
    if guess_view(seen.pose) is not view:
        return SHOW[view]
    off = fmean(middle(seen, part)[0] for part in (*TRUNK, "ankle")) / width - 0.5
    if abs(off) > ASIDE:
        return ACROSS[view][0 if off < 0 else 1]
    return None


def _turned(seen: Detection, view: View) -> Advice | None:
    """Return to which side a slightly turned patient should turn."""
    if view.is_frontal:
        turns = [
            degrees(
                atan2(
                    seen.depth[_side("left", part)] - seen.depth[_side("right", part)],
                    abs(_across(seen, part)),
                )
            )
            for part in TRUNK
        ]
        usual, limit = TURNED[view]
        off = fmean(turns) - usual  # positive: the left side is the farther one
        if abs(off) <= limit:
            return None
        return Advice.TURN_RIGHT if (off > 0) is (view is View.ANTERIOR) else Advice.TURN_LEFT
    trunk = abs(middle(seen, "hip")[1] - middle(seen, "shoulder")[1]) or 1.0
    off = median(_across(seen, part) for part in LONG) / trunk  # positive: the front shows
    if abs(off) <= TURNED_LATERAL:
        return None
    return Advice.TURN_RIGHT if (off > 0) is (view is View.LEFT) else Advice.TURN_LEFT


def _arms(seen: Detection) -> Advice | None:
    top, bottom = extent(seen)
    for side in ("left", "right"):
        wrist, hip = _at(seen, _side(side, "wrist")), _at(seen, _side(side, "hip"))
        if (wrist.visibility or 0) > PRESENT and hip.y - wrist.y > RAISED * (bottom - top):
            return Advice.ARMS
    return None


def extent(seen: Detection) -> tuple[float, float]:
    """Return the rows of the crown and of the soles."""
    nose = _at(seen, Landmark.NOSE).y
    low = max(_at(seen, mark).y for mark in FEET)
    return nose - CROWN * (low - nose), low + SOLE * (low - nose)


def _absent(seen: Detection, marks: tuple[Landmark, ...]) -> bool:
    return any(seen.presence[mark] < PRESENT for mark in marks)


def _side(side: str, part: str) -> Landmark:
    return Landmark(f"{side}_{part}")


def _at(seen: Detection, mark: Landmark) -> Point:
    return seen.pose.points[mark]


def _across(seen: Detection, part: str) -> float:
    """Return how far the left point lies to the right of the right one in the picture."""
    return _at(seen, _side("left", part)).x - _at(seen, _side("right", part)).x


def middle(seen: Detection, part: str) -> tuple[float, float]:
    """Return the middle between a part's left and right, in pixels."""
    left, right = _at(seen, _side("left", part)), _at(seen, _side("right", part))
    return (left.x + right.x) / 2, (left.y + right.y) / 2
