import numpy as np
import pytest
from shared import SAMPLES, assessed

from posture.draw import LONG_SIDE, PLUMB, overlay
from posture.photo import load_photo


@pytest.mark.parametrize("name", ["m1_visit1_anterior.jpg", "m1_visit1_left.jpg"])
def test_the_plumb_line_stands_over_the_ankles(name):
    result = assessed(name, name.split("_")[2].removesuffix(".jpg"))
    drawn = overlay(load_photo(SAMPLES / name).pixels, result, labels=False)
    assert max(drawn.shape) == LONG_SIDE
    pose, view = result.pose, result.view
    sides = ("left", "right") if view.is_frontal else (str(view),)
    ankle = np.mean([pose.points[f"{side}_ankle"].x for side in sides]) * LONG_SIDE / 1500
    columns = np.flatnonzero((drawn == PLUMB).all(axis=2).sum(axis=0) > LONG_SIDE / 4)
    assert columns.mean() == pytest.approx(ankle, abs=2)


def test_labels_stand_beside_the_picture():
    photo = load_photo(SAMPLES / "m1_visit1_anterior.jpg")
    result = assessed("m1_visit1_anterior.jpg", "anterior")
    plain = overlay(photo.pixels, result, labels=False)
    labelled = overlay(photo.pixels, result)
    assert labelled.shape[1] > plain.shape[1]
    assert (labelled[:, plain.shape[1] :] > 200).any()


def test_a_picture_of_nobody_stays_plain():
    photo = load_photo(SAMPLES / "bad_no_person.jpg")
    drawn = overlay(photo.pixels, assessed("bad_no_person.jpg"))
    assert not (drawn == PLUMB).all(axis=2).any()
