"""Measure the accuracy: run ``assess`` on photos with known truth and print its errors.

    python bench/accuracy.py FOLDER [FOLDER ...] [--write] [--observations FILE.csv]

Each folder is a set of photos with its ``truth.json``; the names of persons must be unique across
sets. The errors are printed for each set, and stored for the persons of all sets together.

``--write`` stores the errors in ``posture/measuring/uncertainty.json``, from which each
measurement's ``sd`` and ``mdc`` are read, and then prints their coverage.
``--observations`` stores every value with its truth; an existing file is read instead of running
the detection again.

Photos are levelled by the wall poster if there is one, otherwise by a plumb line whose ends are
rounded to whole pixels, like a click, and scaled by the person's height. Photos in which the
program itself finds the body rotated are excluded from the errors and have a table of their own.
"""

import argparse
import json
import math
from collections.abc import Iterator
from functools import partial
from multiprocessing import Pool
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pandas as pd
from observations import observe
from pairs import registered

from posture.measuring.measures import BY_KEY
from posture.measuring.uncertainty import MDC_FACTOR
from posture.pose.detect import PASSES

RESULT = Path(__file__).parents[1] / "posture" / "measuring" / "uncertainty.json"
KEY = ["measure", "view", "method"]
SHARE_KNOWN = 0.15  # largest standard error of a responsiveness
ENOUGH = 8  # values, of three persons, for a separate row
FREE = 3.5  # degrees of freedom from which the error of repeats is known
STUDENT = {1: 6.48, 2: 2.20, 3: 1.62, 4: 1.42, 5: 1.31, 6: 1.25, 7: 1.21, 8: 1.18}
"""Student's 97.5% quantile over the normal one, by the degrees of freedom."""

NORMAL = NormalDist()

pd.options.display.width = 200
pd.options.display.max_columns = 30
pd.options.display.max_rows = 500


def main() -> None:
    """Print the tables; with --write, store them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="+", metavar="folder")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--observations", type=Path)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--only", default="", help="part of the file names to look at")
    options = parser.parse_args()

    records = [record for folder in options.folders for record in load(folder, options.only)]
    sets = {record["person"]: record["set"] for record in records}
    seen, said = observations(records, options)
    turned = set(told_turned(said))
    straight = seen[~seen["photo"].isin(turned)]
    found = pd.DataFrame(registered(records))
    for name in dict.fromkeys(sets.values()):
        print(f"\n######## {name}")
        of_set = straight["person"].map(sets) == name
        show_errors(straight[of_set])
        show_slices(seen[seen["person"].map(sets) == name], turned)
        show_repeats(straight[of_set])
        show_pairs(found[found["person"].map(sets) == name])
        show_scene(said[said["person"].map(sets) == name])
        show_issues(said[said["person"].map(sets) == name])
    show_worth(straight, sets)
    if options.write:
        rows = [*error_rows(straight), *pair_rows(found)]
        store(rows, list(follow_rows(straight)), said)


def load(folder: Path, only: str) -> Iterator[dict]:
    """Yield a set's records, each with the folder that its photo is in and the person's stature.

    That is the tallest that the person stands: a practice measures it once, whatever the posture.
    """
    records = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    statures: dict[str, float] = {}
    for record in records:
        height = record["subject_height_mm"]
        statures[record["person"]] = max(height, statures.get(record["person"], height))
    for record in records:
        if only in record["file"]:
            stature = statures[record["person"]]
            yield {**record, "folder": str(folder), "set": folder.name, "stature_mm": stature}


def observations(
    records: list[dict], options: argparse.Namespace
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return every value beside its truth, and what was said of each photo."""
    kept = options.observations
    if kept and kept.exists():
        said = pd.read_json(kept.with_suffix(".said.json"))
        return pd.read_csv(kept), said
    rows, said = [], []
    work = partial(observe, repeats=options.repeats)
    with Pool(2) as pool:
        for found, description in pool.imap(work, records):
            rows += found
            said.append(description)
    if kept:
        pd.DataFrame(rows).to_csv(kept, index=False)
        pd.DataFrame(said).to_json(kept.with_suffix(".said.json"))
    return pd.DataFrame(rows), pd.DataFrame(said)


def told_turned(said: pd.DataFrame) -> pd.Series:
    """Return the photos that the program itself says are turned: its errors are not theirs."""
    return said[said["codes"].map(lambda codes: "body_turned" in codes)]["photo"]


