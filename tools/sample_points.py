"""Write ``samples/*.points.json``: the visible skin markers of the second sample patient.

The positions are those of the rendered markers, rounded to whole pixels, as a careful click would
give. Markers that are hidden by more than a third are left out: nobody would click them.
"""

import json
from pathlib import Path

SAMPLES = Path(__file__).parents[1] / "samples"
MARKED = ("acromion", "asis", "psis", "greater_trochanter", "lateral_malleolus", "tragus", "c7")


def main() -> None:
    """Write one file for each sample photo with markers."""
    for record in json.loads((SAMPLES / "truth.json").read_text(encoding="utf-8")):
        if not record.get("markers_drawn") or record["file"].startswith("bad"):
            continue
        points = {}
        for name, visible in record["marker_visible"].items():
            if visible >= 2 / 3 and name.removesuffix("_left").removesuffix("_right") in MARKED:
                words = name.split("_")
                ours = (
                    "_".join([words[-1], *words[:-1]]) if words[-1] in ("left", "right") else name
                )
                points[ours] = [round(value) for value in record["landmarks"][name]]
        path = (SAMPLES / record["file"]).with_suffix(".points.json")
        path.write_text(json.dumps(dict(sorted(points.items())), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
