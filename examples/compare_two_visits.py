"""Compare two visits of one person in one view: which differences are changes, and which are not.

    python examples/compare_two_visits.py old.jpg new.jpg left 172

The arguments are both photos, their view and the patient's height in cm. Without them, two visits
of a sample patient are compared.
"""

import sys
from pathlib import Path

import posture
from posture.imaging.photo import load_photo

SAMPLES = Path(__file__).parents[1] / "samples"


def main(
    before: str = str(SAMPLES / "m1_visit1_anterior.jpg"),
    after: str = str(SAMPLES / "m1_visit2_anterior.jpg"),
    view: str = "anterior",
    height_cm: str = "176.9",
) -> None:
    """Print what changed between two photos."""
    photos = load_photo(before), load_photo(after)
    first, last = (posture.assess(photo, view, height_cm=float(height_cm)) for photo in photos)
    # The photos themselves are asked for only where they show a change better than two values.
    for change in posture.compare(first, last, lambda: photos):
        if change.difference is None or change.mdc is None:
            print(f"{change.label}: {change.verdict}; {change.reason}")
        else:
            # Only a difference beyond the minimal detectable change (95%) is called a change.
            print(
                f"{change.label}: {change.difference:+.1f} {change.unit}, {change.verdict} "
                f"(smallest real change {change.mdc:.1f}), from {change.method}"
            )


if __name__ == "__main__":
    main(*sys.argv[1:])
