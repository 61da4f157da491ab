"""The main job: a photo and its view in, an assessment out."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from posture.errors import PointsError
from posture.geometry import XY
from posture.imaging.photo import Photo, load_photo
from posture.imaging.poster import Poster, look_for_poster
from posture.imaging.scene import (
    Scene,
    Setup,
    levelled_by_plumb_line,
    scaled_by_height,
    scene_from_poster,
)
from posture.issues import CaptureIssue, Severity
from posture.landmarks import Landmark, Point, Pose, Source, View
from posture.measuring import quality
from posture.measuring.assessment import Assessment
from posture.measuring.measures import in_view
from posture.measuring.take import Measurement, take
from posture.measuring.uncertainty import detection_mode, error_of, family, table
from posture.pose.detect import PASSES, Detection, shared_detector
from posture.pose.facing import guess_view, sides_are_exchanged
from posture.pose.models import Model, find_bundle
from posture.ranges import HEIGHT_CM
from posture.refine.ankles import find_ankles
from posture.refine.face import check_face, find_face
from posture.refine.hair import check_hair
from posture.refine.markers import check_markers, find_markers, unpaired
from posture.refine.silhouette import check_outline, find_acromia
from posture.words import Message

STANDARD = Setup()
SIDE_PASSES = 16  # nothing refines a side view's landmarks: after 8 a change is off by 5% more
TURN_PASSES = 4  # of the larger model, to notice a turned body
EYES = (Landmark.LEFT_EYE, Landmark.RIGHT_EYE)


def assess(
    photo: Photo | str | Path,
    view: View | str | None = None,
    *,
    height_cm: float | None = None,
    points: Mapping[Landmark, XY] | None = None,
    plumb_line: tuple[XY, XY] | None = None,
    setup: Setup = STANDARD,
    markers: str | None = "green",
    model: Model | str | None = None,
    passes: int | None = None,
    refine: bool = True,
    detection: Detection | None = None,
) -> Assessment:
    """Measure the standing posture that a photo shows.

    Parameters
    ----------
    photo : Photo, str or Path
        A decoded photo, or the path of one.
    view : View or str, optional
        Which side of the patient the camera sees; None or ``"auto"`` guesses.
    height_cm : float, optional
        The patient's standing height in cm; gives the scale, together with the wall poster where
        one hangs. Without both, lengths are missing.
    points : mapping of Landmark to (x, y), optional
        Landmarks placed by hand, in pixels of the upright photo. They win over detected ones.
    plumb_line : pair of (x, y), optional
        Two points on a plumb line in the photo. Without it the wall poster gives the vertical, and
        without both the camera is assumed level.
    setup : Setup
        The measured distances of poster, wall and camera.
    markers : str, optional
        Colour of adhesive markers on palpable points, one of ``refine.markers.HUES``; None: do not
        look for any.
    model : Model or str, optional
        ``full`` or ``heavy``; None takes the one that the view needs: ``heavy`` from the side,
        where it halves the error of a change, ``full`` otherwise.
    passes : int, optional
        Number of detection passes; None takes the view's own number. ``FAST_PASSES`` with
        ``refine=False`` is the fast mode, less than three times as slow as a plain script that
        runs the model once.
    refine : bool
        Whether to look for better evidence than the model's landmarks: outlines and the face.
    detection : Detection, optional
        What the named model has seen in this photo already; spares another look.

    Returns
    -------
    Assessment
        Also for a picture that cannot be measured: its issues say why.

    Raises
    ------
    PhotoError
        When the file is no photo that can be read.
    PointsError
        When a placed point lies outside the photo, or a height or plumb line makes no sense.
    ModelError
        When the model bundle is missing or altered.
    """
    if not isinstance(photo, Photo):
        photo = load_photo(photo)
    chosen = None if view in (None, "auto") else View(view)
    placed = _placed(points or {}, photo)
    if height_cm is not None and height_cm not in HEIGHT_CM:
        raise PointsError(
            Message(
                "A height of {height_cm:g} cm cannot be right. Give it in centimetres "
                "({least:.0f} to {most:.0f}).",
                height_cm=height_cm,
                least=HEIGHT_CM.least,
                most=HEIGHT_CM.most,
            )
        )
    model, detection = _looked(
        photo, chosen, None if model is None else Model(model), passes, detection
    )
    sight = look_for_poster(photo, setup.poster_mm)
    scene = _scene(photo, detection, sight.poster, setup, plumb_line)
    seen, pose = chosen, None
    withheld: dict[Landmark, str] = {}
    issues: tuple[CaptureIssue, ...] = (quality.nobody(),)
    if detection is not None:
        guess = guess_view(detection.pose)
        seen = chosen or guess
        if sides_are_exchanged(detection, seen):
            detection = detection.with_sides_exchanged()
        issues = quality.check(
            photo, detection, seen, guess=guess if chosen else None, scene=scene, sight=sight
        )
        if not any(issue.severity is Severity.ERROR for issue in issues):
            withheld = quality.outside(detection, photo.size)
            pose = detection.pose.without(set(withheld))
            if refine:
                pose, more, hidden = _refined(photo, detection, pose, seen, scene)
                issues = (*issues, *more)
                withheld |= hidden
            if markers is not None:
                pose, more, hidden = _marked(photo, pose, seen, markers)
                issues = (*issues, *more)
                withheld |= hidden
            if detection.ambiguous_share > quality.AMBIGUOUS:
                pose, hidden = _without_joints(pose)
                withheld |= hidden
            pose = pose.with_points(placed)
            withheld = {mark: why for mark, why in withheld.items() if mark not in placed}
            if height_cm is not None:
                scene, more = _with_scale(scene, detection, height_cm, seen, issues)
                issues = (*issues, *more)
    if pose is None and placed and seen:
        # The model cannot help, but what was placed by hand can be measured all the same.
        pose = Pose(placed)
        issues = tuple(
            replace(issue, severity=Severity.WARNING) if issue.severity is Severity.ERROR else issue
            for issue in issues
        )
    name = find_bundle(model).name
    passes = detection.passes if detection else passes or PASSES
    measurements = (
        measure(pose, scene, seen, withheld, model=name, passes=passes)
        if pose and seen
        else _missing(seen, issues[0].message)
    )
    return Assessment(
        photo=photo.name,
        photo_sha256=photo.sha256,
        view=seen,
        view_source="guessed" if chosen is None else "given",
        image_size=photo.size,
        scene=scene,
        pose=pose,
        withheld=withheld,
        measurements=measurements,
        issues=issues,
        model=name,
        passes=passes,
    )


def _looked(
    photo: Photo,
    view: View | None,
    model: Model | None,
    passes: int | None,
    detection: Detection | None,
) -> tuple[Model, Detection | None]:
    """Return what the model sees, and which model that was."""
    chosen = model or (Model.FULL if view is None else model_for(view))
    if detection is not None:
        return chosen, detection
    times = passes or (PASSES if view is None else passes_for(view))
    detection = shared_detector(chosen).detect(photo, times)
    if detection is None:
        return chosen, detection
    seen = view or guess_view(detection.pose)
    needed, often = model or model_for(seen), passes or passes_for(seen)
    if (needed, often) != (chosen, times):
        chosen, times = needed, often
        detection = shared_detector(chosen).detect(photo, times)
    if model is not None:
        return chosen, detection
    if seen is View.POSTERIOR and detection is not None:
        # From behind only the larger model notices a turned body.
        larger = shared_detector(Model.HEAVY)
        again = larger.detect(photo, TURN_PASSES)
        if again is None:
            return chosen, detection
        if (
            again.ambiguous_share < detection.ambiguous_share
            and detection.ambiguous_share > quality.AMBIGUOUS
        ):
            chosen, detection = Model.HEAVY, larger.detect(photo, times) or detection
        sure = not (again.ambiguous_share or again.flipped_share) and guess_view(again.pose) is seen
        if guess_view(detection.pose) is not seen:
            again = again.with_sides_exchanged()  # as this one, until the view is looked at
        detection = replace(detection, world=again.world if sure else {})
    return chosen, detection


def model_for(view: View) -> Model:
    """Return the model that a view is measured with unless somebody chooses."""
    return Model.FULL if view.is_frontal else Model.HEAVY


def passes_for(view: View) -> int:
    """Return how often the model looks at a view unless somebody chooses."""
    return PASSES if view.is_frontal else SIDE_PASSES


def _refined(
    photo: Photo, detection: Detection, pose: Pose, view: View, scene: Scene
) -> tuple[Pose, tuple[CaptureIssue, ...], dict[Landmark, str]]:
    """Return the pose with what the picture tells better, what is wrong, and what is withheld."""
    issues: list[CaptureIssue] = []
    withheld: dict[Landmark, str] = {}
    refined = pose
    if view.is_frontal:
        outline = find_acromia(photo, detection, pose, scene.roll_deg)
        issues += check_outline(outline)
        if outline is not None and outline.usable:
            refined = refined.with_points(outline.points)
        refined = refined.with_points(find_ankles(photo, detection, pose, scene.roll_deg))
    if view is View.POSTERIOR:
        issues += check_hair(photo, detection, scene)
    if view is View.ANTERIOR:
        face = find_face(photo, pose)
        issues += check_face(face)
        if face is not None and face.usable:
            refined = refined.with_points(face.points)
        else:
            withheld = dict.fromkeys(
                EYES, "the face is covered or turned aside: pin back the hair, look at the camera"
            )
            refined = refined.without(set(EYES))
    return refined, tuple(issues), withheld


def _marked(
    photo: Photo, pose: Pose, view: View, colour: str
) -> tuple[Pose, tuple[CaptureIssue, ...], dict[Landmark, str]]:
    """Return the pose with the adhesive markers in it, what is wrong, and what is withheld."""
    marked = find_markers(photo, pose, view, colour)
    unused = unpaired(marked.points, view)
    used = {mark: point for mark, point in marked.points.items() if mark not in unused}
    hidden = dict.fromkeys(marked.hidden, "its marker is hidden in part: uncover it")
    return pose.with_points(used), tuple(check_markers(marked, view)), hidden


def _scene(
    photo: Photo,
    detection: Detection | None,
    poster: Poster | None,
    setup: Setup,
    plumb_line: tuple[XY, XY] | None,
) -> Scene:
    """Return what poster and plumb line tell; a line that somebody marked wins over the poster."""
    scene = Scene()
    if poster is not None:
        at = (photo.size[0] / 2, photo.size[1] / 2)
        if detection is not None:
            at = detection.pose.middle("hip") or at
        level_sd = float(table()["poster"]["roll_sd_deg"])
        scene = scene_from_poster(poster, at, setup, level_sd, photo.focal_px)
    if plumb_line is not None:
        body = detection.pose if detection else None
        scene = levelled_by_plumb_line(scene, *plumb_line, photo.size, body)
    return scene


def _outermost(body: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return rows and columns of the first and the last pixel of each of a body's rows."""
    rows = np.flatnonzero(body.any(axis=1))
    first = body[rows].argmax(axis=1)
    last = body.shape[1] - 1 - body[rows, ::-1].argmax(axis=1)
    return np.concatenate([rows, rows]), np.concatenate([first, last])


