"""Checks a photo for problems and says what to do: data, not exceptions.

Thresholds were set on rendered people with known truth, so that good photos raise no issue; each
comment says what the threshold separates.
"""

from collections.abc import Iterator
from math import atan2, degrees, inf
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from posture.imaging.photo import Photo
from posture.imaging.pixels import blur_px, room_tilt_deg
from posture.imaging.poster import LOWER_ID, SQUARE_MM, UPPER_ID, Sight
from posture.imaging.scene import LEVEL_WITHIN_DEG, Scene, VerticalSource
from posture.issues import CaptureIssue, Severity
from posture.landmarks import Landmark, Pose, View
from posture.pose.detect import Detection
from posture.pose.facing import is_turned
from posture.refine.face import shows_face
from posture.words import Message

# Seen joints came out above 0.88 (elbow), 0.59 (wrist), and from the front above 0.93 (knee and
# ankle), from elsewhere above 0.57 and 0.49; covered ones below 0.8 from the front.
VISIBLE_IN_FRONT: Final = {"elbow": 0.7, "wrist": 0.5, "knee": 0.8, "ankle": 0.8}
VISIBLE: Final = {"elbow": 0.7, "wrist": 0.5, "knee": 0.5, "ankle": 0.45}
HIDDEN: Final = 0.3  # below this, a joint's position is a guess and is withheld
UNSURE: Final = 0.1  # spread over the passes, in trunk lengths (5 cm); good joints had 0.025
PRESENT: Final = 0.5  # feet outside the picture came out below 0.2, inside above 0.95
MIN_BODY_PX: Final = 450  # 4 mm a pixel for an adult
DARK: Final = 60  # of 255; the brightest tenth of the person
BLUR_SHARE: Final = 0.004  # of the body's height: 7 mm of an adult
AMBIGUOUS: Final = 0.5  # share of the passes; below it, the rest gave reliable joints
BODY_TILT_DEG: Final = 2.0
ROLL_LIMIT_DEG: Final = 5.0
PITCH_LIMIT_DEG: Final = 5.0  # a camera 0.3 m too high or too low, 3 m away
ASIDE_DEG: Final = 5.0  # of the camera to the poster; lines then tilt by 0.8° (at 3 m)
FEET: Final = tuple(
    Landmark(f"{side}_{part}")
    for side in ("left", "right")
    for part in ("ankle", "heel", "foot_index")
)


def nobody() -> CaptureIssue:
    """Return the issue of a photo in which nobody was found."""
    return CaptureIssue(
        "nobody",
        Severity.ERROR,
        Message(
            "Nobody was found in the photo. Retake it from about 3 m with the whole "
            "body in the frame."
        ),
    )


def scales_differ(ratio: float) -> CaptureIssue:
    """Return the issue of a height that contradicts the wall poster, given the scales' ratio."""
    return CaptureIssue(
        "scales_differ",
        Severity.WARNING,
        Message(
            "The scales from the patient's height and from the wall poster differ by "
            "{ratio:.0%}; the poster's is used. Check the height, the distance between "
            "the poster's centres, and the distances of patient and camera from the "
            "wall.",
            ratio=abs(ratio - 1),
        ),
    )


def outside(detection: Detection, size: tuple[int, int]) -> dict[Landmark, Message]:
    """Return the landmarks that must not be used, each with its reason."""
    reasons: dict[Landmark, Message] = {}
    trunk = detection.pose.trunk_px() or inf
    for landmark, point in detection.pose.points.items():
        if _is_outside(detection, landmark, size):
            reasons[landmark] = Message("the {landmark} is outside the picture", landmark=landmark)
        elif (point.visibility or 0) < HIDDEN:
            reasons[landmark] = Message("the {landmark} is hidden", landmark=landmark)
        elif (point.spread or 0) > UNSURE * trunk:
            reasons[landmark] = Message("the {landmark} is not clearly visible", landmark=landmark)
    return reasons