def default_mode(seen: pd.DataFrame) -> pd.DataFrame:
    """Return what a user gets without asking for anything: full size, the view's own model."""
    own = np.where(seen["view"] == "lateral", "heavy", "full")
    return seen[(seen["detection_mode"] == own) & ~seen["coarse"] & (seen["repeat"] == 0)]


def statistics(found: pd.DataFrame) -> dict[str, float]:
    """Return the errors of a group of values: n, slope, bias, RMS, p95 and what is left within."""
    off = found["value"] - found["truth"]
    persons = off.groupby(found["person"])
    within = off - persons.transform("mean")
    sem = float(np.sqrt((within**2).sum() / max(len(off) - persons.ngroups, 1)))
    # A person's mean holds what is left of the error within; that is none of the person's own.
    between = persons.mean().var() - (sem**2 / persons.size()).mean()
    return {
        "n": len(found),
        "persons": persons.ngroups,
        "slope": _slope(found),
        "slope_within": _slope_within(found),
        "bias": float(off.mean()),
        "rms": float(np.sqrt((off**2).mean())),
        "p95": float(np.percentile(off.abs(), 95)),
        "sem": sem,
        "shared": float(persons.mean().mean()),
        "between": math.sqrt(max(float(between), 0.0)) if persons.ngroups > 1 else 0.0,
    }


def _slope(found: pd.DataFrame) -> float:
    spread = float(found["truth"].std())
    return float(np.polyfit(found["truth"], found["value"], 1)[0]) if spread > 1e-3 else math.nan


def _slope_within(found: pd.DataFrame) -> float:
    centred = found[["truth", "value"]] - found.groupby("person")[["truth", "value"]].transform(
        "mean"
    )
    spread = float((centred["truth"] ** 2).sum())
    return float((centred["truth"] * centred["value"]).sum()) / spread if spread > 0 else math.nan


def error_rows(seen: pd.DataFrame) -> Iterator[dict]:
    """Yield the rows of ``uncertainty.json``.

    ``sd`` is the error to expect of somebody new (:func:`expected`).
    """
    first = seen[(seen["repeat"] == 0) & (seen["detection_mode"] != "plain")]
    again = repeat_sem(seen, [*KEY, "scene"])
    for key, found in first.groupby([*KEY, "detection_mode", "scene", "coarse"]):
        name = dict(zip([*KEY, "detection_mode", "scene", "coarse"], key, strict=True))
        if len(found) < ENOUGH or found["person"].nunique() < 3:
            continue
        row = statistics(found)
        coarse = name.pop("coarse")
        repeat = again.get((*key[:3], name["scene"]), 0.0)
        averages = 0.0 if coarse else min(repeat, row["sem"])
        # The camera of a set stands still; that of two visits is set up anew, as a jittered one.
        row["sem"] = max(row["sem"], repeat)
        yield {
            **name,
            "unit": str(BY_KEY[name["measure"]].unit),
            "mm_per_px": float(found["mm_per_px"].median()),
            **row,
            "sd": expected(row),
            "sem_new": of_somebody_new(row),
            "repeat": averages,
        }


def follow_rows(seen: pd.DataFrame) -> Iterator[dict]:
    """Yield the share of a real change within one person that each method shows, where it is known.

    It is unknown where hardly anything changed between photos.
    """
    for key, found in default_mode(seen).groupby(KEY):
        share = _slope_within(found)
        by_person = found.groupby("person")
        truth = found["truth"] - by_person["truth"].transform("mean")
        value = found["value"] - by_person["value"].transform("mean")
        free = len(found) - by_person.ngroups - 1
        if free < ENOUGH or math.isnan(share):
            continue
        error = math.sqrt(float(((value - share * truth) ** 2).sum()) / free)
        if error / math.sqrt(float((truth**2).sum())) <= SHARE_KNOWN:
            yield {**dict(zip(KEY, key, strict=True)), "share": round(share, 2)}


def expected(row: dict[str, float]) -> float:
    """Return the error of one measurement of a new person: half its 95% interval, over 1.96.

    The interval is centred on the value. It includes the bias shared by all persons, and the
    variation between persons, widened by Student's t because few were measured. It is never smaller
    than observed, because some persons have more photos than others.
    """
    persons = int(row["persons"])
    widened = STUDENT.get(persons - 1, 1.15) * row["between"] * math.sqrt(1 + 1 / persons)
    half = _half_interval(abs(row["shared"]), math.hypot(widened, row["sem"]))
    return max(half, row["p95"]) / 1.96


