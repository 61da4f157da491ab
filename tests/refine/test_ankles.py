"""The middle of the ankles from the legs' outline: near the truth, and only where legs are seen."""

import numpy as np
import pytest
from support.samples import TRUTH, assessed, changed

from posture.landmarks import Landmark
from posture.measuring.assess import assess
from posture.measuring.options import AssessmentOptions

ANKLES = (Landmark.LEFT_ANKLE, Landmark.RIGHT_ANKLE)
FRONTAL = [
    n
    for n, r in TRUTH.items()
    if r["view"] in ("anterior", "posterior") and "visit" in n and "exif" not in n
]


def ankles(assessment):
    return [assessment.pose.points[mark] for mark in ANKLES]


@pytest.mark.parametrize("name", [n for n in FRONTAL if n.startswith("f1")])
def test_the_middle_of_the_ankles_in_leggings(name):
    record = TRUTH[name]
    found = ankles(assessed(name, record["view"], told=False))
    assert {point.source for point in found} == {"refined"}
    truth = np.mean([record["landmarks"][str(mark)] for mark in ANKLES], axis=0)
    middle = np.mean([(point.x, point.y) for point in found], axis=0)
    assert abs(middle[0] - truth[0]) * record["mm_per_px"] < 2.5


@pytest.mark.parametrize("name", [n for n in FRONTAL if n.startswith("m1")])
def test_wide_trousers_tell_nothing_of_the_ankles(name):
    found = ankles(assessed(name, TRUTH[name]["view"], told=False))
    assert {point.source for point in found} == {"detected"}


def test_something_of_the_legs_colour_beside_an_ankle_is_no_leg():
    name = "f1_visit3_anterior.jpg"

    def box(pixels):
        x, y = (round(value) for value in TRUTH[name]["landmarks"]["left_ankle"])
        pixels[y - 40 : y - 15, x : x + 60] = pixels[y - 60, x]
        return pixels

    assert {p.source for p in ankles(assess(changed(name, box), "anterior"))} == {"detected"}


def test_it_can_be_left_out():
    result = assess(
        changed("f1_visit3_anterior.jpg", lambda p: p),
        "anterior",
        options=AssessmentOptions(refine=False),
    )
    assert {point.source for point in ankles(result)} == {"detected"}