def _is_outside(detection: Detection, landmark: Landmark, size: tuple[int, int]) -> bool:
    point = detection.pose.points.get(landmark)
    if point is None:
        return False
    inside = 0 <= point.x <= size[0] and 0 <= point.y <= size[1]
    return not inside or detection.presence[landmark] < PRESENT


def check(
    photo: Photo,
    detection: Detection,
    view: View,
    *,
    guess: View | None,
    scene: Scene,
    sight: Sight,
) -> tuple[CaptureIssue, ...]:
    """Return all issues of a photo in which somebody was found, the most severe first.

    ``detection`` has its sides according to the view. ``guess`` is the view that the model guessed;
    None if ``view`` is that guess.
    """
    small, mask = detection.small, detection.mask > 0.5
    findings = (
        *_people(detection),
        *_frame(photo, detection),
        *_ambiguous(detection),
        *_limbs(detection, view),
        *_turned(detection, view, scene),
        *_view(photo, detection.pose, view, guess),
        *_tilt(small, mask, detection.pose, view, scene),
        *_light_and_focus(small, mask),
        *_distance(detection.pose),
        *_poster(sight, scene),
        *_vertical(scene),
    )
    order = list(Severity)
    return tuple(sorted(findings, key=lambda issue: order.index(issue.severity)))


def _people(detection: Detection) -> Iterator[CaptureIssue]:
    if detection.people > 1:
        yield CaptureIssue(
            "several_people",
            Severity.ERROR,
            Message(
                "There are {people} people in the photo, so it is not certain who the "
                "patient is. Retake it with only the patient in view, and no mirrors "
                "or pictures of people.",
                people=detection.people,
            ),
        )


def _frame(photo: Photo, detection: Detection) -> Iterator[CaptureIssue]:
    rows = np.flatnonzero((detection.mask > 0.5).any(axis=1))
    last = detection.mask.shape[0] - 1
    feet_lost = any(_is_outside(detection, mark, photo.size) for mark in FEET)
    if feet_lost or (rows.size and rows[-1] >= last):
        yield CaptureIssue(
            "feet_cut_off",
            Severity.WARNING,
            Message(
                "The feet are not completely in the photo: values that need the ankles "
                "or the scale from the height are missing. Step back or lower the "
                "camera."
            ),
        )
    head = (Landmark.NOSE, Landmark.LEFT_EAR)
    head_lost = any(_is_outside(detection, mark, photo.size) for mark in head)
    if head_lost or (rows.size and rows[0] <= 0):
        yield CaptureIssue(
            "head_cut_off",
            Severity.WARNING,
            Message(
                "The head is not completely in the photo: its values and the scale are "
                "missing or unreliable. Step back or raise the camera."
            ),
        )


def _limbs(detection: Detection, view: View) -> Iterator[CaptureIssue]:
    sides = ("left", "right") if view.is_frontal else (str(view),)
    limits = VISIBLE_IN_FRONT if view is View.ANTERIOR else VISIBLE
    hidden = [
        Landmark(f"{side}_{part}")
        for side in sides
        for part, seen in limits.items()
        if (detection.pose.points[Landmark(f"{side}_{part}")].visibility or 0) < seen
        and detection.presence[Landmark(f"{side}_{part}")] >= PRESENT
    ]
    if hidden:
        yield CaptureIssue(
            "limbs_hidden",
            Severity.WARNING,
            Message(
                "Hidden: {hidden}. Let the arms hang beside the body and make sure "
                "that the legs are visible.",
                hidden=hidden,
            ),
        )


def _ambiguous(detection: Detection) -> Iterator[CaptureIssue]:
    if detection.ambiguous_share > AMBIGUOUS:
        yield CaptureIssue(
            "sides_unclear",
            Severity.WARNING,
            Message(
                "The front and back of the body cannot be distinguished in this photo, "
                "so the detected joints are not used. Retake it in even light, in "
                "front of a wall that differs in colour from clothes, skin and hair, "
                "or mark the points."
            ),
        )


