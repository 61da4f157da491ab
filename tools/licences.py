"""Write docs/licences.md: the licence of every locked dependency and of what its wheel carries.

    python tools/licences.py           writes the table
    python tools/licences.py --check   says what is not allowed, unknown or out of date

Names and versions come from the lock files, licences from the installed distributions' own
metadata and lists of parts (SBOM). What metadata leaves out was read in the wheels themselves and
is written down here; a library that a later wheel brings along and nobody has looked at is found.
"""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "licences.md"
LOCKS = {"always": "requirements.lock", "clinic": "requirements-clinic.lock"}

PERMISSIVE = frozenset(
    {
        "0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause",
        "BSD-3-Clause-Attribution", "BSD-3-Clause-Open-MPI", "BSL-1.0", "Bitstream-Vera",
        "CC0-1.0", "FTL", "GPL-3.0-or-later WITH GCC-exception-3.1", "IJG", "ISC",
        "LicenseRef-GUST-Font-License", "LicenseRef-Intel-Simplified", "LicenseRef-Public-Domain",
        "MIT", "MIT-0", "MIT-CMU", "OFL-1.1", "OLDAP-2.8", "OpenSSL", "PSF-2.0", "PostgreSQL",
        "Unicode-3.0", "Unicode-DFS-2016", "Unlicense", "Zlib", "libpng-2.0", "libtiff",
    }
)  # fmt: skip
LIBRARY_COPYLEFT = frozenset(
    {"LGPL-2.1-only", "LGPL-2.1-or-later", "LGPL-3.0-only", "LGPL-3.0-or-later", "MPL-2.0"}
)
"""Allowed for what is linked at run time or used as it is: whoever has it may exchange it."""

ALLOWED = PERMISSIVE | LIBRARY_COPYLEFT

SPDX = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "ISC License": "ISC",
}
"""Older spellings of a licence in metadata."""

READ = {
    "altair": "BSD-3-Clause",
    "colorama": "BSD-3-Clause",  # on Windows only
    "itsdangerous": "BSD-3-Clause",
    "jinja2": "BSD-3-Clause",
    "markdown-it-py": "MIT",
    "mdurl": "MIT",
    "pi-heif": "BSD-3-Clause",  # its own code; what the wheel carries stands beside it
    "python-dateutil": "Apache-2.0 OR BSD-3-Clause",
    "s3fs": "BSD-3-Clause",
    "sqlcipher3": "Zlib",
    "tzdata": "Apache-2.0",  # on Windows only
}
"""Where metadata has a whole text, a family of licences or nothing: as the licence file says."""

LIBRARIES = {
    "libXau": ("libXau", "MIT"),
    "libaom": ("libaom", "BSD-2-Clause"),
    "libavcodec": ("FFmpeg", "LGPL-2.1-or-later"),  # configured without --enable-gpl
    "libavformat": ("FFmpeg", "LGPL-2.1-or-later"),
    "libavif": ("libavif", "BSD-2-Clause"),
    "libavutil": ("FFmpeg", "LGPL-2.1-or-later"),
    "libbrotlicommon": ("Brotli", "MIT"),
    "libbrotlidec": ("Brotli", "MIT"),
    "libcom_err": ("libcom_err", "MIT"),
    "libcrypt": ("libxcrypt", "LGPL-2.1-or-later"),
    "libcrypto": ("OpenSSL", "Apache-2.0"),
    "libde265": ("libde265", "LGPL-3.0-or-later"),
    "libdrm": ("libdrm", "MIT"),
    "libfreetype": ("FreeType", "FTL"),
    "libgfortran": ("libgfortran", "GPL-3.0-or-later WITH GCC-exception-3.1"),
    "libgssapi_krb5": ("MIT Kerberos", "MIT"),
    "libharfbuzz": ("HarfBuzz", "MIT"),
    "libheif": ("libheif", "LGPL-3.0-or-later"),
    "libjpeg": ("libjpeg-turbo", "IJG AND BSD-3-Clause AND Zlib"),
    "libk5crypto": ("MIT Kerberos", "MIT"),
    "libkeyutils": ("libkeyutils", "LGPL-2.1-or-later"),
    "libkrb5": ("MIT Kerberos", "MIT"),
    "libkrb5support": ("MIT Kerberos", "MIT"),
    "liblber": ("OpenLDAP", "OLDAP-2.8"),
    "liblcms2": ("Little CMS", "MIT"),
    "libldap": ("OpenLDAP", "OLDAP-2.8"),
    "liblzma": ("liblzma", "0BSD"),
    "libopenblasp": ("OpenBLAS", "BSD-3-Clause"),
    "libopenjp2": ("OpenJPEG", "BSD-2-Clause"),
    "libpng16": ("libpng", "libpng-2.0"),
    "libpq": ("libpq", "PostgreSQL"),
    "libquadmath": ("libquadmath", "LGPL-2.1-or-later"),
    "libsasl2": ("Cyrus SASL", "BSD-3-Clause-Attribution"),
    "libscipy_openblas64": ("OpenBLAS", "BSD-3-Clause AND BSD-3-Clause-Open-MPI"),
    "libsharpyuv": ("libwebp", "BSD-3-Clause"),
    "libssl": ("OpenSSL", "Apache-2.0"),
    "libswresample": ("FFmpeg", "LGPL-2.1-or-later"),
    "libswscale": ("FFmpeg", "LGPL-2.1-or-later"),
    "libtiff": ("libtiff", "libtiff"),
    "libvpx": ("libvpx", "BSD-3-Clause"),
    "libwebp": ("libwebp", "BSD-3-Clause"),
    "libwebpdemux": ("libwebp", "BSD-3-Clause"),
    "libwebpmux": ("libwebp", "BSD-3-Clause"),
    "libxcb": ("libxcb", "MIT"),
    "libzstd": ("Zstandard", "BSD-3-Clause"),
}
"""Shared libraries that wheels bring along, by the beginning of their files' names."""

