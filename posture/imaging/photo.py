"""Reads a photo file into an upright sRGB picture, or refuses it and says what to do."""

import hashlib
import io
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from posture.errors import FileError, PhotoError
from posture.files import read_in
from posture.imaging.decoding import decode
from posture.imaging.decoding_process import decode_apart
from posture.imaging.photo_limits import MAX_BYTES, structure_of

UPLOAD_SUFFIXES = ("jpg", "jpeg", "png", "webp", "heic", "heif")
REDUCED_SIDE = 2000  # approximate; enough for the wall poster and for skin markers
THUMBNAIL_SIDE = 160

# Decoded pictures are large: decode only as many at a time as there are processors.
_turns = BoundedSemaphore(max(2, os.cpu_count() or 2))


@dataclass(frozen=True)
class Photo:
    """A decoded photo.

    ``pixels`` is (height, width, 3) uint8 sRGB, upright by its EXIF orientation, and read-only.
    ``sha256`` identifies the original file. ``taken_at`` is the camera's own time as ISO text
    without a zone, and ``focal_px`` its focal length in pixels, if the file states them.
    """

    name: str
    pixels: NDArray[np.uint8]
    sha256: str
    media_type: str
    taken_at: str | None = None
    focal_px: float | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the upright picture in pixels."""
        return self.pixels.shape[1], self.pixels.shape[0]

    @cached_property
    def reduced(self) -> tuple[NDArray[np.uint8], float]:
        """The picture with about ``REDUCED_SIDE`` pixels on its long side, and its scale."""
        return _by_whole(self.pixels, round(max(self.size) / REDUCED_SIDE))


def reduced(pixels: NDArray[np.uint8], side: int) -> tuple[NDArray[np.uint8], float]:
    """Return the picture reduced to at most this long side, and the scale factor."""
    pixels, first = _by_whole(pixels, max(pixels.shape[:2]) // side)
    scale = min(1.0, side / max(pixels.shape[:2]))
    if scale == 1.0:
        return pixels, first
    size = (round(pixels.shape[1] * scale), round(pixels.shape[0] * scale))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8), first * size[1] / pixels.shape[0]


def _by_whole(pixels: NDArray[np.uint8], factor: int) -> tuple[NDArray[np.uint8], float]:
    """Return the picture reduced by an integer factor, ten times faster than by any other."""
    if factor < 2:
        return pixels, 1.0
    height, width = pixels.shape[0] // factor, pixels.shape[1] // factor
    whole = pixels[: height * factor, : width * factor]
    small = cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8), 1 / factor


def load_photo(path: str | Path) -> Photo:
    """Read a photo from disk.

    Raises
    ------
    PhotoError
        If the file does not exist or is not a measurable photo.
    """
    path = Path(path)
    try:
        data = read_in(path, MAX_BYTES)
    except FileError as error:
        raise PhotoError("unreadable", error.message) from None
    return decode_photo(data, path.name)


def decode_photo(data: bytes, name: str, *, any_size: bool = False) -> Photo:
    """Decode the bytes of an image file.

    A camera's plain JPEG is decoded here, because its size bounds the work. Any other file may need
    far more work than its size suggests, so it is decoded in a process with a time limit.

    Parameters
    ----------
    data : bytes
        The original file.
    name : str
        The file name, for messages.
    any_size : bool
        Whether to accept pictures that are too small to measure.

    Raises
    ------
    PhotoError
        If the file is not a measurable photo; the message says what is wrong and what to do.
    """
    seen = structure_of(data, name)
    with _turns:
        if seen.plain:
            found = decode(data, name, any_size=any_size)
            pixels = np.asarray(found.image)
            metadata: dict[str, Any] = {
                "media_type": found.media_type,
                "taken_at": found.taken_at,
                "focal_px": found.focal_px,
            }
        else:
            raw, metadata = decode_apart(data, name, any_size=any_size)
            pixels = np.frombuffer(raw, np.uint8).reshape(
                metadata.pop("height"), metadata.pop("width"), 3
            )
    pixels = np.ascontiguousarray(pixels, dtype=np.uint8)
    pixels.flags.writeable = False
    return Photo(name, pixels, hashlib.sha256(data).hexdigest(), **metadata)


def thumbnail(data: bytes, name: str) -> bytes:
    """Return a small JPEG of a photo file, for lists."""
    small = Image.fromarray(decode_photo(data, name).pixels)
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    file = io.BytesIO()
    small.save(file, "JPEG", quality=80)
    return file.getvalue()
