"""Marking named points on a photo by hand: a plumb line's ends, palpable landmarks."""

import base64
import io
from importlib.resources import files
from typing import Any

import cv2
import numpy as np
import streamlit as st
from PIL import Image

from posture.geometry import XY
from posture.photo import Photo

SHOWN_SIDE = 2000  # long side of the picture sent to the browser, in pixels


def _asset(name: str) -> str:
    return files("posture.ui.components").joinpath(name).read_text(encoding="utf-8")


_marks = st.components.v2.component(
    "posture_marks", html=_asset("marks.html"), css=_asset("marks.css"), js=_asset("marks.js")
)


def mark_points(
    photo: Photo, names: dict[str, str], placed: dict[str, XY], *, key: str
) -> dict[str, XY]:
    """Let the user mark points on a photo and return them, in pixels of the upright photo.

    Parameters
    ----------
    photo : Photo
    names : dict of str to str
        The points that can be marked: name and label.
    placed : dict of str to (x, y)
        What is marked already.
    key : str
        Tells this picture from others on the page.
    """
    scale = min(1.0, SHOWN_SIDE / max(photo.size))
    size = (round(photo.size[0] * scale), round(photo.size[1] * scale))
    file = io.BytesIO()
    small = cv2.resize(photo.pixels, size, interpolation=cv2.INTER_AREA)
    Image.fromarray(np.asarray(small, dtype=np.uint8)).save(file, "JPEG", quality=85)
    data = {
        "image": "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode(),
        "width": photo.size[0],
        "height": photo.size[1],
        "names": [{"name": name, "label": label} for name, label in names.items()],
        "placed": {name: list(place) for name, place in placed.items()},
    }
    result: Any = _marks(key=key, data=data, on_placed_change=lambda: None)
    given = result.placed
    if given is None:
        return placed
    return {name: (float(xy[0]), float(xy[1])) for name, xy in given.items() if name in names}
