"""What a measure is, and how it is taken from a pose. The measures themselves: measures.py."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Literal, NamedTuple

from posture.imaging.scene import Scene
from posture.landmarks import Landmark, Point, Pose, Source, View
from posture.words import Message

Unit = Literal["deg", "mm"]
UNIT_SIGN: dict[Unit, str] = {"deg": "°", "mm": " mm"}
DECIMALS: dict[Unit, int] = {"deg": 1, "mm": 0}


@dataclass(frozen=True)
class Kind:
    """A kind of points that can play a role: one landmark, or a left and a right one.

    ``near_`` in a landmark's name stands for the side that a lateral view shows.
    """

    name: str
    label: str
    landmarks: tuple[str, ...]
    views: frozenset[View] = frozenset(View)

    def in_view(self, view: View) -> tuple[Landmark, ...]:
        """Return the landmarks of a view."""
        near = "right" if view is View.RIGHT else "left"
        return tuple(Landmark(name.replace("near", near)) for name in self.landmarks)


class Sides(NamedTuple):
    """The words for a value (above, below and at 0), and for its change.

    Value and change need different words: 95 mm in front that moved 15 mm further back is still in
    front. ``up`` and ``down`` are changes towards above and below; ``more`` and ``less``, if given,
    are changes away from 0 and towards it, on either side. Words without ``{amount}`` follow the
    amount.
    """

    positive: str
    negative: str
    zero: str
    up: str
    down: str
    more: str | None = None
    less: str | None = None

    def at(self, value: float) -> str:
        """Return the words for a value."""
        return self.zero if value == 0 else self.positive if value > 0 else self.negative

    def moved(self, before: float | None, after: float | None, by: float) -> str:
        """Return the words for a change by this amount; the two values are None if unknown."""
        if before is not None and after is not None and before * after >= 0:
            farther = self.more if abs(after) > abs(before) else self.less
            if farther is not None and before != after:
                return farther
        return self.up if by > 0 else self.down


Role = tuple[Kind, ...]
Formula = Callable[..., float]


@dataclass(frozen=True)
class Measure:
    """A registry row.

    ``formula`` takes one tuple of (x, y) per role and returns degrees, or pixels for a unit of mm.
    ``sides`` are the words for a value's side and for its changes, if the measure has sides.
    ``missing`` says what to do if points are missing. ``reference`` is a finding from the
    literature with its source; it is not a threshold.
    """

    key: str
    label: str
    views: frozenset[View]
    unit: Unit
    definition: str
    roles: tuple[Role, ...]
    formula: Formula
    missing: Message
    sides: Sides | None = None
    reference: str | None = None
    uses_vertical: bool = True


@dataclass(frozen=True)
class Measurement:
    """One measure of one photo.

    ``value`` is in ``unit`` with the registry's sign, or None with the ``reason``. ``sd`` is the
    expected error of one measurement: the true value lies within ±1.96 SD in 95% of cases. ``mdc``
    is the minimal detectable change (95%) between two measurements by the same method. Both are
    None if no error has been measured for the method. ``method`` names the kinds of points and
    their sources, such as ``acromion:placed``. If ``repeats`` is above one, ``value`` is the mean
    of that many photos, and ``spread`` their standard deviation.
    """

    key: str
    label: str
    unit: Unit
    value: float | None
    sd: float | None
    mdc: float | None
    method: str | None
    reason: Message | None
    repeats: int = 1
    spread: float | None = None


@dataclass(frozen=True)
class Geometry:
    """The result of a formula for one photo, before its error is known.

    If ``value`` is None, ``reason`` says why; ``used`` are the landmarks it uses, role by role.
    """

    measure: Measure
    value: float | None
    method: str | None
    reason: Message | None
    used: tuple[tuple[Landmark, ...], ...] = ()


def take(
    measure: Measure,
    pose: Pose,
    scene: Scene,
    view: View,
    withheld: Mapping[Landmark, Message] | None = None,
) -> Geometry:
    """Apply one measure to a pose.

    Parameters
    ----------
    measure : Measure
    pose : Pose
        Photo pixels.
    scene : Scene
        Levels the points and gives millimetres.
    view : View
    withheld : mapping of Landmark to Message, optional
        Why points were removed from the pose; becomes the reason if they are needed.

    Returns
    -------
    Geometry
        Never raises for missing points: the value is then None and the reason says why.
    """
    chosen = []
    for role in measure.roles:
        there = [kind for kind in role if _is_there(kind, pose, view)]
        # Points placed or marked by hand win over a better kind that the program detected.
        by_hand = [kind for kind in there if _is_by_hand(kind, pose, view)]
        kind = next(iter(by_hand or there), None)
        if kind is None:
            return Geometry(measure, None, None, _why_not(measure, role, view, withheld or {}))
        chosen.append(kind)
    used = tuple(kind.in_view(view) for kind in chosen)
    method = ", ".join(
        f"{kind.name}:{_sources([pose.points[mark] for mark in marks])}"
        for kind, marks in zip(chosen, used, strict=True)
    )
    if measure.unit == "mm" and scene.mm_per_px is None:
        return Geometry(measure, None, method, scene.no_scale, used)
    value = evaluate(
        measure, {m: pose.points[m] for marks in used for m in marks}, used, scene, view
    )
    if not isfinite(value):
        return Geometry(measure, None, method, Message("two of its points coincide"), used)
    return Geometry(measure, value, method, None, used)


def evaluate(
    measure: Measure,
    points: Mapping[Landmark, Point],
    used: tuple[tuple[Landmark, ...], ...],
    scene: Scene,
    view: View,
) -> float:
    """Return the formula's value in the measure's unit for these points; NaN if undefined."""
    levelled = [
        tuple(scene.levelled(points[mark].x, points[mark].y, view) for mark in marks)
        for marks in used
    ]
    value = measure.formula(*levelled)
    return value * (scene.mm_per_px or 1.0) if measure.unit == "mm" else value


REGISTERED = "registered"
"""A source that a difference can have, but not a point."""

SOURCE_WORDS: dict[str, str] = {
    Source.DETECTED: "automatic",
    Source.REFINED: "automatic, refined",
    Source.MARKER: "skin markers",
    Source.PLACED: "placed by hand",
    REGISTERED: "measured between the aligned photos",
}


IMPORTED = "imported:"
"""Prefix of the method of an imported value."""


def is_by_hand(method: str | None) -> bool:
    """Whether a method uses points that somebody placed or marked."""
    sources = {
        name for part in (method or "").split(", ") for name in part.split(":")[-1].split("+")
    }
    return bool(sources & {Source.MARKER, Source.PLACED})


def _is_there(kind: Kind, pose: Pose, view: View) -> bool:
    return view in kind.views and all(pose.get(mark) is not None for mark in kind.in_view(view))


def _is_by_hand(kind: Kind, pose: Pose, view: View) -> bool:
    return any(
        pose.points[mark].source in (Source.MARKER, Source.PLACED) for mark in kind.in_view(view)
    )


def _sources(points: list[Point]) -> str:
    present = {point.source for point in points}
    return "+".join(source for source in Source if source in present)


def _why_not(
    measure: Measure, role: Role, view: View, withheld: Mapping[Landmark, Message]
) -> Message:
    for kind in role:
        for mark in kind.in_view(view) if view in kind.views else ():
            if mark in withheld:
                return withheld[mark]
    return measure.missing
