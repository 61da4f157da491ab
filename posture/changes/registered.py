"""Changes measured between two registered photos of one person, instead of from two values."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from posture.changes.head_registration import head_tilt_change
from posture.changes.landmark_transfer import transfer_landmarks
from posture.geometry import XY
from posture.imaging.photo import Photo
from posture.landmarks import Landmark, Pose, View
from posture.measuring.assessment import Assessment
from posture.measuring.measures import BY_KEY
from posture.measuring.take import take
from posture.measuring.uncertainty import detection_mode, pair_mdc, scene_variance
from posture.pose.detect import Detection, shared_detector
from posture.pose.models import Model

HEAD = "head:registered"
SIDE = "ear:registered, shoulder:registered"
"""How a difference was found."""

OF_SIDE = ("forward_head", "forward_head_offset")
DETECTED = "ear:detected, shoulder:detected"
"""The measures that need only ear and shoulder, and the method of their values."""

PULL = 0.25
"""How far each point is pulled towards the position transferred from the other photo. The
difference is then the mean of that from the landmarks and that from the registration."""

PhotoPair = tuple[Photo, Photo]
Masks = tuple[Detection, Detection]


@dataclass(frozen=True)
class Difference:
    """One measure's difference, after minus before in its unit, and the MDC of the pair."""

    key: str
    value: float
    mdc: float | None
    method: str


def registered_differences(
    before: Assessment, after: Assessment, photos: PhotoPair, keys: Collection[str]
) -> Iterator[Difference]:
    """Yield the differences that registration measures, if the photos are similar enough.

    Parameters
    ----------
    before, after : Assessment
        Of one view and one person, levelled the same way.
    photos : (Photo, Photo)
    keys : collection of str
        Keys of the measures to look for.
    """
    one, other = (shared_detector().detect(photo, 1) for photo in photos)
    if one is None or other is None or before.view is None:
        return
    if "head_tilt" in keys:
        yield from head_difference(before, after, photos, (one, other), before.view)
    if set(OF_SIDE) & set(keys):
        found = side_differences(before, after, photos, (one, other), before.view)
        yield from (each for each in found if each.key in keys)


def head_difference(
    before: Assessment, after: Assessment, photos: PhotoPair, masks: Masks, view: View
) -> Iterator[Difference]:
    """Yield the change of head tilt in a frontal view."""
    scenes = before.scene, after.scene
    first, second = zip(photos, masks, scenes, strict=True)
    turn = head_tilt_change(first, second, view)
    if turn is not None and turn.usable:
        level = sum(scene.roll_sd_deg**2 for scene in scenes) / 2
        mdc = pair_mdc("head_tilt", HEAD, view, level)
        yield Difference("head_tilt", turn.difference_deg, mdc, HEAD)


def side_differences(
    before: Assessment, after: Assessment, photos: PhotoPair, masks: Masks, view: View
) -> Iterator[Difference]:
    """Yield the change of forward head in a lateral view.

    Only for values from the larger model with its full number of passes: others have larger errors.
    """
    modes = {detection_mode(each.model, each.passes) for each in (before, after)}
    if before.pose is None or after.pose is None or modes != {Model.HEAVY}:
        return
    first, second = zip(
        photos, masks, (before.scene, after.scene), (before.pose, after.pose), strict=True
    )
    there, back = transfer_landmarks(first, second, view), transfer_landmarks(second, first, view)
    if there is None or back is None or not (there.usable and back.usable):
        return
    sides = (
        (before, _pulled(before.pose, back.points)),
        (after, _pulled(after.pose, there.points)),
    )
    for key in OF_SIDE:
        found = [take(BY_KEY[key], pose, of.scene, view) for of, pose in sides]
        values = [each.value for each in found if each.method == DETECTED]
        if len(values) < 2 or values[0] is None or values[1] is None:
            continue
        known = sum(
            scene_variance(each, pose, of.scene, view)
            for each, (of, pose) in zip(found, sides, strict=True)
        )
        mdc = pair_mdc(key, SIDE, view, known / 2)
        yield Difference(key, values[1] - values[0], mdc, SIDE)


def _pulled(pose: Pose, transferred: dict[Landmark, XY]) -> Pose:
    """Return the pose with its points pulled towards transferred positions."""
    points = {mark: pose.points[mark] for mark in transferred}
    return pose.with_points(
        {
            mark: replace(
                points[mark],
                x=points[mark].x + PULL * (x - points[mark].x),
                y=points[mark].y + PULL * (y - points[mark].y),
            )
            for mark, (x, y) in transferred.items()
        }
    )
