"""The error of a measurement: looked up in measured errors, never derived from pass spread.

``uncertainty.json`` is written by ``bench/accuracy.py`` from photos with known truth. It has a row
for each measure, view, method, detection mode (``detection_mode``), source of the vertical
(``scene``) and pixel size on the body. ``sd`` is the expected error of one measurement of a new
person; ``sem`` the standard error of measurement within one person, ``sem_new`` its expected value
in a new person, and ``repeat`` the part of it that more photos of the same stance average out.
``responsiveness`` is the share of a real change within one person that a method shows. Points
placed by hand have no rows: their error is the precision with which a point can be placed,
propagated through the measure's formula.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from math import sqrt
from typing import Any

from posture.imaging.scene import Scene, VerticalSource
from posture.landmarks import Landmark, Pose, Source, View
from posture.measuring.take import Geometry, evaluate

MDC_FACTOR = 1.96 * sqrt(2)
"""Minimal detectable change (95%) = 1.96 · √2 · standard error of measurement."""

COARSER = 1.25
"""Factor by which a pixel may be larger on the body than in the photos behind a row."""

WHOLE = 0.7
"""Share of a real change that counts as all of it; below, the words of a method state the share."""

ADULT_HEIGHT_MM = 1700.0  # only to estimate a click's size on the body if the photo has no scale


@cache
def table() -> dict[str, Any]:
    """Return the measured errors that come with the program."""
    text = files("posture.measuring").joinpath("uncertainty.json").read_text(encoding="utf-8")
    data: dict[str, Any] = json.loads(text)
    rows: dict[tuple[str, ...], list[Mapping[str, Any]]] = defaultdict(list)
    for row in data["measured"]:
        rows[row["measure"], row["view"], row["method"], row["detection_mode"]].append(row)
    data["by_method"] = dict(rows)
    return data


def detection_mode(model: str, passes: int) -> str:
    """Return the table's name for how a pose was detected; ``unknown`` has no measured error."""
    if passes >= table()["passes"]:
        return model
    return "fast" if model == "full" and passes > 1 else "unknown"


def family(view: View) -> str:
    """Return the table's name of a view: left and right share one."""
    return str(view) if view.is_frontal else "lateral"


def error_of(
    geometry: Geometry,
    pose: Pose,
    scene: Scene,
    view: View,
    mode: str,
    *,
    marked_anew: bool = True,
) -> tuple[float | None, float | None]:
    """Return the standard deviation and minimal detectable change of a value, in its unit.

    Both include the errors of the vertical (for "camera assumed level", any roll that would not
    have been noticed) and of the scale. ``sd`` is for the points as marked; ``mdc`` is for two
    visits, with the points palpated and marked again in between. If ``marked_anew`` is False, the
    markers stayed on; points placed by hand on each photo still count as palpated again.

    Returns
    -------
    sd, mdc : float or None
        None if no error has been measured for the method.
    """
    if geometry.value is None or geometry.method is None:
        return None, None
    known = _placing_variance(geometry, pose, scene, view)
    known += scene_variance(geometry, pose, scene, view)
    anew = {Source.MARKER, Source.PLACED} if marked_anew else {Source.PLACED}
    felt = _palpation_variance(geometry, pose, scene, view, anew)
    if _sources(geometry, pose) == {Source.PLACED}:
        return sqrt(known), MDC_FACTOR * sqrt(known + felt)
    by_hand = bool(_sources(geometry, pose) & {Source.MARKER, Source.PLACED})
    key = (geometry.measure.key, family(view), geometry.method, mode)
    row = _row(key, pose, scene, by_hand=by_hand)
    if row is None:
        return None, None
    sd = sqrt(row["sd"] ** 2 + known)
    return sd, MDC_FACTOR * sqrt(row["sem_new"] ** 2 + known + felt)


def pair_mdc(key: str, method: str, view: View, known: float) -> float | None:
    """Return the minimal detectable change of a difference measured between two photos.

    ``known`` is the variance from each photo's vertical and scale. None if the error was never
    measured.
    """
    rows = table()["by_method"].get((key, family(view), method, "pair"), [])
    if not rows:
        return None
    return MDC_FACTOR * sqrt(float(rows[0]["sem_new"]) ** 2 + known)


def scene_variance(geometry: Geometry, pose: Pose, scene: Scene, view: View) -> float:
    """Return the variance of a value due to the uncertainty of vertical and scale."""
    variance = _levelling_variance(geometry, pose, scene, view)
    if geometry.measure.unit == "mm" and geometry.value is not None:
        variance += (geometry.value * scene.scale_sd) ** 2
    return variance


def responsiveness(key: str, view: View, method: str) -> float | None:
    """Return the share of a real change that a method shows (1: all of it); None if unknown."""
    for row in table().get("responsiveness", ()):
        if (row["measure"], row["view"], row["method"]) == (key, family(view), method):
            return float(row["share"])
    return None


