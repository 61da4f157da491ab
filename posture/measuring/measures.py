"""The registry: one row per measure. Tables, CSV, overlay, docs and tests all read it.

A row names the *roles* that its formula needs (for example, a head pair and a base pair), and for
each role the kinds of points that can play it, best first: palpable anatomical points if somebody
placed or marked them, otherwise the model's joint centres. A formula receives points in the body's
frame: x to the patient's left (frontal views) or forward (lateral views), y up along gravity. So no
formula depends on the view.
"""

from collections.abc import Mapping
from typing import Literal

from posture.geometry import XY, bend, elevation, lean, midpoint
from posture.landmarks import Landmark, View
from posture.measuring.take import Kind, Measure, Role, Sides
from posture.words import Message

LEVEL = Sides(
    "left side higher", "right side higher", "level",
    up="left side up by {amount}", down="right side up by {amount}",
    more="more tilt", less="less tilt",
)  # fmt: skip
SHIFT = Sides("to the left", "to the right", "centred", up="further left", down="further right")


def _forward(zero: str) -> Sides:
    return Sides("forward", "backward", zero, up="further forward", down="further back")


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

PLACE_PELVIS = Message(
    "not detected automatically: place both ASIS (anterior view), or both PSIS or "
    "iliac crests (posterior view)"
)
NOT_FOUND = Message("its landmarks were not found: place them")


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
    # Going down from the hip, a left knee that points to the midline (valgus) bends the path to the
    # patient's left, which is counter-clockwise with x to the patient's left and y up.
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
        definition=f"Frontal hip-knee-ankle angle of the {side} leg: its deviation from straight.",
        roles=roles,
        formula=formula,
        sides=Sides(
            "valgus",
            "varus",
            "straight",
            up="towards valgus",
            down="towards varus",
            more="less straight",
            less="straighter",
        ),
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
        sides=LEVEL,
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
        sides=LEVEL,
        missing=PLACE_PELVIS,
        reference="43% of 115 healthy people have one; no SD found (PMID 21807260)",
    ),
    Measure(
        key="hip_line",
        label="Hip joint line (automatic; not pelvic obliquity)",
        views=FRONTAL,
        unit="deg",
        definition="Line through the model's two hip joint landmarks to the "
        "horizontal. It shows only 20 to 40% of a real pelvic obliquity, so "
        "it is not a measure of it.",
        roles=(HIP_PAIR,),
        formula=_level,
        sides=LEVEL,
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
        sides=LEVEL,
        missing=NOT_FOUND,
        reference="0.1° off level on average in 160 adults (PMID 9365352); 88% of 115 "
        "healthy people have some tilt (PMID 21807260)",
    ),
    Measure(
        key="head_shift",
        label="Head shift",
        views=FRONTAL,
        unit="mm",
        definition="Middle of the ears against the plumb line through the middle of the ankles.",
        roles=(EAR_PAIR, ANKLE_PAIR),
        formula=_shift,
        sides=SHIFT,
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
        sides=SHIFT,
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
        sides=SHIFT,
        missing=NOT_FOUND,
    ),
    Measure(
        key="shoulder_pelvis_angle",
        label="Shoulders relative to the pelvis",
        views=FRONTAL,
        unit="deg",
        definition="Shoulder level minus pelvic obliquity.",
        roles=(SHOULDER_PAIR, PELVIS_PAIR),
        formula=_level_difference,
        sides=Sides(
            "higher on the left than the pelvis",
            "higher on the right than the pelvis",
            "parallel",
            up="left shoulder up by {amount} relative to the pelvis",
            down="right shoulder up by {amount} relative to the pelvis",
            more="more tilt relative to the pelvis",
            less="less tilt relative to the pelvis",
        ),
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
        definition="Line from C7 to the tragus to the horizontal; a larger angle means "
        "less forward head. Measured in the image: with the camera 3.5 m "
        "away and 1 m above the floor, that is 2 to 5° more than in space. "
        "Keep the camera in the same place.",
        roles=((Kind("c7", "C7", ("c7",)),), (_near("tragus", "tragus"),)),
        formula=lambda c7, tragus: 90 - lean(c7[0], tragus[0]),
        missing=Message("not detected automatically: place C7 and the tragus"),
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
        sides=_forward("vertical"),
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
        sides=_forward("in line"),
        missing=NOT_FOUND,
    ),
    Measure(
        key="shoulder_protraction",
        label="Shoulder forward of the ankle",
        views=LATERAL,
        unit="mm",
        definition="Acromion (or shoulder landmark) against the vertical through the lateral "
        "malleolus (or ankle landmark).",
        roles=(NEAR_SHOULDER, NEAR_ANKLE),
        formula=_offset,
        sides=_forward("in line"),
        missing=NOT_FOUND,
        reference="the plumb line passes through ear, acromion and trochanter, and "
        "just in front of the knee axis and the malleolus (Kendall)",
    ),
    Measure(
        key="hip_offset",
        label="Hip forward of the ankle",
        views=LATERAL,
        unit="mm",
        definition="Greater trochanter (or hip joint landmark) against the vertical through the "
        "lateral malleolus (or ankle landmark).",
        roles=(NEAR_TROCHANTER, NEAR_ANKLE),
        formula=_offset,
        sides=_forward("in line"),
        missing=NOT_FOUND,
    ),
    Measure(
        key="knee_offset",
        label="Knee forward of the ankle",
        views=LATERAL,
        unit="mm",
        definition="Knee landmark against the vertical through the lateral malleolus (or ankle "
        "landmark).",
        roles=(NEAR_KNEE, NEAR_ANKLE),
        formula=_offset,
        sides=_forward("in line"),
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
        sides=_forward("upright"),
        missing=NOT_FOUND,
    ),
    Measure(
        key="pelvic_tilt",
        label="Pelvic tilt",
        views=LATERAL,
        unit="deg",
        definition="Line from PSIS to ASIS of the near side to the horizontal; "
        "anterior means that the ASIS is lower than the PSIS. Measured in "
        "the image: with the camera 3.5 m away and 1 m above the floor, "
        "that differs from space by up to 1.3°. Keep the camera in the same "
        "place.",
        roles=((_near("asis", "ASIS"),), (_near("psis", "PSIS"),)),
        formula=lambda asis, psis: -elevation(psis[0], asis[0]),
        sides=Sides("anterior", "posterior", "level", up="more anterior", down="more posterior"),
        missing=Message("not detected automatically: place ASIS and PSIS"),
        reference="13 ± 5°, range 0 to 23° (30 pelves, PMC2565125)",
    ),
)

BY_KEY: Mapping[str, Measure] = {measure.key: measure for measure in MEASURES}


def in_view(view: View) -> tuple[Measure, ...]:
    """Return the measures of a view, in the registry's order."""
    return tuple(measure for measure in MEASURES if view in measure.views)


def placed_with(mark: Landmark, view: View) -> tuple[Landmark, ...]:
    """Return the points that some measure needs together with this one.

    They are the other one of a pair, and the points of another role if neither role has an
    alternative: PSIS and ASIS in lateral views, but not ear and acromion, which have alternatives.
    """
    found: dict[Landmark, None] = {}
    for row in in_view(view):
        roles = [[kind for kind in role if view in kind.views] for role in row.roles]
        only = [role[0].in_view(view) for role in roles if len(role) == 1]
        for role in roles:
            for kind in role:
                pair = kind.in_view(view)
                if mark in pair:
                    together = (pair, *only) if len(role) == 1 else (pair,)
                    found |= dict.fromkeys(other for marks in together for other in marks)
    return tuple(other for other in found if other is not mark)
