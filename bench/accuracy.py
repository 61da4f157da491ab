"""Measure the measuring: run ``assess`` over photos with known truth and print how far it is off.

    python bench/accuracy.py PATH/TO/groundtruth/dev [--model full|heavy] [--write]

The truth of each measure comes from the registry itself, applied to the true landmarks under the
true scene, so both sides share one definition. ``--write`` stores the errors in
``posture/uncertainty.json``, from which each measurement's ``sd`` and ``mdc`` are read.

The photos are levelled by the wall poster where one hangs, otherwise by a plumb line whose ends are
rounded to whole pixels, as a click gives it, and scaled by the person's height; bodies turned away
on purpose are left out of the table and counted in the list of capture issues instead.
"""

import argparse
import json
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from functools import partial
from math import cos, radians, sin
from multiprocessing import Pool
from pathlib import Path

import numpy as np

from posture.assess import assess
from posture.assessment import Assessment
from posture.landmarks import Landmark, Point, Pose, View
from posture.measures import BY_KEY
from posture.measuring import take
from posture.models import Model
from posture.scene import ScaleSource, Scene, VerticalSource
from posture.uncertainty import MDC_FACTOR, family

RESULT = Path(__file__).parents[1] / "posture" / "uncertainty.json"


@dataclass(frozen=True)
class Error:
    """One measurement beside its truth."""

    person: str
    truth: float
    measured: float
    plain: float | None


def true_pose(record: dict) -> Pose:
    """Return the record's landmarks under our names: the ground truth writes the side last."""
    points = {}
    for theirs, (x, y) in record["landmarks"].items():
        words = theirs.split("_")
        ours = "_".join([words[-1], *words[:-1]]) if words[-1] in ("left", "right") else theirs
        ours = f"{ours}_index" if ours.endswith("_foot") else ours
        if ours in set(Landmark):
            points[Landmark(ours)] = Point(x, y)
    return Pose(points)


def true_value(record: dict, key: str, method: str) -> float | None:
    """Return the measure's true value for the kinds of points that the method names."""
    pose = true_pose(record)
    kinds = {part.split(":")[0] for part in method.split(", ")}
    measure = BY_KEY[key]
    unwanted = {
        mark
        for role in measure.roles
        for kind in role
        if kind.name not in kinds
        for mark in kind.in_view(View(record["view"]))
    }
    scene = Scene(roll_deg=record["camera"]["roll_deg"], mm_per_px=record["mm_per_px"])
    return take(measure, pose.without(unwanted), scene, View(record["view"])).value


def plumb_line(record: dict) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return two clicks on a vertical near the left edge, rounded to whole pixels."""
    roll, length = radians(record["camera"]["roll_deg"]), 1200
    top = (150.0, 150.0)
    return top, (round(top[0] + length * sin(roll)), round(top[1] + length * cos(roll)))


def look(
    record: dict, folder: Path, model: Model
) -> tuple[Assessment, Assessment, dict[str, float | None]]:
    """Assess one record's photo as a user would, without a plumb line, and by one plain pass."""
    see = partial(
        assess,
        folder / record["file"],
        record["view"],
        height_cm=record["subject_height_mm"] / 10,
        model=model,
    )
    levelled = {} if record["poster"] else {"plumb_line": plumb_line(record)}
    result = see(**levelled)
    plain = see(**levelled, passes=1, refine=False)
    # What refinement replaced has an error too: it is used where the refinement cannot.
    now = {(row.key, row.method) for row in result.measurements}
    before = see(**levelled, refine=False).measurements if result.measured else ()
    replaced = tuple(row for row in before if (row.key, row.method) not in now)
    result = replace(result, pose=None, measurements=(*result.measurements, *replaced))
    return (
        result,
        replace(see(), pose=None) if levelled else result,
        {row.key: row.value for row in plain.measurements},
    )


