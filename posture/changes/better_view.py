"""Front and back show the same head and trunk: which view measures a change better."""

from collections.abc import Iterable

from posture.changes.compare import Change, Verdict
from posture.landmarks import View
from posture.measuring.uncertainty import WHOLE, responsiveness

Found = Iterable[tuple[View, Change]]

SAME_FROM_BOTH = frozenset(
    {"head_tilt", "shoulder_level", "hip_line", "head_shift", "trunk_shift", "pelvic_shift"}
)
"""Measures of one quantity that is visible from the front and from behind.

Not pelvic obliquity: in a torsion the ASIS and the PSIS tilt to opposite sides. Nor any measure of
the left and the right view, which show different shoulders, hips and knees.
"""


def standing_back(found: Found) -> dict[tuple[View, str], View]:
    """Return the changes to play down, by view and measure, each with the better view.

    The better view is the one whose method shows the whole of a real change, then the one with the
    smaller error, then the front. If only one of the two can be compared, nothing is played down.
    """
    by_measure: dict[str, list[tuple[View, Change]]] = {}
    for view, change in found:
        if change.key in SAME_FROM_BOTH and change.verdict is not Verdict.NOT_COMPARABLE:
            by_measure.setdefault(change.key, []).append((view, change))
    back: dict[tuple[View, str], View] = {}
    for key, alike in by_measure.items():
        best, *others = sorted(alike, key=lambda row: _doubt(*row))
        back |= {(view, key): best[0] for view, _ in others}
    return back


def _doubt(view: View, change: Change) -> tuple[bool, float, bool]:
    share = responsiveness(change.key, view, change.method) if change.method else None
    return share is not None and share < WHOLE, change.mdc or 0.0, view is not View.ANTERIOR
