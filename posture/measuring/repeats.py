"""Combines repeats of a view into one measurement, with their spread."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import sqrt
from statistics import fmean, stdev
from typing import TypeVar

from posture.imaging.scene import VerticalSource
from posture.issues import CaptureIssue
from posture.landmarks import View
from posture.measuring.assessment import Assessment
from posture.measuring.measures import BY_KEY
from posture.measuring.take import Measurement, is_by_hand
from posture.measuring.uncertainty import MDC_FACTOR, detection_mode, family, table

Item = TypeVar("Item")

RepeatSd = Callable[[str, View, str, str], float | None]
"""Takes measure, view, method and detection mode; returns the part of the error that averages out
over repeats, in the measure's unit, or None if it was never measured."""


def repeat_sd(key: str, view: View, method: str, mode: str) -> float | None:
    """Return the part of a measurement's error that varies between repeats."""
    rows = table()["by_method"].get((key, family(view), method, mode), [])
    parts: list[float] = [row["repeat"] for row in rows]
    return min(parts, default=None)


def combine(assessments: Sequence[Assessment], repeat: RepeatSd = repeat_sd) -> Assessment:
    """Combine photos of one view, one person and one moment into one assessment.

    Each value is the mean of those measured by the same method: by hand or markers if there are
    any, otherwise by the method and the source of the vertical (for lengths, of the scale too) that
    most of them share. Only the part of the error that averages out is reduced; the rest, such as a
    tilted camera, is the same in every repeat.

    The issues of all photos are kept, each with the name of its photo. A photo that cannot be
    measured, such as one of two people, gives no value but keeps its issue.

    Parameters
    ----------
    assessments : sequence of Assessment
        At least one; those without any value do not count.
    repeat : callable
        Gives the part of the error that averages out.

    Returns
    -------
    Assessment
        The one closest to the means, with the combined measurements.

    Raises
    ------
    ValueError
        If there is none, or they show different views.
    """
    if len({assessment.view for assessment in assessments}) != 1:
        raise ValueError("Repeats are photos of one view.")
    measured = [a for a in assessments if a.measured] or list(assessments)
    if len(measured) == 1:
        return replace(measured[0], issues=_issues(assessments)) if assessments[1:] else measured[0]
    known = [a for a in measured if a.scene.vertical_source is not VerticalSource.ASSUMED_LEVEL]
    levelled = _most_common(known or measured, lambda a: a.scene.vertical_source)
    scaled = _most_common(levelled, lambda a: a.scene.scale_source)  # an angle needs no scale
    columns = [
        [
            found
            for a in (scaled if BY_KEY[first.key].unit == "mm" else levelled)
            for found in a.measurements
            if found.key == first.key
        ]
        for first in scaled[0].measurements
    ]
    mode = detection_mode(scaled[0].model, scaled[0].passes)
    combined = tuple(_combined(column, scaled[0].view, mode, repeat) for column in columns)
    means = {m.key: m.value for m in combined}

    def distance(assessment: Assessment) -> float:
        return sum(_off(found, means[found.key]) for found in assessment.measurements)

    shown = min(scaled, key=distance)
    return replace(shown, measurements=combined, issues=_issues(assessments))


def _issues(assessments: Sequence[Assessment]) -> tuple[CaptureIssue, ...]:
    """Return the issues of all photos, each once, with the names of its photos."""
    photos: dict[CaptureIssue, list[str]] = {}
    for assessment in assessments:
        # Whether an issue is resolved depends on the points of its own photo only.
        for issue in dict.fromkeys(
            replace(told, mended_by=()) for told in assessment.active_issues
        ):
            photos.setdefault(issue, []).append(assessment.photo)
    return tuple(
        issue if len(names) == len(assessments) else replace(issue, photo=", ".join(names))
        for issue, names in photos.items()
    )


def _combined(
    found: Sequence[Measurement], view: View | None, mode: str, repeat: RepeatSd
) -> Measurement:
    there = [m for m in found if m.value is not None]
    if not there:
        return found[0]
    by_hand = [m for m in there if is_by_hand(m.method)]
    alike = _most_common(by_hand or there, lambda m: m.method)
    values = [m.value for m in alike if m.value is not None]
    n = len(values)
    if n == 1:
        return alike[0]
    value = fmean(values)
    part = repeat(alike[0].key, view, alike[0].method or "", mode) if view else None
    gone = (part or 0.0) ** 2 * (1 - 1 / n)
    return replace(
        alike[0],
        value=value,
        sd=_lowered([m.sd for m in alike], gone),
        mdc=_lowered([m.mdc for m in alike], MDC_FACTOR**2 * gone),
        repeats=n,
        spread=stdev(values),
    )


def _lowered(errors: Sequence[float | None], gone: float) -> float | None:
    """Return the largest of the errors, reduced by the variance that averages out."""
    known = [error for error in errors if error is not None]
    if len(known) < len(errors):
        return None
    return sqrt(max(max(known) ** 2 - gone, 0.0))


def _off(found: Measurement, mean: float | None) -> float:
    """Return the distance of a value from the mean, in its own errors; large if it is missing."""
    if mean is None:
        return 0.0
    if found.value is None:
        return 3.0
    return abs(found.value - mean) / (found.sd or 1.0)


def _most_common(items: Sequence[Item], of: Callable[[Item], object]) -> list[Item]:
    """Return the items of the most common kind; of equally common ones, the first."""
    kind = Counter(map(of, items)).most_common(1)[0][0]
    return [item for item in items if of(item) == kind]
