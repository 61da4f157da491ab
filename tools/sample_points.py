"""Write ``samples/*.points.json``: what a careful hand would mark on the sample photos.

The two patterns on the wall hang on one plumb line: their centres are its ends. The second patient
wears skin markers, and each visible one is clicked; those hidden for more than a third are not.
Everything is rounded to whole pixels, as a click is.
"""

import json
from pathlib import Path

SAMPLES = Path(__file__).parents[1] / "samples"
MARKED = ("acromion", "asis", "psis", "greater_trochanter", "lateral_malleolus", "tragus", "c7")


def main() -> None:
    """Write one file for each sample photo with markers."""
    for record in json.loads((SAMPLES / "truth.json").read_text(encoding="utf-8")):
        if record["file"].startswith("bad") or "exif" in record["file"] or ".png" in record["file"]:
            continue
        centres = record["poster"]["centres_px"]
        points = {
            f"plumb_{end}": [round(value) for value in centres[number]]
            for number, end in (("0", "top"), ("1", "bottom"))
        }
        for name, visible in (record["marker_visible"] or {}).items():
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
