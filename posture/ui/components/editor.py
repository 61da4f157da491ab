"""The landmark editor: a photo on which points are moved, placed and checked by hand."""

from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any

import streamlit as st

from posture.changes.align import STANCE_POINTS
from posture.landmarks import ANATOMICAL, Landmark, Point, Pose, Source, View
from posture.measuring.amend import Edits, is_unsure
from posture.measuring.assessment import Assessment
from posture.measuring.measures import BY_KEY, in_view, placed_with
from posture.measuring.placed import PLUMB_ENDS
from posture.measuring.steps import (
    MOST as MOST_STEPS,
)
from posture.measuring.steps import (
    RULER_ENDS,
    Steps,
    edits_from_json,
    edits_to_json,
    steps_from_json,
)
from posture.measuring.take import take
from posture.present import phrases
from posture.present.overlay import SOURCE_COLOURS
from posture.present.palpation import FIGURES, palpation_guide
from posture.ranges import RULER_MM
from posture.ui.components.scripts import asset, css_colour, script
from posture.ui.words import t

_editor = st.components.v2.component(
    "posture_editor",
    html=asset("editor/editor.html"),
    css=asset("editor/editor.css"),
    js=script("editor/main.js"),
)


@dataclass(frozen=True)
class Shown:
    """What the editor shows: addresses of the photo, reduced and whole, and its description."""

    small: str
    full: str
    alt: str


@dataclass(frozen=True)
class Answer:
    """What was edited. ``settled`` once the point was released; ``number`` counts the messages.

    ``steps`` are those that can be undone and redone; None while a point is dragged.
    """

    edits: Edits
    settled: bool
    number: int
    steps: Steps | None


def received(key: str) -> Answer | None:
    """Return what the browser sent last; None before anything was changed."""
    state: Any = st.session_state.get(key)
    given = state and state.get("edits")
    if not given:
        return None
    return Answer(
        edits_from_json(given),
        bool(given.get("settled")),
        int(given.get("number", 0)),
        steps_from_json(given["steps"]) if given.get("steps") else None,
    )


def edit(
    shown: Shown, found: Assessment, now: Assessment, edits: Edits, steps: Steps, *, key: str,
    error: str | None = None, number: int = 0,
) -> None:  # fmt: skip
    """Show the editor.

    Parameters
    ----------
    shown : Shown
    found : Assessment
        As it was when the editor was opened; changes are shown against its values.
    now : Assessment
        With the edits made since.
    edits : Edits
        The edits that the editor begins with; later it has its own.
    steps : Steps
        The steps that can be undone and redone, likewise.
    key : str
        Distinguishes this photo from others.
    error : str, optional
        Why the last change could not be measured.
    number : int
        The message that this answers.
    """
    view = now.view or View.ANTERIOR
    _editor(
        key=key,
        data={
            "key": key,
            "small": shown.small,
            "full": shown.full,
            "alt": shown.alt,
            "width": now.image_size[0],
            "height": now.image_size[1],
            "body": _body(found),
            "points": [*_points(found, view), *_tools()],
            "edits": edits_to_json(edits),
            "steps": steps.as_json(),
            "number": number,
            "error": error,
            "figures": _figures(),
            "inks": {str(source): css_colour(ink) for source, ink in SOURCE_COLOURS.items()},
            "tools": {"plumb": PLUMB_ENDS, "ruler": RULER_ENDS},
            "limits": {"steps": MOST_STEPS, "length_mm": [RULER_MM.least, RULER_MM.most]},
            "words": _words(),
            **_measured(found, now, view),
        },
        on_edits_change=lambda: None,
    )


def _points(found: Assessment, view: View) -> list[dict[str, Any]]:
    """Return the points that can be edited: those that a measure can use, and every marker."""
    automatic = found.pose.automatic() if found.pose else Pose({})
    usable = {
        mark
        for row in in_view(view)
        for role in row.roles
        for kind in role
        if view in kind.views
        for mark in kind.in_view(view)
    }
    usable |= {m for m, p in automatic.points.items() if p.source is Source.MARKER}
    palpable, joints = t("Palpable points"), t("Found by the program")
    return [
        _point(mark, automatic.get(mark), found, view, palpable if mark in ANATOMICAL else joints)
        for mark in chain(ANATOMICAL, (m for m in Landmark if m not in ANATOMICAL))
        if mark in usable
    ]


def _point(
    mark: Landmark, at: Point | None, found: Assessment, view: View, group: str
) -> dict[str, Any]:
    how = palpation_guide(mark, view)
    return {
        "name": str(mark),
        "label": phrases.point(mark),
        "group": group,
        "with": placed_with(mark, view),
        "felt": how.words and t(how.words),
        "figure": how.figure,
        "spot": how.spot,
        "mirrored": how.mirrored,
        "found": at and [at.x, at.y],
        "source": str(at.source) if at else None,
        "unsure": at is not None and is_unsure(at, found),
        "why": t(found.withheld[mark]) if mark in found.withheld else None,
    }


