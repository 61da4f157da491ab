"""Transfers ear and shoulder from one lateral photo to another, by the pixels around them.

In lateral views nothing refines the model's landmarks, which vary by several millimetres between
photos. But both photos show the same head and shoulder: registering the head's disc with the other
photo carries the ear along, and the arm's disc the shoulder. These errors are independent of the
model's, so the two together measure a change better than either.
"""

from dataclasses import dataclass

from posture.geometry import XY, midpoint
from posture.imaging.photo import Photo
from posture.imaging.scene import Scene
from posture.landmarks import Landmark, Pose, View
from posture.pose.detect import Detection
from posture.refine.registration import Disc, Patch, levelled_patch, register

UNIT_PX = 250  # trunk length in the registered patches, 2 mm per pixel
HALF_PX = 175
REACH = 0.08  # search range around the landmark, in trunk lengths
HEAD_RADIUS, HEAD_BEFORE, HEAD_ABOVE = 0.20, 0.04, 0.07
"""In trunk lengths: radius of the head's disc, and its centre in front of and above the ear."""

SHOULDER_RADIUS = 0.16

MAX_HEAD_DISSIMILARITY, MAX_SHOULDER_DISSIMILARITY = 0.15, 0.3
"""Share of a disc's contrast that may differ at the best fit. If the trunk is rotated in one of the
photos, it is above: 0.5 to 1 for the shoulder."""

Seen = tuple[Photo, Detection, Scene, Pose]


@dataclass(frozen=True)
class TransferredLandmarks:
    """The positions of one photo's ear and shoulder in another photo, in its pixels.

    ``head_dissimilarity`` and ``shoulder_dissimilarity`` are the shares of each disc's contrast
    that differ.
    """

    points: dict[Landmark, XY]
    head_dissimilarity: float
    shoulder_dissimilarity: float

    @property
    def usable(self) -> bool:
        """Whether both are similar enough to be the same head and the same shoulder."""
        return (
            self.head_dissimilarity <= MAX_HEAD_DISSIMILARITY
            and self.shoulder_dissimilarity <= MAX_SHOULDER_DISSIMILARITY
        )


def transfer_landmarks(before: Seen, after: Seen, view: View) -> TransferredLandmarks | None:
    """Return the positions of one photo's near ear and shoulder in another photo.

    Parameters
    ----------
    before, after : (Photo, Detection, Scene, Pose)
        Each photo, the person detected in it, its true vertical, and the points.
    view : View
        Left or right.

    Returns
    -------
    TransferredLandmarks or None
        None if they are not visible.
    """
    ear, shoulder = Landmark(f"{view}_ear"), Landmark(f"{view}_shoulder")
    first, second = (_patch(each, ear, shoulder) for each in (before, after))
    if first is None or second is None:
        return None
    points, unlike = {}, []
    forward = 1 if view is View.RIGHT else -1  # in the right view the patient faces right
    for mark, radius, off in (
        (ear, HEAD_RADIUS, (forward * HEAD_BEFORE * UNIT_PX, -HEAD_ABOVE * UNIT_PX)),
        (shoulder, SHOULDER_RADIUS, (0.0, 0.0)),
    ):
        here, there = (
            part.at(_place(each[3], mark)) for part, each in ((first, before), (second, after))
        )
        centre, near = ((x + off[0], y + off[1]) for x, y in (here, there))
        disc = Disc(centre, round(radius * UNIT_PX), round(REACH * UNIT_PX))
        registration = register(first, second, disc, near)
        if registration is None:
            return None
        points[mark] = second.to_photo(registration.apply(here))
        unlike.append(registration.dissimilarity)
    return TransferredLandmarks(points, *unlike)


def _patch(of: Seen, ear: Landmark, shoulder: Landmark) -> Patch | None:
    """Return the patch of head and shoulder, levelled and of standard size."""
    photo, detection, scene, pose = of
    trunk = pose.trunk_px()
    if trunk is None or pose.get(ear) is None or pose.get(shoulder) is None:
        return None
    middle = midpoint(_place(pose, ear), _place(pose, shoulder))
    scale = UNIT_PX / trunk
    return levelled_patch(
        photo, detection, middle, half=HALF_PX, scale=scale, roll_deg=scene.roll_deg
    )


def _place(pose: Pose, mark: Landmark) -> XY:
    point = pose.points[mark]
    return point.x, point.y
