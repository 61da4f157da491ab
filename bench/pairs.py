"""Changes measured between two registered photos, next to the true ones."""

from collections import defaultdict
from collections.abc import Iterator
from math import atan2, degrees
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import numpy as np
from observations import Record, plumb_line, see, true_pose, true_value

from posture.changes.registered import (
    DETECTED,
    HEAD,
    OF_SIDE,
    SIDE,
    head_difference,
    side_differences,
)
from posture.imaging.photo import load_photo
from posture.landmarks import Landmark, View
from posture.measuring.options import AssessmentOptions
from posture.measuring.uncertainty import family
from posture.pose.detect import shared_detector

OTHERS = 8  # pairs per person and view, besides those with the neutral posture

Row = dict[str, Any]


def registered(records: list[Record]) -> Iterator[Row]:
    """Yield the changes of pairs of one person's photos, NaN where registration failed.

    Markers are not detected here, but registration matches them with the skin around them: the
    error of forward head is 0.5° with them and 0.6° without.
    """
    groups = defaultdict(list)
    for record in records:
        if record["case"] != "yaw_p10":
            groups[record["person"], record["view"]].append(record)
    with Pool(2) as pool:
        for rows in pool.imap(_of_group, groups.values()):
            yield from rows


def _of_group(records: list[Record]) -> list[Row]:
    seen = [_seen(record) for record in records]
    first = next((n for n, record in enumerate(records) if record["case"] == "neutral"), 0)
    random = np.random.default_rng(0)
    pairs = {(first, n) for n in range(len(records)) if n != first}
    if len(records) > 1:
        others = (random.choice(len(records), 2, replace=False) for _ in range(OTHERS))
        pairs |= {(min(one, other), max(one, other)) for one, other in others}
    return [
        row
        for one, other in sorted(pairs)
        if seen[one] is not None and seen[other] is not None
        for row in _of_pair((records[one], records[other]), (seen[one], seen[other]))
    ]


def _of_pair(records: tuple[Record, Record], seen: tuple[Any, Any]) -> Iterator[Row]:
    view = View(records[0]["view"])
    photos, masks, (before, after) = zip(*seen, strict=True)
    if view.is_frontal:
        tell, truth = head_difference, {"head_tilt": _tilt(records[1]) - _tilt(records[0])}
    else:
        tell, truth = side_differences, {key: _true_change(records, key) for key in OF_SIDE}
    told = {each.key: each for each in tell(before, after, photos, masks, view)}
    for key, true in truth.items():
        values = [next(m for m in each.measurements if m.key == key) for each in (before, after)]
        one, other = (m.value if m.value is not None else np.nan for m in values)
        yield {
            "person": records[0]["person"],
            "measure": key,
            "view": family(view),
            "method": HEAD if view.is_frontal else SIDE,
            "mm_per_px": records[0]["mm_per_px"],
            "truth": true,
            "value": told[key].value if key in told else np.nan,
            "by_values": other - one,
            "usable": key in told,
        }


def _true_change(records: tuple[Record, Record], key: str) -> float:
    before, after = (true_value(record, key, DETECTED) for record in records)
    return np.nan if before is None or after is None else after - before


def _seen(record: Record) -> Any:
    photo = load_photo(Path(record["folder"]) / record["file"])
    mask = shared_detector().detect(photo, 1)
    line = None if record["poster"] else plumb_line(record)
    result = see(record, photo, line, AssessmentOptions(markers=None))
    return (photo, mask, result) if mask is not None and result.measured else None


def _tilt(record: Record) -> float:
    pose = true_pose(record).points
    left, right = pose[Landmark.LEFT_EAR], pose[Landmark.RIGHT_EAR]
    return degrees(atan2(right.y - left.y, abs(left.x - right.x)))
