"""Changes found in two photos together, beside the true ones."""

from collections import defaultdict
from collections.abc import Iterator
from math import atan2, degrees
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import numpy as np
from looks import Record, plumb_line, true_pose

from posture.compare import REGISTERED
from posture.detect import shared_detector
from posture.landmarks import Landmark, View
from posture.photo import load_photo
from posture.poster import find_poster
from posture.refine.head_turn import head_turn
from posture.scene import Scene, Setup, scene_from_plumb_line, scene_from_poster

OTHERS = 8  # pairs a person and view, besides those with the neutral posture


def registered(records: list[Record]) -> Iterator[dict[str, Any]]:
    """Yield the change of head tilt of pairs of one person's frontal photos."""
    groups = defaultdict(list)
    for record in records:
        if View(record["view"]).is_frontal and record["case"] != "yaw_p10":
            groups[record["person"], record["view"]].append(record)
    with Pool(2) as pool:
        for rows in pool.imap(_of_group, groups.values()):
            yield from rows


def _of_group(records: list[Record]) -> list[dict[str, Any]]:
    seen = [_seen(record) for record in records]
    first = next((n for n, record in enumerate(records) if record["case"] == "neutral"), 0)
    random = np.random.default_rng(0)
    pairs = [(first, n) for n in range(len(records)) if n != first]
    pairs += [tuple(random.choice(len(records), 2, replace=False)) for _ in range(OTHERS)]
    rows = []
    for one, other in pairs:
        view = View(records[one]["view"])
        if seen[one] is None or seen[other] is None:
            continue
        turn = head_turn(seen[one], seen[other], view)
        if turn is not None:
            tilts = [_tilt(records[n]) for n in (one, other)]
            rows.append(
                {
                    "person": records[one]["person"],
                    "measure": "head_tilt",
                    "view": str(view),
                    "method": REGISTERED,
                    "mm_per_px": records[one]["mm_per_px"],
                    "truth": tilts[1] - tilts[0],
                    "value": turn.difference_deg,
                    "unlike": turn.unlike,
                    "usable": turn.usable,
                }
            )
    return rows


def _seen(record: Record) -> Any:
    photo = load_photo(Path(record["folder"]) / record["file"])
    detection = shared_detector().detect(photo, 1)
    if detection is None:
        return None
    poster = find_poster(photo) if record["poster"] else None
    scene: Scene = scene_from_plumb_line(*plumb_line(record), photo.size)
    if poster is not None:
        scene = scene_from_poster(poster, (photo.size[0] / 2, photo.size[1] / 2), Setup(), 0.0)
    return photo, detection, scene


def _tilt(record: Record) -> float:
    pose = true_pose(record).points
    left, right = pose[Landmark.LEFT_EAR], pose[Landmark.RIGHT_EAR]
    return degrees(atan2(right.y - left.y, abs(left.x - right.x)))
