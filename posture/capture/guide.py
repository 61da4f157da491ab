"""Guides a patient into place in front of a camera: one instruction at a time.

:class:`Guide` waits until everything has been right for a second, counts down, asks for stills, and
goes on to the next view. It has no clock and no camera: the time is given.
"""

from collections import deque
from dataclasses import InitVar, dataclass, field, replace
from enum import StrEnum
from typing import Final

from posture.capture.advice import SHOW, TRUNK, Advice, advise, extent, middle
from posture.landmarks import View
from posture.pose.detect import Detection

HOLD_S: Final = 1.0  # everything must be right for this long before the countdown
COUNT_S: Final = 3.0
WAVER_S: Final = 0.5  # a single bad frame among good ones is the model's fault, not the patient's
CHANGE_S: Final = 0.6  # an instruction changes no faster than it can be read
STILLS_S: Final = 20.0  # after that the stills will not come
STILL_S: Final = 0.7  # the patient must stand still for this long
MOVED: Final = 0.012  # of the body's height within STILL_S: 20 mm of an adult
GONE_S: Final = 1.0  # nobody must be visible for this long after the patient stepped out

Rounds = tuple[tuple[View, ...], ...]
"""Views in their order; between rounds the patient steps out of the picture and stands again."""


class Phase(StrEnum):
    """Where the guide is with a view."""

    OUT = "out"
    GUIDE = "guide"
    HOLD = "hold"
    COUNT = "count"
    SHOOT = "shoot"
    DONE = "done"


@dataclass(frozen=True)
class GuideState:
    """Where the guide is: the views that are still missing, and its phase since when.

    ``advice`` is what is said now, ``coming`` what may be said next and since when. ``wrong_since``
    is when something that was right ceased to be.
    """

    rounds: Rounds
    phase: Phase = Phase.GUIDE
    since: float = 0.0
    advice: Advice | None = None
    coming: tuple[Advice, float] | None = None
    wrong_since: float | None = None

    @property
    def view(self) -> View | None:
        """The view that is being taken; None when all are taken."""
        return self.rounds[0][0] if self.rounds else None

    def count(self, now: float) -> int | None:
        """Return the seconds left in the countdown, as shown."""
        if self.phase is not Phase.COUNT:
            return None
        return max(1, round(COUNT_S - (now - self.since) + 0.49))


def next_state(state: GuideState, advice: Advice | None, now: float) -> GuideState:
    """Return the state after a frame that called for this advice, or for none."""
    if state.phase is Phase.DONE:
        return state
    if state.phase is Phase.SHOOT:
        return (
            replace(state, phase=Phase.GUIDE, since=now) if _over(state, now, STILLS_S) else state
        )
    if state.phase is Phase.OUT:
        if advice is not Advice.STEP_IN:
            return replace(state, since=now)
        gone = _over(state, now, GONE_S)
        return replace(state, phase=Phase.GUIDE, since=now, advice=advice) if gone else state
    if state.phase is Phase.GUIDE:
        return _guided(state, advice, now)
    if advice is not None:
        wrong_since = now if state.wrong_since is None else state.wrong_since
        if now - wrong_since > WAVER_S:
            return replace(state, phase=Phase.GUIDE, since=now, advice=advice, wrong_since=None)
        return replace(state, wrong_since=wrong_since)
    state = replace(state, wrong_since=None)
    if state.phase is Phase.HOLD and _over(state, now, HOLD_S):
        return replace(state, phase=Phase.COUNT, since=now)
    if state.phase is Phase.COUNT and _over(state, now, COUNT_S):
        return replace(state, phase=Phase.SHOOT, since=now)
    return state


def _guided(state: GuideState, advice: Advice | None, now: float) -> GuideState:
    if advice is None:
        return replace(
            state, phase=Phase.HOLD, since=now, advice=None, coming=None, wrong_since=None
        )
    if state.advice is None or advice is state.advice:
        return replace(state, advice=advice, coming=None)
    if state.coming is None or state.coming[0] is not advice:
        return replace(state, coming=(advice, now))
    if now - state.coming[1] >= CHANGE_S:
        return replace(state, advice=advice, coming=None)
    return state


def _over(state: GuideState, now: float, seconds: float) -> bool:
    return now - state.since >= seconds


def with_shots_now(state: GuideState, now: float) -> GuideState:
    """Return the state in which stills are taken now, whatever is visible: on request."""
    if state.phase in (Phase.DONE, Phase.SHOOT):
        return state
    return replace(state, phase=Phase.SHOOT, since=now, advice=None, coming=None)


def with_rounds(state: GuideState, rounds: Rounds, now: float) -> GuideState:
    """Return the state with these views still missing: stills arrived, or a view was skipped."""
    if rounds == state.rounds:
        return state
    if not rounds:
        return GuideState((), Phase.DONE, now)
    if len(rounds) < len(state.rounds):
        return GuideState(rounds, Phase.OUT, now)
    if rounds[0][0] is state.view:
        return replace(state, rounds=rounds)
    return GuideState(rounds, Phase.GUIDE, now, SHOW[rounds[0][0]])


@dataclass
class Guide:
    """Follows one patient before one camera through the views.

    Parameters
    ----------
    rounds : tuple of tuples of View
        The views to take, in order, for each time that the patient stands.
    out : bool
        Whether the patient steps out first.
    """

    rounds: InitVar[Rounds]
    out: InitVar[bool] = False
    state: GuideState = field(init=False)
    _places: deque[tuple[float, tuple[float, ...]]] = field(default_factory=deque)

    def __post_init__(self, rounds: Rounds, out: bool) -> None:
        begin = Phase.OUT if out else Phase.GUIDE
        self.state = GuideState(rounds, begin if rounds else Phase.DONE)

    @property
    def view(self) -> View | None:
        """The view that is being taken; None when all are taken."""
        return self.state.view

    def see(self, seen: Detection | None, size: tuple[int, int], now: float) -> GuideState:
        """Process what a frame shows at a time, in seconds, and return the state."""
        moves = self._moves(seen, now)
        if self.view is not None:
            advice = advise(seen, size, self.view) or (Advice.STILL if moves else None)
            self.state = next_state(self.state, advice, now)
        return self.state

    def shoot(self, now: float) -> None:
        """Take the stills now."""
        self.state = with_shots_now(self.state, now)

    def go_on(self, rounds: Rounds, now: float) -> None:
        """Continue with these views."""
        self.state = with_rounds(self.state, rounds, now)

    def _moves(self, seen: Detection | None, now: float) -> bool:
        """Whether the body moved within the last ``STILL_S`` seconds."""
        if seen is None:
            self._places.clear()
            return False
        top, bottom = extent(seen)
        middles = [middle(seen, part) for part in ("ear", *TRUNK, "ankle")]
        self._places.append((now, tuple(value for place in middles for value in place)))
        while now - self._places[0][0] > STILL_S:
            self._places.popleft()
        columns = zip(*(place for _, place in self._places), strict=True)
        return any(max(column) - min(column) > MOVED * (bottom - top) for column in columns)
