"""Values and their changes in words, in the language and the unit of length of this run.

The one place where they are put together, whoever reads them; the words themselves are the
registry's (``Sides``) and, for patients, those of ``report/plain.py``.
"""

from typing import TYPE_CHECKING

from posture.imaging.scene import Scene
from posture.issues import CaptureIssue
from posture.landmarks import View
from posture.measuring.measures import BY_KEY
from posture.measuring.take import (
    DECIMALS,
    IMPORTED,
    SOURCE_WORDS,
    UNIT_SIGN,
    Measure,
    Measurement,
    Sides,
    Unit,
)
from posture.measuring.uncertainty import WHOLE, responsiveness
from posture.practice.protocols import Protocol, display_text
from posture.words import Speech, number_words, speaking, speech, t

if TYPE_CHECKING:  # comparing loads the model's library, which those who only read do not need
    from posture.changes.compare import Change

MM_PER_INCH = 25.4
INCH_DECIMALS = 1


def unit_sign(unit: Unit) -> str:
    """Return the suffix of a number of this unit as shown: ``°``, `` mm`` or `` in``."""
    return " in" if unit == "mm" and speech().lengths == "in" else UNIT_SIGN[unit]


def exact(value: float, unit: Unit) -> float:
    """Return a value in its displayed unit, not rounded."""
    return value / MM_PER_INCH if unit_sign(unit) == " in" else value


def shown_value(value: float, unit: Unit) -> float:
    """Return a value in its displayed unit, rounded as displayed."""
    if unit == "mm" and speech().lengths == "in":
        return round(value / MM_PER_INCH, INCH_DECIMALS)
    return round(value, DECIMALS[unit])


def amount(value: float | None, unit: Unit) -> str:
    """Return an error with its unit; one that rounds to zero is "under 0.1°"."""
    if value is None:
        return t("not known")
    decimals = _decimals(unit)
    least = 10.0**-decimals
    size = exact(value, unit)
    shown = number_words(max(size, least), decimals) + unit_sign(unit)
    return t("under {amount}", amount=shown) if size < least / 2 else shown


def found(measurement: Measurement) -> str:
    """Return a value in words: "2.1° left side higher"; "" if it is missing."""
    if measurement.value is None:
        return ""
    measure = BY_KEY[measurement.key]
    shown = shown_value(measurement.value, measure.unit)
    size = _magnitude(shown, measure.unit)
    if measure.sides is None:
        return f"{'−' if shown < 0 else ''}{size}"
    return position(measure.sides, shown, size)


def in_english(measurement: Measurement) -> str | None:
    """Return a value in English and millimetres, for files; None if it is missing."""
    with speaking(Speech()):
        return found(measurement) or None


def difference(change: "Change") -> str:
    """Return a change in words: "2.1° less tilt", "15 mm further back"."""
    if change.difference is None:
        return ""
    measure = BY_KEY[change.key]
    shown = shown_value(change.difference, measure.unit)
    size = _magnitude(shown, measure.unit)
    if shown == 0:
        return t("no difference ({amount})", amount=size)
    if measure.sides is None:
        return (
            t("{amount} larger", amount=size) if shown > 0 else t("{amount} smaller", amount=size)
        )
    before, after = (
        None if value is None else shown_value(value, measure.unit) for value in values(change)
    )
    return step(measure.sides, before, after, shown, size)


def values(change: "Change") -> tuple[float | None, float | None]:
    """Return both values of a change, if they are meaningful.

    They are not if the change was measured between the registered photos.
    """
    if change.registered:
        return None, None
    before, after = (m.value if m else None for m in (change.before, change.after))
    return before, after


def both(change: "Change") -> str:
    """Return both values of a change: "3.8° left side higher → level"; "" if registered."""
    if change.registered:
        return ""
    words_of_both = (found(m) if m else "" for m in (change.before, change.after))
    return " → ".join(words or t("missing") for words in words_of_both)


def better_in(view: View) -> str:
    """Return the remark on a change that another view measures better."""
    return t("better seen in the {view} view", view=t(str(view)))


