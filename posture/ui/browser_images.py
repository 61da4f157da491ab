"""Pictures on their way to the browser: behind the gate, for this session, as long as shown."""

import io
from collections import OrderedDict
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from streamlit import runtime

from posture.ui.state import PREVIEWS

MOST = 24  # pictures kept for one session, about 150 kB each


WIDEST = 1460
"""Pixels: ``st.image`` decodes, reduces and encodes a wider picture again at each run."""


def jpeg(
    pixels: NDArray[np.uint8],
    long_side: int | None = None,
    quality: int = 88,
    *,
    widest: int | None = None,
) -> bytes:
    """Return RGB pixels as JPEG, reduced to at most this long side or width, in pixels."""
    height, width = pixels.shape[:2]
    scale = min(1.0, (long_side or height + width) / max(height, width), (widest or width) / width)
    if scale < 1:
        size = (round(pixels.shape[1] * scale), round(pixels.shape[0] * scale))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality, subsampling=0)
    return file.getvalue()


def is_kept(key: tuple[object, ...]) -> bool:
    """Whether a picture is one of the session's latest, so that showing it takes no time."""
    return key in (PREVIEWS.get() or ())


def kept(key: tuple[object, ...], make: Callable[[], bytes]) -> bytes:
    """Return a picture from the session's few latest ones, or make it."""
    latest = PREVIEWS.setdefault(OrderedDict())
    if key not in latest:
        latest[key] = make()
        while len(latest) > MOST:
            latest.popitem(last=False)
    latest.move_to_end(key)
    return latest[key]


def address(data: bytes, place: str) -> str:
    """Return where the browser gets a JPEG, as it gets those of ``st.image``.

    Call it in a whole run of the page: pictures that such a run does not ask for again are dropped.
    ``place`` distinguishes the pictures of a page.
    """
    return runtime.get_instance().media_file_mgr.add(data, "image/jpeg", f"plumbline.{place}")
