"""Compares two assessments of one person: each change against its minimal detectable change."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from posture.changes.registered import DETECTED, OF_SIDE, Difference, registered_differences
from posture.errors import PostureError
from posture.imaging.photo import Photo, decode_photo
from posture.landmarks import Source
from posture.measuring.assessment import Assessment
from posture.measuring.measures import BY_KEY
from posture.measuring.take import REGISTERED, Measure, Measurement, Unit, is_by_hand, take
from posture.measuring.uncertainty import detection_mode, error_of

PhotoLoader = Callable[[], tuple[Photo, Photo]]
FileReader = Callable[[str], bytes]
"""Returns the file of a photo id."""


class KeptPhoto(Protocol):
    """A stored photo with its assessment."""

    @property
    def id(self) -> str:
        """Return the id of its file."""

    @property
    def assessment(self) -> Assessment:
        """Return its assessment."""


LEVEL = (
    "No vertical reference: the measuring error allows for a different camera tilt in "
    "each photo. A plumb line in both photos makes it much smaller."
)
MODELS = "The two photos were measured with different models ({before}, {after})."
MARKED_ANEW = (
    "Finding a point again shifts it by about 8 mm on average (a study of physical "
    "therapists); the measuring error includes this."
)
MARKS_STAYED = "It is assumed that the skin markers stayed on between the two photos."
NOTES = (LEVEL, MODELS, MARKED_ANEW, MARKS_STAYED)

NOT_MEASURED = "not measured"
MISSING_BEFORE = "missing before: {before}"
MISSING_AFTER = "missing after: {after}"
OTHER_METHOD = "measured by different methods (before: {before}; after: {after})"
OTHER_MODEL = "its points were detected by different models (before: {before}; after: {after})"
OTHER_VERTICAL = "the vertical comes from different sources (before: {before}; after: {after})"
NO_ERROR = "no measuring error is known for this method ({before})"
WHY_NOT = (
    NOT_MEASURED, MISSING_BEFORE, MISSING_AFTER, OTHER_METHOD, OTHER_MODEL, OTHER_VERTICAL, NO_ERROR
)  # fmt: skip
"""Why two values cannot be compared; the values that differ are filled in when it is shown."""


class Verdict(StrEnum):
    """What a difference between two measurements means."""

    CHANGE = "change"
    WITHIN_ERROR = "within measuring error"
    NOT_COMPARABLE = "not comparable"


@dataclass(frozen=True)
class Reason:
    """Why two values cannot be compared: one of ``WHY_NOT``, and its two values."""

    words: str
    before: str = ""
    after: str = ""

    def __str__(self) -> str:
        return self.words.format(before=self.before, after=self.after)


@dataclass(frozen=True)
class Change:
    """One measure before and after.

    ``difference`` is after minus before, in ``unit``, with the registry's sign. ``mdc`` is the
    minimal detectable change (95%) of the pair. If the two cannot be compared, ``reason`` says why.
    ``method`` is how the difference was measured.
    """

    key: str
    label: str
    unit: Unit
    before: Measurement | None
    after: Measurement | None
    difference: float | None
    mdc: float | None
    verdict: Verdict
    reason: Reason | None
    method: str | None = None

    @property
    def registered(self) -> bool:
        """Whether it was measured between the registered photos, not from the two values."""
        return REGISTERED in (self.method or "")

    @property
    def in_errors(self) -> float:
        """The difference divided by the minimal detectable change; 0 if either is unknown."""
        return abs(self.difference) / self.mdc if self.difference and self.mdc else 0.0


def compare(
    before: Assessment,
    after: Assessment,
    photos: PhotoLoader | None = None,
    *,
    marked_anew: bool = True,
) -> tuple[Change, ...]:
    """Compare two assessments of the same view of one person, measure by measure.

    A difference counts as a change only beyond the minimal detectable change, and only between
    values measured by the same method from the same kind of points.

    Parameters
    ----------
    before, after : Assessment
    photos : callable, optional
        Returns both photos; called only if registering them may help: for the head, if neither face
        nor markers show its tilt.
    marked_anew : bool
        Whether markers were put on again in between; False within one visit.

    Raises
    ------
    ValueError
        If the two show different views.
    """
    if before.view is not after.view:
        raise ValueError(
            f"Only the same view can be compared: before is {before.view}, after is {after.view}."
        )
    first, second = (
        {row.key: row if marked_anew else _marks_stayed(row, each) for row in each.measurements}
        for each in (before, after)
    )
    scenes, modes = _scenes_differ(before, after), _modes_differ(before, after)
    changes = tuple(
        _change(BY_KEY[key], first.get(key), second.get(key), scenes, modes)
        for key in BY_KEY
        if key in first or key in second
    )
    wanted = {change.key for change in changes if _may_register(change)}
    if photos is None or scenes or not wanted:
        return changes
    better = {each.key: each for each in registered_differences(before, after, photos(), wanted)}
    return tuple(
        _registered(change, better[change.key]) if change.key in better else change
        for change in changes
    )


def compare_kept(
    before: KeptPhoto, after: KeptPhoto, files: FileReader, *, marked_anew: bool
) -> tuple[Change, ...]:
    """Compare two stored photos, registering them where that measures a change better.

    If one of them cannot be read, only their values are compared.
    """

    def photos() -> tuple[Photo, Photo]:
        one, other = (
            decode_photo(files(photo.id), photo.assessment.photo) for photo in (before, after)
        )
        return one, other

    try:
        return compare(before.assessment, after.assessment, photos, marked_anew=marked_anew)
    except PostureError:
        return compare(before.assessment, after.assessment, marked_anew=marked_anew)


def _marks_stayed(row: Measurement, of: Assessment) -> Measurement:
    """Return a value with the smaller error that it has if its markers stayed on."""
    if not is_by_hand(row.method) or row.mdc is None or of.pose is None or of.view is None:
        return row
    mode = detection_mode(of.model, of.passes)
    geometry = take(BY_KEY[row.key], of.pose, of.scene, of.view)
    _, mdc = error_of(geometry, of.pose, of.scene, of.view, mode, marked_anew=False)
    if mdc is None or geometry.method != row.method:
        return row
    return replace(row, mdc=min(mdc, row.mdc))


def _may_register(change: Change) -> bool:
    """Whether registering both photos may measure a change better than its two values do.

    True for head tilt if either value is from the model's landmarks or missing, and for ear and
    shoulder if both values are from the model's landmarks.
    """
    methods = [row.method if row else None for row in (change.before, change.after)]
    if change.key == "head_tilt":
        return any(method is None or Source.DETECTED in method for method in methods)
    return change.key in OF_SIDE and change.reason is None and methods == [DETECTED] * 2


def _registered(change: Change, found: Difference) -> Change:
    """Return the change as registered; unchanged if the mean of repeats has a smaller error."""
    if found.mdc is None or (change.mdc is not None and change.mdc <= found.mdc):
        return change
    return replace(
        change,
        difference=found.value,
        mdc=found.mdc,
        verdict=Verdict.CHANGE if abs(found.value) > found.mdc else Verdict.WITHIN_ERROR,
        reason=None,
        method=found.method,
    )


def notes(before: Assessment, after: Assessment, *, marked_anew: bool = True) -> tuple[str, ...]:
    """Return what the reader of a comparison should know about the two photos."""
    found = []
    if "assumed_level" in (before.scene.vertical_source, after.scene.vertical_source):
        found.append(LEVEL)
    if before.model != after.model:
        found.append(MODELS.format(before=before.model, after=after.model))
    by_hand = [
        {m.method for m in each.measurements if is_by_hand(m.method)} for each in (before, after)
    ]
    if all(by_hand):
        marked = all(any(Source.MARKER in str(m) for m in methods) for methods in by_hand)
        found.append(MARKS_STAYED if marked and not marked_anew else MARKED_ANEW)
    return tuple(found)


def _change(
    measure: Measure,
    before: Measurement | None,
    after: Measurement | None,
    scenes: Reason | None,
    modes: Reason | None,
) -> Change:
    reason = _why_not(measure, before, after, scenes, modes)
    if reason or before is None or after is None or before.value is None or after.value is None:
        return Change(
            measure.key,
            measure.label,
            measure.unit,
            before,
            after,
            None,
            None,
            Verdict.NOT_COMPARABLE,
            reason,
        )
    difference = after.value - before.value
    mdc = max(before.mdc or 0.0, after.mdc or 0.0)
    return Change(
        key=measure.key,
        label=measure.label,
        unit=measure.unit,
        before=before,
        after=after,
        difference=difference,
        mdc=mdc,
        verdict=Verdict.CHANGE if abs(difference) > mdc else Verdict.WITHIN_ERROR,
        reason=None,
        method=after.method,
    )


def _why_not(
    measure: Measure,
    before: Measurement | None,
    after: Measurement | None,
    scenes: Reason | None,
    modes: Reason | None,
) -> Reason | None:
    if before is None or before.value is None:
        return Reason(MISSING_BEFORE, before=(before and before.reason) or NOT_MEASURED)
    if after is None or after.value is None:
        return Reason(MISSING_AFTER, after=(after and after.reason) or NOT_MEASURED)
    if before.method != after.method:
        return Reason(OTHER_METHOD, before.method or "", after.method or "")
    if modes and before.method and Source.DETECTED in before.method:
        return modes
    if before.mdc is None or after.mdc is None:
        return Reason(NO_ERROR, before.method or "")
    if scenes and measure.uses_vertical:
        return scenes
    return None


def _scenes_differ(before: Assessment, after: Assessment) -> Reason | None:
    one, other = before.scene.vertical_source, after.scene.vertical_source
    return None if one is other else Reason(OTHER_VERTICAL, one.words, other.words)


def _modes_differ(before: Assessment, after: Assessment) -> Reason | None:
    """Return why detected landmarks cannot be compared: each model places a point differently."""
    one, other = (detection_mode(each.model, each.passes) for each in (before, after))
    return None if one == other else Reason(OTHER_MODEL, one, other)
