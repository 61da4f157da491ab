"""Shoulder level from the outline: followed wholly, and only where it can be."""

import cv2
import pytest
from support.samples import SAMPLES, TRUTH, assessed, changed

from posture.landmarks import Landmark
from posture.measuring.assess import assess
from posture.measuring.options import AssessmentOptions

UNMARKED = [
    n for n, r in TRUTH.items() if n.startswith("m1") and r["view"] in ("anterior", "posterior")
]


def shoulder_level(assessment):
    return next(m for m in assessment.measurements if m.key == "shoulder_level")


@pytest.mark.parametrize("name", UNMARKED)
def test_shoulder_level_of_the_samples(name):
    found = shoulder_level(assessed(name, TRUTH[name]["view"], told=False))
    assert found.method == "acromion:refined"
    assert found.value == pytest.approx(TRUTH[name]["truth"]["acromion_line_deg"], abs=1.0)


@pytest.mark.parametrize("roll", [-3, 3])
def test_a_rolled_camera_changes_nothing_when_levelled(roll):
    name = "m1_visit1_anterior.jpg"

    def turn(pixels):
        matrix = cv2.getRotationMatrix2D((500, 750), roll, 1)
        return cv2.warpAffine(pixels, matrix, (1000, 1500), borderMode=cv2.BORDER_REPLICATE)

    rolled = assess(changed(name, turn), "anterior")
    assert rolled.scene.roll_deg == pytest.approx(roll, abs=0.1)
    before = shoulder_level(assessed(name, "anterior", told=False)).value
    assert shoulder_level(rolled).value == pytest.approx(before, abs=0.5)


def test_what_contradicts_the_joints_is_not_used():
    """Something tall behind one shoulder, of the shirt's colour, is no shoulder."""

    def heap(pixels):
        x, y = (round(v) for v in TRUTH["m1_visit3_anterior.jpg"]["landmarks"]["left_shoulder"])
        pixels[y - 75 : y + 5, x - 30 : x + 40] = pixels[y + 40, x - 60]
        return pixels

    result = assess(changed("m1_visit3_anterior.jpg", heap), "anterior")
    assert "methods_disagree" in {issue.code for issue in result.issues}
    assert shoulder_level(result).method == "shoulder:detected"
    assert abs(shoulder_level(result).value) < 1.5


def test_markers_win_over_the_outline():
    result = assessed("f1_visit1_anterior.jpg", "anterior", told=False)
    assert shoulder_level(result).method == "acromion:marker"
    assert result.pose.points[Landmark.LEFT_ACROMION].source == "marker"


def test_it_can_be_left_out():
    plain = assess(
        SAMPLES / "m1_visit1_anterior.jpg", "anterior", options=AssessmentOptions(refine=False)
    )
    assert shoulder_level(plain).method == "shoulder:detected"
