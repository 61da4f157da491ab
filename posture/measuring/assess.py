"""Assesses a photo: detection, refinement, markers, vertical, scale, and every measure."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from posture.errors import PointsError
from posture.geometry import XY
from posture.imaging.photo import Photo, load_photo
from posture.imaging.poster import Poster, look_for_poster
from posture.imaging.scene import Scene, Setup, levelled_by_plumb_line, scene_from_poster
from posture.landmarks import Landmark, Point, Source, View
from posture.measuring import quality
from posture.measuring.assessment import Assessment
from posture.measuring.evidence import Evidence, as_warnings
from posture.measuring.height_scale import scale_by_height
from posture.measuring.options import DEFAULT_OPTIONS, AssessmentOptions
from posture.measuring.uncertainty import table
from posture.measuring.values import measure, missing
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

SIDE_PASSES = 16  # nothing refines lateral landmarks: with 8, the error of a change is 5% larger
TURN_PASSES = 4  # of the larger model, to notice a rotated body
EYES = (Landmark.LEFT_EYE, Landmark.RIGHT_EYE)


def assess(
    photo: Photo | str | Path,
    view: View | str | None = None,
    *,
    height_cm: float | None = None,
    points: Mapping[Landmark, XY] | None = None,
    plumb_line: tuple[XY, XY] | None = None,
    options: AssessmentOptions = DEFAULT_OPTIONS,
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
        the photo shows one. Without either, lengths are missing.
    points : mapping of Landmark to (x, y), optional
        Landmarks placed by hand, in pixels of the upright photo. They win over detected ones.
    plumb_line : pair of (x, y), optional
        Two points on a plumb line in the photo. Without it the wall poster gives the vertical;
        without either, the camera is assumed level.
    options : AssessmentOptions
        Poster and wall distances, markers, model and passes.
    detection : Detection, optional
        What the model found in this photo before; saves another detection.

    Returns
    -------
    Assessment
        Also for a photo that cannot be measured: its issues say why.

    Raises
    ------
    PhotoError
        If the file is not a readable photo.
    PointsError
        If a placed point lies outside the photo, or a height or plumb line is implausible.
    ModelError
        If the model bundle is missing or altered.
    """
    if not isinstance(photo, Photo):
        photo = load_photo(photo)
    chosen = None if view in (None, "auto") else View(view)
    placed = _placed(points or {}, photo)
    if height_cm is not None and height_cm not in HEIGHT_CM:
        raise PointsError(
            Message(
                "A height of {height_cm:g} cm cannot be right. Enter it in "
                "centimetres ({least:.0f} to {most:.0f}).",
                height_cm=height_cm,
                least=HEIGHT_CM.least,
                most=HEIGHT_CM.most,
            )
        )
    model, detection = _detected(photo, chosen, options, detection)
    sight = look_for_poster(photo, options.setup.poster_mm)
    scene = _scene(photo, detection, sight.poster, options.setup, plumb_line)
    seen, found = chosen, Evidence(scene, issues=(quality.nobody(),))
    if detection is not None:
        guess = guess_view(detection.pose)
        seen = chosen or guess
        if sides_are_exchanged(detection, seen):
            detection = detection.with_sides_exchanged()
        issues = quality.check(
            photo, detection, seen, guess=guess if chosen else None, scene=scene, sight=sight
        )
        found = Evidence(scene, issues=issues)
        if not found.blocked:
            found = _landmarks(photo, detection, seen, found, options)
            found = found.with_points(placed).without_reasons(placed.keys())
            if height_cm is not None:
                found = scale_by_height(found, detection, height_cm, seen)
    if found.pose is None and placed and seen:
        # The model cannot help, but points placed by hand can be measured all the same.
        found = replace(found, issues=as_warnings(found.issues)).with_points(placed)
    name = find_bundle(model).name
    passes = detection.passes if detection else options.passes or PASSES
    if found.pose and seen:
        measurements = measure(
            found.pose, found.scene, seen, found.withheld, model=name, passes=passes
        )
    else:
        measurements = missing(seen, found.issues[0].message)
    return Assessment(
        photo=photo.name,
        photo_sha256=photo.sha256,
        view=seen,
        view_source="guessed" if chosen is None else "given",
        image_size=photo.size,
        scene=found.scene,
        pose=found.pose,
        withheld=found.withheld,
        measurements=measurements,
        issues=found.issues,
        model=name,
        passes=passes,
    )


