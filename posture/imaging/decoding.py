"""Decoding a picture with Pillow and libheif: upright, in sRGB, with what the camera noted.

Light to import: it also runs in a process of its own (``decoding_process``).
"""

import io
import warnings
from dataclasses import dataclass
from datetime import datetime
from math import hypot

import pi_heif
from PIL import ExifTags, Image, ImageCms, ImageOps, UnidentifiedImageError

from posture.errors import PhotoError
from posture.imaging.photo_limits import ACCEPTED_WORDS, MAX_PIXELS, animated, too_large
from posture.words import Message

pi_heif.register_heif_opener()

KINDS = ("JPEG", "PNG", "WEBP", "HEIF")
READABLE = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "HEIF": "image/heic",
}
# A standing body on fewer rows than this has joints of a pixel or two: nothing to measure.
MIN_SHORT_SIDE, MIN_LONG_SIDE = 240, 400
ASPECT_SLACK = 0.02  # between the sides that the camera wrote and those of the file


@dataclass(frozen=True)
class Decoded:
    """An upright sRGB picture, and what its file tells of it."""

    image: Image.Image
    media_type: str
    taken_at: str | None
    focal_px: float | None


def decode(data: bytes, name: str, *, any_size: bool = False) -> Decoded:
    """Decode a picture whose outline was looked at.

    Raises
    ------
    PhotoError
        When it is damaged, or no photo of a body by its size; ``any_size`` takes small ones too.
    """
    try:
        with warnings.catch_warnings():
            # Pillow warns of very large pictures; the size is judged here, in our own words.
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(data), formats=KINDS)
            _refuse_by_header(image, name, any_size=any_size)
            taken_at, focal_px = _taken_at(image), _focal_px(image)
            image.load()
            media_type = READABLE[image.format or ""]
            ImageOps.exif_transpose(image, in_place=True)
            return Decoded(_to_srgb(image), media_type, taken_at, focal_px)
    except PhotoError:
        raise
    except Image.DecompressionBombError:
        raise too_large(name) from None
    except UnidentifiedImageError:
        raise PhotoError(
            "not_an_image",
            Message(
                "{name} is not a readable image. Use {accepted_words}.",
                name=name,
                accepted_words=ACCEPTED_WORDS,
            ),
        ) from None
    except Exception as error:  # decoders raise anything on damaged bytes; each means "unreadable"
        raise PhotoError(
            "truncated",
            Message(
                "{name} is damaged or incomplete ({error}). Copy it from the camera again.",
                name=name,
                error=str(error)[:80] or type(error).__name__,
            ),
        ) from None


def _refuse_by_header(image: Image.Image, name: str, *, any_size: bool) -> None:
    """Refuse what the header tells, before any pixel is decoded."""
    # A phone's JPEG may carry a second picture (MPO) and a HEIC several: the first is the photo.
    if image.format in ("PNG", "WEBP", "GIF") and getattr(image, "n_frames", 1) > 1:
        raise animated(name)
    if image.format not in READABLE:
        raise PhotoError(
            "unsupported",
            Message(
                "{name} is in the format {format}. Save it as {accepted_words}.",
                name=name,
                format=image.format,
                accepted_words=ACCEPTED_WORDS,
            ),
        )
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise too_large(name, width, height)
    if any_size:
        return
    if min(width, height) < MIN_SHORT_SIDE or max(width, height) < MIN_LONG_SIDE:
        raise PhotoError(
            "too_small",
            Message(
                "{name} has {width} x {height} pixels, too few to measure a body on (at least "
                "{min_short_side} x {min_long_side}; 1000 x 1500 or more is good). Use the "
                "original photo, not a thumbnail.",
                name=name,
                width=width,
                height=height,
                min_short_side=MIN_SHORT_SIDE,
                min_long_side=MIN_LONG_SIDE,
            ),
        )


def _taken_at(image: Image.Image) -> str | None:
    """Return the camera's time as ISO text; a missing or senseless one is None."""
    exif = image.getexif()
    raw = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal) or exif.get(
        ExifTags.Base.DateTime
    )
    try:
        # What follows are fractions of a second, or what a camera pads with.
        date, time = str(raw)[:10].replace("-", ":"), str(raw)[11:19]
        return datetime.strptime(f"{date} {time}", "%Y:%m:%d %H:%M:%S").isoformat()  # noqa: DTZ007
    except ValueError:
        return None


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


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """Return a 16-bit grey picture in 8 bits; Pillow's own conversion clips at 255."""
    import numpy as np  # seldom needed, and slow to load

    # The mode says 32 bits for the same range in some Pillow versions.
    grey = np.asarray(image, dtype=np.float64) // 257
    return Image.fromarray(grey.clip(0, 255).astype(np.uint8))


def _to_srgb(image: Image.Image) -> Image.Image:
    """Convert any mode to 8-bit sRGB, by its colour profile where it has one."""
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        image = _in_eight_bits(image)
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
