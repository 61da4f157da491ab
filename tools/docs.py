"""Write docs/measures.md from the registry and the measured errors; a test holds them together."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from posture.measuring.measures import MEASURES
from posture.measuring.take import Measure
from posture.measuring.uncertainty import MDC_FACTOR, table

TARGET = Path(__file__).parents[1] / "docs" / "measures.md"
HEAD = """# Measures

Made from the registry by `tools/docs.py`; do not edit. Left and right are the patient's in every
view. Angles are in degrees, lengths in millimetres.

The errors were measured by `bench/accuracy.py` on rendered people with known truth ({people}
people of two sets made by different means, scaled by height). The truth is what a camera in the
same place sees that is level and square to the wall: what the camera's roll, pitch and yaw change
counts as an error, what its height and distance change does not. Keep them. *levelled*:
by the wall poster, or by a plumb line clicked in the photo. *slope* is the measured change per true
change (1 would be right), *RMS* the error of the measurements seen; *SD* the error to expect of
somebody new: within 1.96 SD either way lie 95%. What one person's clothes and build add is known
from few people and is widened; where everybody's error is much the same, SD is less than RMS;
*MDC* the minimal detectable change (95%) between two measurements of one person, 1.96 · √2 · the
error left within a person, widened for the same reason. Values that follow the truth with a slope
far from 1 are shown with the error that this costs them, and where less than 70% of a real change
within one person shows, with that share; skin markers, or placing the palpable points by hand, are
the remedy.
*refined*: the outline of the shoulders and of the lower legs, the face; *marker*: adhesive markers;
*detected*: the pose model's landmarks, used where nothing better can be had; *registered*: not a
value but a change, found in two photos laid over each other; of ear and shoulder the mean of that
and of the difference of the two values.

These are the errors of the usual way of looking, at about 1.6 mm a pixel. Those of `--fast`, of the
other model and of photos with half the pixels are in `posture/measuring/uncertainty.json` too, and
are stated with what was measured so.

Points placed by hand have no rows: their error follows from a placing precision of {placing} mm per
point, carried through the formula. Points that are felt (all but the tragus) are marked anew at
each visit: {palpation} mm per point, either way, come into the MDC on top of what the rows say, for
markers as for points placed by hand; only markers that stayed on within one visit are without. It
is from the 8 mm that lay on average between two marks of one hand (20 physical therapists, Int J
Ind Ergon 1993;11:145-151). On the sample patient the craniovertebral angle's MDC so is 4.7°; a
study of one rater's repeats by a phone found 5.0° (PMID 32911612).
"""


LEVELLED = {"poster": "poster", "line": "plumb line"}
COARSE_MM = 2.5  # a pixel, from where on a row is one of fewer pixels


def usual(row: Mapping[str, Any]) -> bool:
    """Whether a row tells of what a user gets without asking for anything."""
    own = "heavy" if row["view"] == "lateral" else "full"
    return row["detection_mode"] in (own, "pair") and row["mm_per_px"] < COARSE_MM


def section(measure: Measure) -> str:
    """Return one measure's part of the page."""
    lines = [
        f"## {measure.label}",
        "",
        f"`{measure.key}` · {', '.join(sorted(measure.views))} · {measure.unit}",
        "",
        measure.definition,
    ]
    if measure.sides:
        lines.append(f"Positive: {measure.sides.positive}; negative: {measure.sides.negative}.")
    if measure.reference:
        lines += ["", f"Found in the literature: {measure.reference}."]
    rows = [row for row in table()["measured"] if row["measure"] == measure.key and usual(row)]
    if rows:
        lines += [
            "",
            "| view | points | levelled | n | slope | bias | RMS | SD | MDC |",
            "|---|---|---|---|---|---|---|---|---|",
        ]
        lines += [
            f"| {row['view']} | {row['method']} | {LEVELLED[row['scene']]} | {row['n']} | "
            f"{row['slope']:.2f} | {row['bias']:+.2f} | {row['rms']:.2f} | {row['sd']:.2f} | "
            f"{MDC_FACTOR * row['sem_new']:.2f} |"
            for row in rows
        ]
    else:
        lines += ["", f"Automatically: not measured; {measure.missing}."]
    return "\n".join(lines) + "\n"


def page() -> str:
    """Return the whole page."""
    data = table()
    people = max(row["persons"] for row in data["measured"])
    errors = {"placing": data["placing"]["sd_mm"], "palpation": data["palpation"]["sd_mm"]}
    head = HEAD.format(people=people, **errors)
    return "\n".join([head, *(section(measure) for measure in MEASURES)])


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
