"""Measure one photo: every value with its error and how it was obtained.

    python examples/measure_a_photo.py front.jpg anterior 172

The arguments are the photo, its view and the patient's height in cm. Without them, a sample photo
is measured.
"""

import sys
from pathlib import Path

import posture

SAMPLE = Path(__file__).parents[1] / "samples" / "m1_visit1_anterior.jpg"


def main(photo: str = str(SAMPLE), view: str = "anterior", height_cm: str = "176.9") -> None:
    """Print what one photo shows."""
    result = posture.assess(photo, view, height_cm=float(height_cm))
    print(f"{result.photo}, {result.view} view")
    for row in result.measurements:
        if row.value is None:
            print(f"  {row.label}: not measured; {row.reason}")
        elif row.sd is None:
            print(f"  {row.label}: {row.value:+.1f} {row.unit} (error unknown), from {row.method}")
        else:
            # The true value lies within 2 SD in 95% of cases.
            print(
                f"  {row.label}: {row.value:+.1f} ± {2 * row.sd:.1f} {row.unit}, from {row.method}"
            )
    for issue in result.issues:
        print(f"  {issue.severity}: {issue.message}")


if __name__ == "__main__":
    main(*sys.argv[1:])
