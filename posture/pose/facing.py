"""Which side of the body the camera sees, and how far the body is rotated from it."""

from math import atan2, degrees, dist
from statistics import fmean
from typing import Final

from posture.landmarks import Landmark, Pose, View
from posture.pose.detect import Detection
from posture.pose.passes import FRONTAL

# The share of a rotation that the model shows at each part, and the limit in degrees: 99% of
# straight bodies were within it, bodies rotated by 5° (anterior) or 6.6° (posterior) and more
# beyond it. From behind, a shifted pelvis makes the feet appear rotated, but hardly the knees.
TURN_SEEN: Final[dict[View, dict[tuple[str, ...], float]]] = {
    View.ANTERIOR: {("elbow",): -0.76, ("hip",): -0.5},
    View.POSTERIOR: {("ankle", "heel", "foot_index"): 0.86, ("knee",): 0.6},
}
TURNED_DEG: Final = {View.ANTERIOR: 4.5, View.POSTERIOR: 7.5}
# From the side: how far the left ear and toes lie to the right of the right ones in the picture, in
# trunk lengths; degrees of rotation per trunk length, and the values for a straight stance. All
# straight bodies were within the limit, nine of thirteen rotated by 5° or more beyond it.
TURN_LATERAL: Final = {"ear": (217.0, 0.009), "foot_index": (124.0, -0.019)}
TURNED_LATERAL_DEG: Final = 6.5


def guess_view(pose: Pose) -> View:
    """Guess which side of the patient the camera sees. Unreliable if the face is hidden."""
    width = _across(pose, "shoulder") / _trunk(pose)
    if abs(width) > FRONTAL:
        return View.ANTERIOR if width > 0 else View.POSTERIOR
    ears = (pose.points[Landmark.LEFT_EAR].x + pose.points[Landmark.RIGHT_EAR].x) / 2
    return View.LEFT if pose.points[Landmark.NOSE].x < ears else View.RIGHT


def sides_are_exchanged(detection: Detection, view: View) -> bool:
    """Whether the model swapped the patient's left and right, given the view.

    The model mistakes a back for a front if the face is hidden, and confuses the sides of a
    profile. The user states the view, so the geometry decides: the patient's left is on the
    picture's right in the anterior view, and nearer to the camera in the left view.
    """
    parts = ("shoulder", "hip")
    left = [Landmark(f"left_{part}") for part in parts]
    right = [mark.mirrored for mark in left]
    points, depth = detection.pose.points, detection.depth
    if view.is_frontal:
        across = sum(points[mark].x for mark in left) - sum(points[mark].x for mark in right)
        return across < 0 if view is View.ANTERIOR else across > 0
    behind = sum(depth[mark] for mark in left) - sum(depth[mark] for mark in right)
    return behind > 0 if view is View.LEFT else behind < 0


def is_turned(detection: Detection, view: View) -> bool:
    """Whether the body seems rotated and not square to the camera.

    ``detection`` has its sides according to the view.
    """
    if view.is_frontal:
        return abs(_frontal_deg(detection, view)) > TURNED_DEG[view]
    return abs(_lateral_deg(detection.pose)) > TURNED_LATERAL_DEG


def _frontal_deg(detection: Detection, view: View) -> float:
    """Return the body's apparent rotation in a frontal view, + = its left side nearer.

    0 if the model gives no estimate in space.
    """
    if not detection.world:
        return 0.0

    def angle(part: str) -> float:
        left, right = (detection.world[Landmark(f"{side}_{part}")] for side in ("left", "right"))
        return degrees(atan2(left[2] - right[2], abs(left[0] - right[0])))

    return fmean(fmean(map(angle, parts)) / share for parts, share in TURN_SEEN[view].items())


def _lateral_deg(pose: Pose) -> float:
    """Return the body's apparent rotation in a lateral view; uncertain by 3°."""
    trunk = _trunk(pose)
    return sum(
        weight * (_across(pose, part) / trunk - straight)
        for part, (weight, straight) in TURN_LATERAL.items()
    )


def _across(pose: Pose, part: str) -> float:
    """Return how far the left landmark lies to the right of the right one in the picture, px."""
    return pose.points[Landmark(f"left_{part}")].x - pose.points[Landmark(f"right_{part}")].x


def _trunk(pose: Pose) -> float:
    """Return the distance from mid-shoulder to mid-hip in pixels, at least one."""
    shoulder, hip = pose.middle("shoulder"), pose.middle("hip")
    return max(dist(shoulder, hip), 1.0) if shoulder and hip else 1.0