def _half_interval(bias: float, sd: float) -> float:
    """Return within how much of zero 95% of a normal distribution lie."""
    if sd == 0:
        return bias
    low, high = bias, bias + 2 * sd
    while high - low > 1e-4 * sd:
        half = (low + high) / 2
        inside = NORMAL.cdf((half - bias) / sd) - NORMAL.cdf((-half - bias) / sd)
        low, high = (low, half) if inside > 0.95 else (half, high)
    return high


def of_somebody_new(row: dict[str, float]) -> float:
    """Return the expected error within a new person, widened because few were measured."""
    return row["sem"] * math.sqrt(1 + 1 / row["persons"])


def repeat_sem(seen: pd.DataFrame, of: list[str]) -> dict[tuple[str, ...], float]:
    """Return the standard error between photos of one stance by a jittered camera, by group.

    Groups with fewer than four photos more than stances are left out.
    """
    jittered = seen[seen["repeat"] > 0]
    off = jittered["value"] - jittered["truth"]
    stance = off.groupby([jittered[name] for name in dict.fromkeys(["photo", *KEY, *of])])
    left = off - stance.transform("mean")
    free = (stance.transform("size") - 1) / stance.transform("size")
    groups = [jittered[name] for name in of]
    known = free.groupby(groups).sum()
    found = np.sqrt((left**2).groupby(groups).sum() / known)
    return found[known >= FREE].to_dict()


def show_errors(seen: pd.DataFrame) -> None:
    """Print the errors of each measure and method, next to those of one plain pass."""
    print("== errors: the default mode (full; heavy for lateral views), next to one plain pass")
    head = f"{'measure':22} {'view':10} {'n':>4} {'of':>3} {'slope':>6} {'within':>6} {'bias':>7}"
    head += f" {'RMS':>6} {'p95':>6} {'SEM':>6} {'MDC':>6}"
    print(f"{head} | one pass: slope    RMS    SEM | method")
    plain = seen[seen["detection_mode"] == "plain"]
    photos = seen.groupby("view")["photo"].nunique()
    repeats = repeat_sem(seen, KEY)
    for key, found in default_mode(seen).groupby(KEY):
        if len(found) < 3:
            continue
        row = statistics(found)
        one = plain[(plain["measure"] == key[0]) & plain["photo"].isin(found["photo"])]
        beside = " " * 17 + "not measured"
        if len(one) > 2:
            them = statistics(one)
            beside = f"{them['slope']:15.2f} {them['rms']:6.2f} {them['sem']:6.2f}"
        print(
            f"{key[0]:22} {key[1]:10} {row['n']:4} {photos[key[1]]:3} "
            f"{row['slope']:6.2f} {row['slope_within']:6.2f} "
            f"{row['bias']:+7.2f} {row['rms']:6.2f} {row['p95']:6.2f} {row['sem']:6.2f} "
            f"{MDC_FACTOR * row['sem']:6.2f} | {beside} | {key[2]}"
        )
    print("\n== minimal detectable change from repeats with a jittered camera alone")
    for key, sem in sorted(repeats.items()):
        print(f"{key[0]:22} {key[1]:10} SEM {sem:6.3f}  MDC {MDC_FACTOR * sem:6.3f} | {key[2]}")


SLICED = {
    "shoulder_level": ("acromion:refined", "acromion:marker"),
    "head_tilt": ("eye:refined", "tragus:marker"),
    "pelvic_obliquity": ("asis:marker", "psis:marker"),
    "trunk_shift": ("acromion:refined, ankle:detected", "shoulder:detected, ankle:detected"),
    "forward_head": ("ear:detected, shoulder:detected", "tragus:marker, acromion:marker"),
    "craniovertebral_angle": ("c7:marker, tragus:marker",),
    "pelvic_tilt": ("asis:marker, psis:marker",),
}


def show_slices(seen: pd.DataFrame, turned: set[str]) -> None:
    """Print the errors of the main measures by capture conditions."""
    print("\n== slices")
    own = np.where(seen["view"] == "lateral", "heavy", "full")
    first = seen[seen["repeat"] == 0]
    mine = first[first["detection_mode"] == own[seen["repeat"] == 0]]
    fine = mine[~mine["coarse"]]
    straight = ~fine["photo"].isin(turned)
    level, poster = fine["roll"] < 1.3, fine["scene"] == "poster"
    groups = {
        "level, poster": fine[straight & level & poster],
        "level, plumb line": fine[straight & level & ~poster],
        "rolled 3°, poster": fine[straight & ~level & poster],
        "rolled 3°, plumb line": fine[straight & ~level & ~poster],
        "said to be turned, poster": fine[~straight & poster],
        "said to be turned, line": fine[~straight & ~poster],
        "half the pixels": mine[mine["coarse"] & ~mine["photo"].isin(turned)],
        "fast": first[(first["detection_mode"] == "fast") & ~first["photo"].isin(turned)],
        "the other model": first[
            (first["detection_mode"] == np.where(first["view"] == "lateral", "full", "heavy"))
            & ~first["photo"].isin(turned)
        ],
    }
    for name, group in groups.items():
        for key, found in group.groupby(KEY):
            if key[2] not in SLICED.get(key[0], ()) and not (
                name == "fast" and "detected" in key[2] and key[0] in SLICED
            ):
                continue
            off = found["value"] - found["truth"]
            slope = statistics(found)["slope"] if len(found) > 5 else math.nan
            print(
                f"{name:26} {key[0]:22} {key[1]:10} n {len(found):4} slope {slope:5.2f} bias "
                f"{off.mean():+6.2f} RMS {np.sqrt((off**2).mean()):6.2f} | {key[2]}"
            )


