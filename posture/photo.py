"""Bytes of a user's file in, an upright sRGB picture out, or a refusal that says what to do."""

import hashlib
import io
import warnings
from dataclasses import dataclass
from functools import cached_property
from math import hypot
from pathlib import Path

import cv2
import numpy as np
import pi_heif
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms, ImageOps, UnidentifiedImageError

from posture.errors import PhotoError

pi_heif.register_heif_opener()

MAX_PIXELS = 50_000_000
MAX_BYTES = 200_000_000
# A standing body on fewer rows than this has joints of a pixel or two: nothing to measure.
MIN_SHORT_SIDE, MIN_LONG_SIDE = 240, 400
READABLE = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "HEIF": "image/heic",
}
ACCEPTED_WORDS = "JPEG, PNG, WebP or HEIC"
UPLOAD_SUFFIXES = ("jpg", "jpeg", "png", "webp", "heic", "heif")
REDUCED_SIDE = 2000  # about; enough for the wall poster and for adhesive markers
ASPECT_SLACK = 0.02  # between the sides that the camera wrote and those of the file
_STILL_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"mif1", b"mif2", b"avif"}


THUMBNAIL_SIDE = 160


@dataclass(frozen=True)
class Photo:
    """A decoded photo.

    ``pixels`` is (height, width, 3) uint8 sRGB, turned upright as its EXIF orientation asks, and
    read-only. ``sha256`` identifies the file as given. ``taken_at`` is the camera's own time as
    ISO text without a zone, and ``focal_px`` its focal length in pixels, where the file has them.
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
    """Return the picture with at most this long side, and the scale it was reduced by."""
    pixels, first = _by_whole(pixels, max(pixels.shape[:2]) // side)
    scale = min(1.0, side / max(pixels.shape[:2]))
    if scale == 1.0:
        return pixels, first
    size = (round(pixels.shape[1] * scale), round(pixels.shape[0] * scale))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8), first * size[1] / pixels.shape[0]


def _by_whole(pixels: NDArray[np.uint8], factor: int) -> tuple[NDArray[np.uint8], float]:
    """Return the picture reduced by a whole factor, ten times quicker than by any other."""
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
        When there is no such file, or it cannot be measured as a photo.
    """
    path = Path(path)
    try:
        if path.is_dir():
            raise PhotoError("unreadable", f"{path} is a folder. Name the photos in it.")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise PhotoError("unreadable", f"There is no file {path}. Check the name.") from None
    except OSError as error:
        raise PhotoError("unreadable", f"{path} cannot be read: {error.strerror}.") from None
    return decode_photo(data, path.name)


def decode_photo(data: bytes, name: str) -> Photo:
    """Decode the bytes of an image file.

    Parameters
    ----------
    data : bytes
        The file as the user gave it.
    name : str
        Its name, for messages.

    Raises
    ------
    PhotoError
        When the file cannot be measured as a photo; the message says what is wrong and what to do.
    """
    _refuse_by_content(data, name)
    try:
        with warnings.catch_warnings():
            # Pillow warns of very large pictures; the size is judged here, in our own words.
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(data))
            _refuse_by_header(image, name)
            taken_at, focal_px = _taken_at(image), _focal_px(image)
            image.load()
            media_type = READABLE[image.format or ""]
            ImageOps.exif_transpose(image, in_place=True)
            pixels = np.asarray(_to_srgb(image))
    except PhotoError:
        raise
    except Image.DecompressionBombError:
        raise _too_large(name) from None
    except UnidentifiedImageError:
        raise PhotoError(
            "not_an_image", f"{name} is not an image that can be read. Use {ACCEPTED_WORDS}."
        ) from None
    except Exception as error:  # decoders raise anything on damaged bytes; each means "unreadable"
        raise PhotoError(
            "truncated",
            f"{name} is damaged or was cut short ({str(error)[:80] or type(error).__name__}). "
            "Copy it from the camera again.",
        ) from None
    pixels = np.ascontiguousarray(pixels, dtype=np.uint8)
    pixels.flags.writeable = False
    return Photo(name, pixels, hashlib.sha256(data).hexdigest(), media_type, taken_at, focal_px)


def thumbnail(data: bytes, name: str) -> bytes:
    """Return a photo file as a small JPEG, for lists."""
    small = Image.fromarray(decode_photo(data, name).pixels)
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    file = io.BytesIO()
    small.save(file, "JPEG", quality=80)
    return file.getvalue()


