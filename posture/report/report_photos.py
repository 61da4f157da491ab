"""Photos as a report shows them: with the measurements drawn, and the face blurred if wanted."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from posture.imaging.photo import decode_photo
from posture.measuring.assessment import Assessment
from posture.present.faces import pixelated
from posture.present.overlay import columns, overlay
from posture.report.document import Figure
from posture.words import t

TALLEST = 1000  # pixels: 90 mm of paper at 280 dots an inch
QUALITY = 85


def photo_figure(
    data: bytes,
    assessment: Assessment,
    caption: str,
    *,
    hide_face: bool,
    lines: bool = True,
    words: bool = True,
) -> Figure | str:
    """Return a photo for a report, or why it is left out.

    Parameters
    ----------
    data : bytes
        The photo's file as it was given.
    assessment : Assessment
        Of that photo.
    caption : str
        The words under it.
    hide_face : bool
        Whether to blur the head; a photo in which no head was found is left out.
    lines : bool
        Whether to draw the measurements.
    words : bool
        Whether to write on the picture how it was levelled.
    """
    pixels = decode_photo(data, assessment.photo).pixels
    if hide_face:
        hidden = pixelated(pixels, assessment.pose)
        if hidden is None:
            return t("{photo}: left out, because no head was found to blur.",
                     photo=caption)  # fmt: skip
        pixels = hidden
    if lines:
        shown = overlay(pixels, assessment, labels=False, foot=words)
    else:
        shown = pixels[:, slice(*columns(assessment))]
    view = t(str(assessment.view or "unknown"))
    return Figure(jpeg(shown), caption, t("Photo, {view} view", view=view))


def jpeg(pixels: NDArray[np.uint8]) -> bytes:
    """Return a picture as a JPEG of a report's size, without the camera's metadata."""
    image = Image.fromarray(pixels)
    image.thumbnail((TALLEST, TALLEST))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=QUALITY)
    return file.getvalue()