def measure(
    pose: Pose,
    scene: Scene,
    view: View,
    withheld: Mapping[Landmark, str] | None = None,
    *,
    model: str = "full",
    passes: int = PASSES,
) -> tuple[Measurement, ...]:
    """Apply every measure of a view to a pose; missing ones say why.

    ``model`` and ``passes`` say how the pose was found, on which its errors depend.
    """
    measurements = []
    for row in in_view(view):
        geometry = take(row, pose, scene, view, withheld)
        sd, mdc = error_of(geometry, pose, scene, view, detection_mode(model, passes))
        measurements.append(
            Measurement(
                key=row.key,
                label=row.label,
                unit=row.unit,
                value=geometry.value,
                sd=sd,
                mdc=mdc,
                method=geometry.method,
                reason=geometry.reason,
            )
        )
    return tuple(measurements)


def _missing(view: View | None, reason: str) -> tuple[Measurement, ...]:
    """Return every measure of a view as missing, for one reason."""
    return tuple(
        Measurement(row.key, row.label, row.unit, None, None, None, None, reason)
        for row in (in_view(view) if view else ())
    )


def _without_joints(pose: Pose) -> tuple[Pose, dict[Landmark, str]]:
    """Return the pose without what the model alone says, for a picture that it cannot make out.

    Nor the markers: their names are from where its joints are.
    """
    from_joints = (Source.DETECTED, Source.MARKER)
    joints = {mark for mark, point in pose.points.items() if point.source in from_joints}
    return pose.without(joints), dict.fromkeys(
        joints, "front and back of the body are hard to tell apart in this picture"
    )


