"""What libraries the installed wheels carry that their makers no longer mend, told offline.

A wheel brings its own copies of other projects' libraries, which no system update reaches. Of
OpenSSL each copy says its version in its bytes, and the end of each series is known in advance.
"""

import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.metadata import Distribution, distributions
from pathlib import Path

OPENSSL = re.compile(rb"OpenSSL (\d+\.\d+\.\d+[a-z]*)(?: +FIPS)? +\d{1,2} [A-Z][a-z]{2} \d{4}")
ENDED = {
    "0.9": date(2015, 12, 31),
    "1.0": date(2019, 12, 31),
    "1.1": date(2023, 9, 11),
    "3.0": date(2026, 9, 7),
    "3.1": date(2025, 3, 14),
    "3.2": date(2025, 11, 23),
    "3.3": date(2026, 4, 9),
    "3.4": date(2026, 10, 22),
    "3.5": date(2030, 4, 8),
    "3.6": date(2026, 11, 1),
}
"""When OpenSSL's makers end, or ended, mending a series for everybody; of later series it is not
known here."""

NATIVE = re.compile(r"\.(so|pyd|dll|dylib)(\.[\w.]+)?$")


@dataclass(frozen=True, order=True)
class Carried:
    """A library in a wheel; ``ended`` is None where its end is not known here."""

    wheel: str
    library: str
    ended: date | None


@cache
def carried() -> tuple[Carried, ...]:
    """Return the copies of OpenSSL in the wheels of this environment."""
    found = {
        Carried(f"{one.metadata['Name']} {one.version}", f"OpenSSL {version}", _ended(version))
        for one in distributions()
        for file in _native(one)
        for version in _versions(file)
    }
    return tuple(sorted(found, key=lambda each: (each.wheel, each.library)))


def no_longer_mended(today: date) -> list[Carried]:
    """Return what is carried and past the end of its makers' care."""
    return [one for one in carried() if one.ended is not None and one.ended < today]


def _ended(version: str) -> date | None:
    return ENDED.get(".".join(version.split(".")[:2]))


def _native(wheel: Distribution) -> Iterator[Path]:
    for file in wheel.files or ():
        if NATIVE.search(file.name):
            yield Path(str(file.locate()))


def _versions(file: Path) -> set[str]:
    try:
        with (
            file.open("rb") as opened,
            mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as it,
        ):
            return {found.decode() for found in OPENSSL.findall(it)}
    except (OSError, ValueError):  # gone since it was installed, or empty
        return set()
