"""Finding what must not be readable in whatever a program writes: names, notes, pictures."""

import re
from collections import defaultdict
from pathlib import Path
from random import Random

import cv2
import numpy as np

WRITES = "write,pwrite64,writev,pwritev,pwritev2,sendfile,copy_file_range"
"""The calls that put bytes into files; what they are not of is checked at the end."""

MAGIC = {
    "JPEG": b"\xff\xd8\xff",
    "PNG": b"\x89PNG\r\n",
    "EXIF": b"Exif\0\0",
    "SQLite": b"SQLite format 3\0",
}
CALL = re.compile(rb"\b(\w+)\(\d+<((?:\\x[0-9a-f]{2})+)>")
STRING = re.compile(rb'"((?:\\x[0-9a-f]{2})*)"')
NOT_THE_DISK = (b"/dev/", b"/proc/", b"/sys/", b"/memfd:")
SAID = b"/dev/null"
"""Where a test's server writes its log."""


def dumping(log: Path, command: list[str]) -> list[str]:
    """Return the command that runs this command and logs every byte it writes."""
    return ["strace", "-f", "--seccomp-bpf", "-qq", "-y", "-xx", "-s", "100000000",
            "-e", f"trace={WRITES}", "-o", str(log), *command]  # fmt: skip


def written(log: Path) -> dict[str, bytes]:
    """Return what was written to each file of the disk, one write after the other."""
    found: dict[str, list[bytes]] = defaultdict(list)
    with log.open("rb") as lines:
        for line in lines:
            call = CALL.search(line)
            path = _bytes(call[2]) if call else b""
            if not path.startswith(b"/") or (path.startswith(NOT_THE_DISK) and path != SAID):
                continue
            assert call[1] not in (b"sendfile", b"copy_file_range"), line[:200]
            for text in STRING.findall(line, call.end()):
                found[path.decode()].append(_bytes(text))
    return {path: b"\0".join(parts) for path, parts in found.items()}


def _bytes(hexed: bytes) -> bytes:
    return bytes.fromhex(hexed.replace(b"\\x", b"").decode())


def needles(photo: bytes, *words: str) -> dict[str, bytes]:
    """Return byte strings that tell of a photo, its pixels, or these words."""
    random = Random(4)
    wanted = {f"{kind} header": magic for kind, magic in MAGIC.items()}
    for word in words:
        for code in ("utf-8", "utf-16-le"):
            wanted[f"{word!r} in {code}"] = word.encode(code)
    for _ in range(200):
        at = random.randrange(len(photo) - 16)
        wanted[f"photo from byte {at}"] = photo[at : at + 16]
    picture = cv2.imdecode(np.frombuffer(photo, np.uint8), cv2.IMREAD_COLOR)
    for order, pixels in (("BGR", picture), ("RGB", picture[:, :, ::-1])):
        for row in random.sample(range(picture.shape[0]), 60):
            run = np.ascontiguousarray(pixels[row, 200:208]).tobytes()
            if len(set(run)) > 8:  # a plain wall's pixels are anywhere
                wanted[f"pixels {order} of row {row}"] = run
    # A run of one value may stand anywhere.
    return {what: sign for what, sign in wanted.items() if len(set(sign)) > 1}


def readable(content: dict[str, bytes], wanted: dict[str, bytes]) -> list[str]:
    """Return what can be read in these contents."""
    return [
        f"{what} in {path}"
        for path, data in content.items()
        for what, sign in wanted.items()
        if sign in data and not (len(sign) == 3 and by_chance(data, sign, path))
    ]


def by_chance(data: bytes, sign: bytes, path: str) -> bool:
    """Whether three bytes stand in random-looking ones no more often than chance puts them."""
    expected = len(data) / 256 ** len(sign)
    return data.count(sign) <= 4 + 4 * expected and not data.startswith(sign)