def _sources(geometry: Geometry, pose: Pose) -> set[Source]:
    return {pose.points[mark].source for mark in _used(geometry)}


def _row(
    key: tuple[str, str, str, str], pose: Pose, scene: Scene, *, by_hand: bool
) -> Mapping[str, Any] | None:
    """Return the row with the closest conditions, worse ones rather than better ones."""
    by_method = table()["by_method"]
    rows = by_method.get(key, [])
    if not rows and by_hand:
        # Some points by hand, the rest automatic: use the full error of a method with at least the
        # same automatic points, and add the error of placing.
        alike = [by_method[other] for other in by_method if _leaves_more_open(other, key)]
        rows = max(alike, key=lambda found: max(row["sd"] for row in found), default=[])
    levelled = "poster" if scene.vertical_source is VerticalSource.POSTER else "line"
    rows = [row for row in rows if row["scene"] == levelled] or rows
    size = _mm_per_px(pose, scene)
    ordered = sorted(rows, key=lambda row: float(row["mm_per_px"]))
    fine = [row for row in ordered if size is None or size <= COARSER * row["mm_per_px"]]
    return next(iter(fine or ordered[-1:]), None)


def _leaves_more_open(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether one row's method has all the automatic points of the other, for one measure."""
    same = (one[0], one[1], one[3]) == (other[0], other[1], other[3])
    return same and _automatic(other[2]) <= _automatic(one[2])


def _automatic(method: str) -> set[tuple[str, str]]:
    """Return kind and source of the method's automatic points."""
    parts = (part.split(":") for part in method.split(", "))
    found = {(kind, source) for kind, sources in parts for source in sources.split("+")}
    return {each for each in found if each[1] not in (Source.MARKER, Source.PLACED)}


def _placing_variance(geometry: Geometry, pose: Pose, scene: Scene, view: View) -> float:
    """Return the variance of the value due to the precision of clicks."""
    sd_px = _placing_sd_px(pose, scene)
    placed = [mark for mark in _used(geometry) if pose.points[mark].source is Source.PLACED]
    return _carried(geometry, pose, scene, view, dict.fromkeys(placed, sd_px))


def _palpation_variance(
    geometry: Geometry, pose: Pose, scene: Scene, view: View, anew: set[Source]
) -> float:
    """Return the variance of the value due to palpating and marking the points again."""
    palpation = table()["palpation"]
    felt = [
        mark
        for mark in _used(geometry)
        if pose.points[mark].source in anew
        and str(mark).removeprefix("left_").removeprefix("right_") in palpation["of"]
    ]
    times = float(palpation["sd_mm"]) / float(table()["placing"]["sd_mm"])
    size = _mm_per_px(pose, scene)
    sd_px = float(palpation["sd_mm"]) / size if size else times * _placing_sd_px(pose, scene)
    return _carried(geometry, pose, scene, view, dict.fromkeys(felt, sd_px))


def _used(geometry: Geometry) -> list[Landmark]:
    return [mark for marks in geometry.used for mark in marks]


def _carried(
    geometry: Geometry, pose: Pose, scene: Scene, view: View, sd_px: Mapping[Landmark, float]
) -> float:
    """Propagate the errors of points through the formula: first-order, independent points."""
    points = {mark: pose.points[mark] for mark in _used(geometry)}
    at = evaluate(geometry.measure, points, geometry.used, scene, view)
    variance = 0.0
    for mark, by in sd_px.items():
        point = points[mark]
        for there in (replace(point, x=point.x + by), replace(point, y=point.y + by)):
            value = evaluate(geometry.measure, {**points, mark: there}, geometry.used, scene, view)
            variance += (value - at) ** 2
    return variance


def _levelling_variance(geometry: Geometry, pose: Pose, scene: Scene, view: View) -> float:
    """Propagate the uncertainty of the vertical through the formula, first-order."""
    if not geometry.measure.uses_vertical:
        return 0.0
    off = scene.turned(scene.roll_sd_deg)
    at, there = (
        evaluate(geometry.measure, pose.points, geometry.used, each, view) for each in (scene, off)
    )
    return (there - at) ** 2


def _placing_sd_px(pose: Pose, scene: Scene) -> float:
    """Return the precision of a placed point (SD), in pixels of the photo."""
    placing = table()["placing"]
    mm_per_px = _mm_per_px(pose, scene)
    if mm_per_px is None:
        return float(placing["unknown_scale_sd_px"])
    return max(float(placing["sd_mm"]) / mm_per_px, float(placing["min_sd_px"]))


def _mm_per_px(pose: Pose, scene: Scene) -> float | None:
    """Return the size of a pixel on the body, approximate if the photo has no scale."""
    if scene.mm_per_px is not None:
        return scene.mm_per_px
    if not pose.detected:
        return None
    rows = [point.y for point in pose.detected.values()]
    return ADULT_HEIGHT_MM / max(max(rows) - min(rows), 1.0)
