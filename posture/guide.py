"""Guiding somebody into place before a camera: what is seen in, one instruction out.

:func:`advise` says what is wrong first; :class:`Guide` waits until nothing is wrong for a second,
counts down, asks for stills, and goes on to the next view. No clock and no camera: time is given.
"""

from collections import deque
from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import atan2, degrees
from statistics import fmean, median
from typing import Final

from posture.detect import Detection
from posture.landmarks import Landmark, Point, View
from posture.quality import FEET, PRESENT, guess_view

HOLD_S: Final = 1.0  # so long must everything be right before the countdown
COUNT_S: Final = 3.0
WAVER_S: Final = 0.5  # one bad look among good ones is the model's, not the patient's
CHANGE_S: Final = 0.6  # an instruction changes no faster than it can be read
STILLS_S: Final = 20.0  # after that the stills are not coming
STILL_S: Final = 0.7  # the time over which somebody is to stand still

# Shares of the picture's height. The head ends a tenth of nose-to-heel above the nose, the sole
# begins a fortieth below heel and toes (rendered people, all views: 0.07 to 0.11, 0.014 to 0.037).
CROWN, SOLE = 0.10, 0.025
EDGE: Final = 0.005
SMALLEST, LARGEST = 0.5, 0.93
ASIDE: Final = 0.12  # of the picture's width, of the body's middle from the picture's
# One look sees a straight front turned by up to 8°, one turned by 10° by 13 to 18°. It sees a
# straight back turned by −32 to −5°, so only a coarse turn is told from behind.
TURNED: Final = {View.ANTERIOR: (0.0, 12.5), View.POSTERIOR: (-18.0, 28.0)}
TURNED_LATERAL: Final = 0.14  # left-right distance over trunk length; straight: up to 0.10
RAISED: Final = 0.06  # of the body's height, of a wrist above the hip
MOVED: Final = 0.012  # of the body's height within STILL_S: 20 mm of an adult

TRUNK = ("shoulder", "hip")
LONG = (*TRUNK, "knee", "ankle", "heel")


class Say(StrEnum):
    """What is wrong, by what is to be done about it. Sides are the patient's."""

    STEP_IN = "step_in"
    ALONE = "alone"
    FACE = "face_camera"
    BACK = "show_back"
    LEFT_SIDE = "show_left"
    RIGHT_SIDE = "show_right"
    FEET_IN = "feet_in"
    HEAD_IN = "head_in"
    CAMERA_DOWN = "camera_down"
    CAMERA_UP = "camera_up"
    AWAY = "away"
    CLOSER = "closer"
    STEP_LEFT = "step_left"
    STEP_RIGHT = "step_right"
    STEP_FORWARD = "step_forward"
    STEP_BACKWARD = "step_backward"
    TURN_LEFT = "turn_left"
    TURN_RIGHT = "turn_right"
    ARMS = "arms"
    STILL = "still"


SHOW: Final = {
    View.ANTERIOR: Say.FACE,
    View.POSTERIOR: Say.BACK,
    View.LEFT: Say.LEFT_SIDE,
    View.RIGHT: Say.RIGHT_SIDE,
}
# Where the patient goes who is to go to the picture's right, and to its left.
ACROSS: Final = {
    View.ANTERIOR: (Say.STEP_LEFT, Say.STEP_RIGHT),
    View.POSTERIOR: (Say.STEP_RIGHT, Say.STEP_LEFT),
    View.LEFT: (Say.STEP_BACKWARD, Say.STEP_FORWARD),
    View.RIGHT: (Say.STEP_FORWARD, Say.STEP_BACKWARD),
}


def advise(seen: Detection | None, size: tuple[int, int], view: View) -> Say | None:
    """Return the first thing to be put right for a photo of this view, None when nothing is.

    Parameters
    ----------
    seen : Detection or None
        Whom a look at the frame found.
    size : (width, height)
        The frame's, in the pixels of the detection.
    view : View
        The side that the camera is to see.
    """
    if seen is None:
        return Say.STEP_IN
    if seen.people > 1:
        return Say.ALONE
    return _framed(seen, size, view) or _turned(seen, view) or _arms(seen)


