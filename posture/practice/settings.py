"""A practice's choices in Settings, read into one value."""

import base64
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import partial
from typing import Any

from posture.imaging.scene import Setup
from posture.measuring.options import AssessmentOptions
from posture.ranges import CAMERA_MM, POSTER_MM, WALL_MM, Range
from posture.refine.markers import HUES
from posture.words import LANGUAGES, Speech

SETTING = "practice"
"""The setting that holds all of them, as :func:`to_json` writes them."""

NO_MARKERS = "none"
DISTANCES = {"poster_mm": POSTER_MM, "wall_mm": WALL_MM, "camera_mm": CAMERA_MM}
"""The possible ranges of the measured distances of the room."""

LONGEST_TEXT = 4000
LARGEST_LOGO = 2**22


class Paper(StrEnum):
    """Paper sizes."""

    A4 = "A4"
    LETTER = "Letter"


@dataclass(frozen=True)
class Letterhead:
    """The letterhead of a report. ``address`` is one line per line; ``logo`` is a PNG or JPEG."""

    name: str = ""
    address: str = ""
    logo: bytes | None = None

    @property
    def lines(self) -> tuple[str, ...]:
        """The address's lines that are not blank."""
        return tuple(line.strip() for line in self.address.splitlines() if line.strip())


@dataclass(frozen=True)
class Practice:
    """A practice's choices.

    ``markers`` is the colour of the skin markers, or "none". ``setup`` has the measured distances
    of poster, wall and camera in mm.
    """

    letterhead: Letterhead = field(default_factory=Letterhead)
    speech: Speech = field(default_factory=Speech)
    paper: Paper = Paper.A4
    markers: str = "green"
    setup: Setup = field(default_factory=Setup)

    @property
    def assessment_options(self) -> AssessmentOptions:
        """How :func:`posture.measuring.assess.assess` measures the practice's photos."""
        return AssessmentOptions(
            setup=self.setup, markers=None if self.markers == NO_MARKERS else self.markers
        )


def of(setting: Callable[[str], Any]) -> Practice:
    """Return the practice's choices; ``setting`` gives a setting by name, or its default."""
    return from_json(setting(SETTING) or {})


def from_json(row: Any) -> Practice:
    """Return the choices of a row; missing or obsolete choices get their default."""
    return _read(row)[0]


def unusable(row: Any) -> list[str]:
    """Return the names of a row's invalid choices, which are replaced by their defaults."""
    return _read(row)[1]


def _read(row: Any) -> tuple[Practice, list[str]]:
    if not isinstance(row, Mapping):
        return Practice(), ["all of it"]
    wrong: list[str] = []

    def choice(name: str, standard: Any, make: Callable[[Any], Any]) -> Any:
        if row.get(name) is None:
            return standard
        try:
            return make(row[name])
        except (TypeError, ValueError, OverflowError):
            wrong.append(name)
            return standard

    standard = Practice()
    room = {
        name: choice(name, getattr(standard.setup, name), partial(_between, within=within))
        for name, within in DISTANCES.items()
    }
    found = Practice(
        letterhead=Letterhead(
            choice("name", "", _text), choice("address", "", _text), choice("logo", None, _picture)
        ),
        speech=Speech(
            choice("language", "en", partial(_one_of, known=LANGUAGES)),
            choice("lengths", "mm", partial(_one_of, known=("mm", "in"))),
        ),
        paper=choice("paper", standard.paper, Paper),
        markers=choice("markers", standard.markers, partial(_one_of, known=(*HUES, NO_MARKERS))),
        setup=Setup(**room),
    )
    return found, wrong


def _between(value: Any, within: Range) -> float:
    if value not in within:
        raise ValueError(value)
    return float(value)


def _one_of(value: Any, known: Collection[str]) -> str:
    if value not in known:
        raise ValueError(value)
    return str(value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise ValueError(value)
    return value


def _picture(value: Any) -> bytes | None:
    picture = base64.b64decode(value, validate=True)
    if len(picture) > LARGEST_LOGO:
        raise ValueError(len(picture))
    return picture or None


def to_json(practice: Practice) -> dict[str, Any]:
    """Return the choices as plain data."""
    logo = practice.letterhead.logo
    return {
        "name": practice.letterhead.name,
        "address": practice.letterhead.address,
        "logo": base64.b64encode(logo).decode() if logo else None,
        "language": practice.speech.language,
        "lengths": practice.speech.lengths,
        "paper": str(practice.paper),
        "markers": practice.markers,
        **asdict(practice.setup),
    }