def _turned(detection: Detection, view: View, scene: Scene) -> Iterator[CaptureIssue]:
    aside = abs(scene.yaw_deg or 0.0)
    if aside > ASIDE_DEG:
        yield CaptureIssue(
            "body_turned",
            Severity.WARNING,
            Message(
                "The camera looks at the wall from about {aside:.0f}° off-axis, so a "
                "patient square to the wall appears rotated. Place it straight in "
                "front of the wall.",
                aside=aside,
            ),
        )
    elif is_turned(detection, view):
        yield CaptureIssue(
            "body_turned",
            Severity.WARNING,
            Message(
                "The body seems rotated, which tilts its lines in the photo. Align the "
                "feet with marks on the floor, square to the camera."
            ),
        )


def _view(photo: Photo, pose: Pose, view: View, guess: View | None) -> Iterator[CaptureIssue]:
    if guess is None:
        if view is View.ANTERIOR and not shows_face(photo.pixels, pose):
            yield CaptureIssue(
                "view_mismatch",
                Severity.WARNING,
                Message(
                    "This looks like the anterior view, but no face is visible. If the "
                    "photo was taken from behind, choose the posterior view: left and "
                    "right are swapped at present."
                ),
            )
        return
    if guess is view or _face_tells(photo, pose, view, guess):
        return
    yield CaptureIssue(
        "view_mismatch",
        Severity.WARNING,
        Message(
            "The photo looks like the {guess} view, but the {view} view was chosen: "
            "left and right may be swapped. Check the view.",
            guess=guess,
            view=view,
        ),
    )


def _face_tells(photo: Photo, pose: Pose, view: View, guess: View) -> bool:
    """Whether the presence or absence of a face confirms a frontal view that the model mistook.

    The model mistakes some backs for fronts; no face was detected on any of them.
    """
    both = guess.is_frontal and view.is_frontal
    return both and shows_face(photo.pixels, pose) is (view is View.ANTERIOR)


def _tilt(
    small: NDArray[np.uint8], mask: NDArray[np.bool_], pose: Pose, view: View, scene: Scene
) -> Iterator[CaptureIssue]:
    if scene.pitch_deg is not None and abs(scene.pitch_deg) > PITCH_LIMIT_DEG:
        yield CaptureIssue(
            "camera_tilted",
            Severity.WARNING,
            Message(
                "The camera looks up or down at the wall by about {pitch_deg:.0f}°: "
                "parts of the body nearer to it appear too low or too high. Set the "
                "lens at mid-body height, pointing straight ahead.",
                pitch_deg=abs(scene.pitch_deg),
            ),
        )
    if scene.vertical_source is not VerticalSource.ASSUMED_LEVEL:
        if abs(scene.roll_deg) > ROLL_LIMIT_DEG:
            yield CaptureIssue(
                "camera_tilted",
                Severity.WARNING,
                Message(
                    "The camera was tilted by {roll_deg:.1f}°. The angles are "
                    "corrected; level the camera all the same.",
                    roll_deg=abs(scene.roll_deg),
                ),
            )
        return
    room = room_tilt_deg(small, mask)
    body = _body_tilt(pose) if view.is_frontal else 0.0
    if room is not None and abs(room) > LEVEL_WITHIN_DEG:
        evidence = Message("edges in the room lean by {lean:.1f}°", lean=abs(room))
    elif room is None and abs(body) > BODY_TILT_DEG:
        evidence = Message("the whole body leans by {lean:.1f}°", lean=abs(body))
    else:
        return
    yield CaptureIssue(
        "camera_tilted",
        Severity.WARNING,
        Message(
            "The camera seems tilted or not square to the wall: {evidence}. Level it, "
            "or hang a plumb line in view of the camera and mark it.",
            evidence=evidence,
        ),
    )


