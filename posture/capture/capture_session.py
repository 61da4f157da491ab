"""What a guided capture is to bring: each still goes to the unsaved visit as it comes.

A tray lives as long as the page that opened it keeps it, and holds no pictures itself.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4
from weakref import WeakValueDictionary

from posture.capture.guide import Rounds
from posture.landmarks import View
from posture.practice.sot import Stage
from posture.words import Speech, speech

MOST_STILLS = 100
MOST_BYTES = 60 * 2**20  # of one still

Take = Callable[[bytes, str, Stage, View], None]
"""Takes a still's file, name, stage and view, and keeps it before it returns."""


@dataclass(eq=False)
class Tray:
    """What one guided capture is to bring, and what it brought so far.

    Only the session that opened it may fill it. ``stand_again`` takes one still of each view at a
    time, and lets the patient step out between them. ``how`` is the language that its page speaks,
    ``taken`` the views of the stills that came.
    """

    session_id: str
    views: tuple[View, ...]
    repeats: int
    stand_again: bool
    stage: Stage
    take: Take
    how: Speech = field(default_factory=speech)
    id: str = field(default_factory=lambda: uuid4().hex)
    taken: list[View] = field(default_factory=list)
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
        return max(self.repeats - self.taken.count(view), 0)

    def add(self, data: bytes, view: View) -> None:
        """Hand on a still that came."""
        if len(self.taken) >= MOST_STILLS or len(data) > MOST_BYTES:
            return
        now = datetime.now()  # noqa: DTZ005 - the practice's local time
        name = f"live_{view}_{now:%H%M%S}_{len(self.taken) + 1}.jpg"
        self.take(data, name, self.stage, view)
        self.taken.append(view)


_open: WeakValueDictionary[str, Tray] = WeakValueDictionary()


def tray_of(tray_id: str, session_id: str) -> Tray | None:
    """Return an open tray of this session; somebody else's is as good as none."""
    tray = _open.get(tray_id)
    return tray if tray is not None and tray.session_id == session_id else None
