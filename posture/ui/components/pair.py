"""Before and after on the screen: wipe, side by side, fade, and all visits as a strip."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from posture.changes.align import Homography
from posture.present.overlay import Shapes
from posture.ui.components.scripts import asset, css_colour, script
from posture.ui.words import t

_pair = st.components.v2.component(
    "posture_pair", html=asset("pair.html"), css=asset("pair.css"), js=script("pair.js")
)


@dataclass(frozen=True)
class Frame:
    """A picture with what is drawn over it.

    ``size`` is (width, height) in pixels; ``to_picture`` maps the places of ``shapes`` to them.
    """

    address: str
    title: str
    alt: str
    size: tuple[int, int]
    shapes: Shapes
    to_picture: Homography


def show(
    pair: tuple[Frame, Frame], strip: list[Frame], *, visits: int, aligned: bool, key: str
) -> None:
    """Show two pictures, and the strip of all where there are more.

    Parameters
    ----------
    pair : two Frame
        Before and after.
    strip : list of Frame
        All pictures of the view, once the browser has asked for them.
    visits : int
        How many there are.
    aligned : bool
        Whether the two are aligned; otherwise they are shown side by side only.
    key : str
        Distinguishes this pair from others.
    """
    _pair(
        key=key,
        data={
            "pair": [_data(frame) for frame in pair],
            "strip": [_data(frame) for frame in strip],
            "visits": visits,
            "aligned": aligned,
            "words": {
                "show": t("How to compare"),
                "overlays": t("Show on the photos"),
                "wipe": t("Wipe"),
                "sides": t("Side by side"),
                "fading": t("Fade"),
                "strip": t("All visits"),
                "plumb": t("Plumb line"),
                "lines": t("Lines"),
                "points": t("Points"),
                "fade_to": t("Before to after"),
                "handle": t("Wipe between before and after"),
                "at": t("{percent}% of the width shows after"),
                "lost": t("The picture could not be loaded. Reload this page."),
                "wait": t("Aligning all photos ..."),
            },
        },
        on_strip_change=lambda: None,
    )


def _data(frame: Frame) -> dict[str, Any]:
    way, shapes = frame.to_picture, frame.shapes
    return {
        "src": frame.address,
        "title": frame.title,
        "alt": frame.alt,
        "size": list(frame.size),
        "plumb": shapes.plumb and [way(end) for end in shapes.plumb],
        "lines": [
            {"places": [way(place) for place in places], "ink": css_colour(colour)}
            for places, colour in shapes.lines
        ],
        "points": [
            {"place": way(place), "ink": css_colour(colour)} for place, colour in shapes.points
        ],
    }
