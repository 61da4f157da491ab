"""Landmarks placed by hand, as a JSON file: ``{name: [x, y]}`` in pixels of the upright photo."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from posture.edited import json_of
from posture.errors import FileError, PointsError
from posture.geometry import XY
from posture.landmarks import Landmark
from posture.ranges import Range
from posture.words import Message

PIXELS = Range(-1e6, 1e6)
PLUMB_ENDS = ("plumb_top", "plumb_bottom")


@dataclass(frozen=True)
class Placed:
    """Points and plumb line that somebody marked in one photo."""

    points: Mapping[Landmark, XY] = field(default_factory=dict)
    plumb_line: tuple[XY, XY] | None = None


def load_placed(path: Path, photos: list[str]) -> dict[str, Placed]:
    """Read a points file for one or several photos.

    For one photo it is ``{name: [x, y]}``; for several ``{photo file name: {name: [x, y]}}``.
    Besides landmarks, ``plumb_top`` and ``plumb_bottom`` mark a plumb line.

    Raises
    ------
    PointsError
        If the file cannot be read or has other content.
    """
    try:
        data = json_of(path)
    except FileError as error:
        raise PointsError(Message("{error} Write {{name: [x, y]}}.", error=error)) from None
    if not isinstance(data, dict):
        raise PointsError(
            Message("{path} does not contain a JSON object. Write {{name: [x, y]}}.", path=path)
        )
    if data and all(isinstance(value, dict) for value in data.values()):
        unknown = sorted(set(data) - set(photos))
        if unknown:
            raise PointsError(
                Message(
                    "{path} has points for {unknown}, which is not one of the photos.",
                    path=path,
                    unknown=", ".join(unknown),
                )
            )
        return {name: _parse(points, f"{path}, {name}") for name, points in data.items()}
    if len(photos) != 1:
        raise PointsError(
            Message(
                "{path} does not say which photo its points belong to. For several photos write "
                "{{photo file name: {{name: [x, y]}}}}.",
                path=path,
            )
        )
    return {photos[0]: _parse(data, str(path))}


def _parse(data: Mapping[str, Any], where: str) -> Placed:
    points: dict[Landmark, XY] = {}
    ends: dict[str, XY] = {}
    for name, value in data.items():
        place = _place(name, value, where)
        if name in PLUMB_ENDS:
            ends[name] = place
        else:
            landmark = _landmark(name, where)
            if landmark in points:  # the side may come first or last
                raise PointsError(
                    Message(
                        "{where}: {landmark} appears twice. Remove one of the two.",
                        where=where,
                        landmark=str(landmark),
                    )
                )
            points[landmark] = place
    if len(ends) == 1:
        raise PointsError(
            Message(
                "{where}: a plumb line needs both {plumb_ends}.",
                where=where,
                plumb_ends=" and ".join(PLUMB_ENDS),
            )
        )
    line = (ends[PLUMB_ENDS[0]], ends[PLUMB_ENDS[1]]) if ends else None
    return Placed(points, line)


def _place(name: str, value: Any, where: str) -> XY:
    numbers = isinstance(value, list) and len(value) == 2
    if not numbers or not all(v in PIXELS and not isinstance(v, bool) for v in value):
        raise PointsError(
            Message(
                "{where}: {name} must be [x, y] in pixels, not {dumps}.",
                where=where,
                name=name,
                dumps=json.dumps(value)[:80],
            )
        )
    return float(value[0]), float(value[1])


def _landmark(name: str, where: str) -> Landmark:
    """Return the landmark of a name; the side may also come last, as in ``asis_left``."""
    words = name.strip().lower().split("_")
    for order in (words, [words[-1], *words[:-1]]):
        if "_".join(order) in set(Landmark):
            return Landmark("_".join(order))
    raise PointsError(
        Message(
            "{where}: {name!r} is not a landmark. Known landmarks: {landmark}.",
            where=where,
            name=name,
            landmark=", ".join(Landmark),
        )
    )
