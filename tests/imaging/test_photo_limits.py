"""Files made to keep a decoder busy: refused by their bytes, or ended in time."""

import io
import os
import signal
import struct
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image
from support.samples import SAMPLES
from support.waiting import until

from posture.errors import PhotoError
from posture.imaging import decoding_process, photo
from posture.imaging.decoding import decode
from posture.imaging.decoding_process import decode_apart
from posture.imaging.photo import decode_photo
from posture.imaging.photo_limits import MAX_SCANS, MAX_SEGMENTS, FileStructure, structure_of

SIZE = (600, 800)
GREY = Image.new("RGB", SIZE, (90, 120, 60))


def saved(kind: str, **options) -> bytes:
    file = io.BytesIO()
    if kind == "HEIF":
        pillow_heif.from_pillow(GREY).save(file)
    else:
        GREY.save(file, kind, **options)
    return file.getvalue()


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def after_start(*segments: bytes) -> bytes:
    """Return the plain JPEG with segments put after its start."""
    return JPEG[:2] + b"".join(segments) + JPEG[2:]


def chunk(name: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def scans(count: int) -> bytes:
    """Return a progressive JPEG whose last scan stands there again and again."""
    last = PROGRESSIVE.rindex(b"\xff\xda")
    told = PROGRESSIVE.count(b"\xff\xda")
    return PROGRESSIVE[:last] + PROGRESSIVE[last:-2] * (count - told + 1) + b"\xff\xd9"


def tags(count: int, values: int) -> bytes:
    """Return EXIF data whose every tag has the same long row of fractions."""
    inner = b"".join(struct.pack("<HHLL", 0x9000 + n, 5, values, 8) for n in range(count))
    first = struct.pack("<HHHLLL", 1, 0x8769, 4, 1, 26, 0)
    return b"Exif\0\0II*\0\x08\0\0\0" + first + struct.pack("<H", count) + inner + bytes(4)


JPEG = saved("JPEG")
PROGRESSIVE = saved("JPEG", progressive=True)
PNG = saved("PNG")
GIF = saved("GIF")
COMMENT = segment(0xFE, b"")
FRAME = b"\x21\xf9\x04\0\0\0\0\0\x2c\0\0\0\0\1\0\1\0\0\2\1\0\0"

COSTLY = {
    "a JPEG of 3,000 scans": (scans(3000), "too_slow"),
    "one scan more than allowed": (scans(MAX_SCANS + 1), "too_slow"),
    "0xFF": (b"\xff" * 20_000_000, "not_an_image"),
    "0xFF after a start": (b"\xff\xd8" + b"\xff" * 20_000_000, "too_slow"),
    "0xFF between segments": (after_start(b"\xff" * 20_000_000), "too_slow"),
    "nonsense between segments": (after_start(COMMENT, bytes(20_000_000)), "too_slow"),
    "nonsense after each segment": (after_start(*[COMMENT + bytes(999)] * 200), "too_slow"),
    "empty segments": (after_start(segment(0xE1, b"") * 300_000), "too_slow"),
    "empty segments after a scan": (
        PROGRESSIVE[:-2] + segment(0xFE, b"") * 300_000 + b"\xff\xd9", "too_slow",
    ),
    "scans that are told to be huge": (
        scans(40).replace(struct.pack(">HH", 800, 600), struct.pack(">HH", 7000, 7000), 1),
        "too_slow",
    ),
    "a JPEG told to be huge": (
        JPEG.replace(struct.pack(">HH", 800, 600), struct.pack(">HH", 65000, 65000), 1),
        "too_large",
    ),
    "empty chunks": (PNG[:33] + chunk(b"xxXx") * 500_000 + PNG[33:], "too_slow"),
    "an APNG of many frames": (
        PNG[:33] + chunk(b"acTL", struct.pack(">II", 2**31, 0)) + PNG[33:], "animated",
    ),
    "a GIF of many frames": (GIF[:-1] + FRAME * 500_000 + b";", "animated"),
    "a WebP of many frames": (
        b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0" + bytes(6) + b"ANMF\0\0\0\0" * 500_000,
        "animated",
    ),
    "a WebP of many pieces": (b"RIFF\0\0\0\0WEBP" + b"xxxx\0\0\0\0" * 500_000, "too_slow"),
    "a HEIC of many boxes": (
        b"\0\0\0\x10ftypheic\0\0\0\0" + b"\0\0\0\x08free" * 500_000, "too_slow",
    ),
    "a TIFF": (saved("TIFF"), "unsupported"),
    "an AVIF": (b"\0\0\0\x10ftypavif\0\0\0\0" + bytes(100), "unsupported"),
    "camera RAW": (b"\0\0\0\x10ftypcrx \0\0\0\0" + bytes(100), "unsupported"),
}  # fmt: skip


@pytest.mark.parametrize("what", COSTLY)
def test_what_costs_time_is_refused_before_a_decoder_sees_it(what, monkeypatch):
    data, code = COSTLY[what]
    monkeypatch.delattr(photo, "decode")
    monkeypatch.delattr(photo, "decode_apart")
    with pytest.raises(PhotoError) as refusal:
        decode_photo(data, "holiday.jpg")
    assert refusal.value.code == code
    assert "holiday.jpg" in str(refusal.value)


PLAIN = {
    "as a camera writes it": (JPEG, True),
    "with a few comments": (after_start(*[segment(0xFE, b"words")] * 20), True),
    "with padding": (after_start(b"\xff" * 8), True),
    "with the data of a depth map": (after_start(*[segment(0xE1, bytes(65_000))] * 100), True),
    "with ordinary tags": (after_start(segment(0xE1, tags(20, 1))), True),
    "with tags that ask for gigabytes": (after_start(segment(0xE1, tags(5000, 8000))), False),
    "with tags twice": (after_start(*[segment(0xE1, tags(2, 1))] * 2), False),
    "with tags cut short": (after_start(segment(0xE1, tags(20, 1)[:60])), False),
    "with the index of further pictures": (
        after_start(segment(0xE2, b"MPF\0" + tags(5000, 8000)[6:])), False,
    ),
    "with a small profile": (saved("JPEG", icc_profile=b"x" * 500), True),
    "with a large profile": (saved("JPEG", icc_profile=b"x" * 70_000), False),
    "with a profile that is a program": (saved("JPEG", icc_profile=b"mpet" * 50), False),
    "progressive": (PROGRESSIVE, False),
    "as many scans as allowed": (scans(MAX_SCANS), False),
    "of 12 bits": (JPEG.replace(b"\x08" + struct.pack(">HH", 800, 600),
                                b"\x0c" + struct.pack(">HH", 800, 600), 1), False),
    "arithmetically coded": (JPEG.replace(b"\xff\xc0", b"\xff\xc9", 1), False),
    "one colour a scan": (JPEG.replace(b"\xff\xda\0\x0c\x03", b"\xff\xda\0\x0c\x01", 1), False),
    "without an end": (JPEG[:-2], True),
    "only a start": (JPEG[:20], False),
}  # fmt: skip


@pytest.mark.parametrize("how", PLAIN)
def test_only_a_plain_jpeg_is_decoded_in_this_process(how):
    data, plain = PLAIN[how]
    assert structure_of(data, "x") == FileStructure("JPEG", structure_of(data, "x").size, plain)


def test_the_outline_tells_kind_and_size():
    assert structure_of(JPEG, "x") == FileStructure("JPEG", SIZE, plain=True)
    assert structure_of(PNG, "x") == FileStructure("PNG", SIZE)
    assert structure_of(saved("WEBP"), "x").kind == "WEBP"
    assert structure_of(saved("HEIF"), "x").kind == "HEIF"
    samples = {structure_of(path.read_bytes(), "x").plain for path in SAMPLES.glob("*.jpg")}
    assert samples == {True}


def test_scans_after_the_first_picture_count_for_nothing():
    """A phone's second picture, or the film behind it, has bytes that look like scans."""
    assert structure_of(PROGRESSIVE + b"\xff\xda\0\x02" * 5000, "x").kind == "JPEG"


def test_both_ways_of_decoding_give_the_same_picture():
    for path in (SAMPLES / "m1_visit1_posterior_exif6.jpg", SAMPLES / "m1_visit1_left.jpg"):
        data = path.read_bytes()
        here = decode(data, "x")
        raw, told = decode_apart(data, "x")
        assert (told["width"], told["height"]) == here.image.size
        assert (told["media_type"], told["taken_at"], told["focal_px"]) == (
            here.media_type, here.taken_at, here.focal_px,
        )  # fmt: skip
        assert bytes(raw) == here.image.tobytes()


@pytest.mark.parametrize("how", ["as many scans as allowed", "with tags that ask for gigabytes"])
def test_what_is_odd_but_within_the_limits_is_decoded(how):
    assert decode_photo(PLAIN[how][0], "x").size == SIZE


def test_a_picture_that_takes_too_long_is_ended(monkeypatch):
    monkeypatch.setattr(decoding_process, "BUDGET_S", 0.005)  # Python itself begins more slowly
    with pytest.raises(PhotoError) as refusal:
        decode_photo(PNG, "holiday.png")
    assert refusal.value.code == "too_slow"
    assert "save it as an ordinary JPEG" in str(refusal.value)


@pytest.mark.parametrize(
    ("program", "code"), [("/bin/false", "truncated"), ("/none", "unreadable")]
)
def test_a_decoder_that_dies_or_cannot_begin_is_told(program, code, monkeypatch):
    monkeypatch.setattr(sys, "executable", program)
    with pytest.raises(PhotoError) as refusal:
        decode_photo(PNG, "holiday.png")
    assert refusal.value.code == code


def test_names_that_are_no_text_come_back(monkeypatch):
    with pytest.raises(PhotoError, match="\udce9"):
        decode_photo(PNG[:200], "caf\udce9.png")


def test_many_at_once():
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda n: decode_photo((PNG, JPEG)[n % 2], "x"), range(12)))
    assert {one.size for one in found} == {SIZE}
    assert np.array_equal(found[0].pixels, found[2].pixels)


def test_it_ends_with_the_process_that_waits_for_it():
    code = (
        "import time\n"
        "from posture.imaging.decoding_process import _started\n"
        "print(_started('x').pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as waiting:
        worker = int(waiting.stdout.readline())
        os.kill(waiting.pid, signal.SIGKILL)
    until(lambda: not alive(worker))


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return state != "Z"  # an ended one that nobody asked for yet


def test_the_limits_leave_room_for_what_cameras_write():
    assert MAX_SEGMENTS * 65_000 > 50_000_000  # a panorama's own data
    assert MAX_SCANS > 30  # what optimisers write
