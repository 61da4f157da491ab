"""THE registry: one row a measure. Tables, CSV, overlay, docs and tests all read it.

A row names the *roles* its formula needs (say, a head pair and a base pair), and for each role the
kinds of points that can play it, the best first: palpable anatomical points where somebody placed
or marked them, otherwise the model's joint centres. Points reach a formula in the body's frame:
x to the patient's left (frontal views) or forward (lateral views), y up along gravity. So no
formula asks which view it is in.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Literal

from posture.geometry import XY, bend, elevation, lean, midpoint
from posture.landmarks import Landmark, Point, Pose, Source, View
from posture.scene import Scene

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
        """Return the landmarks as the view shows them."""
        near = "right" if view is View.RIGHT else "left"
        return tuple(Landmark(name.replace("near", near)) for name in self.landmarks)


Role = tuple[Kind, ...]
Formula = Callable[..., float]


@dataclass(frozen=True)
class Measure:
    """A registry row.

    ``formula`` takes one tuple of (x, y) per role and returns degrees, or pixels for a unit of mm.
    ``positive`` and ``negative`` are the words for a value's side, ``zero`` for a value that rounds
    to 0; measures without a side have none. ``missing`` says what to do when points are not there.
    ``reference`` is what the literature found, with its source; it is no threshold.
    """

    key: str
    label: str
    views: frozenset[View]
    unit: Unit
    definition: str
    roles: tuple[Role, ...]
    formula: Formula
    missing: str
    positive: str = ""
    negative: str = ""
    zero: str = ""
    reference: str | None = None
    uses_vertical: bool = True

    def words(self, value: float) -> str:
        """Return the value as people say it: side in words, magnitude, unit."""
        shown = round(value, DECIMALS[self.unit])
        amount = f"{abs(shown):.{DECIMALS[self.unit]}f}{UNIT_SIGN[self.unit]}"
        if not self.positive:
            return f"{'−' if shown < 0 else ''}{amount}"
        side = self.zero if shown == 0 else self.positive if shown > 0 else self.negative
        return f"{side} {amount}"


@dataclass(frozen=True)
class Measurement:
    """One measure of one photo.

    ``value`` is in ``unit`` with the registry's sign, or None with the ``reason``. ``sd`` is the
    standard deviation of the error of one measurement, ``mdc`` the minimal detectable change (95%)
    between two made the same way; None where no error has been measured for the method. ``method``
    says which kind of points was used and where each came from, as ``acromion:placed``.
    """

    key: str
    label: str
    unit: Unit
    value: float | None
    words: str | None
    sd: float | None
    mdc: float | None
    method: str | None
    reason: str | None


def _pair(name: str, label: str, *views: View) -> Kind:
    return Kind(name, label, (f"left_{name}", f"right_{name}"), frozenset(views or View))


def _near(name: str, label: str) -> Kind:
    return Kind(name, label, (f"near_{name}",))


FRONTAL = frozenset({View.ANTERIOR, View.POSTERIOR})
ANTERIOR = frozenset({View.ANTERIOR})
LATERAL = frozenset({View.LEFT, View.RIGHT})

SHOULDER_PAIR: Role = (_pair("acromion", "acromia"), _pair("shoulder", "shoulder landmarks"))
HIP_PAIR: Role = (_pair("hip", "hip joint landmarks"),)
PELVIS_PAIR: Role = (
    _pair("asis", "ASIS", View.ANTERIOR),
    _pair("psis", "PSIS", View.POSTERIOR),
    _pair("iliac_crest", "iliac crests", View.POSTERIOR),
)
HEAD_PAIR: Role = (
    _pair("tragus", "tragi"),
    _pair("eye", "eyes", View.ANTERIOR),
    _pair("ear", "ears", View.POSTERIOR),
)
EAR_PAIR: Role = (_pair("tragus", "tragi"), _pair("ear", "ears"))
ANKLE_PAIR: Role = (
    _pair("lateral_malleolus", "lateral malleoli"),
    _pair("ankle", "ankle landmarks"),
)
NEAR_EAR: Role = (_near("tragus", "tragus"), _near("ear", "ear landmark"))
NEAR_SHOULDER: Role = (_near("acromion", "acromion"), _near("shoulder", "shoulder landmark"))
NEAR_TROCHANTER: Role = (
    _near("greater_trochanter", "greater trochanter"),
    _near("hip", "hip joint landmark"),
)
NEAR_KNEE: Role = (_near("knee", "knee landmark"),)
NEAR_ANKLE: Role = (
    _near("lateral_malleolus", "lateral malleolus"),
    _near("ankle", "ankle landmark"),
)

PLACE_PELVIS = (
    "needs both ASIS (anterior), or both PSIS or iliac crests (posterior), which no pose landmark "
    "shows: place them"
)
NOT_FOUND = "the landmarks it needs were not found: place them"


def _shift(upper: tuple[XY, XY], base: tuple[XY, XY]) -> float:
    return midpoint(*upper)[0] - midpoint(*base)[0]


def _offset(point: tuple[XY], base: tuple[XY]) -> float:
    return point[0][0] - base[0][0]


def _level(pair: tuple[XY, XY]) -> float:
    right, left = pair[1], pair[0]
    return elevation(right, left)


def _level_difference(upper: tuple[XY, XY], lower: tuple[XY, XY]) -> float:
    return _level(upper) - _level(lower)


def _knee(side: Literal["left", "right"]) -> Measure:
    # Downwards from the hip, a left knee that points to the midline (valgus) bends the path to the
    # patient's left, which is counter-clockwise with x to the left-hand side and y up.
    sign = 1 if side == "left" else -1

    def formula(hip: tuple[XY], knee: tuple[XY], ankle: tuple[XY]) -> float:
        return sign * bend(hip[0], knee[0], ankle[0])

    roles = tuple(
        (Kind(joint, f"{joint} landmark", (f"{side}_{joint}",)),)
        for joint in ("hip", "knee", "ankle")
    )
    return Measure(
        key=f"knee_alignment_{side}",
        label=f"{side.capitalize()} knee alignment",
        views=ANTERIOR,
        unit="deg",
        definition=f"Frontal angle hip-knee-ankle of the {side} leg, away from straight.",
        roles=roles,
        formula=formula,
        positive="valgus",
        negative="varus",
        zero="straight",
        missing=NOT_FOUND,
        uses_vertical=False,
    )


MEASURES: tuple[Measure, ...] = (
    Measure(
        key="shoulder_level",
        label="Shoulder level",
        views=FRONTAL,
        unit="deg",
        definition="Line through both acromia (or the shoulder landmarks) to the horizontal.",
        roles=(SHOULDER_PAIR,),
        formula=_level,
        positive="left higher",
        negative="right higher",
        zero="level",
        missing=NOT_FOUND,
        reference="1.0° off level on average in 160 adults (PMID 9365352)",
    ),
    Measure(
        key="pelvic_obliquity",
        label="Pelvic obliquity",
        views=FRONTAL,
        unit="deg",
        definition="Line ASIS-ASIS (anterior), PSIS-PSIS or iliac crests (posterior) to the "
        "horizontal.",
        roles=(PELVIS_PAIR,),
        formula=_level,
        positive="left higher",
        negative="right higher",
        zero="level",
        missing=PLACE_PELVIS,
        reference="43% of 115 healthy people incline; no SD found (PMID 21807260)",
    ),
    Measure(
        key="hip_line",
        label="Hip joint line (automatic), does not follow pelvic obliquity",
        views=FRONTAL,
        unit="deg",
        definition="Line through the model's two hip joint landmarks to the horizontal. Follows a "
        "real pelvic obliquity with a slope of 0.2 to 0.4 only: not a pelvic obliquity.",
        roles=(HIP_PAIR,),
        formula=_level,
        positive="left higher",
        negative="right higher",
        zero="level",
        missing=NOT_FOUND,
    ),
    Measure(
        key="head_tilt",
        label="Head tilt",
        views=FRONTAL,
        unit="deg",
        definition="Line through the tragi (or the eyes, anterior; the ears, posterior) to the "
        "horizontal.",
        roles=(HEAD_PAIR,),
        formula=_level,
        positive="left higher",
        negative="right higher",
        zero="level",
        missing=NOT_FOUND,
        reference="0.1° off level on average in 160 adults (PMID 9365352); 88% of 115 healthy "
        "people incline somewhat (PMID 21807260)",
    ),
    Measure(
        key="head_shift",
        label="Head shift",
        views=FRONTAL,
        unit="mm",
        definition="Middle of the ears against the plumb line through the middle of the ankles.",
        roles=(EAR_PAIR, ANKLE_PAIR),
        formula=_shift,
        positive="to the left",
        negative="to the right",
        zero="centred",
        missing=NOT_FOUND,
    ),
    Measure(
        key="trunk_shift",
        label="Trunk shift",
        views=FRONTAL,
        unit="mm",
        definition="Middle of the shoulders against the plumb line through the middle of the "
        "ankles.",
        roles=(SHOULDER_PAIR, ANKLE_PAIR),
        formula=_shift,
        positive="to the left",
        negative="to the right",
        zero="centred",
        missing=NOT_FOUND,
    ),
    Measure(
        key="pelvic_shift",
        label="Pelvic shift",
        views=FRONTAL,
        unit="mm",
        definition="Middle of the pelvis (ASIS, PSIS or iliac crests, or the hip joint landmarks) "
        "against the plumb line through the middle of the ankles.",
        roles=((*PELVIS_PAIR, *HIP_PAIR), ANKLE_PAIR),
        formula=_shift,
        positive="to the left",
        negative="to the right",
        zero="centred",
        missing=NOT_FOUND,
    ),
    Measure(
        key="shoulder_pelvis_angle",
        label="Shoulders against pelvis",
        views=FRONTAL,
        unit="deg",
        definition="Shoulder level minus pelvic obliquity.",
        roles=(SHOULDER_PAIR, PELVIS_PAIR),
        formula=_level_difference,
        positive="shoulders left higher than pelvis",
        negative="shoulders right higher than pelvis",
        zero="parallel",
        missing=PLACE_PELVIS,
        uses_vertical=False,
    ),
    _knee("left"),
    _knee("right"),
    Measure(
        key="craniovertebral_angle",
        label="Craniovertebral angle",
        views=LATERAL,
        unit="deg",
        definition="Line from C7 to the tragus to the horizontal; larger means less forward head.",
        roles=((Kind("c7", "C7", ("c7",)),), (_near("tragus", "tragus"),)),
        formula=lambda c7, tragus: 90 - lean(c7[0], tragus[0]),
        missing="needs C7 and the tragus, which no pose landmark shows: place them",
        reference="48.9° on average in 160 adults (PMID 9365352); 54.7 ± 7.0° "
        "(doi 10.3390/app13063910); people with and without neck pain differ by 4.8° on average "
        "(doi 10.1007/s12178-019-09594-y)",
    ),
    Measure(
        key="forward_head",
        label="Forward head (angle)",
        views=LATERAL,
        unit="deg",
        definition="Line from the acromion (or shoulder landmark) to the tragus (or ear landmark) "
        "against the vertical.",
        roles=(NEAR_EAR, NEAR_SHOULDER),
        formula=lambda ear, shoulder: lean(shoulder[0], ear[0]),
        positive="forward",
        negative="backward",
        zero="vertical",
        missing=NOT_FOUND,
    ),
    Measure(
        key="forward_head_offset",
        label="Forward head (distance)",
        views=LATERAL,
        unit="mm",
        definition="Horizontal distance from the acromion (or shoulder landmark) to the tragus (or "
        "ear landmark).",
        roles=(NEAR_EAR, NEAR_SHOULDER),
        formula=_offset,
        positive="forward",
        negative="backward",
        zero="in line",
        missing=NOT_FOUND,
    ),
    Measure(
        key="shoulder_protraction",
        label="Shoulder before the ankle",
        views=LATERAL,
        unit="mm",
        definition="Acromion (or shoulder landmark) against the vertical through the lateral "
        "malleolus (or ankle landmark).",
        roles=(NEAR_SHOULDER, NEAR_ANKLE),
        formula=_offset,
        positive="forward",
        negative="backward",
        zero="in line",
        missing=NOT_FOUND,
        reference="the plumb line passes ear, acromion, trochanter, just before the knee axis and "
        "the malleolus (Kendall)",
    ),
    Measure(
        key="hip_offset",
        label="Hip before the ankle",
        views=LATERAL,
        unit="mm",
        definition="Greater trochanter (or hip joint landmark) against the vertical through the "
        "lateral malleolus (or ankle landmark).",
        roles=(NEAR_TROCHANTER, NEAR_ANKLE),
        formula=_offset,
        positive="forward",
        negative="backward",
        zero="in line",
        missing=NOT_FOUND,
    ),
    Measure(
        key="knee_offset",
        label="Knee before the ankle",
        views=LATERAL,
        unit="mm",
        definition="Knee landmark against the vertical through the lateral malleolus (or ankle "
        "landmark).",
        roles=(NEAR_KNEE, NEAR_ANKLE),
        formula=_offset,
        positive="forward",
        negative="backward",
        zero="in line",
        missing=NOT_FOUND,
    ),
    Measure(
        key="body_lean",
        label="Body lean",
        views=LATERAL,
        unit="deg",
        definition="Line from the lateral malleolus (or ankle landmark) to the acromion (or "
        "shoulder landmark) against the vertical.",
        roles=(NEAR_ANKLE, NEAR_SHOULDER),
        formula=lambda ankle, shoulder: lean(ankle[0], shoulder[0]),
        positive="forward",
        negative="backward",
        zero="upright",
        missing=NOT_FOUND,
    ),
    Measure(
        key="pelvic_tilt",
        label="Pelvic tilt",
        views=LATERAL,
        unit="deg",
        definition="Line PSIS-ASIS of the near side to the horizontal; anterior means the ASIS is "
        "lower than the PSIS.",
        roles=((_near("asis", "ASIS"),), (_near("psis", "PSIS"),)),
        formula=lambda asis, psis: -elevation(psis[0], asis[0]),
        positive="anterior",
        negative="posterior",
        zero="level",
        missing="needs ASIS and PSIS, which no pose landmark shows: place them",
        reference="13 ± 5°, range 0 to 23° (30 pelves, PMC2565125)",
    ),
)

BY_KEY: Mapping[str, Measure] = {measure.key: measure for measure in MEASURES}


@dataclass(frozen=True)
class Geometry:
    """What a formula gave for one photo, before its error is known.

    ``value`` is None with a ``reason``; ``used`` are the landmarks it rests on, role by role.
    """

    measure: Measure
    value: float | None
    method: str | None
    reason: str | None
    used: tuple[tuple[Landmark, ...], ...] = ()


def in_view(view: View) -> tuple[Measure, ...]:
    """Return the registry's rows that a view can show, in the registry's order."""
    return tuple(measure for measure in MEASURES if view in measure.views)


def take(
    measure: Measure,
    pose: Pose,
    scene: Scene,
    view: View,
    withheld: Mapping[Landmark, str] | None = None,
) -> Geometry:
    """Apply one measure to a pose.

    Parameters
    ----------
    measure : Measure
    pose : Pose
        Photo pixels.
    scene : Scene
        Levels the points; gives millimetres.
    view : View
    withheld : mapping of Landmark to str, optional
        Why points were taken out of the pose; becomes the reason where they are missed.

    Returns
    -------
    Geometry
        Never raises for missing points: the value is None and the reason says why.
    """
    chosen = []
    for role in measure.roles:
        kind = next((kind for kind in role if _is_there(kind, pose, view)), None)
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
        return Geometry(measure, None, method, "two of its points lie on each other", used)
    return Geometry(measure, value, method, None, used)


def evaluate(
    measure: Measure,
    points: Mapping[Landmark, Point],
    used: tuple[tuple[Landmark, ...], ...],
    scene: Scene,
    view: View,
) -> float:
    """Return the formula's value in the measure's unit for these points, NaN where undefined."""
    levelled = [
        tuple(scene.levelled(points[mark].x, points[mark].y, view) for mark in marks)
        for marks in used
    ]
    value = measure.formula(*levelled)
    return value * (scene.mm_per_px or 1.0) if measure.unit == "mm" else value


SOURCE_WORDS = {
    Source.DETECTED: "automatic",
    Source.REFINED: "refined",
    Source.MARKER: "skin markers",
    Source.PLACED: "placed by hand",
}


def method_words(method: str | None) -> str:
    """Return a method as people say it: ``acromion:placed`` becomes "acromion, placed by hand"."""
    parts = [part.split(":") for part in (method or "").split(", ") if part]
    by_source: dict[str, list[str]] = {}
    for kind, source in parts:
        words = " and ".join(SOURCE_WORDS[Source(name)] for name in source.split("+"))
        by_source.setdefault(words, []).append(kind.replace("_", " "))
    return "; ".join(f"{' + '.join(kinds)}, {words}" for words, kinds in by_source.items())


def _is_there(kind: Kind, pose: Pose, view: View) -> bool:
    return view in kind.views and all(pose.get(mark) is not None for mark in kind.in_view(view))


def _sources(points: list[Point]) -> str:
    present = {point.source for point in points}
    return "+".join(source for source in Source if source in present)


def _why_not(measure: Measure, role: Role, view: View, withheld: Mapping[Landmark, str]) -> str:
    for kind in role:
        for mark in kind.in_view(view) if view in kind.views else ():
            if mark in withheld:
                return withheld[mark]
    return measure.missing
