"""How far a measurement is off: looked up in measured errors, never derived from pass spread.

``uncertainty.json`` is written by ``bench/accuracy.py`` from photos with known truth: per measure,
view and method the RMS error of one measurement and its share that remains within one person (the
standard error of measurement). Points placed by hand have no such table; their error follows from
how precisely a point can be placed, carried through the measure's own formula.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from math import sqrt
from typing import Any

from posture.landmarks import Pose, Source, View
from posture.measuring import Geometry, evaluate
from posture.scene import Scene

MDC_FACTOR = 1.96 * sqrt(2)
"""Minimal detectable change (95%) = 1.96 · √2 · standard error of measurement."""

ADULT_HEIGHT_MM = 1700.0  # only to guess a click's size on the body when the photo has no scale


@cache
def table() -> dict[str, Any]:
    """Return the measured errors that come with the program."""
    text = files("posture").joinpath("uncertainty.json").read_text(encoding="utf-8")
    data: dict[str, Any] = json.loads(text)
    data["by_method"] = {
        (row["measure"], row["view"], row["method"]): row for row in data["measured"]
    }
    return data


def family(view: View) -> str:
    """Return the row name of a view: left and right share one."""
    return str(view) if view.is_frontal else "lateral"


def error_of(
    geometry: Geometry, pose: Pose, scene: Scene, view: View
) -> tuple[float | None, float | None]:
    """Return the standard deviation and minimal detectable change of a value, in its unit.

    The error of the vertical is in it: with "camera assumed level", any roll that would not have
    been noticed.

    Returns
    -------
    sd, mdc : float or None
        None where no error has been measured for the method.
    """
    if geometry.value is None or geometry.method is None:
        return None, None
    known = _placing_variance(geometry, pose, scene, view)
    known += _levelling_variance(geometry, pose, scene, view)
    if _sources(geometry, pose) == {Source.PLACED}:
        return sqrt(known), MDC_FACTOR * sqrt(known)
    by_hand = bool(_sources(geometry, pose) & {Source.MARKER, Source.PLACED})
    row = _row(geometry.measure.key, family(view), geometry.method, by_hand=by_hand)
    if row is None:
        return None, None
    sd = sqrt(row["rms"] ** 2 + known)
    return sd, MDC_FACTOR * sqrt(row["sem"] ** 2 + known)


def _sources(geometry: Geometry, pose: Pose) -> set[Source]:
    return {pose.points[mark].source for marks in geometry.used for mark in marks}


def _row(key: str, view: str, method: str, *, by_hand: bool) -> Mapping[str, float] | None:
    rows = table()["by_method"]
    if (key, view, method) in rows:
        return rows[key, view, method]  # type: ignore[no-any-return]
    if not by_hand:
        return None
    # Some points by hand, the rest automatic: no better than all of them automatic, so take that
    # error in full and add the placing's.
    candidates = [row for (k, v, _), row in rows.items() if (k, v) == (key, view)]
    return max(candidates, key=lambda row: row["rms"], default=None)


def _placing_variance(geometry: Geometry, pose: Pose, scene: Scene, view: View) -> float:
    """Carry the precision of placing through the formula: first-order, independent points."""
    points = {mark: pose.points[mark] for marks in geometry.used for mark in marks}
    sd_px = _placing_sd_px(pose, scene)
    at = evaluate(geometry.measure, points, geometry.used, scene, view)
    variance = 0.0
    for mark, point in points.items():
        if point.source is not Source.PLACED:
            continue
        for moved in (
            replace(point, x=point.x + sd_px),
            replace(point, y=point.y + sd_px),
        ):
            there = evaluate(geometry.measure, {**points, mark: moved}, geometry.used, scene, view)
            variance += (there - at) ** 2
    return variance


def _levelling_variance(geometry: Geometry, pose: Pose, scene: Scene, view: View) -> float:
    """Carry the uncertainty of the vertical through the formula, first-order."""
    if not geometry.measure.uses_vertical:
        return 0.0
    off = replace(scene, roll_deg=scene.roll_deg + scene.roll_sd_deg)
    at, there = (
        evaluate(geometry.measure, pose.points, geometry.used, each, view) for each in (scene, off)
    )
    return (there - at) ** 2


def _placing_sd_px(pose: Pose, scene: Scene) -> float:
    """Return how precisely a point was placed, in pixels of the photo."""
    placing = table()["placing"]
    mm_per_px = scene.mm_per_px
    if mm_per_px is None:
        if not pose.detected:
            return float(placing["unknown_scale_sd_px"])
        rows = [point.y for point in pose.detected.values()]
        mm_per_px = ADULT_HEIGHT_MM / max(max(rows) - min(rows), 1.0)
    return max(float(placing["sd_mm"]) / mm_per_px, float(placing["min_sd_px"]))