def _light_and_focus(small: NDArray[np.uint8], mask: NDArray[np.bool_]) -> Iterator[CaptureIssue]:
    if not mask.any():
        return
    grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    if np.percentile(grey[mask], 90) < DARK:
        yield CaptureIssue(
            "too_dark",
            Severity.WARNING,
            Message("The patient is too dark. Light the room evenly, from the side of the camera."),
        )
    rows = np.flatnonzero(mask.any(axis=1))
    blur = blur_px(grey, mask)
    if blur is not None and blur > BLUR_SHARE * (rows[-1] - rows[0] + 1):
        yield CaptureIssue(
            "blurred",
            Severity.WARNING,
            Message(
                "The photo is blurred. Put the camera on a stand, clean the lens and "
                "use more light."
            ),
        )


def _distance(pose: Pose) -> Iterator[CaptureIssue]:
    rows = [point.y for point in pose.points.values()]
    if max(rows) - min(rows) < MIN_BODY_PX:
        yield CaptureIssue(
            "too_far",
            Severity.WARNING,
            Message(
                "The body is only {rows:.0f} pixels tall. Come closer (about 3 m), hold the "
                "camera upright and use its full resolution.",
                rows=max(rows) - min(rows),
            ),
        )


def _poster(sight: Sight, scene: Scene) -> Iterator[CaptureIssue]:
    if sight.poster is not None and not sight.poster.fits:
        yield CaptureIssue(
            "poster_size",
            Severity.WARNING,
            Message(
                "At the stated distance between their centres, the poster's squares "
                "would be {square_mm:.0f} mm wide, not {square_mm2:.0f} mm: the poster "
                "gives the vertical, but no scale. Print it at 100 %, measure the "
                "distance between the centres, and enter it.",
                square_mm=sight.poster.square_mm,
                square_mm2=SQUARE_MM,
            ),
        )
    if sight.poster is not None or scene.vertical_source is not VerticalSource.ASSUMED_LEVEL:
        return
    if sight.patterns in ((UPPER_ID,), (LOWER_ID,)):
        yield CaptureIssue(
            "poster_unclear",
            Severity.WARNING,
            Message(
                "Only one sheet of the wall poster is completely visible, so the "
                "poster cannot be used. Stand beside it, with both sheets flat, evenly "
                "lit and completely in the photo."
            ),
        )
    elif len(sight.patterns) > len({UPPER_ID, LOWER_ID}):
        yield CaptureIssue(
            "poster_unclear",
            Severity.WARNING,
            Message("More than one wall poster is visible, so none is used. Cover the others."),
        )
    elif sight.patterns:
        yield CaptureIssue(
            "poster_unclear",
            Severity.WARNING,
            Message(
                "The wall poster cannot be used the way it hangs. The UPPER sheet must "
                "be above the LOWER one, both upright and on one plumb line."
            ),
        )


def _vertical(scene: Scene) -> Iterator[CaptureIssue]:
    if scene.vertical_source is VerticalSource.ASSUMED_LEVEL:
        yield CaptureIssue(
            "vertical_unknown",
            Severity.NOTE,
            Message(
                "No vertical reference: camera tilt is most of the stated error. Hang "
                "the wall poster or mark a plumb line to remove it."
            ),
        )


def _body_tilt(pose: Pose) -> float:
    """Return the median tilt of the body's transverse lines and its long axis in the picture.

    A leaning posture tilts one or two of them; a tilted camera tilts all of them.
    """
    leans = []
    for part in ("shoulder", "hip", "knee", "ankle", "foot_index"):
        left, right = (pose.points[Landmark(f"{side}_{part}")] for side in ("left", "right"))
        sign = 1 if left.x > right.x else -1
        leans.append(degrees(atan2(-(left.y - right.y) * sign, abs(left.x - right.x))))
    ear, ankle = (
        [pose.points[Landmark(f"{side}_{part}")] for side in ("left", "right")]
        for part in ("ear", "ankle")
    )
    dx = sum(point.x for point in ear) - sum(point.x for point in ankle)
    dy = sum(point.y for point in ankle) - sum(point.y for point in ear)
    leans.append(-degrees(atan2(dx, dy)))
    middle = float(np.median(leans))
    return middle if middle * leans[-1] > 0 and abs(leans[-1]) > 1.5 else 0.0
