"""Measures as a patient is told of them: no jargon, and a sentence for each side."""

from typing import NamedTuple


class Plain(NamedTuple):
    """Plain words: what it is about, and a value above, below and at 0."""

    name: str
    positive: str
    negative: str
    zero: str


_SIDE = ("{amount} to the left", "{amount} to the right", "in the middle")
_FRONT = ("{amount} in front", "{amount} behind", "in line")

PLAIN: dict[str, Plain] = {
    "shoulder_level": Plain(
        "Shoulders", "left shoulder {amount} higher", "right shoulder {amount} higher", "level"
    ),
    "pelvic_obliquity": Plain(
        "Pelvis", "left side {amount} higher", "right side {amount} higher", "level"
    ),
    "head_tilt": Plain(
        "Head", "tilted {amount} to the right", "tilted {amount} to the left", "upright"
    ),
    "head_shift": Plain("Head over the feet", *_SIDE),
    "trunk_shift": Plain("Upper body over the feet", *_SIDE),
    "pelvic_shift": Plain("Pelvis over the feet", *_SIDE),
    "knee_alignment_left": Plain(
        "Left knee", "{amount} inwards", "{amount} outwards", "straight"
    ),
    "knee_alignment_right": Plain(
        "Right knee", "{amount} inwards", "{amount} outwards", "straight"
    ),
    "forward_head_offset": Plain("Head, seen against the shoulder", *_FRONT),
    "shoulder_protraction": Plain("Shoulder, seen against the ankle", *_FRONT),
    "hip_offset": Plain("Hip, seen against the ankle", *_FRONT),
    "knee_offset": Plain("Knee, seen against the ankle", *_FRONT),
    "body_lean": Plain(
        "Whole body", "leaning {amount} forward", "leaning {amount} backward", "upright"
    ),
    "pelvic_tilt": Plain(
        "Pelvis, seen from the side", "tipped {amount} forward", "tipped {amount} backward",
        "level",
    ),
}  # fmt: skip
"""What patients are told of; what is left out has a name that only its maker understands."""

FROM = {
    "anterior": "From the front",
    "posterior": "From behind",
    "left": "From the left",
    "right": "From the right",
}