def _tools() -> list[dict[str, Any]]:
    """Return the ends of plumb line and known length, as points like the others."""
    plumb = t(
        "Click a plumb line, or another vertical edge, near its top and near its bottom: the "
        "nearer to the body, the better."
    )
    ruler = t(
        "Click both ends of a known length at the body's distance from the camera, and enter it."
    )
    rows = (
        (PLUMB_ENDS[0], t("plumb line, top"), plumb, PLUMB_ENDS),
        (PLUMB_ENDS[1], t("plumb line, bottom"), plumb, PLUMB_ENDS),
        (RULER_ENDS[0], t("known length, one end"), ruler, RULER_ENDS),
        (RULER_ENDS[1], t("known length, other end"), ruler, RULER_ENDS),
    )
    group = t("Vertical and scale")
    return [
        {
            "name": name,
            "label": label,
            "group": group,
            "with": ends,
            "felt": words,
            "unsure": False,
        }
        for name, label, words, ends in rows
    ]


def _measured(found: Assessment, now: Assessment, view: View) -> dict[str, Any]:
    """Return the measured values, and the lines that they are measured on."""
    before = {m.key: phrases.found(m) for m in found.measurements}
    pose = now.pose or Pose({})
    measures, lines = [], []
    for m in now.measurements:
        words = phrases.found(m) or None
        was = before.get(m.key) or t("missing")
        used = [
            str(mark) for marks in take(BY_KEY[m.key], pose, now.scene, view).used for mark in marks
        ]
        measures.append(
            {
                "label": t(m.label),
                "words": words,
                "sd": None if m.sd is None else phrases.amount(m.sd, m.unit),
                "was": was if words and was != words else None,
                "reason": t(m.reason or ""),
                "uses": used,
            }
        )
        if m.value is not None and m.unit == "deg":
            lines.append(used)
    return {
        "measures": measures,
        "lines": lines,
        "base": _base(pose, view),
        "roll": now.scene.roll_deg,
        "scene": phrases.scene(now.scene),
    }


def _body(found: Assessment) -> list[float] | None:
    """Return the part of the photo with the body and some room: left, top, right, bottom."""
    places = found.pose.automatic().points.values() if found.pose else ()
    if not places:
        return None
    xs, ys = [p.x for p in places], [p.y for p in places]
    room = 0.12 * (max(ys) - min(ys))
    return [min(xs) - room, min(ys) - 1.2 * room, max(xs) + room, max(ys) + room]


def _base(pose: Pose, view: View) -> list[str]:
    """Return the points between which the body's plumb line stands."""
    sides = ("left", "right") if view.is_frontal else (str(view),)
    for base in STANCE_POINTS:
        marks = [Landmark(f"{side}_{base}") for side in sides]
        if all(pose.get(mark) for mark in marks):
            return [str(mark) for mark in marks]
    return []


@cache
def _figures() -> str:
    return "".join(asset(f"figures/{name}.svg") for name in FIGURES)


def _words() -> dict[str, str]:
    return {
        "undo": t("Undo"),
        "redo": t("Redo"),
        "zoom_in": t("Zoom in"),
        "zoom_out": t("Zoom out"),
        "whole": t("Whole picture"),
        "lines": t("Lines"),
        "reset_all": t("Reset all points"),
        "tools": t("Editing"),
        "picture": t("Points on the picture. Arrow keys move one, with Shift ten times as far."),
        "measured": t("Measured"),
        "length": t("Length:"),
        "agree": t("They are right"),
        "check": t("Skin markers found: {n}. Is each one named correctly?"),
        "detected": t("found by the program"),
        "refined": t("found by the program, refined"),
        "marker": t("skin marker"),
        "placed": t("placed by hand"),
        "absent": t("not placed"),
        "rejected": t("marker rejected"),
        "unsure": t("uncertain"),
        "unsure_advice": t("Uncertain: please check its position."),
        "point": t("{label}, {how}, at {x}, {y}"),
        "aim": t("{label}: click or tap its position."),
        "move": t("{label}: drag it, or use the arrow keys."),
        "start": t(
            "Drag a point, or choose one from the list. Zoom with the wheel or by pinching."
        ),
        "put": t("Place in the middle of the picture"),
        "use": t("Use the marker again"),
        "reset": t("Reset to the detected position"),
        "take_away": t("Remove"),
        "reject": t("Not a marker"),
        "near": t("Zoom to it"),
        "was": t("was {value}"),
        "lost": t("The picture could not be loaded. Reload this page."),
    }
