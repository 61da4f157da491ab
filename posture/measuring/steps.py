"""Edits of a photo's points, and the undo and redo steps, as plain data and back."""

from dataclasses import dataclass
from typing import Any

from posture.imaging.scene import Ruler
from posture.landmarks import Landmark
from posture.measuring.amend import Edits
from posture.measuring.placed import PLUMB_ENDS

RULER_ENDS = ("ruler_one", "ruler_other")
MOST = 100
"""Number of steps that can be undone; older ones are dropped."""


KNOWN = {*map(str, Landmark), *PLUMB_ENDS, *RULER_ENDS}


@dataclass(frozen=True)
class Steps:
    """Earlier edits, oldest first, and undone ones, the next to redo last.

    Each is in the editor's form, in which a plumb line may have only one end.
    """

    past: tuple[dict[str, Any], ...] = ()
    future: tuple[dict[str, Any], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the steps as plain data."""
        return {"past": list(self.past), "future": list(self.future)}


def edits_to_json(edits: Edits) -> dict[str, Any]:
    """Return edits in the editor's form: the ends of lines are points like the others."""
    placed = {str(mark): list(xy) for mark, xy in edits.points.items()}
    if edits.plumb_line:
        placed |= {n: list(xy) for n, xy in zip(PLUMB_ENDS, edits.plumb_line, strict=True)}
    if edits.ruler:
        placed |= {RULER_ENDS[0]: list(edits.ruler.one_end)}
        placed |= {RULER_ENDS[1]: list(edits.ruler.other_end)}
    return {
        "placed": placed,
        "rejected": sorted(edits.rejected),
        "checked": edits.checked,
        "length": edits.ruler and edits.ruler.mm,
    }


def edits_from_json(given: Any) -> Edits:
    """Return edits from the editor's form; unknown entries are ignored."""
    step = _step(given)
    placed = {name: (xy[0], xy[1]) for name, xy in step["placed"].items()}
    plumb = [placed.pop(end) for end in PLUMB_ENDS if end in placed]
    ruler = [placed.pop(end) for end in RULER_ENDS if end in placed]
    length = step["length"]
    return Edits(
        {Landmark(name): xy for name, xy in placed.items()},
        frozenset(Landmark(name) for name in step["rejected"]),
        step["checked"],
        (plumb[0], plumb[1]) if len(plumb) == 2 else None,
        Ruler(ruler[0], ruler[1], length) if len(ruler) == 2 and length else None,
    )


def steps_from_json(given: Any) -> Steps:
    """Return steps from plain data; unknown entries are ignored, and None gives no steps."""
    given = given or {}
    return Steps(
        tuple(map(_step, given.get("past", ())[-MOST:])),
        tuple(map(_step, given.get("future", ())[-MOST:])),
    )


def _step(given: Any) -> dict[str, Any]:
    length = given.get("length")
    return {
        "placed": {
            str(name): [float(xy[0]), float(xy[1])]
            for name, xy in given["placed"].items()
            if name in KNOWN
        },
        "rejected": sorted(str(name) for name in given["rejected"] if name in set(Landmark)),
        "checked": bool(given["checked"]),
        "length": float(length) if length else None,
    }
