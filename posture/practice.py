"""What a practice has chosen in Settings, read from its settings into one value."""

import base64
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from posture.ranges import CAMERA_MM, POSTER_MM, WALL_MM
from posture.scene import Setup
from posture.words import LANGUAGES, Speech

SETTING = "practice"
"""One setting holds them all, as :func:`to_json` writes them."""

NO_MARKERS = "none"
DISTANCES = {"poster_mm": POSTER_MM, "wall_mm": WALL_MM, "camera_mm": CAMERA_MM}


class Paper(StrEnum):
    """Sizes of paper."""

    A4 = "A4"
    LETTER = "Letter"


@dataclass(frozen=True)
class Letterhead:
    """What stands on top of a report. ``address`` has a line each; ``logo`` is a PNG or JPEG."""

    name: str = ""
    address: str = ""
    logo: bytes | None = None

    @property
    def lines(self) -> tuple[str, ...]:
        """The address's lines that hold something."""
        return tuple(line.strip() for line in self.address.splitlines() if line.strip())


@dataclass(frozen=True)
class Practice:
    """A practice's choices.

    ``markers`` is the colour of the adhesive markers, or "none" where none are used. ``setup`` has
    the measured distances of poster, wall and camera in mm.
    """

    letterhead: Letterhead = field(default_factory=Letterhead)
    speech: Speech = field(default_factory=Speech)
    paper: Paper = Paper.A4
    markers: str = "green"
    setup: Setup = field(default_factory=Setup)

    @property
    def measuring(self) -> dict[str, Any]:
        """What :func:`posture.assess.assess` is to know of the practice's room."""
        return {
            "setup": self.setup,
            "markers": None if self.markers == NO_MARKERS else self.markers,
        }


def of(setting: Callable[[str, Any], Any]) -> Practice:
    """Return the practice's choices; ``setting`` gives a setting by name, or the default."""
    return from_json(setting(SETTING, {}))


def from_json(row: dict[str, Any]) -> Practice:
    """Return the choices of a row; what is missing or is no choice any more is the default."""
    standard = Practice()
    logo = row.get("logo")
    language, lengths, paper = row.get("language"), row.get("lengths"), row.get("paper")
    return replace(
        standard,
        letterhead=Letterhead(
            str(row.get("name", "")),
            str(row.get("address", "")),
            base64.b64decode(logo) if logo else None,
        ),
        speech=Speech(
            language if language in LANGUAGES else "en", "in" if lengths == "in" else "mm"
        ),
        paper=Paper(paper) if paper in list(Paper) else standard.paper,
        markers=str(row.get("markers", standard.markers)),
        setup=Setup(
            *(
                float(row[name]) if row.get(name) in range_ else getattr(standard.setup, name)
                for name, range_ in DISTANCES.items()
            )
        ),
    )


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
