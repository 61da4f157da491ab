"""Decodes a picture in a separate process, which is killed if it takes too long.

Each picture gets its own process: it starts in less than a tenth of a second, leaves no memory
behind, and a crashing decoder takes nothing else down. The file goes in through standard input and
the pixels come out through standard output: neither is written to disk, and the name does not
appear in the process list.
"""

import faulthandler
import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Timer
from typing import IO, Any, cast

from posture.errors import PhotoError
from posture.hardening import no_core_dumps
from posture.imaging.photo_limits import too_slow
from posture.words import Message, message_from_json, messages_to_json

BUDGET_S = 30.0
"""For one picture. The largest from phones, a HEIC of 48 megapixels, takes four seconds."""
MEMORY_BYTES = 4 * 2**30
ROWS = 256  # written at a time

_PARENT = str(Path(__file__).parents[2])


def decode_apart(
    data: bytes, name: str, *, any_size: bool = False
) -> tuple[bytearray, dict[str, Any]]:
    """Decode a picture in a separate process.

    Returns
    -------
    pixels : bytearray
        8-bit sRGB, row by row.
    metadata : dict
        ``width``, ``height``, ``media_type``, ``taken_at`` and ``focal_px``.

    Raises
    ------
    PhotoError
        As ``decoding.decode`` does, and if decoding takes longer than ``BUDGET_S``.
    """
    process = _started(name)
    given, answers = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
    late = False

    def end() -> None:
        nonlocal late
        late = True
        process.kill()

    timer = Timer(BUDGET_S, end)
    timer.daemon = True
    timer.start()
    try:
        with suppress(OSError):  # the process may have ended early; its answer says why
            order = {"name": name, "any_size": any_size, "size": len(data)}
            given.write(json.dumps(order).encode() + b"\n")
            given.write(data)
            given.flush()
        answer = answers.readline()
        metadata = json.loads(answer) if answer.endswith(b"\n") else {}
        if "code" in metadata:
            raise PhotoError(
                metadata["code"], message_from_json(metadata["message"], metadata["said"])
            )
        pixels = bytearray(metadata["width"] * metadata["height"] * 3 if metadata else 0)
        if not metadata or not _fill(answers, pixels):
            raise too_slow(name) if late else _died(name)
        return pixels, metadata
    finally:
        timer.cancel()
        process.kill()
        for pipe in (given, answers):
            with suppress(OSError):
                pipe.close()
        process.wait()


def _started(name: str) -> "subprocess.Popen[bytes]":
    paths = [path for path in (*sys.path, _PARENT) if path]
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "posture.imaging.decoding_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        raise PhotoError(
            "unreadable",
            Message(
                "{name} cannot be read at the moment: the computer cannot start "
                "another process ({strerror}). Close other programs and try again.",
                name=name,
                strerror=error.strerror,
            ),
        ) from None


def _died(name: str) -> PhotoError:
    return PhotoError(
        "truncated",
        Message(
            "{name} is damaged and could not be read. Copy it from the camera again, "
            "or save it again as JPEG.",
            name=name,
        ),
    )


def _fill(source: IO[bytes], pixels: bytearray) -> bool:
    """Fill the buffer with pixels; return whether there were enough."""
    left = memoryview(pixels)
    while left:
        count = source.readinto(left)  # type: ignore[attr-defined]
        if not count:
            return False
        left = left[count:]
    return True


def main() -> None:
    """Decode one picture; this runs in the separate process."""
    no_core_dumps()
    # This ends the process even if its parent has died, and even while a decoder is busy.
    faulthandler.dump_traceback_later(BUDGET_S + 5, exit=True)
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    from posture.imaging.decoding import decode

    given, out = sys.stdin.buffer, sys.stdout.buffer
    order = json.loads(given.readline())
    data = given.read(order["size"])
    try:
        found = decode(data, order["name"], any_size=order["any_size"])
    except PhotoError as error:
        refusal = {
            "code": error.code,
            "message": error.message,
            "said": messages_to_json([error.message]),
        }
        out.write(json.dumps(refusal).encode() + b"\n")
        out.flush()
        return
    width, height = found.image.size
    metadata = {
        "width": width,
        "height": height,
        "media_type": found.media_type,
        "taken_at": found.taken_at,
        "focal_px": found.focal_px,
    }
    out.write(json.dumps(metadata).encode() + b"\n")
    for top in range(0, height, ROWS):
        out.write(found.image.crop((0, top, width, min(top + ROWS, height))).tobytes())
    out.flush()


if __name__ == "__main__":
    main()