def position(sides: Sides, shown: float, size: str) -> str:
    """Return a value in the words of its sides; ``size`` is its amount with the unit."""
    return t(sides.zero) if shown == 0 else _with(sides.at(shown), size)


def step(sides: Sides, before: float | None, after: float | None, by: float, size: str) -> str:
    """Return the change of a value in words; ``before`` and ``after`` are None if unknown."""
    return _with(sides.moved(before, after, by), size)


def why_not(change: "Change") -> str:
    """Return why two values are not comparable; "" if they are."""
    from posture.changes.compare import NO_ERROR, OTHER_METHOD

    reason = change.reason
    if reason is None:
        return ""
    render = method if reason.words in (OTHER_METHOD, NO_ERROR) else t
    return t(reason.words, before=render(reason.before), after=render(reason.after))


def method(text: str | None) -> str:
    """Return a method in words: ``acromion:placed`` becomes "acromion, placed by hand"."""
    if text and text.startswith(IMPORTED):
        return t("imported ({what})", what=text.removeprefix(IMPORTED))
    by_source: dict[str, list[str]] = {}
    for part in (text or "").split(", "):
        if part:
            kind, source = part.split(":")
            words = t(" and ").join(t(SOURCE_WORDS[name]) for name in source.split("+"))
            by_source.setdefault(words, []).append(point(kind))
    return "; ".join(f"{' + '.join(kinds)}, {words}" for words, kinds in by_source.items())


def point(name: str) -> str:
    """Return what people call a landmark, or a kind of them: ``left_asis`` becomes "left ASIS"."""
    words = t(name.replace("_", " "))
    for short in ("asis", "psis", "c7"):
        words = words.replace(short, short.upper())
    return words


def how(of: "Measurement | Change", view: View | None) -> str:
    """Return a value's method in words, and the share of a real change that it shows."""
    words = method(of.method)
    share = responsiveness(of.key, view, of.method) if view and of.method else None
    if share is None or share >= WHOLE:
        return words
    percent = round(100 * max(share, 0.0))
    return t("{how} (shows only {percent}% of a real change)", how=words, percent=percent)


def issue(of: CaptureIssue) -> str:
    """Return an issue in words, with the photo's name if it is one of several."""
    return f"{of.photo}: {t(of.message)}" if of.photo else t(of.message)


def scene(of: Scene) -> str:
    """Return the sources of vertical and scale in words."""
    scale = t(of.scale_source.words) if of.scale_source else t("no scale: lengths are missing")
    vertical = t(of.vertical_source.words)
    return f"{vertical[:1].upper()}{vertical[1:]}; {scale}."


def conditions(protocol: Protocol) -> str:
    """Return a protocol's conditions in one line."""
    camera = t(
        "camera {distance:g} m away, lens {height:g} cm high",
        distance=protocol.distance_m,
        height=protocol.camera_height_cm,
    )
    again = ""
    if protocol.stand_again and protocol.repeats > 1:
        again = t("{n} times, stepping away and standing again between", n=protocol.repeats)
    parts = (
        camera,
        display_text(protocol, protocol.clothing),
        display_text(protocol, protocol.stance),
        again,
    )
    return "; ".join(part for part in parts if part)


def axis(measure: Measure) -> str:
    """Return the title of a chart's axis: the unit, and the meaning of positive."""
    above = t(measure.sides.positive) if measure.sides else t("larger")
    return f"{unit_sign(measure.unit).strip()}, + {above}"


def _decimals(unit: Unit) -> int:
    return INCH_DECIMALS if unit_sign(unit) == " in" else DECIMALS[unit]


def _with(words: str, size: str) -> str:
    """Return words with the amount in its placeholder, or before them."""
    return t(words, amount=size) if "{amount}" in words else f"{size} {t(words)}"


def _magnitude(shown: float, unit: Unit) -> str:
    return number_words(abs(shown), _decimals(unit)) + unit_sign(unit)