def _refuse_by_content(data: bytes, name: str) -> None:
    """Refuse what the first bytes already give away."""
    if not data:
        raise PhotoError("empty", f"{name} is empty (0 bytes). Copy it from the camera again.")
    if len(data) > MAX_BYTES:
        raise PhotoError(
            "too_large",
            f"{name} is larger than {MAX_BYTES // 1_000_000} MB, too large for a "
            f"photo. Use {ACCEPTED_WORDS} of at most {MAX_PIXELS // 1_000_000} megapixels.",
        )
    head = data[:16]
    iso_video = head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide") and not (
        head[4:8] == b"ftyp" and head[8:12] in _STILL_HEIF_BRANDS
    )
    matroska = head.startswith(b"\x1a\x45\xdf\xa3")
    avi = head.startswith(b"RIFF") and head[8:12] == b"AVI "
    mpeg = head.startswith((b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3"))
    if iso_video or matroska or avi or mpeg:
        raise PhotoError(
            "video", f"{name} is a video. Take a photo, or save a single frame as JPEG."
        )


def _refuse_by_header(image: Image.Image, name: str) -> None:
    """Refuse what the header tells, before any pixel is decoded."""
    # A phone's JPEG may carry a second picture (MPO) and a HEIC several: the first is the photo.
    if image.format in ("PNG", "WEBP", "GIF") and getattr(image, "n_frames", 1) > 1:
        raise PhotoError(
            "animated", f"{name} is animated. Posture is measured on a still photo: use one."
        )
    if image.format not in READABLE:
        raise PhotoError(
            "unsupported", f"{name} is a {image.format} file. Save it as {ACCEPTED_WORDS}."
        )
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise _too_large(name, width, height)
    if min(width, height) < MIN_SHORT_SIDE or max(width, height) < MIN_LONG_SIDE:
        raise PhotoError(
            "too_small",
            f"{name} has {width} x {height} pixels, too few to measure a body on (at least "
            f"{MIN_SHORT_SIDE} x {MIN_LONG_SIDE}; 1000 x 1500 or more is good). "
            "Use the original photo, not a thumbnail.",
        )


def _too_large(name: str, width: int = 0, height: int = 0) -> PhotoError:
    size = f"{width * height / 1e6:.0f} megapixels" if width else "far too many pixels"
    return PhotoError(
        "too_large",
        f"{name} has {size}; at most {MAX_PIXELS // 1_000_000} are read. "
        "Set the camera to 12 megapixels, or make the photo smaller.",
    )


def _taken_at(image: Image.Image) -> str | None:
    """Return the camera's time as ISO text; a missing or senseless one is None."""
    exif = image.getexif()
    raw = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal) or exif.get(
        ExifTags.Base.DateTime
    )
    if not isinstance(raw, str) or len(raw) < 19:
        return None
    date, time = raw[:10].replace(":", "-"), raw[11:19]
    digits = (date + time).replace("-", "").replace(":", "")
    return f"{date}T{time}" if digits.isdigit() and date[:4] != "0000" else None


def _focal_px(image: Image.Image) -> float | None:
    """Return the focal length in pixels; None for a picture that was cropped, or says nothing.

    Cameras write it as that of the 36 x 24 mm picture with the same diagonal.
    """
    exif = image.getexif().get_ifd(ExifTags.IFD.Exif)
    as_35mm = exif.get(ExifTags.Base.FocalLengthIn35mmFilm)
    if not isinstance(as_35mm, int) or not 10 <= as_35mm <= 300:
        return None
    sides = (exif.get(tag) for tag in (ExifTags.Base.ExifImageWidth, ExifTags.Base.ExifImageHeight))
    taken = [side for side in sides if isinstance(side, int) and side > 0]
    aspect = max(image.size) / min(image.size)
    if len(taken) == len(image.size) and abs(max(taken) / min(taken) - aspect) > ASPECT_SLACK:
        return None
    return as_35mm / hypot(36, 24) * hypot(*image.size)


def _to_srgb(image: Image.Image) -> Image.Image:
    """Convert any mode to 8-bit sRGB, by its colour profile where it has one."""
    if image.mode.startswith("I;16"):
        # Pillow's own conversion clips at 255; scale the range instead.
        image = Image.fromarray((np.asarray(image) // 257).astype(np.uint8))
    elif image.mode in ("I", "F"):
        # What 16-bit grey PNGs become in some Pillow versions: same range, wider type.
        image = Image.fromarray(
            (np.asarray(image, dtype=np.float64) / 257).clip(0, 255).astype(np.uint8)
        )
    if image.mode in ("P", "PA", "LA", "RGBA", "La", "RGBa") or "transparency" in image.info:
        layer = image.convert("RGBA")
        ground = Image.new("RGBA", layer.size, "white")
        flat = Image.alpha_composite(ground, layer).convert("RGB")
        flat.info["icc_profile"] = image.info.get("icc_profile") if image.mode != "P" else None
        image = flat
    profile = image.info.get("icc_profile")
    if profile and image.mode in ("RGB", "CMYK", "L"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(
                image, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
        except (ImageCms.PyCMSError, OSError, ValueError):
            converted = None  # a profile that does not fit the picture: convert without it
        if converted is not None:
            return converted
    return image if image.mode == "RGB" else image.convert("RGB")