LINKED_IN = {
    "cryptography": (("OpenSSL", "Apache-2.0"),),
    "mediapipe": (
        ("OpenCV", "Apache-2.0"),
        ("TensorFlow Lite", "Apache-2.0"),
    ),
    "opencv-python-headless": (
        ("Intel IPP", "LicenseRef-Intel-Simplified"),
        ("libjpeg-turbo", "IJG AND BSD-3-Clause AND Zlib"),
        ("libtiff", "libtiff"),
        ("libwebp", "BSD-3-Clause"),
        ("OpenJPEG", "BSD-2-Clause"),
        ("protobuf", "BSD-3-Clause"),
    ),
    "pillow": (
        ("dav1d", "BSD-2-Clause"),
        ("libaom", "BSD-2-Clause"),
        ("libyuv", "BSD-3-Clause"),
        ("raqm", "MIT"),
    ),
    "sqlcipher3": (
        ("OpenSSL", "Apache-2.0"),
        ("SQLCipher", "BSD-3-Clause"),
        ("SQLite", "LicenseRef-Public-Domain"),
    ),
    "typst": (
        ("DejaVu fonts", "Bitstream-Vera"),
        ("Libertinus fonts", "OFL-1.1"),
        ("New Computer Modern fonts", "LicenseRef-GUST-Font-License"),
        ("OpenSSL", "Apache-2.0"),
    ),
}
"""What is linked into an extension, so that no file of its own tells of it."""

ITS_OWN = {
    ("opencv-python-headless", "libcrypto"): "OpenSSL",
    ("opencv-python-headless", "libssl"): "OpenSSL",
}
"""OpenSSL before 3.0, under the licence of its own."""

HEAD = """# Licences

Made from the lock files and the installed distributions by `tools/licences.py`; do not edit. A
test compares it with the lock files and fails on a licence that is not on the tool's list, such as
the GPL without an exception, the AGPL, or one that nobody has checked.

Plumbline itself is under the Apache License 2.0; [NOTICE](../NOTICE) says what it contains. None
of the works below are part of its source: pip installs them. If you pass on a machine, a container
or an installer with Plumbline, you pass on these works too, under their own licences. LGPL and MPL
works are used unchanged and can be replaced: they are separate distributions or shared libraries.

*Carried along*: other works in the same wheel, as in the wheels for Linux on x86-64; on other
systems they are much the same libraries. Rust crates are those that the wheel itself lists. The
parts of pyarrow, mediapipe and Streamlit's front end are listed inside their wheels. *clinic*:
only with `requirements-clinic.lock`.
"""


@dataclass(frozen=True)
class Row:
    """One dependency: its licence, and what its wheel carries along, each with a licence."""

    name: str
    versions: tuple[str, ...]
    clinic: bool
    licence: str
    carried: tuple[tuple[str, str], ...] = ()
    crates: Counter[str] = field(default_factory=Counter)
    findings: tuple[str, ...] = ()


def allowed(expression: str) -> bool:
    """Whether an SPDX expression can be met by what is allowed: one of each OR, all of each AND."""
    return _met(expression, ALLOWED)


def locked(file: Path) -> dict[str, list[Requirement]]:
    """Return a lock file's requirements by name."""
    found: dict[str, list[Requirement]] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        if re.match(r"[a-z0-9]", line):
            one = Requirement(line.removesuffix("\\").strip())
            found.setdefault(one.name, []).append(one)
    return found


