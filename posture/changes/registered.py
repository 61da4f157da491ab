"""What two photos of one person laid over each other tell of a change, beyond their two values."""

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
"""The measures of ear and shoulder alone, and how their values were found."""

DRAWN = 0.25
"""How far each point is drawn to where the other photo's is found again. The difference is then the
mean of what the landmarks say and of what the photos laid over each other do."""

PhotoPair = tuple[Photo, Photo]
Masks = tuple[Detection, Detection]


@dataclass(frozen=True)
class Difference:
    """What two photos tell of one measure: after minus before in its unit, and the pair's MDC."""

    key: str
    value: float
    mdc: float | None
    method: str


def registered_differences(
    before: Assessment, after: Assessment, photos: PhotoPair, keys: Collection[str]
) -> Iterator[Difference]:
    """Yield what both photos tell of some measures, where they are alike enough to tell it.

    Parameters
    ----------
    before, after : Assessment
        Of one view and one person, levelled the same way.
    photos : (Photo, Photo)
    keys : collection of str
        Of the measures that are asked for.
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
    """Yield by how much the head tilts more, in a frontal view."""
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
    """Yield by how much the head is farther forward, in a view from the side.

    Only of values that the larger model's full number of passes gave: others err by more.
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
    sides = ((before, _drawn(before.pose, back.points)), (after, _drawn(after.pose, there.points)))
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


def _drawn(pose: Pose, carried_there: dict[Landmark, XY]) -> Pose:
    """Return the pose with its points drawn to where others were carried to."""
    points = {mark: pose.points[mark] for mark in carried_there}
    return pose.with_points(
        {
            mark: replace(
                points[mark],
                x=points[mark].x + DRAWN * (x - points[mark].x),
                y=points[mark].y + DRAWN * (y - points[mark].y),
            )
            for mark, (x, y) in carried_there.items()
        }
    )
