"""Write docs/measures.md from the registry and the measured errors; a test holds them together."""

from pathlib import Path

from posture.measures import MEASURES
from posture.measuring import Measure
from posture.uncertainty import MDC_FACTOR, table

TARGET = Path(__file__).parents[1] / "docs" / "measures.md"
HEAD = """# Measures

Made from the registry by `tools/docs.py`; do not edit. Left and right are the patient's in every
view. Angles are in degrees, lengths in millimetres.

The errors were measured by `bench/accuracy.py` on rendered people with known truth ({people}
people, levelled by the wall poster or a plumb line, scaled by height): *slope* is the measured
change per true change (1 would be right), *SD* the RMS error of one measurement, *MDC* the minimal
detectable change (95%) between two measurements of one person, 1.96 · √2 · the error left within a
person. Values that follow the truth with a slope far from 1 are shown with the error that this
costs them; skin markers, or placing the palpable points by hand, are the remedy. *refined*: the
outline of the shoulders, the axis of the face; *marker*: adhesive markers; *detected*: the pose
model's landmarks, used where nothing better can be had.

Points placed by hand have no rows: their error follows from a placing precision of {placing} mm per
point, carried through the formula. How precisely a point is palpated is not in it.
"""


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
    rows = [row for row in table()["measured"] if row["measure"] == measure.key]
    if rows:
        lines += [
            "",
            "| view | points | n | slope | bias | SD | MDC |",
            "|---|---|---|---|---|---|---|",
        ]
        lines += [
            f"| {row['view']} | {row['method']} | {row['n']} | {row['slope']:.2f} | "
            f"{row['bias']:+.1f} | {row['rms']:.1f} | {MDC_FACTOR * row['sem']:.1f} |"
            for row in rows
        ]
    else:
        lines += ["", f"Automatically: not measured; {measure.missing}."]
    return "\n".join(lines) + "\n"


def page() -> str:
    """Return the whole page."""
    data = table()
    people = max(row["persons"] for row in data["measured"])
    head = HEAD.format(people=people, placing=data["placing"]["sd_mm"])
    return "\n".join([head, *(section(measure) for measure in MEASURES)])


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
