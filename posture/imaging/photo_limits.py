"""Identifies a picture file by its bytes before decoding, and refuses what would take too long.

Decoders do all the work that a file asks for: thousands of scans over one picture, millions of
empty chunks. Here, segments, chunks and scans are counted in one pass over the file's structure.
"""

import re
import struct
from dataclasses import dataclass

from posture.errors import PhotoError
from posture.words import Message

MAX_PIXELS = 50_000_000
MAX_BYTES = 200_000_000
ACCEPTED_WORDS = "JPEG, PNG, WebP or HEIC"

MAX_SEGMENTS = 1_000
"""Of a JPEG; also boxes of a HEIC or WebP. A phone photo has about ten; one with a depth map, whose
data come in pieces of 64 KB, has about a hundred."""
MAX_CHUNKS = 100_000
"""Of a PNG. Encoders write pieces of 8 KB, so a file of 200 MB has 25 000."""
MAX_SCANS = 64
"""Of a JPEG. A progressive one has ten; optimisers write up to about thirty."""
MAX_SCANNED = 1_000_000_000
"""Pixels times scans: twice that of ten scans of 50 megapixels."""
MAX_GAP = 65_536
"""Bytes between a JPEG's segments that belong to none; some cameras leave a few."""
PLAIN_PROFILE = 8_192
"""Bytes of a colour profile that can only be a matrix and curves; those of cameras have 600."""

