"""Measures in plain words for patients, with words for each side and change."""

from typing import NamedTuple

from posture.measuring.take import Sides


class PatientWords(NamedTuple):
    """Plain words: what it is about, where it is and how it changed."""

    name: str
    sides: Sides


_SIDE = Sides("to the left", "to the right", "in the middle", "further left", "further right")
_FRONT = Sides("in front", "behind", "in line", "further forward", "further back")
_KNEE = Sides(
    "inwards", "outwards", "straight", "further inwards", "further outwards",
    more="less straight", less="straighter",
)  # fmt: skip

PATIENT_WORDS: dict[str, PatientWords] = {
    "shoulder_level": PatientWords(
        "Shoulders",
        Sides(
            "left shoulder {amount} higher", "right shoulder {amount} higher", "level",
            "left shoulder {amount} further up", "right shoulder {amount} further up",
            more="more tilt", less="less tilt",
        ),
    ),
    "pelvic_obliquity": PatientWords(
        "Pelvis",
        Sides(
            "left side {amount} higher", "right side {amount} higher", "level",
            "left side {amount} further up", "right side {amount} further up",
            more="more tilt", less="less tilt",
        ),
    ),
    "head_tilt": PatientWords(
        "Head",
        Sides(
            "tilted {amount} to the right", "tilted {amount} to the left", "upright",
            "tilted {amount} further right", "tilted {amount} further left",
            more="more tilt", less="less tilt",
        ),
    ),
    "head_shift": PatientWords("Head over the feet", _SIDE),
    "trunk_shift": PatientWords("Upper body over the feet", _SIDE),
    "pelvic_shift": PatientWords("Pelvis over the feet", _SIDE),
    "knee_alignment_left": PatientWords("Left knee", _KNEE),
    "knee_alignment_right": PatientWords("Right knee", _KNEE),
    "forward_head_offset": PatientWords("Head relative to the shoulder", _FRONT),
    "shoulder_protraction": PatientWords("Shoulder relative to the ankle", _FRONT),
    "hip_offset": PatientWords("Hip relative to the ankle", _FRONT),
    "knee_offset": PatientWords("Knee relative to the ankle", _FRONT),
    "body_lean": PatientWords(
        "Whole body",
        Sides(
            "leaning {amount} forward", "leaning {amount} backward", "upright",
            "leaning {amount} further forward", "leaning {amount} further back",
            more="more lean", less="less lean",
        ),
    ),
    "pelvic_tilt": PatientWords(
        "Pelvis from the side",
        Sides(
            "tipped {amount} forward", "tipped {amount} backward", "level",
            "tipped {amount} further forward", "tipped {amount} further back",
        ),
    ),
}  # fmt: skip
"""The measures that the patient's page shows; the others need technical words."""

VIEW_HEADINGS = {
    "anterior": "From the front",
    "posterior": "From behind",
    "left": "From the left",
    "right": "From the right",
}