def rows() -> list[Row]:
    """Return a row for each locked dependency, by name."""
    always, clinic = (locked(ROOT / file) for file in LOCKS.values())
    return [
        _row(name, requirements, clinic=name not in always)
        for name, requirements in sorted((clinic | always).items())
    ]


def page(of: Iterable[Row]) -> str:
    """Return the whole page."""
    lines = [HEAD, "| work | version | licence | carried along |", "|---|---|---|---|"]
    for row in of:
        carried = [f"{name} ({licence})" for name, licence in row.carried]
        if row.crates:
            carried.append(f"{sum(row.crates.values())} Rust crates ({_summed(row.crates)})")
        extra = " *clinic*" if row.clinic else ""
        lines.append(
            f"| {row.name}{extra} | {' / '.join(row.versions)} | {row.licence} | "
            f"{', '.join(carried)} |"
        )
    return "\n".join(lines) + "\n"


def findings(of: Iterable[Row]) -> Iterator[str]:
    """Yield what is wrong: licences that are not allowed, and what nobody has looked at."""
    for row in of:
        yield from row.findings
        crates = ((f"a crate of {row.name}", licence) for licence in row.crates)
        works = ((row.name, row.licence), *row.carried, *crates)
        yield from (
            f"{work}: the licence {licence!r} is not on the list of those allowed."
            for work, licence in works
            if not allowed(licence)
        )


def _row(name: str, requirements: list[Requirement], *, clinic: bool) -> Row:
    versions = tuple(str(one.specifier).removeprefix("==") for one in requirements)
    here = [one for one in requirements if one.marker is None or one.marker.evaluate()]
    try:
        found = distribution(name)
    except PackageNotFoundError:
        missing = (f"{name} is not installed.",) if here else ()
        return Row(name, versions, clinic, READ.get(name, "unknown"), findings=missing)
    wrong = [] if found.version in versions else [f"{name} {found.version} is not the locked one."]
    carried = dict(LINKED_IN.get(name, ()))
    for stem in sorted(_libraries(found)):
        if stem not in LIBRARIES:
            wrong.append(f"{name} carries {stem}, which nobody has looked at.")
            continue
        work, licence = LIBRARIES[stem]
        carried[work] = ITS_OWN.get((name, stem), licence)
    return Row(
        name, versions, clinic, _licence(found, name), tuple(sorted(carried.items())),
        _crates(found), tuple(wrong),
    )  # fmt: skip


def _licence(of: Distribution, name: str) -> str:
    if name in READ:
        return READ[name]
    said = of.metadata["License-Expression"] or of.metadata["License"] or "unknown"
    return SPDX.get(said, said)


def _libraries(of: Distribution) -> set[str]:
    """Return the beginnings of the names of shared libraries that stand beside the package."""
    return {
        re.split(r"-[0-9a-f]{8}|\.|-r0-|_-", file.name)[0]
        for file in of.files or ()
        if ".libs" in str(file.parent)
    }


def _crates(of: Distribution) -> Counter[str]:
    """Return how many Rust crates the wheel lists, by licence."""
    found: Counter[str] = Counter()
    for file in of.files or ():
        if file.parent.name == "sboms" and file.name.endswith(".cyclonedx.json"):
            for part in json.loads(file.read_text(encoding="utf-8")).get("components", ()):
                given = part.get("licenses") or ({"expression": "unknown"},)
                said = [one.get("expression") or one["license"].get("id", "?") for one in given]
                found[" ".join(" AND ".join(said).split())] += 1
    return found


def _summed(crates: Counter[str]) -> str:
    """Return which licences crates have, those of copyleft by name."""
    other = sorted(each for each in crates if not _met(each, PERMISSIVE))
    return ", ".join(["all permissive" if not other else "permissive", *other])


def _met(expression: str, by: frozenset[str]) -> bool:
    parts = re.split(r"\s+AND\s+", re.sub(r"[()]", "", expression))
    return all(any(each in by for each in re.split(r"\s+OR\s+", part)) for part in parts)


def main() -> int:
    """Do what the first lines of this file say."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    found = rows()
    wrong = list(findings(found))
    if parser.parse_args().check:
        if TARGET.read_text(encoding="utf-8") != page(found):
            wrong.append(f"{TARGET.name} is not that of the lock files: run tools/licences.py.")
    else:
        TARGET.write_text(page(found), encoding="utf-8")
    print("\n".join(wrong))
    return min(len(wrong), 1)


if __name__ == "__main__":
    sys.exit(main())
