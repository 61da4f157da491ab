"""Measures a record of the ground truth in every mode of the program, next to its truth.

The truth of a measure comes from the registry itself, applied to the view of a camera at the same
place that is level and square to the wall. So both sides share one definition, and the effects of
the camera's roll, pitch and yaw count as errors.
"""

import io
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, product
from math import cos, radians, sin
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from posture.imaging.photo import Photo, decode_photo, load_photo
from posture.imaging.poster import find_poster
from posture.imaging.scene import ScaleSource, Scene, Setup, VerticalSource, scene_from_poster
from posture.landmarks import Landmark, Point, Pose, Source, View
from posture.measuring.assess import assess, model_for, passes_for
from posture.measuring.assessment import Assessment
from posture.measuring.measures import BY_KEY
from posture.measuring.options import DEFAULT_OPTIONS, AssessmentOptions
from posture.measuring.take import take
from posture.measuring.uncertainty import family, table
from posture.measuring.values import measure
from posture.pose.detect import FAST_PASSES, Detection, shared_detector
from posture.pose.models import Model

COARSE = 0.5  # of the width: what an old webcam gives
TURN_DEG, GAIN, NOISE = 1.0, 0.1, 2.0  # of a jittered camera: standing on its stand another day

PARTS = (
    ("tragus", "c7"),
    ("acromion",),
    ("asis", "psis"),
    ("greater_trochanter", "lateral_malleolus"),
)
"""Of the body, that have markers or not."""

Record = dict[str, Any]
Row = dict[str, Any]
Line = tuple[tuple[float, float], tuple[float, float]]

FAST = AssessmentOptions(model=Model.FULL, passes=FAST_PASSES, refine=False)
PLAIN = AssessmentOptions(model=Model.FULL, passes=1, refine=False, markers=None)
"""The fast mode, and what a plain script would measure: one pass, nothing refined."""


def observe(record: Record, repeats: int) -> tuple[list[Row], Row]:
    """Return the measurements of one record in all modes, and a description of its photo."""
    photo = load_photo(Path(record["folder"]) / record["file"])
    line = None if record["poster"] else plumb_line(record)
    default = model_for(View(record["view"]))
    rows: list[Row] = []
    usual = see(record, photo, line)
    said = describe(record, photo, usual, see(record, photo, None) if line else usual)
    for model in Model:
        detection = shared_detector(model).detect(photo, passes_for(View(record["view"])))
        rows += with_and_without(record, photo, line, model, detection)
    fast = see(record, photo, line, FAST)
    rows += observed(record, fast, mode="fast")
    plain = see(record, photo, line, PLAIN)
    rows += observed(record, plain, mode="plain")
    small, small_line = reduced(photo, line)
    rows += coarsely(record, small, small_line, default)
    for number in range(1, repeats + 1):
        again, again_line = jittered(record, photo, number, line)
        rows += observed(record, see(record, again, again_line), mode=str(default), repeat=number)
    return rows, said


def with_and_without(
    record: Record,
    photo: Photo,
    line: Line | None,
    model: Model,
    detection: Detection | None,
    *,
    coarse: bool = False,
) -> Iterator[Row]:
    """Yield the measurements, and then those that a refinement or a marker replaced.

    The latter need an error too: they are used where the former are impossible.
    """
    now: set[tuple[str, str | None]] = set()
    whole = AssessmentOptions(model=model)
    unrefined, bare = replace(whole, refine=False), replace(whole, markers=None)
    ways = (whole, unrefined, bare, replace(bare, refine=False))
    results = [see(record, photo, line, options, detection) for options in ways]
    mixed = (with_some_markers(*results[n::2]) for n in (0, 1))
    for result in (*results, *chain(*mixed)):
        fresh = tuple(r for r in result.measurements if (r.key, r.method) not in now)
        now |= {(row.key, row.method) for row in fresh}
        fresher = replace(result, measurements=fresh)
        yield from observed(record, fresher, mode=str(model), coarse=coarse)


def with_some_markers(marked: Assessment, bare: Assessment) -> Iterator[Assessment]:
    """Yield the measurements with markers on one part of the body, or on all but one part."""
    if marked.pose is None or bare.pose is None or marked.view is None:
        return
    found = {m: p for m, p in marked.pose.points.items() if p.source is Source.MARKER}
    for part, without in product(PARTS, (False, True)):
        some = {m: p for m, p in found.items() if str(m).endswith(part) is not without}
        pose = bare.pose.with_points(some)
        how = {"model": marked.model, "passes": marked.passes}
        yield replace(marked, measurements=measure(pose, marked.scene, marked.view, {}, **how))