def _placed(points: Mapping[Landmark, XY], photo: Photo) -> dict[Landmark, Point]:
    width, height = photo.size
    for landmark, (x, y) in points.items():
        if not (0 <= x <= width and 0 <= y <= height):
            raise PointsError(
                Message(
                    "The point {landmark} at ({x:g}, {y:g}) lies outside {name}, which has "
                    "{width} x {height} pixels. Place it again on the upright picture.",
                    landmark=landmark,
                    x=x,
                    y=y,
                    name=photo.name,
                    width=width,
                    height=height,
                )
            )
    return {mark: Point(x, y, source=Source.PLACED) for mark, (x, y) in points.items()}


def _with_scale(
    scene: Scene,
    detection: Detection,
    height_cm: float,
    view: View,
    issues: tuple[CaptureIssue, ...],
) -> tuple[Scene, tuple[CaptureIssue, ...]]:
    """Return the scene with millimetres per pixel from the standing height, and what is wrong.

    The silhouette's extent along gravity stands for the height. Toes nearer to the camera than the
    ankles make it longer in anterior views: a factor per view, measured, mends that.
    """
    inside = (detection.mask > 0.5).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(inside)
    codes = {issue.code for issue in issues}
    if count < 2 or codes & {"feet_cut_off", "head_cut_off", "sides_unclear"}:
        whole = "needs a scale, and the height gives it only of a whole body"
        return replace(scene, no_scale=whole), ()
    body = labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    rows, columns = _outermost(body)
    lowest = max(detection.pose.points[mark].y for mark in quality.FEET)
    if (rows.max() + 1) / detection.mask_scale < lowest:
        # On whole bodies it ended by 0.5% of the height or more below them.
        feet = (
            "needs a scale, and the height gives none: the feet's outline cannot be told from "
            "floor and wall"
        )
        return replace(scene, no_scale=feet), ()
    up = -rows * np.cos(np.radians(scene.roll_deg)) - columns * np.sin(np.radians(scene.roll_deg))
    extent_px = (float(up.max() - up.min()) + 1) / detection.mask_scale
    of_view = table()["height_scale"][family(view)]
    mm_per_px = 10 * height_cm / extent_px / float(of_view["factor"])
    scene, ratio = scaled_by_height(scene, mm_per_px, float(of_view["sd"]))
    return scene, () if ratio is None else (quality.scales_differ(ratio),)
