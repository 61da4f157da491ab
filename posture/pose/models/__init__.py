"""The model bundles, checked against their recorded checksums before use."""

import hashlib
import json
import os
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from posture.errors import ModelError
from posture.files import is_file, named
from posture.words import Message

FOLDER = Path(__file__).parent


class Model(StrEnum):
    """The bundles that come with the program: *full* is the default, *heavy* slower."""

    FULL = "full"
    HEAVY = "heavy"


@dataclass(frozen=True)
class Bundle:
    """A bundle on disk that may be loaded.

    ``name`` is what the record keeps: the variant's name, or ``custom:`` and the start of the
    checksum for a bundle named by ``POSTURE_MODEL``.
    """

    name: str
    path: Path
    sha256: str


def find_bundle(model: Model = Model.FULL) -> Bundle:
    """Return the checked bundle of a variant, or the one that ``POSTURE_MODEL`` names.

    Raises
    ------
    ModelError
        When the file is missing, or its checksum is not the one recorded with the program.
    """
    override = os.environ.get("POSTURE_MODEL")
    if override:
        path = named(override)
        digest = _sha256(path)
        return Bundle(f"custom:{digest[:12]}", path, digest)
    return Bundle(str(model), *_checked(f"pose_landmarker_{model}.task"))


def find_face_bundle() -> Bundle:
    """Return the checked bundle of the face model.

    Raises
    ------
    ModelError
        When the file is missing, or its checksum is not the one recorded with the program.
    """
    return Bundle("face", *_checked("face_landmarker.task"))


def _checked(name: str) -> tuple[Path, str]:
    path = FOLDER / name
    digest = _sha256(path)
    expected = json.loads((FOLDER / "provenance.json").read_text(encoding="utf-8"))["bundles"]
    if digest != expected[path.name]:
        raise ModelError(
            Message(
                "The model bundle {path} was altered (its checksum is not the recorded one). "
                "Install the program again, or build the bundle with tools/build_models.py.",
                path=path,
            )
        )
    return path, digest


def _sha256(path: Path) -> str:
    try:
        if not is_file(path):  # a device may have no end
            raise FileNotFoundError
        stat = path.stat()
    except OSError:
        raise ModelError(
            Message(
                "The model bundle {path} is missing. Install the program again, or name another "
                "bundle with POSTURE_MODEL.",
                path=path,
            )
        ) from None
    return _digest(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=8)
def _digest(path: Path, _modified_ns: int, _size: int) -> str:
    # Keyed by time and size too, so that a file changed under a running program is hashed again.
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(
            Message(
                "The model bundle {path} cannot be read: {strerror}.",
                path=path,
                strerror=error.strerror,
            )
        ) from None
