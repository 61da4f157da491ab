"""Decodes a picture with Pillow and libheif: upright, in sRGB, with the camera's metadata.

Light to import, because it also runs in a separate process (``decoding_process``).
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
# In a smaller picture, the joints of a standing body are only a pixel or two in size.
MIN_SHORT_SIDE, MIN_LONG_SIDE = 240, 400
ASPECT_SLACK = 0.02  # between the dimensions that the camera states and those of the file


@dataclass(frozen=True)
class Decoded:
    """An upright sRGB picture and its file's metadata."""

    image: Image.Image
    media_type: str
    taken_at: str | None
    focal_px: float | None


def decode(data: bytes, name: str, *, any_size: bool = False) -> Decoded:
    """Decode a picture whose structure was checked.

    Raises
    ------
    PhotoError
        If it is damaged or too small to measure; ``any_size`` accepts small ones.
    """
    try:
        with warnings.catch_warnings():
            # Pillow warns about very large pictures; our own check has its own message.
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
    except Exception as error:  # decoders may raise anything on damaged bytes
        raise PhotoError(
            "truncated",
            Message(
                "{name} is damaged or incomplete ({error}). Copy it from the camera again.",
                name=name,
                error=str(error)[:80] or type(error).__name__,
            ),
        ) from None


def _refuse_by_header(image: Image.Image, name: str, *, any_size: bool) -> None:
    """Refuse a picture by its header, before any pixel is decoded."""
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
    """Return the camera's time as ISO text; None if it is missing or invalid."""
    exif = image.getexif()
    raw = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal) or exif.get(
        ExifTags.Base.DateTime
    )
    try:
        # Fractions of a second, or padding, may follow.
        date, time = str(raw)[:10].replace("-", ":"), str(raw)[11:19]
        return datetime.strptime(f"{date} {time}", "%Y:%m:%d %H:%M:%S").isoformat()  # noqa: DTZ007
    except ValueError:
        return None


def _focal_px(image: Image.Image) -> float | None:
    """Return the focal length in pixels; None if the picture was cropped or does not state it.

    Cameras state it as the equivalent for a 36 x 24 mm picture with the same diagonal.
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
    import numpy as np  # rarely needed, and slow to load

    # The mode says 32 bits for the same range in some Pillow versions.
    grey = np.asarray(image, dtype=np.float64) // 257
    return Image.fromarray(grey.clip(0, 255).astype(np.uint8))


def _to_srgb(image: Image.Image) -> Image.Image:
    """Convert any mode to 8-bit sRGB, by its colour profile if it has one."""
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
