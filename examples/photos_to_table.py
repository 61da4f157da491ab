"""Measure many photos into one tidy table (pandas): one row per measurement, ready for statistics.

    python examples/photos_to_table.py out.csv *.jpg

The arguments are the CSV to write and the photos; the views are guessed. Without them, two sample
photos are measured and the table is only printed.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

import posture
from posture.errors import PostureError
from posture.export.tidy import of_assessments

SAMPLES = Path(__file__).parents[1] / "samples"
TWO = (SAMPLES / "m1_visit1_anterior.jpg", SAMPLES / "f1_visit1_left.jpg")
COLUMNS = ["photo", "view", "key", "value", "sd", "mdc", "unit", "method", "reason"]


def table(photos: Iterable[Path]) -> pd.DataFrame:
    """Return one row per measurement; a photo that cannot be read is reported and left out."""
    results = []
    for photo in photos:
        try:
            results.append(posture.assess(photo))
        except PostureError as error:
            print(f"{photo}: {error}", file=sys.stderr)
    return of_assessments(results)


def main(target: str = "", *photos: str) -> None:
    """Print the table, and write it where a file is named."""
    rows = table(map(Path, photos) if photos else TWO)
    print(rows[COLUMNS].to_string(index=False, max_colwidth=40))
    if target:
        rows.to_csv(target, index=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
