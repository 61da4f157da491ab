from math import cos, radians, sin

import pytest

from posture.errors import PointsError
from posture.landmarks import View
from posture.scene import Scene, scene_from_plumb_line


@pytest.mark.parametrize("roll", [-20, -3, 0, 0.5, 10])
def test_roll_from_plumb_line(roll):
    # A camera turned clockwise sees gravity's line lean to the left at the top.
    top = (500, 100)
    bottom = (top[0] + 1000 * sin(radians(roll)), top[1] + 1000 * cos(radians(roll)))
    for ends in ((top, bottom), (bottom, top)):
        scene = scene_from_plumb_line(*ends, (1000, 1500))
        assert scene.roll_deg == pytest.approx(roll)
        # 1.5 pixels at either end of a line of 1000
        assert scene.roll_sd_deg == pytest.approx(0.1215, abs=1e-3)


@pytest.mark.parametrize(
    ("ends", "word"), [(((0, 0), (3, 40)), "100 pixels"), (((0, 0), (900, 80)), "horizontal")]
)
def test_senseless_plumb_lines_are_refused(ends, word):
    with pytest.raises(PointsError, match=word):
        scene_from_plumb_line(*ends, (1000, 1500))


@pytest.mark.parametrize(
    ("view", "to_the_right_in_the_picture"),
    [
        (View.ANTERIOR, 1),  # the patient's left
        (View.POSTERIOR, -1),
        (View.RIGHT, 1),  # forward: who shows the right side faces the picture's right
        (View.LEFT, -1),
    ],
)
def test_the_bodys_frame(view, to_the_right_in_the_picture):
    scene = Scene()
    x0, y0 = scene.levelled(100, 500, view)
    x1, y1 = scene.levelled(110, 480, view)
    assert (x1 - x0, y1 - y0) == pytest.approx((10 * to_the_right_in_the_picture, 20))


def test_levelling_undoes_the_roll():
    scene = Scene(roll_deg=5)
    # Level in the world, so turned counter-clockwise (up at the right) in the picture.
    right_end = (100 + 300 * cos(radians(5)), 500 - 300 * sin(radians(5)))
    x0, y0 = scene.levelled(100, 500, View.ANTERIOR)
    x1, y1 = scene.levelled(*right_end, View.ANTERIOR)
    assert (x1 - x0, y1 - y0) == pytest.approx((300, 0))