def coarsely(record: Record, small: Photo, line: Line | None, model: Model) -> Iterator[Row]:
    """Yield the measurements of the photo with fewer pixels."""
    passes = passes_for(View(record["view"]))
    detection = shared_detector(model).detect(small, passes)
    yield from with_and_without(record, small, line, model, detection, coarse=True)


def see(
    record: Record,
    photo: Photo,
    line: Line | None,
    options: AssessmentOptions = DEFAULT_OPTIONS,
    detection: Detection | None = None,
) -> Assessment:
    """Assess a photo with the person's height, as a user would."""
    return assess(
        photo,
        record["view"],
        height_cm=record["stature_mm"] / 10,
        plumb_line=line,
        options=options,
        detection=detection,
    )


def observed(
    record: Record, result: Assessment, *, mode: str, coarse: bool = False, repeat: int = 0
) -> Iterator[Row]:
    """Yield each value with its truth.

    Not where the poster was missed: what an assumed level costs is added at run time.
    """
    if not result.measured or result.scene.vertical_source is VerticalSource.ASSUMED_LEVEL:
        return
    for row in result.measurements:
        truth = row.method and true_value(record, row.key, row.method)
        if row.value is None or truth is None:
            continue
        poster = result.scene.vertical_source is VerticalSource.POSTER
        yield {
            "photo": record["file"],
            "person": record["person"],
            "case": record["case"],
            "roll": abs(record["camera"]["roll_deg"]),
            "measure": row.key,
            "view": family(View(record["view"])),
            "seen_as": record["view"],
            "method": row.method,
            "detection_mode": mode,
            "scene": "poster" if poster else "line",
            "mm_per_px": record["mm_per_px"] / (COARSE if coarse else 1.0),
            "coarse": coarse,
            "repeat": repeat,
            "truth": truth,
            "value": row.value,
            "sd": row.sd,
            "mdc": row.mdc,
        }


def poster_scale(record: Record, photo: Photo) -> float | None:
    """Return the poster's own scale at the body, relative to the true one."""
    poster = find_poster(photo) if record["poster"] else None
    if poster is None:
        return None
    hips = [record["landmarks"][f"{side}_hip"] for side in ("left", "right")]
    at = ((hips[0][0] + hips[1][0]) / 2, (hips[0][1] + hips[1][1]) / 2)
    found = scene_from_poster(poster, at, Setup(), 0.0).mm_per_px or np.nan
    return found / float(record["mm_per_px"])


def height_factor(record: Record, scale: float) -> float:
    """Return the silhouette's height over the standing height; ``scale`` is the scene's / true."""
    return scale * float(table()["height_scale"][family(View(record["view"]))]["factor"])


def describe(record: Record, photo: Photo, levelled: Assessment, assumed: Assessment) -> Row:
    """Return the description of a photo as a whole, with its truth."""
    scene, camera = levelled.scene, record["camera"]
    by_height = scene.scale_source is ScaleSource.HEIGHT
    both = scene.scale_source is ScaleSource.BOTH
    scale = (scene.mm_per_px or np.nan) / float(record["mm_per_px"])
    poster = assumed.scene.vertical_source is VerticalSource.POSTER
    return {
        "photo": record["file"],
        "person": record["person"],
        "view": record["view"],
        "turned": record["case"] == "yaw_p10",
        "rolled": abs(camera["roll_deg"]) >= 1.3,
        "poster": bool(record["poster"]),
        "roll_error": scene.roll_deg - camera["roll_deg"] if poster else None,
        "poster_scale": poster_scale(record, photo),
        "scale_of_both": scale if both else None,
        "height_factor": height_factor(record, scale) if by_height else None,
        "codes": sorted(issue.code for issue in assumed.active_issues),
    }


def true_value(record: Record, key: str, method: str) -> float | None:
    """Return the measure's true value for the kinds of points that the method names."""
    kinds = {part.split(":")[0] for part in method.split(", ")}
    measure, view = BY_KEY[key], View(record["view"])
    unwanted = {
        mark
        for role in measure.roles
        for kind in role
        if kind.name not in kinds
        for mark in kind.in_view(view)
    }
    pose = true_pose(record).without(unwanted)
    return take(measure, pose, Scene(mm_per_px=1.0), view).value


