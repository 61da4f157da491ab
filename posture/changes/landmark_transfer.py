"""Ear and shoulder of one side photo found again in another one, by what surrounds them.

From the side nothing refines the model's landmarks, and they wander by some millimetres from photo
to photo. But it is the same head and the same shoulder in both: the head's disc of one photo laid
over the other one takes the ear along, the arm's disc the shoulder. That errs otherwise than the
model does, so the two together tell a change better than either.
"""

from dataclasses import dataclass

from posture.geometry import XY, midpoint
from posture.imaging.photo import Photo
from posture.imaging.scene import Scene
from posture.landmarks import Landmark, Pose, View
from posture.pose.detect import Detection
from posture.refine.registration import Disc, Patch, levelled_patch, register

UNIT_PX = 250  # trunk length in the pictures that are laid over each other, 2 mm a pixel
HALF_PX = 175
REACH = 0.08  # how far a disc is looked for from where the landmark is, in trunk lengths
HEAD_RADIUS, HEAD_BEFORE, HEAD_ABOVE = 0.20, 0.04, 0.07
"""In trunk lengths: of the disc on the head, and how far its centre is before and above the ear."""

SHOULDER_RADIUS = 0.16

MAX_HEAD_DISSIMILARITY, MAX_SHOULDER_DISSIMILARITY = 0.15, 0.3
"""Share of a disc's contrast that may differ at best. Where the trunk is turned in one of the two
photos it comes out above, at 0.5 to 1 for the shoulder."""

Seen = tuple[Photo, Detection, Scene, Pose]


@dataclass(frozen=True)
class TransferredLandmarks:
    """Where ear and shoulder of one photo are in another one, in its pixels.

    ``head_dissimilarity`` and ``shoulder_dissimilarity`` are the shares of each disc's contrast
    that differ.
    """

    points: dict[Landmark, XY]
    head_dissimilarity: float
    shoulder_dissimilarity: float

    @property
    def usable(self) -> bool:
        """Whether both look alike enough to be the same head and the same shoulder."""
        return (
            self.head_dissimilarity <= MAX_HEAD_DISSIMILARITY
            and self.shoulder_dissimilarity <= MAX_SHOULDER_DISSIMILARITY
        )


def transfer_landmarks(before: Seen, after: Seen, view: View) -> TransferredLandmarks | None:
    """Return where the near ear and shoulder of one photo are in another one.

    Parameters
    ----------
    before, after : (Photo, Detection, Scene, Pose)
        Each photo, who was found in it, where true vertical is, and the points.
    view : View
        Left or right.

    Returns
    -------
    TransferredLandmarks or None
        None where they are not to be seen.
    """
    ear, shoulder = Landmark(f"{view}_ear"), Landmark(f"{view}_shoulder")
    first, second = (_patch(each, ear, shoulder) for each in (before, after))
    if first is None or second is None:
        return None
    points, unlike = {}, []
    forward = 1 if view is View.RIGHT else -1  # who shows the right side faces the picture's right
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
    """Return head and shoulder, levelled and as large as any others."""
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