def _detected(
    photo: Photo, view: View | None, options: AssessmentOptions, detection: Detection | None
) -> tuple[Model, Detection | None]:
    """Return what the model finds, and which model that was."""
    model, passes = options.model, options.passes
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
        # From behind, only the larger model notices a rotated body.
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
            again = again.with_sides_exchanged()  # like this one; both are checked against the view
        detection = replace(detection, world=again.world if sure else {})
    return chosen, detection


def model_for(view: View) -> Model:
    """Return the model that a view needs."""
    return Model.FULL if view.is_frontal else Model.HEAVY


def passes_for(view: View) -> int:
    """Return the number of detection passes that a view needs."""
    return PASSES if view.is_frontal else SIDE_PASSES


def _landmarks(
    photo: Photo, detection: Detection, view: View, found: Evidence, options: AssessmentOptions
) -> Evidence:
    """Return the findings with the landmarks that the photo shows, each by its best evidence."""
    found = replace(found, pose=detection.pose)
    found = found.withholding(quality.outside(detection, photo.size))
    if options.refine:
        found = _refined(photo, detection, view, found)
    if options.markers is not None:
        found = _marked(photo, view, found, options.markers)
    if detection.ambiguous_share > quality.AMBIGUOUS:
        found = _without_joints(found)
    return found


def _refined(photo: Photo, detection: Detection, view: View, found: Evidence) -> Evidence:
    """Return the findings with what outlines and face show better than the model does."""
    joints, scene = found.pose, found.scene
    if joints is None:
        return found
    if view.is_frontal:
        outline = find_acromia(photo, detection, joints, scene.roll_deg)
        found = found.with_issues(check_outline(outline))
        if outline is not None and outline.usable:
            found = found.with_points(outline.points)
        found = found.with_points(find_ankles(photo, detection, joints, scene.roll_deg))
    if view is View.POSTERIOR:
        found = found.with_issues(check_hair(photo, detection, scene))
    if view is View.ANTERIOR:
        face = find_face(photo, joints)
        found = found.with_issues(check_face(face))
        if face is not None and face.usable:
            return found.with_points(face.points)
        covered = Message(
            "the face is covered or turned away: pin the hair back and look at the camera"
        )
        found = found.withholding(dict.fromkeys(EYES, covered))
    return found


def _marked(photo: Photo, view: View, found: Evidence, colour: str) -> Evidence:
    """Return the findings with the skin markers."""
    if found.pose is None:
        return found
    marked = find_markers(photo, found.pose, view, colour)
    unused = unpaired(marked.points, view)
    used = {mark: point for mark, point in marked.points.items() if mark not in unused}
    hidden = dict.fromkeys(marked.hidden, Message("its marker is partly hidden: uncover it"))
    found = found.with_points(used).with_issues(check_markers(marked, view))
    return found.with_reasons(hidden)


def _without_joints(found: Evidence) -> Evidence:
    """Return the findings without what only the model gives, if it confuses front and back.

    Markers are withheld too: the joints' places give them their names.
    """
    points = found.pose.points if found.pose else {}
    from_joints = (Source.DETECTED, Source.MARKER)
    joints = [mark for mark, point in points.items() if point.source in from_joints]
    unclear = Message("the front and back of the body cannot be distinguished in this photo")
    return found.withholding(dict.fromkeys(joints, unclear))


def _scene(
    photo: Photo,
    detection: Detection | None,
    poster: Poster | None,
    setup: Setup,
    plumb_line: tuple[XY, XY] | None,
) -> Scene:
    """Return the scene from poster and plumb line; a marked line takes precedence."""
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
