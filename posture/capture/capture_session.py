"""One guided capture: the stills that are wanted, each handed to the unsaved visit as it arrives.

A capture session lives as long as the page that opened it keeps it, and holds no pictures itself.
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

Deliver = Callable[[bytes, str, Stage, View], None]
"""Takes a still's file, name, stage and view, and stores it before it returns."""


@dataclass(eq=False)
class CaptureSession:
    """Which stills one guided capture wants, and which have arrived.

    Attributes
    ----------
    session_id : str
        The browser session that opened it; no other may add stills.
    views : tuple of View
    repeats : int
        Stills wanted of each view.
    stand_again : bool
        Whether to take one still of each view at a time and let the patient step out in between.
    stage : Stage
    deliver : callable
        Where stills go.
    how : Speech
        The language of its page.
    taken : list of View
        The views of the stills that have arrived.
    passed_over : set of View
        The views that were skipped.
    """

    session_id: str
    views: tuple[View, ...]
    repeats: int
    stand_again: bool
    stage: Stage
    deliver: Deliver
    how: Speech = field(default_factory=speech)
    id: str = field(default_factory=lambda: uuid4().hex)
    taken: list[View] = field(default_factory=list)
    passed_over: set[View] = field(default_factory=set)

    def __post_init__(self) -> None:
        _open[self.id] = self

    @property
    def rounds(self) -> Rounds:
        """The views that still need stills, for each time that the patient stands."""
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
        """Return how many stills of a view to take now, in a row."""
        return 1 if self.stand_again else self.missing(view)

    def missing(self, view: View) -> int:
        """Return how many stills of a view are still missing."""
        return max(self.repeats - self.taken.count(view), 0)

    def add(self, data: bytes, view: View) -> None:
        """Deliver a still that arrived."""
        if len(self.taken) >= MOST_STILLS or len(data) > MOST_BYTES:
            return
        now = datetime.now()  # noqa: DTZ005 - the practice's local time
        name = f"live_{view}_{now:%H%M%S}_{len(self.taken) + 1}.jpg"
        self.deliver(data, name, self.stage, view)
        self.taken.append(view)


_open: WeakValueDictionary[str, CaptureSession] = WeakValueDictionary()


def find_capture(capture_id: str, session_id: str) -> CaptureSession | None:
    """Return an open capture of this session; another session's counts as not open."""
    found = _open.get(capture_id)
    return found if found is not None and found.session_id == session_id else None
