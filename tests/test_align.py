"""Laying two photos over each other."""

from dataclasses import replace
from math import cos, radians, sin

import numpy as np
import pytest
from shared import assessed

from posture.align import By, Similarity, align, laid
from posture.assessment import Assessment
from posture.landmarks import Landmark, Point, Pose, View
from posture.scene import ScaleSource

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


@pytest.mark.parametrize("by", list(By))
@pytest.mark.parametrize(("roll", "zoom", "dx"), [(3.0, 1.0, 0.0), (-2.0, 0.6, 40.0), (0, 1.7, -9)])
def test_the_same_body_taken_otherwise_lies_on_itself(by, roll, zoom, dx):
    before = assessed(FRONT, "anterior")
    if by is By.BODY:
        before = replace(before, scene=replace(before.scene, mm_per_px=None, scale_source=None))
    after = taken_otherwise(before, roll, zoom, dx)
    found = align((before, after))
    assert found.by is by
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
    after = replace(before, scene=replace(before.scene, scale_source=ScaleSource.POSTER))
    assert align((before, after)).by is By.BODY


def test_nothing_is_aligned_without_ankles_or_with_another_view():
    before = assessed(FRONT, "anterior")
    assert align((before, replace(before, pose=before.pose.without({FEET[0]})))) is None
    assert align((before, replace(before, pose=None))) is None
    assert align((before, replace(before, view=View.POSTERIOR))) is None


def test_pixels_go_where_points_go():
    pixels = np.zeros((400, 300, 3), np.uint8)
    pixels[198:207, 98:107] = 255  # around (102.5, 202.5)
    for way in (Similarity(1.2, 0.3, 20, -30), Similarity(0.3, -0.05, 10, 5)):
        x, y = way((102.5, 202.5))
        weight = laid(pixels, way, (500, 500))[..., 0].astype(float)
        ys, xs = np.mgrid[:500, :500] + 0.5
        weight[np.hypot(xs - x, ys - y) > 10] = 0  # without the grey outside the photo
        at = (weight * xs).sum() / weight.sum(), (weight * ys).sum() / weight.sum()
        assert at == pytest.approx((x, y), abs=0.15)


def test_a_similarity_and_back():
    way = Similarity(1.2, 0.5, 3, 4)
    back = way.then(way.inverse())
    assert (back.a, back.b, back.dx, back.dy) == pytest.approx((1, 0, 0, 0))
    assert Similarity(0, 2).turn_deg == pytest.approx(90)
    assert Point(*way((1, 0))) == Point(4.2, 4.5)
