from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from support.samples import SAMPLES, assessed

from posture.imaging.photo import load_photo
from posture.landmarks import Pose
from posture.present.overlay import LONG_SIDE, PLUMB, _font, overlay

DATA = Path(__file__).parents[1] / "data"


@pytest.mark.parametrize("name", ["m1_visit1_anterior", "f1_visit1_posterior", "f1_visit1_left"])
def test_the_overlay_looks_as_it_did(name):
    """Golden pictures; when the overlay is meant to change, delete them and run this again."""
    photo = load_photo(SAMPLES / f"{name}.jpg")
    drawn = overlay(photo.pixels, assessed(f"{name}.jpg", name.split("_")[2]))
    size = (round(drawn.shape[1] * 0.4), round(drawn.shape[0] * 0.4))
    small = cv2.resize(drawn, size, interpolation=cv2.INTER_AREA)
    file = DATA / f"overlay_{name}.png"
    if not file.exists():
        cv2.imwrite(str(file), small[..., ::-1])
        pytest.fail("The golden picture was made anew: look at it, then run the test again.")
    golden = cv2.imread(str(file))[..., ::-1]
    assert small.shape == golden.shape
    # Another version of a decoder or font renderer may move an edge by part of a pixel.
    off = cv2.absdiff(cv2.blur(small, (5, 5)), cv2.blur(np.ascontiguousarray(golden), (5, 5)))
    assert np.mean(off > 25) < 0.01


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


def test_of_a_wide_photo_the_part_around_the_body_is_shown():
    photo = load_photo(SAMPLES / "m1_visit1_anterior.jpg")
    result = assessed("m1_visit1_anterior.jpg", "anterior")
    scene = replace(result.scene, wall=None, roll_deg=0.0)
    usual = replace(result, scene=scene)
    beside = np.full((1500, 1200, 3), 200, np.uint8)
    wide = np.hstack([beside, photo.pixels, beside])
    points = {mark: replace(p, x=p.x + 1200) for mark, p in result.pose.points.items()}
    aside = replace(usual, pose=Pose(points), image_size=(3400, 1500))
    shown = overlay(wide, aside, labels=False)
    assert shown.shape == (1400, 933, 3)
    whole = overlay(photo.pixels, usual, labels=False)
    best = min(np.mean(cv2.absdiff(shown[:, 300 + by : 600 + by], whole[:, 300:600].copy()))
               for by in range(-60, 61))  # fmt: skip
    assert best < 5


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


@pytest.mark.parametrize(("language", "letters"), [("en", "aZ0°"), ("de", "äöüÄÖÜß°")])
def test_labels_have_the_letters_of_their_language(language, letters):
    font = _font(20, language)
    missing = bytes(font.getmask("\uffff"))
    assert [letter for letter in letters if bytes(font.getmask(letter)) == missing] == []
