"""The stills of a guided capture, in memory, measured as they come.

A tray lives as long as the page that opened it keeps it. It writes nothing itself: ``keep`` is
given each still once it is measured, before anybody else is.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4
from weakref import WeakValueDictionary

from posture.assess import assess
from posture.assessment import Assessment
from posture.guide import Rounds
from posture.landmarks import View
from posture.photo import decode_photo
from posture.sot import Stage
from posture.words import Speech, speech

MOST_STILLS = 100
MOST_BYTES = 60 * 2**20  # of one still

# One after the other: the patient turns meanwhile, and the live frames need the other core.
_measuring = ThreadPoolExecutor(1, "measuring")


@dataclass(frozen=True)
class Still:
    """A full-resolution picture of one view, and what is being measured on it."""

    name: str
    data: bytes
    view: View
    measured: Future[Assessment]


Keep = Callable[[str, bytes, View, Assessment], None]
"""Takes a still's name, file, view, and what was measured on it."""


@dataclass(eq=False)
class Tray:
    """What one guided capture is to bring, and what it brought so far.

    Only the session that opened it may fill it. ``stand_again`` takes one still of each view at a
    time, and lets the patient step out between them. ``room`` is what measuring is to know of the
    practice's room, ``how`` the language that its page speaks.
    """

    session_id: str
    views: tuple[View, ...]
    repeats: int
    stand_again: bool
    stage: Stage
    height_cm: float | None
    room: Mapping[str, Any] = field(default_factory=dict)
    how: Speech = field(default_factory=speech)
    keep: Keep | None = None
    id: str = field(default_factory=lambda: uuid4().hex)
    stills: list[Still] = field(default_factory=list)
    passed_over: set[View] = field(default_factory=set)

    def __post_init__(self) -> None:
        _open[self.id] = self

    @property
    def rounds(self) -> Rounds:
        """The views that still miss stills and were not passed over, each time somebody stands."""
        rounds = (
            tuple(v for v in self.views if v not in self.passed_over and self.missing(v) >= left)
            for left in (range(self.repeats, 0, -1) if self.stand_again else (1,))
        )
        return tuple(views for views in rounds if views)

    @property
    def between_rounds(self) -> bool:
        """Whether a round is over and the next one has not begun."""
        counts = {self.missing(v) for v in self.views if v not in self.passed_over}
        return self.stand_again and len(counts) == 1 and 0 < min(counts) < self.repeats

    def wanted(self, view: View) -> int:
        """Return how many stills of a view are to be taken now, one after the other."""
        return 1 if self.stand_again else self.missing(view)

    def missing(self, view: View) -> int:
        """Return how many stills of a view are still to come."""
        return max(self.repeats - sum(still.view is view for still in self.stills), 0)

    def add(self, data: bytes, view: View) -> None:
        """Take in a still and begin to measure it."""
        if len(self.stills) >= MOST_STILLS or len(data) > MOST_BYTES:
            return
        now = datetime.now()  # noqa: DTZ005 - the practice's local time
        name = f"live_{view}_{now:%H%M%S}_{len(self.stills) + 1}.jpg"
        height, room, keep = self.height_cm, self.room, self.keep

        def measure() -> Assessment:
            result = assess(decode_photo(data, name), view, height_cm=height, **room)
            if keep is not None:
                keep(name, data, view, result)
            return result

        self.stills.append(Still(name, data, view, _measuring.submit(measure)))


_open: WeakValueDictionary[str, Tray] = WeakValueDictionary()


def tray_of(tray_id: str, session_id: str) -> Tray | None:
    """Return an open tray of this session; somebody else's is as good as none."""
    tray = _open.get(tray_id)
    return tray if tray is not None and tray.session_id == session_id else None
