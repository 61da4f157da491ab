"""Every file a user may offer: measured from pixels, or refused with what to do."""

import contextlib
import io
import struct
import zlib

import numpy as np
import pillow_heif
import pytest
from PIL import ExifTags, Image, ImageCms
from support.samples import SAMPLES

from posture.errors import PhotoError
from posture.imaging.photo import decode_photo, load_photo
from posture.imaging.photo_limits import MAX_PIXELS

SIZE = (600, 800)


def picture(mode: str = "RGB", size=SIZE) -> Image.Image:
    """Return a picture whose left half is red and whose lower half is darker."""
    pixels = np.zeros((size[1], size[0], 3), np.uint8)
    pixels[:, : size[0] // 2] = (200, 40, 40)
    pixels[:, size[0] // 2 :] = (40, 40, 200)
    pixels[size[1] // 2 :] //= 2
    return Image.fromarray(pixels).convert(mode)


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    if kind == "HEIF":  # the program's own reader cannot write one
        pillow_heif.from_pillow(image).save(file, **options)
    else:
        image.save(file, kind, **options)
    return file.getvalue()


def png_16_bit_grey(width: int, height: int) -> bytes:
    """Return a 16-bit grey PNG: black at the left, white at the right."""
    row = b"\0" + np.linspace(0, 65535, width).astype(">u2").tobytes()

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 16, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(row * height))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_readable_kinds(kind):
    photo = decode_photo(encoded(picture(), kind), "x")
    assert photo.size == SIZE
    assert np.allclose(photo.pixels[100, 100], (200, 40, 40), atol=12)
    assert not photo.pixels.flags.writeable


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_exif_orientation(orientation, kind):
    upright = picture()
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(undo[orientation]) if orientation in undo else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo = decode_photo(encoded(stored, kind, exif=exif), "x")
    assert photo.size == SIZE
    assert np.allclose(photo.pixels[100, 100], (200, 40, 40), atol=12)
    assert np.allclose(photo.pixels[700, 500], (20, 20, 100), atol=12)


def test_turned_heic_is_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = picture().transpose(Image.Transpose.ROTATE_90)
    photo = decode_photo(encoded(stored, "HEIF", exif=exif.tobytes()), "x.heic")
    assert photo.size == SIZE
    assert np.allclose(photo.pixels[100, 100], (200, 40, 40), atol=12)


def test_the_turned_sample_is_the_plain_one():
    turned = load_photo(SAMPLES / "m1_visit1_posterior_exif6.jpg")
    plain = load_photo(SAMPLES / "m1_visit1_posterior.jpg")
    assert turned.size == plain.size
    assert np.abs(turned.pixels.astype(int) - plain.pixels).mean() < 2


def test_cmyk_is_converted():
    photo = decode_photo(encoded(picture("CMYK"), "JPEG"), "x.jpg")
    assert np.allclose(photo.pixels[100, 100], (200, 40, 40), atol=12)


def test_16_bit_keeps_its_range():
    grey = decode_photo(png_16_bit_grey(*SIZE), "x.png").pixels[0, :, 0].astype(int)
    assert (grey[0], grey[-1]) == (0, 255)
    assert abs(grey[len(grey) // 2] - 127) <= 1


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "1"])
def test_other_modes_become_rgb(mode):
    assert decode_photo(encoded(picture(mode), "PNG"), "x.png").pixels.shape == (800, 600, 3)


def test_transparency_becomes_white():
    clear = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    assert decode_photo(encoded(clear, "PNG"), "x.png").pixels.min() == 255


def test_a_colour_profile_is_applied():
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    photo = decode_photo(encoded(picture(), "PNG", icc_profile=lab), "x.png")
    assert np.allclose(photo.pixels[100, 100], (200, 40, 40), atol=2)
    broken = decode_photo(encoded(picture(), "PNG", icc_profile=b"no profile at all"), "x.png")
    assert np.allclose(broken.pixels[100, 100], (200, 40, 40), atol=2)


def test_a_phones_second_picture_is_no_animation():
    file = io.BytesIO()
    picture().save(file, "MPO", save_all=True, append_images=[picture(size=(300, 400))])
    assert decode_photo(file.getvalue(), "x.jpg").size == SIZE


def test_taken_at():
    exif = Image.Exif()
    exif[0x0132] = "2026:09:07 09:00:01"
    assert decode_photo(encoded(picture(), "JPEG", exif=exif), "x").taken_at == (
        "2026-09-07T09:00:01"
    )
    exif[0x0132] = "0000:00:00 00:00:00"
    assert decode_photo(encoded(picture(), "JPEG", exif=exif), "x").taken_at is None


ANIMATED = {"save_all": True, "append_images": [picture().rotate(90)], "duration": 100}
JPEG = encoded(picture(), "JPEG", quality=95)
HUGE = encoded(Image.new("1", (8000, MAX_PIXELS // 8000 + 1)), "PNG")
BAD_FILES = {
    "empty": (b"", "empty", "Copy it"),
    "text": (b"hello, this is a letter" * 50, "not_an_image", "JPEG"),
    "zeros": (bytes(5000), "not_an_image", "JPEG"),
    "cut jpeg": (JPEG[: len(JPEG) // 2], "truncated", "Copy it"),
    "cut png": (encoded(picture(), "PNG")[:1500], "truncated", "Copy it"),
    "cut webp": (encoded(picture(), "WEBP")[:600], "truncated", "Copy it"),
    "cut heic": (encoded(picture(), "HEIF")[:-400], "truncated", "Copy it"),
    "jpeg header": (JPEG[:20], None, ""),
    "mp4": (b"\0\0\0\x18ftypisom" + bytes(4000), "video", "photo"),
    "mov": (b"\0\0\0\x14ftypqt  " + bytes(4000), "video", "photo"),
    "mkv": (b"\x1a\x45\xdf\xa3" + bytes(4000), "video", "photo"),
    "avi": (b"RIFF\0\0\0\0AVI LIST" + bytes(4000), "video", "photo"),
    "gif": (encoded(picture(), "GIF"), "unsupported", "Save it as"),
    "animated gif": (encoded(picture(), "GIF", **ANIMATED), "animated", "still photo"),
    "animated webp": (encoded(picture(), "WEBP", **ANIMATED), "animated", "still photo"),
    "animated png": (encoded(picture(), "PNG", **ANIMATED), "animated", "still photo"),
    "tiff": (encoded(picture(), "TIFF"), "unsupported", "Save it as"),
    "bmp": (encoded(picture(), "BMP"), "unsupported", "Save it as"),
    "pdf": (encoded(picture(), "PDF"), "not_an_image", "JPEG"),
    "thumbnail": (encoded(picture(size=(160, 240)), "JPEG"), "too_small", "original"),
    "huge": (HUGE, "too_large", "megapixels"),
}


@pytest.mark.parametrize("what", BAD_FILES)
def test_bad_files_are_refused_with_what_to_do(what):
    data, code, advice = BAD_FILES[what]
    with pytest.raises(PhotoError) as refusal:
        decode_photo(data, "holiday.jpg")
    assert code in (None, refusal.value.code)
    assert "holiday.jpg" in str(refusal.value)
    assert advice in str(refusal.value)


def test_a_bomb_is_refused_before_it_is_unpacked():
    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    bomb = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
    )
    with pytest.raises(PhotoError) as refusal:
        decode_photo(bomb, "x.png")
    assert refusal.value.code == "too_large"


def test_random_damage_never_escapes_as_something_else():
    random = np.random.default_rng(1)
    for kind in ("JPEG", "PNG", "WEBP", "HEIF"):
        whole = bytearray(encoded(picture(), kind))
        for _ in range(25):
            damaged = bytearray(whole)
            for place in random.integers(0, len(whole), 12):
                damaged[place] = random.integers(0, 256)
            with contextlib.suppress(PhotoError):
                decode_photo(bytes(damaged), "x")


def test_missing_files_and_folders(tmp_path):
    with pytest.raises(PhotoError, match="There is no file"):
        load_photo(tmp_path / "none.jpg")
    with pytest.raises(PhotoError, match="is a folder"):
        load_photo(tmp_path)


@pytest.mark.parametrize(
    ("as_35mm", "written", "focal"),
    [
        (26, None, 26 / 43.2666 * 1000),  # of a picture of 600 x 800 pixels
        (26, (4000, 3000), 26 / 43.2666 * 1000),  # made smaller
        (26, (4000, 4000), None),  # cropped
        (0, None, None),  # "unknown"
        (None, None, None),
    ],
)
def test_focal_length(as_35mm, written, focal):
    exif = Image.Exif()
    inner = exif.get_ifd(ExifTags.IFD.Exif)
    if as_35mm is not None:
        inner[ExifTags.Base.FocalLengthIn35mmFilm] = as_35mm
    if written is not None:
        inner[ExifTags.Base.ExifImageWidth], inner[ExifTags.Base.ExifImageHeight] = written
    found = decode_photo(encoded(picture(), "JPEG", exif=exif), "x").focal_px
    assert found == (None if focal is None else pytest.approx(focal, rel=1e-3))
