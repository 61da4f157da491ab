"""Head tilt from the face: followed where the face is seen, never silently wrong where not."""

import cv2
import pytest
from support.samples import TRUTH, assessed, changed

from posture.measuring.assess import assess

FACES = [n for n, r in TRUTH.items() if r["view"] == "anterior" and not n.startswith("bad")]


def head_tilt(assessment):
    return next(m for m in assessment.measurements if m.key == "head_tilt")


@pytest.mark.parametrize("name", [n for n in FACES if n.startswith("m1")])
def test_head_tilt_of_the_samples(name):
    found = head_tilt(assessed(name, "anterior", told=False))
    assert found.method == "eye:refined"
    assert found.value == pytest.approx(TRUTH[name]["truth"]["eye_line_deg"], abs=0.6)


@pytest.mark.parametrize("roll", [-8, 8])
def test_a_turned_picture_turns_the_head_by_as_much(roll):
    name = "m1_visit3_anterior.jpg"

    def turn(pixels):
        x, y = TRUTH[name]["landmarks"]["nose"]
        matrix = cv2.getRotationMatrix2D((x, y), roll, 1)
        head = cv2.warpAffine(pixels, matrix, (1000, 1500), borderMode=cv2.BORDER_REPLICATE)
        pixels[:450, :780] = head[:450, :780]  # the poster stays as it hangs
        return pixels

    before = head_tilt(assessed(name, "anterior", told=False)).value
    after = head_tilt(assess(changed(name, turn), "anterior")).value
    assert after - before == pytest.approx(roll, abs=0.3)


def test_a_covered_face_is_flagged_and_not_measured():
    def cover(pixels):
        x, y = (round(value) for value in TRUTH["m1_visit1_anterior.jpg"]["landmarks"]["nose"])
        pixels[y - 60 : y + 75, x - 60 : x + 70] = (60, 45, 40)
        return pixels

    result = assess(changed("m1_visit1_anterior.jpg", cover), "anterior")
    assert "face_covered" in {issue.code for issue in result.issues}
    assert head_tilt(result).value is None
    assert "pin the hair back" in head_tilt(result).reason


def test_other_views_have_no_face_to_look_for():
    assert head_tilt(assessed("m1_visit1_posterior.jpg", "posterior")).method == "ear:detected"
