"""Write docs/measures.md from the registry and the measured errors; a test holds them together."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from posture.measuring.measures import MEASURES
from posture.measuring.take import Measure
from posture.measuring.uncertainty import MDC_FACTOR, table

TARGET = Path(__file__).parents[1] / "docs" / "measures.md"
HEAD = Path(__file__).with_name("measures_head.md")
LEVELLED = {"poster": "poster", "line": "plumb line"}
COARSE_MM = 2.5  # per pixel; above it a row is about photos with fewer pixels


def usual(row: Mapping[str, Any]) -> bool:
    """Whether a row is about the default settings."""
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
        lines += ["", f"In the literature: {measure.reference}."]
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
        lines += ["", f"Not measured automatically: {measure.missing}."]
    return "\n".join(lines) + "\n"


def page() -> str:
    """Return the whole page."""
    data = table()
    people = max(row["persons"] for row in data["measured"])
    errors = {"placing": data["placing"]["sd_mm"], "palpation": data["palpation"]["sd_mm"]}
    head = HEAD.read_text(encoding="utf-8").format(people=people, **errors)
    return "\n".join([head, *(section(measure) for measure in MEASURES)])


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