def _framed(seen: Detection, size: tuple[int, int], view: View) -> Say | None:
    """Return what is wrong with where in the picture the body is, and which side it shows."""
    width, height = size
    top, bottom = _extent(seen)
    share = (bottom - top) / height
    head_out = top < EDGE * height or _absent(seen, (Landmark.NOSE,))
    feet_out = bottom > (1 - EDGE) * height or _absent(seen, FEET)
    if feet_out:
        return Say.CAMERA_DOWN if share < LARGEST and not head_out else Say.FEET_IN
    if head_out:
        return Say.CAMERA_UP if share < LARGEST else Say.HEAD_IN
    if share > LARGEST:
        return Say.AWAY
    if share < SMALLEST:
        return Say.CLOSER
    if guess_view(seen.pose) is not view:
        return SHOW[view]
    off = fmean(_middle(seen, part)[0] for part in (*TRUNK, "ankle")) / width - 0.5
    if abs(off) > ASIDE:
        return ACROSS[view][0 if off < 0 else 1]
    return None


def _turned(seen: Detection, view: View) -> Say | None:
    """Return to which side a patient is to turn who stands a little askew."""
    if view.is_frontal:
        turns = [
            degrees(
                atan2(
                    seen.depth[_side("left", part)] - seen.depth[_side("right", part)],
                    abs(_across(seen, part)),
                )
            )
            for part in TRUNK
        ]
        usual, limit = TURNED[view]
        off = fmean(turns) - usual  # positive: the left side is the farther one
        if abs(off) <= limit:
            return None
        return Say.TURN_RIGHT if (off > 0) is (view is View.ANTERIOR) else Say.TURN_LEFT
    trunk = abs(_middle(seen, "hip")[1] - _middle(seen, "shoulder")[1]) or 1.0
    off = median(_across(seen, part) for part in LONG) / trunk  # positive: the front shows
    if abs(off) <= TURNED_LATERAL:
        return None
    return Say.TURN_RIGHT if (off > 0) is (view is View.LEFT) else Say.TURN_LEFT


def _arms(seen: Detection) -> Say | None:
    top, bottom = _extent(seen)
    for side in ("left", "right"):
        wrist, hip = _at(seen, _side(side, "wrist")), _at(seen, _side(side, "hip"))
        if (wrist.visibility or 0) > PRESENT and hip.y - wrist.y > RAISED * (bottom - top):
            return Say.ARMS
    return None


def _extent(seen: Detection) -> tuple[float, float]:
    """Return the rows of the crown and of the soles."""
    nose = _at(seen, Landmark.NOSE).y
    low = max(_at(seen, mark).y for mark in FEET)
    return nose - CROWN * (low - nose), low + SOLE * (low - nose)


def _absent(seen: Detection, marks: tuple[Landmark, ...]) -> bool:
    return any(seen.presence[mark] < PRESENT for mark in marks)


def _side(side: str, part: str) -> Landmark:
    return Landmark(f"{side}_{part}")


def _at(seen: Detection, mark: Landmark) -> Point:
    return seen.pose.points[mark]


def _across(seen: Detection, part: str) -> float:
    """Return how far the left point lies to the right of the right one in the picture."""
    return _at(seen, _side("left", part)).x - _at(seen, _side("right", part)).x


def _middle(seen: Detection, part: str) -> tuple[float, float]:
    left, right = _at(seen, _side("left", part)), _at(seen, _side("right", part))
    return (left.x + right.x) / 2, (left.y + right.y) / 2


class Phase(StrEnum):
    """Where the guide is with a view."""

    GUIDE = "guide"
    HOLD = "hold"
    COUNT = "count"
    SHOOT = "shoot"
    DONE = "done"


@dataclass(frozen=True)
class State:
    """Where the guide is: the views still to be taken, and since when it is in its phase.

    ``wrong_since`` is when what is right now ceased to be, ``coming`` what may be said next.
    """

    left: tuple[View, ...]
    phase: Phase = Phase.GUIDE
    since: float = 0.0
    say: Say | None = None
    coming: tuple[Say, float] | None = None
    wrong_since: float | None = None

    def count(self, now: float) -> int | None:
        """Return the seconds left of the countdown, as they are called out."""
        if self.phase is not Phase.COUNT:
            return None
        return max(1, round(COUNT_S - (now - self.since) + 0.49))