def show_repeats(seen: pd.DataFrame) -> None:
    """Print the error of the mean of several photos of one stance, next to that of one photo."""
    print("\n== repeats of a view: RMS error of one photo, and of the mean of all")
    own = np.where(seen["view"] == "lateral", "heavy", "full")
    mine = seen[(seen["detection_mode"] == own) & ~seen["coarse"]].copy()
    mine["off"] = mine["value"] - mine["truth"]
    for key, found in mine.groupby(KEY):
        if key[2] not in SLICED.get(key[0], ()):
            continue
        together = found.groupby("photo")["off"].mean()
        print(
            f"{key[0]:22} {key[1]:10} one {np.sqrt((found['off'] ** 2).mean()):6.3f}  mean "
            f"{np.sqrt((together**2).mean()):6.3f} | {key[2]}"
        )


def show_worth(seen: pd.DataFrame, sets: dict[str, str]) -> None:
    """Print the coverage of the stated errors for persons on whom they were not measured.

    For each person, the table is made from the others. Pairs are two photos of one person, measured
    by the same method, whose truth differs by less than a tenth of the minimal detectable change.
    """
    print("\n== coverage of the stated errors, each person judged by the table of the others")
    judged = []
    for person in sorted(seen["person"].unique()):
        others = pd.DataFrame(error_rows(seen[seen["person"] != person]))
        if others.empty:
            continue
        mine = default_mode(seen[seen["person"] == person])
        others = others[~others["coarse"]] if "coarse" in others else others
        fine = others.sort_values("mm_per_px").drop_duplicates([*KEY, "detection_mode", "scene"])
        columns = [*KEY, "detection_mode", "scene"]
        judged.append(
            mine.drop(columns=["sd", "mdc"]).merge(fine[[*columns, "sd", "sem_new"]], on=columns)
        )
    if not judged:
        print("too few persons")
        return
    found = pd.concat(judged)
    found["inside"] = (found["value"] - found["truth"]).abs() <= 1.96 * found["sd"]
    by_set = [(name, found[found["person"].map(sets) == name]) for name in set(sets.values())]
    for name, group in (*by_set, ("all", found)):
        calls = pd.DataFrame(pairs(group, 0, 0.1))
        real = pd.DataFrame(pairs(group, 2, math.inf), columns=["measure", "called"])
        print(
            f"\n{name}: truth inside the 95% interval: {group['inside'].mean():.1%} of {len(group)}"
        )
        print(group.groupby("measure")["inside"].agg(["mean", "size"]).round(3).T.to_string())
        wrongly, rightly = calls["called"], real["called"]
        print(f"change called though nothing changed: {wrongly.mean():.1%} of {len(calls)}")
        print(calls.groupby("measure")["called"].agg(["mean", "size"]).round(3).T.to_string())
        print(f"real change beyond twice the MDC called: {rightly.mean():.1%} of {len(real)}")


def pairs(found: pd.DataFrame, least: float, most: float) -> Iterator[dict]:
    """Yield pairs of one person's photos of one view, by the distance of their truth in MDCs."""
    for key, group in found.groupby(["person", "seen_as", *KEY, "scene"]):
        value, truth = group["value"].to_numpy(), group["truth"].to_numpy()
        mdc = MDC_FACTOR * float(group["sem_new"].iloc[0])
        for one in range(len(group)):
            for other in range(one):
                if least <= abs(truth[one] - truth[other]) / mdc < most:
                    yield {
                        "measure": key[2],
                        "called": abs(value[one] - value[other]) > mdc,
                    }