def true_pose(record: Record) -> Pose:
    """Return the landmarks under our names, in mm at the body, as a square camera sees them.

    The ground truth writes the side of the palpable points last.
    """
    camera, (width, height) = record["camera"], record["image_size"]
    yaw, pitch, roll = (radians(camera[name]) for name in ("yaw_deg", "pitch_deg", "roll_deg"))
    turn = cv2.Rodrigues(np.array([0.0, -yaw, 0.0]))[0] @ cv2.Rodrigues(np.array([-pitch, 0, 0]))[0]
    turn = turn @ cv2.Rodrigues(np.array([0.0, 0.0, roll]))[0]

    def seen(x: float, y: float) -> NDArray[np.float64]:
        """Return a pixel's direction, of length 1 along the lens's axis, as the square camera."""
        focal = camera["focal_px"]
        return turn @ [(x - width / 2) / focal, (y - height / 2) / focal, 1.0]

    ankles = np.mean([record["landmarks"][f"{side}_ankle"] for side in ("left", "right")], axis=0)
    depth = seen(*ankles)[2] * record["mm_per_px"] * camera["focal_px"]
    points = {}
    for theirs, place in record["landmarks"].items():
        words = theirs.split("_")
        ours = "_".join([words[-1], *words[:-1]]) if words[-1] in ("left", "right") else theirs
        ours = f"{ours}_index" if ours.endswith("_foot") else ours
        if ours in set(Landmark):
            x, y, along = seen(*place)
            points[Landmark(ours)] = Point(x / along * depth, y / along * depth)
    return Pose(points)


def plumb_line(record: Record) -> Line:
    """Return two clicks on a vertical near the left edge, rounded to whole pixels."""
    roll, length = radians(record["camera"]["roll_deg"]), 1200
    top = (150.0, 150.0)
    return top, (round(top[0] + length * sin(roll)), round(top[1] + length * cos(roll)))


def reduced(photo: Photo, line: Line | None) -> tuple[Photo, Line | None]:
    """Return the photo as a smaller picture, clicks rounded to its pixels."""
    size = tuple(round(COARSE * side) for side in photo.size)
    pixels = cv2.resize(photo.pixels, size, interpolation=cv2.INTER_AREA)
    return _again(photo, pixels), line and _clicked(np.diag([COARSE, COARSE, 1.0]), line)


def jittered(
    record: Record, photo: Photo, number: int, line: Line | None
) -> tuple[Photo, Line | None]:
    """Return the photo as the same camera would take it again, turned a little, with its clicks.

    A camera that turns about its own centre sees a homography of what it saw, at every depth.
    """
    random = np.random.default_rng([number, *record["file"].encode()])
    focal = record["camera"]["focal_px"]
    width, height = photo.size
    lens = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1.0]])
    turn, _ = cv2.Rodrigues(np.radians(random.uniform(-TURN_DEG, TURN_DEG, 3)))
    matrix = lens @ turn @ np.linalg.inv(lens)
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])  # OpenCV has pixel centres at 0
    inner = np.linalg.inv(half) @ matrix @ half
    pixels = cv2.warpPerspective(photo.pixels, inner, photo.size, borderMode=cv2.BORDER_REPLICATE)
    lit = pixels * random.uniform(1 - GAIN, 1 + GAIN) + random.normal(0, NOISE, pixels.shape)
    file = io.BytesIO()
    Image.fromarray(lit.clip(0, 255).astype(np.uint8)).save(file, "JPEG", quality=90)
    return decode_photo(file.getvalue(), photo.name), line and _clicked(matrix, line)


def _clicked(matrix: NDArray[np.float64], line: Line) -> Line:
    ends = np.array([[*end, 1.0] for end in line]) @ matrix.T
    (x0, y0), (x1, y1) = np.round(ends[:, :2] / ends[:, 2:])
    return (float(x0), float(y0)), (float(x1), float(y1))


def _again(photo: Photo, pixels: NDArray[Any]) -> Photo:
    return replace(photo, pixels=np.ascontiguousarray(pixels, dtype=np.uint8))
