"""How points of the body are palpated or located: words, and the drawing that shows them."""

from dataclasses import dataclass

from posture.landmarks import Landmark, View

FELT = {
    "c7": "The most prominent spinous process at the base of the neck. It stays under the finger "
    "when the head is tilted back; C6 slips away.",
    "tragus": "The small flap of cartilage in front of the ear canal; its middle.",
    "acromion": "The outermost edge of the shoulder's roof. Follow the spine of the scapula "
    "outwards to where it ends, above the upper arm.",
    "asis": "The front tip of the hip bone. Follow the iliac crest forwards and down "
    "to its end; take the most prominent point.",
    "psis": "The back end of the iliac crest, at the dimple beside the sacrum; the lower edge of "
    "the prominence.",
    "iliac_crest": "The highest point of the hip bone's rim, felt from the waist with "
    "the edge of the hand.",
    "greater_trochanter": "The bony prominence at the side of the thigh, a hand's breadth below "
    "the iliac crest; it moves when the leg is turned.",
    "lateral_malleolus": "The tip of the bony prominence on the outside of the ankle.",
    "eye": "The middle of the pupil.",
    "ear": "The opening of the ear; from behind, where the ear meets the head.",
    "shoulder": "The middle of the shoulder joint, a little below the acromion.",
    "hip": "The middle of the hip joint, at its actual depth.",
    "knee": "The middle of the knee, at the height of the joint line.",
    "ankle": "The middle of the ankle, at the height of the malleoli.",
}

PAIRED = {
    ("asis", View.ANTERIOR): "pelvis_front",
    ("psis", View.POSTERIOR): "pelvis_back",
    ("iliac_crest", View.POSTERIOR): "pelvis_back",
    ("acromion", View.ANTERIOR): "shoulders",
    ("acromion", View.POSTERIOR): "shoulders",
}
FROM_THE_SIDE = {
    "c7": "head_side",
    "tragus": "head_side",
    "acromion": "head_side",
    "asis": "pelvis_side",
    "psis": "pelvis_side",
    "greater_trochanter": "pelvis_side",
    "lateral_malleolus": "ankle_side",
}
FIGURES = (
    "ankle_side", "head_side", "pelvis_back", "pelvis_front", "pelvis_side", "shoulders",
)  # fmt: skip


@dataclass(frozen=True)
class PalpationGuide:
    """How to find a point. ``figure`` is None if there is no drawing.

    ``spot`` names the place in the drawing. Lateral drawings show the left side and are
    ``mirrored`` for the right.
    """

    words: str | None
    figure: str | None = None
    spot: str | None = None
    mirrored: bool = False


def palpation_guide(mark: Landmark, view: View) -> PalpationGuide:
    """Return how to find a point in a view."""
    kind, side = landmark_kind(mark), str(mark).split("_", 1)[0]
    words = FELT.get(kind)
    if (kind, view) in PAIRED:
        # The patient's left is on the picture's right in the anterior view.
        right = (side == "left") is (view is View.ANTERIOR)
        return PalpationGuide(words, PAIRED[kind, view], f"{kind}_{'r' if right else 'l'}")
    if kind in FROM_THE_SIDE:
        mirrored = not view.is_frontal and view is View.RIGHT
        return PalpationGuide(words, FROM_THE_SIDE[kind], kind, mirrored)
    return PalpationGuide(words)


def landmark_kind(mark: Landmark) -> str:
    """Return a landmark's name without its side."""
    return str(mark).removeprefix("left_").removeprefix("right_")