def show_pairs(found: pd.DataFrame) -> None:
    """Print the errors of changes measured between two registered photos."""
    print("\n== changes between two registered photos, next to those of the two values")
    for (key, view), group in found.groupby(["measure", "view"]):
        used = group[group["usable"]]
        row = statistics(used)
        plain = (used["by_values"] - used["truth"]).dropna()
        print(
            f"{key:20} {view:10} {len(used)} of {len(group)} pairs used, slope {row['slope']:.2f}, "
            f"bias {row['bias']:+.2f}, RMS {row['rms']:.2f}, p95 {row['p95']:.2f}; by the values "
            f"RMS {np.sqrt((plain**2).mean()):.2f}"
        )


def pair_rows(found: pd.DataFrame) -> Iterator[dict]:
    """Yield the rows of ``uncertainty.json`` for pairs: the error is that of a difference."""
    for (measure, view, method), group in found[found["usable"]].groupby(KEY):
        row = statistics(group)
        each = row["rms"] / math.sqrt(2)
        name = {"measure": measure, "view": view, "method": method, "detection_mode": "pair"}
        name |= {"scene": "line", "unit": str(BY_KEY[measure].unit)}
        size = float(group["mm_per_px"].median())
        yield {**name, "mm_per_px": size, **row} | {
            "sd": each,
            "sem": each,
            "sem_new": of_somebody_new({**row, "sem": each}),
            "repeat": 0.0,
        }


def show_scene(said: pd.DataFrame) -> None:
    """Print the errors of scale and vertical."""
    factor = said.dropna(subset="height_factor").groupby(said["view"].map(_family))["height_factor"]
    print("\n== the silhouette's height over the standing height")
    print(factor.agg(["mean", "std", "size"]).round(4).to_string())
    straight = said[~said["turned"]]
    for name, column in (("alone", "poster_scale"), ("and the height", "scale_of_both")):
        scale = straight[column].dropna()
        print(
            f"scale from the poster {name}, the camera's distance not given: mean "
            f"{scale.mean():.4f}, within 1% in {(abs(scale - 1) < 0.01).mean():.0%} of {len(scale)}"
        )
    off = said["roll_error"].dropna()
    print(
        f"poster in {said['poster'].sum()} photos, found in {len(off)}; its roll: RMS "
        f"{np.sqrt((off**2).mean()):.3f}°, largest {off.abs().max():.3f}°"
    )


def show_issues(said: pd.DataFrame) -> None:
    """Print the capture issues by group; without a poster the camera is assumed level."""
    groups = {
        "straight": said[~said["turned"] & ~said["rolled"]],
        "turned by 10°": said[said["turned"]],
        "camera rolled": said[~said["turned"] & said["rolled"]],
    }
    for name, group in groups.items():
        codes = group.explode("codes").dropna(subset="codes")
        count = codes.groupby(["view", "codes"]).size()
        text = ", ".join(f"{view}: {code} {n}" for (view, code), n in count.items())
        print(f"\ncapture issues, {name} ({len(group)} photos): {text or 'none'}")


def _family(view: str) -> str:
    return view if view in ("anterior", "posterior") else "lateral"


def store(rows: list[dict], follows: list[dict], said: pd.DataFrame) -> None:
    """Write the table that the program reads, keeping the parts that are not measured here."""
    data = json.loads(RESULT.read_text(encoding="utf-8"))
    kept = [
        *KEY,
        "detection_mode",
        "scene",
        "unit",
        "mm_per_px",
        "n",
        "persons",
        "slope",
        "bias",
        "rms",
    ]
    kept += ["sd", "sem", "sem_new", "repeat"]
    measured = [
        {name: round(row[name], 3) if isinstance(row[name], float) else row[name] for name in kept}
        for row in rows
    ]
    factors = said.dropna(subset="height_factor").groupby(said["view"].map(_family))
    for view, factor in factors["height_factor"]:
        mean = float(factor.mean())
        data["height_scale"][view] = {
            "factor": round(mean, 4),
            "sd": round(float(factor.std()) / mean, 4),
        }
    off = said["roll_error"].dropna()
    data["poster"] = {"roll_sd_deg": round(float(np.sqrt((off**2).mean())), 3)}
    data["passes"] = PASSES
    data["method_version"] = data["method_version"] + 1
    data.pop("model", None)
    data |= {"responsiveness": [], "measured": []}
    text = json.dumps(data, indent=1)
    for name, table_rows in (("responsiveness", follows), ("measured", measured)):
        lines = ",\n  ".join(map(json.dumps, table_rows))
        text = text.replace(f'"{name}": []', f'"{name}": [\n  {lines}\n ]')
    RESULT.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
