"""Laying two photos over each other."""

from dataclasses import replace
from math import cos, radians, sin

import cv2
import numpy as np
import pytest
from support.samples import SAMPLES, assessed

from posture.changes.align import Homography, ScaleBasis, align, warp_to_common
from posture.imaging.photo import Photo, decode_photo, load_photo
from posture.imaging.poster import SEPARATION_MM, SQUARE_MM, find_poster
from posture.imaging.scene import ScaleSource
from posture.landmarks import Landmark, Pose, View
from posture.measuring.assess import assess
from posture.measuring.assessment import Assessment

FRONT = "m1_visit1_anterior.jpg"
FEET = (Landmark.LEFT_ANKLE, Landmark.RIGHT_ANKLE)


def middle(assessment: Assessment, *marks: Landmark) -> tuple[float, float]:
    points = [assessment.pose.points[mark] for mark in marks]
    return np.mean([p.x for p in points]), np.mean([p.y for p in points])


def taken_otherwise(assessment: Assessment, roll: float, zoom: float, dx: float) -> Assessment:
    """Return the assessment of the same photo from a turned, zoomed and shifted camera."""
    c, s = zoom * cos(radians(-roll)), zoom * sin(radians(-roll))
    points = {
        mark: replace(p, x=c * p.x - s * p.y + dx, y=s * p.x + c * p.y)
        for mark, p in assessment.pose.points.items()
    }
    scene = assessment.scene
    mm = scene.mm_per_px and scene.mm_per_px / zoom
    scene = replace(scene, roll_deg=scene.roll_deg + roll, mm_per_px=mm)
    return replace(assessment, pose=Pose(points), scene=scene)


@pytest.mark.parametrize("by", [ScaleBasis.MILLIMETRES, ScaleBasis.BODY])
@pytest.mark.parametrize(("roll", "zoom", "dx"), [(3.0, 1.0, 0.0), (-2.0, 0.6, 40.0), (0, 1.7, -9)])
def test_the_same_body_taken_otherwise_lies_on_itself(by, roll, zoom, dx):
    before = assessed(FRONT, "anterior")
    bare = replace(before.scene, wall=None, wall_mm=None)
    if by is ScaleBasis.BODY:
        bare = replace(bare, mm_per_px=None, scale_source=None)
    before = replace(before, scene=bare)
    after = taken_otherwise(before, roll, zoom, dx)
    found = align((before, after))
    assert found.basis is by
    one, other = found.to_picture
    for mark in before.pose.points:
        assert one(middle(before, mark)) == pytest.approx(other(middle(after, mark)), abs=0.01)


def test_ankles_stand_in_the_middle_and_the_head_is_inside():
    pair = tuple(assessed(f"m1_visit{n}_anterior.jpg", "anterior") for n in (1, 3))
    found = align(pair)
    for each, way in zip(pair, found.to_picture, strict=True):
        assert way(middle(each, *FEET))[0] == pytest.approx(found.size[0] / 2, abs=0.5)
        assert 0 < way(middle(each, Landmark.NOSE))[1] < found.size[1] / 4


def test_different_scales_are_not_mixed():
    before = assessed(FRONT, "anterior")
    before = replace(before, scene=replace(before.scene, wall_mm=None))
    after = replace(before, scene=replace(before.scene, scale_source=ScaleSource.POSTER))
    assert align((before, after)).basis is ScaleBasis.BODY


def test_nothing_is_aligned_without_ankles_or_with_another_view():
    before = assessed(FRONT, "anterior")
    assert align((before, replace(before, pose=before.pose.without({FEET[0]})))) is None
    assert align((before, replace(before, pose=None))) is None
    assert align((before, replace(before, view=View.POSTERIOR))) is None


CAMERA = np.array([[2178.158, 0, 500], [0, 2178.158, 750], [0, 0, 1]])  # samples/truth.json


def turned_camera(pitch: float, yaw: float, roll: float) -> np.ndarray:
    """Return what a camera sees that is turned where it stands, from what it saw before."""
    about = [
        cv2.Rodrigues(radians(a) * axis)[0]
        for a, axis in zip((pitch, yaw, roll), np.eye(3), strict=True)
    ]
    return CAMERA @ about[2] @ about[0] @ about[1] @ np.linalg.inv(CAMERA)


def squares(photo: Photo, way: Homography) -> np.ndarray:
    """Return where the corners of the poster come to lie."""
    half = SQUARE_MM / 2
    square = np.array([[-half, -half], [half, -half], [half, half], [-half, half]])
    wall = np.vstack([square, square + np.array([0, SEPARATION_MM])])
    seen = np.c_[wall, np.ones(8)] @ find_poster(photo).homography.T
    return np.array([way((x / depth, y / depth)) for x, y, depth in seen])


@pytest.mark.parametrize("view", ["anterior", "left"])
def test_the_wall_takes_back_what_a_turned_camera_did(view):
    """Measured on a poster and on ankles that both photos show, in mm of the wall."""
    photos = [load_photo(SAMPLES / f"m1_visit{n}_{view}.jpg") for n in (1, 3)]
    turned = cv2.warpPerspective(
        photos[1].pixels, turned_camera(3, -4, 2), photos[1].size, borderMode=cv2.BORDER_REPLICATE
    )
    photos[1] = decode_photo(cv2.imencode(".png", turned[..., ::-1])[1].tobytes(), "turned.png")
    pair = tuple(assess(photo, view, height_cm=176.9) for photo in photos)
    without = tuple(replace(a, scene=replace(a.scene, wall=None, wall_mm=None)) for a in pair)
    off, feet = [], []
    for each in (without, pair):
        found = align(each)
        one, other = map(squares, photos, found.to_picture)
        mm = SEPARATION_MM / np.linalg.norm(one[4] - one[0])
        shape = (one - one.mean(axis=0)) - (other - other.mean(axis=0))
        off.append(mm * np.linalg.norm(shape, axis=1).max())
        marks = FEET if view == "anterior" else FEET[:1]
        places = [
            np.array([way(middle(a, mark)) for mark in marks])
            for a, way in zip(each, found.to_picture, strict=True)
        ]
        feet.append(mm * np.linalg.norm(places[0] - places[1], axis=1).max())
    assert found.basis is ScaleBasis.POSTER
    assert off[1] < 1 < 8 < off[0]
    assert feet[1] < feet[0] + 1e-6  # from the side the near ankle is the origin
    assert feet[1] < 8


def test_pixels_go_where_points_go():
    pixels = np.zeros((400, 300, 3), np.uint8)
    pixels[198:207, 98:107] = 255  # around (102.5, 202.5)
    for way in (Homography.similarity(1.2, 0.3, 20, -30), Homography.similarity(0.3, -0.05, 10, 5)):
        x, y = way((102.5, 202.5))
        weight = warp_to_common(pixels, way, (500, 500))[..., 0].astype(float)
        ys, xs = np.mgrid[:500, :500] + 0.5
        weight[np.hypot(xs - x, ys - y) > 10] = 0  # without the grey outside the photo
        at = (weight * xs).sum() / weight.sum(), (weight * ys).sum() / weight.sum()
        assert at == pytest.approx((x, y), abs=0.15)