def main() -> None:
    """Print the tables; with --write, store them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", type=Model, default=Model.FULL)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    records = json.loads((options.folder / "truth.json").read_text(encoding="utf-8"))

    errors: dict[tuple[str, str, str], list[Error]] = defaultdict(list)
    codes: dict[str, Counter] = {"straight": Counter(), "turned": Counter(), "rolled": Counter()}
    photos: Counter = Counter()
    scales: dict[str, list[float]] = defaultdict(list)
    rolls: list[float] = []
    work = partial(look, folder=options.folder, model=options.model)
    with Pool(2) as pool:
        seen = pool.imap(work, records)
        for record, (result, level, plain) in zip(records, seen, strict=True):
            if level.scene.vertical_source is VerticalSource.POSTER:
                rolls.append(level.scene.roll_deg - record["camera"]["roll_deg"])
            turned = record.get("case") == "yaw_p10"
            rolled = abs(record["camera"]["roll_deg"]) >= 1.3
            group = "turned" if turned else "rolled" if rolled else "straight"
            photos[group] += 1
            codes[group].update(f"{record['view']}: {issue.code}" for issue in level.issues)
            if turned or not result.measured:
                continue
            view = family(View(record["view"]))
            if result.scene.scale_source is ScaleSource.HEIGHT:
                scales[view].append((result.scene.mm_per_px or np.nan) / record["mm_per_px"])
            for row in result.measurements:
                if row.value is None or row.method is None:
                    continue
                truth = true_value(record, row.key, row.method)
                if truth is not None:
                    found = Error(record["person"], truth, row.value, plain.get(row.key))
                    errors[row.key, view, row.method].append(found)

    rows = [table_row(*key, found) for key, found in sorted(errors.items())]
    print(
        f"{'measure':22} {'view':10} {'unit':4} {'n':>4} {'slope':>6} {'bias':>7} {'RMS':>6} "
        f"{'p95':>6} {'within':>6} {'MDC':>6} | one pass: slope  RMS within"
    )
    rows = [row for row in rows if "slope" in row]
    for row in rows:
        plain = "            not measured"
        if "plain_slope" in row:
            plain = f"{row['plain_slope']:15.2f} {row['plain_rms']:5.2f} {row['plain_sem']:5.2f}"
        print(
            f"{row['measure']:22} {row['view']:10} {row['unit']:4} {row['n']:4} "
            f"{row['slope']:6.2f} "
            f"{row['bias']:+7.2f} {row['rms']:6.2f} {row['p95']:6.2f} {row['sem']:6.2f} "
            f"{MDC_FACTOR * row['sem']:6.2f} | {plain} | {row['method']}"
        )
    for group, count in codes.items():
        print(
            f"\ncapture issues, {group} ({photos[group]} photos):",
            ", ".join(f"{code} {n}" for code, n in sorted(count.items())) or "none",
        )
    print(
        "\nscale from height over the true one:",
        {view: f"{np.mean(v):.4f} ± {np.std(v):.4f}" for view, v in scales.items()},
    )
    print(
        f"\nposter in {sum(bool(record['poster']) for record in records)} photos, found in "
        f"{len(rolls)}; its roll: RMS {np.sqrt(np.mean(np.square(rolls))):.3f}°, largest "
        f"{np.max(np.abs(rolls)):.3f}°"
    )
    if options.write:
        store(rows, scales, rolls, options)


def table_row(key: str, view: str, method: str, found: list[Error]) -> dict:
    """Return one row of the table; ``sem`` is the error left when each person's mean is removed."""
    truth = np.array([error.truth for error in found])
    row = {
        "measure": key,
        "view": view,
        "method": method,
        "unit": BY_KEY[key].unit,
        "n": len(found),
        "persons": len({error.person for error in found}),
    }
    for name, values in (
        ("", [error.measured for error in found]),
        ("plain_", [np.nan if error.plain is None else error.plain for error in found]),
    ):
        measured = np.array(values, dtype=float)
        there = np.isfinite(measured)
        off = measured - truth
        within = [
            off[mine] - off[mine].mean()
            for person in sorted({error.person for error in found})
            if (mine := there & np.array([error.person == person for error in found])).any()
        ]
        if there.sum() < 3:
            continue
        row |= {
            f"{name}slope": float(np.polyfit(truth[there], measured[there], 1)[0]),
            f"{name}bias": float(off[there].mean()),
            f"{name}rms": float(np.sqrt((off[there] ** 2).mean())),
            f"{name}p95": float(np.percentile(abs(off[there]), 95)),
            f"{name}sem": float(np.sqrt((np.concatenate(within) ** 2).mean())),
        }
    return row


def store(
    rows: list[dict],
    scales: dict[str, list[float]],
    rolls: list[float],
    options: argparse.Namespace,
) -> None:
    """Write what the program reads at run time, keeping the parts that are not measured here."""
    data = json.loads(RESULT.read_text(encoding="utf-8"))
    kept = ("measure", "view", "method", "unit", "n", "persons", "slope", "bias", "rms", "sem")
    data["measured"] = [
        {name: round(row[name], 3) if isinstance(row[name], float) else row[name] for name in kept}
        for row in rows
    ]
    for view, ratios in scales.items():
        old = data["height_scale"][view]["factor"]
        data["height_scale"][view] = {
            "factor": round(old * float(np.mean(ratios)), 4),
            "sd": round(float(np.std(ratios)), 4),
        }
    data["poster"] = {"roll_sd_deg": round(float(np.sqrt(np.mean(np.square(rolls)))), 3)}
    data["model"] = str(options.model)
    RESULT.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