_STILL_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"mif1", b"mif2"}
_COSTLY_PROFILE = (b"mpet", b"mAB ", b"mBA ", b"mft1", b"mft2")
_OTHER_KINDS = (
    (b"GIF8", "GIF"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"8BPS", "Photoshop"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
    (b"\0\0\1\0", "ICO"),
)
_OTHER_BRANDS = {b"avif": "AVIF", b"avis": "AVIF", b"crx ": "camera RAW"}
_VIDEOS = (b"\x1a\x45\xdf\xa3", b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3")
_GIF_FRAME = b"\x21\xf9\x04"

_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_SOI, _EOI, _SOS, _APP1, _APP2 = 0xD8, 0xD9, 0xDA, 0xE1, 0xE2
_WITHOUT_LENGTH = {_SOI, *range(0x01, 0xC0)}
_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SEQUENTIAL = (0xC0, 0xC1)
_INNER_TAGS = {0x8769, 0x8825, 0xA005}
_VALUE_BYTES = {3: 2, 4: 4, 5: 8, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8}


@dataclass(frozen=True)
class FileStructure:
    """What a picture file is.

    ``kind`` is one of ``JPEG``, ``PNG``, ``WEBP`` and ``HEIF``; ``size`` its width and height as
    stored, if the file states them. ``plain`` means a JPEG as cameras write it, in one scan, so
    that its size bounds the work of decoding it.
    """

    kind: str
    size: tuple[int, int] | None = None
    plain: bool = False


def structure_of(data: bytes, name: str) -> FileStructure:
    """Return what a picture file is, or refuse it.

    Parameters
    ----------
    data : bytes
        The original file.
    name : str
        The file name, for messages.

    Raises
    ------
    PhotoError
        If it is not a picture of a supported kind, or would take too long to decode.
    """
    if not data:
        raise PhotoError(
            "empty", Message("{name} is empty (0 bytes). Copy it from the camera again.", name=name)
        )
    if len(data) > MAX_BYTES:
        raise PhotoError(
            "too_large",
            Message(
                "{name} is larger than {max_bytes} MB, too large for a photo. Use "
                "{accepted_words} of at most {max_pixels} megapixels.",
                name=name,
                max_bytes=MAX_BYTES // 1_000_000,
                accepted_words=ACCEPTED_WORDS,
                max_pixels=MAX_PIXELS // 1_000_000,
            ),
        )
    if data.startswith(b"\xff\xd8\xff"):
        found = _jpeg(data, name)
    elif data.startswith(b"\x89PNG\r\n\x1a\n"):
        found = _png(data, name)
    elif data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        found = _webp(data, name)
    elif data[4:8] == b"ftyp" and data[8:12] in _STILL_HEIF_BRANDS:
        found = _heif(data, name)
    else:
        raise _other(data, name)
    if found.size is not None and found.size[0] * found.size[1] > MAX_PIXELS:
        raise too_large(name, *found.size)
    return found


def too_large(name: str, width: int = 0, height: int = 0) -> PhotoError:
    """Return the refusal of a picture with too many pixels."""
    size = Message("far too many pixels")
    if width:
        size = Message("{megapixels:.0f} megapixels", megapixels=width * height / 1e6)
    return PhotoError(
        "too_large",
        Message(
            "{name} has {size}; the limit is {max_pixels} megapixels. Set the camera "
            "to 12 megapixels, or reduce the photo.",
            name=name,
            size=size,
            max_pixels=MAX_PIXELS // 1_000_000,
        ),
    )


def too_slow(name: str) -> PhotoError:
    """Return the refusal of a picture that takes too long to decode."""
    return PhotoError(
        "too_slow",
        Message(
            "{name} takes too long to read: its structure is unusual, or it is "
            "damaged. Open it in an image editor, save it as an ordinary JPEG, and use "
            "that.",
            name=name,
        ),
    )


def animated(name: str) -> PhotoError:
    """Return the refusal of an animated picture."""
    return PhotoError(
        "animated",
        Message("{name} is animated. Use a still photo.", name=name),
    )


def _jpeg(data: bytes, name: str) -> FileStructure:
    at, gap, profile, tags = 2, 0, b"", b""
    frame, bits, components, size = 0, 0, 0, None
    tame = True  # whether the metadata can be read in bounded time
    for _ in range(MAX_SEGMENTS):
        found = _MARKER.search(data, at, at + MAX_GAP + 2)
        if found is None:
            if len(data) - at > MAX_GAP:
                raise too_slow(name)
            return FileStructure("JPEG", size)
        gap += found.start() - at
        if gap > MAX_GAP:
            raise too_slow(name)
        at, marker = found.end(), data[found.end() - 1]
        if marker in _WITHOUT_LENGTH:
            continue
        if marker == _EOI:
            return FileStructure("JPEG", size)
        end = at + int.from_bytes(data[at : at + 2], "big")
        body = data[at + 2 : end]
        if marker == _SOS:
            in_one = bits == 8 and body[:1] == bytes([components]) and frame in _SEQUENTIAL
            if in_one and tame and not any(sign in profile for sign in _COSTLY_PROFILE):
                return FileStructure("JPEG", size, plain=len(profile) <= PLAIN_PROFILE)
            _count_scans(data, end, size or (0, 0), name)
            return FileStructure("JPEG", size)
        if marker in _FRAMES and not frame:
            frame = marker
            bits, height, width, components = struct.unpack(">BHHB", body[:6].ljust(6, b"\0"))
            size = (width, height)
        elif marker == _APP1 and body.startswith(b"Exif\0\0"):
            tame = tame and not tags and _tags_fit(body[6:])  # readers join several
            tags = body
        elif marker == _APP2 and body.startswith(b"MPF\0"):
            tame = tame and _tags_fit(body[4:])
        elif marker == _APP2 and body.startswith(b"ICC_PROFILE\0"):
            profile += body[14:]
        at = max(end, at)
    raise too_slow(name)


def _count_scans(data: bytes, at: int, size: tuple[int, int], name: str) -> None:
    """Refuse a JPEG with too many scans; the first one's data begin at ``at``."""
    scans, segments = 1, 0
    while found := _MARKER.search(data, at):
        at, marker = found.end(), data[found.end() - 1]
        if marker == _EOI:
            return
        if marker not in _WITHOUT_LENGTH:
            at += int.from_bytes(data[at : at + 2], "big")
        scans, segments = scans + (marker == _SOS), segments + 1
        if scans > MAX_SCANS or segments > MAX_SEGMENTS or scans * size[0] * size[1] > MAX_SCANNED:
            raise too_slow(name)


def _tags_fit(tiff: bytes) -> bool:
    """Whether tags ask for no more values than there are bytes; tags may share values."""
    order = "<" if tiff[:2] == b"II" else ">"
    asked, places = 0, [4]
    try:
        for place in places:
            (at,) = struct.unpack_from(f"{order}L", tiff, place)
            if not at:
                continue
            (count,) = struct.unpack_from(f"{order}H", tiff, at)
            for entry in range(at + 2, at + 2 + 12 * count, 12):
                tag, kind, values = struct.unpack_from(f"{order}HHL", tiff, entry)
                asked += values * _VALUE_BYTES.get(kind, 1)
                if tag in _INNER_TAGS:
                    places.append(entry + 8)
            if asked > 2 * len(tiff) or len(places) > 8:
                return False
    except struct.error:
        return False
    return True


def _png(data: bytes, name: str) -> FileStructure:
    at, size = 8, None
    for _ in range(MAX_CHUNKS):
        if at + 8 > len(data):
            return FileStructure("PNG", size)
        length, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"IHDR" and size is None:
            width, height = struct.unpack(">II", data[at + 8 : at + 16].ljust(8, b"\0"))
            size = (width, height)
        elif kind == b"acTL" and data[at + 8 : at + 12] > b"\0\0\0\1":
            raise animated(name)
        elif kind == b"IEND":
            return FileStructure("PNG", size)
        at += 12 + length
    raise too_slow(name)


def _webp(data: bytes, name: str) -> FileStructure:
    if data[12:16] == b"VP8X" and data[20:21] and data[20] & 2:
        raise animated(name)
    at = 12
    for _ in range(MAX_SEGMENTS):
        if at + 8 > len(data):
            return FileStructure("WEBP")
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        at += 8 + length + length % 2
    raise too_slow(name)


def _heif(data: bytes, name: str) -> FileStructure:
    at = 0
    for _ in range(MAX_SEGMENTS):
        if at + 8 > len(data):
            return FileStructure("HEIF")
        length = int.from_bytes(data[at : at + 4], "big")
        if length == 1:  # stated in eight bytes instead
            length = int.from_bytes(data[at + 8 : at + 16], "big")
        if length < 8:  # 0 means: to the end of the file
            return FileStructure("HEIF")
        at += length
    raise too_slow(name)


def _other(data: bytes, name: str) -> PhotoError:
    """Return the refusal of a file that is not a supported picture."""
    box, brand = data[4:8], data[8:12]
    kind = next((kind for start, kind in _OTHER_KINDS if data.startswith(start)), None)
    if data.startswith(b"BM") and data[6:10] == bytes(4):
        kind = "BMP"
    if box == b"ftyp":
        kind = _OTHER_BRANDS.get(brand)
    if kind == "GIF" and data.find(_GIF_FRAME, data.find(_GIF_FRAME) + 1) > 0:
        return animated(name)
    if kind is not None:
        return PhotoError(
            "unsupported",
            Message(
                "{name} is in the format {kind}. Save it as {accepted_words}.",
                name=name,
                kind=kind,
                accepted_words=ACCEPTED_WORDS,
            ),
        )
    iso = box in (b"ftyp", b"moov", b"mdat", b"wide")
    avi = data.startswith(b"RIFF") and brand == b"AVI "
    if iso or avi or data.startswith(_VIDEOS):
        return PhotoError(
            "video",
            Message("{name} is a video. Take a photo, or save a single frame as JPEG.", name=name),
        )
    return PhotoError(
        "not_an_image",
        Message(
            "{name} is not a readable image. Use {accepted_words}.",
            name=name,
            accepted_words=ACCEPTED_WORDS,
        ),
    )