def after(state: State, advice: Say | None, now: float) -> State:
    """Return the state after a look that found this to be wrong, or nothing."""
    if state.phase is Phase.DONE:
        return state
    if state.phase is Phase.SHOOT:
        return (
            replace(state, phase=Phase.GUIDE, since=now) if _over(state, now, STILLS_S) else state
        )
    if state.phase is Phase.GUIDE:
        return _guided(state, advice, now)
    if advice is not None:
        wrong_since = now if state.wrong_since is None else state.wrong_since
        if now - wrong_since > WAVER_S:
            return replace(state, phase=Phase.GUIDE, since=now, say=advice, wrong_since=None)
        return replace(state, wrong_since=wrong_since)
    state = replace(state, wrong_since=None)
    if state.phase is Phase.HOLD and _over(state, now, HOLD_S):
        return replace(state, phase=Phase.COUNT, since=now)
    if state.phase is Phase.COUNT and _over(state, now, COUNT_S):
        return replace(state, phase=Phase.SHOOT, since=now)
    return state


def _guided(state: State, advice: Say | None, now: float) -> State:
    if advice is None:
        return replace(state, phase=Phase.HOLD, since=now, say=None, coming=None, wrong_since=None)
    if state.say is None or advice is state.say:
        return replace(state, say=advice, coming=None)
    if state.coming is None or state.coming[0] is not advice:
        return replace(state, coming=(advice, now))
    if now - state.coming[1] >= CHANGE_S:
        return replace(state, say=advice, coming=None)
    return state


def _over(state: State, now: float, seconds: float) -> bool:
    return now - state.since >= seconds


def shooting(state: State, now: float) -> State:
    """Return the state when stills are wanted now, whatever is seen: somebody pressed for them."""
    if state.phase in (Phase.DONE, Phase.SHOOT):
        return state
    return replace(state, phase=Phase.SHOOT, since=now, say=None, coming=None)


def taken(state: State, now: float) -> State:
    """Return the state when the stills of the view are there, or it is passed over."""
    left = state.left[1:]
    return State(left, Phase.GUIDE if left else Phase.DONE, now, SHOW[left[0]] if left else None)


@dataclass
class Guide:
    """Follows one patient before one camera through the views.

    Parameters
    ----------
    views : tuple of View
        Those to be taken, in their order.
    """

    views: tuple[View, ...]
    state: State = field(init=False)
    _places: deque[tuple[float, tuple[float, ...]]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        done = Phase.GUIDE if self.views else Phase.DONE
        self.state = State(self.views, done)

    @property
    def view(self) -> View | None:
        """The view that is being taken; None when all are."""
        return self.state.left[0] if self.state.left else None

    def see(self, seen: Detection | None, size: tuple[int, int], now: float) -> State:
        """Take in a look at a frame at a moment, in seconds, and return the state."""
        moves = self._moves(seen, now)
        if self.view is not None:
            advice = advise(seen, size, self.view) or (Say.STILL if moves else None)
            self.state = after(self.state, advice, now)
        return self.state

    def shoot(self, now: float) -> None:
        """Take the stills now."""
        self.state = shooting(self.state, now)

    def pass_on(self, now: float) -> None:
        """Go on to the next view: the stills are there, or it is left out."""
        self.state = taken(self.state, now)

    def _moves(self, seen: Detection | None, now: float) -> bool:
        """Whether the body moved within the last moment."""
        if seen is None:
            self._places.clear()
            return False
        top, bottom = _extent(seen)
        middles = [_middle(seen, part) for part in ("ear", *TRUNK, "ankle")]
        self._places.append((now, tuple(value for place in middles for value in place)))
        while now - self._places[0][0] > STILL_S:
            self._places.popleft()
        columns = zip(*(place for _, place in self._places), strict=True)
        return any(max(column) - min(column) > MOVED * (bottom - top) for column in columns)
