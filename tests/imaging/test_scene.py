from math import cos, radians, sin, sqrt

import cv2
import numpy as np
import pytest

from posture.errors import PointsError
from posture.imaging.poster import Poster
from posture.imaging.scene import (
    PITCH_SD_DEG,
    ScaleSource,
    Scene,
    Setup,
    levelled_by_plumb_line,
    scaled_by_height,
    scene_from_plumb_line,
    scene_from_poster,
)
from posture.landmarks import Landmark, Point, Pose, View


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


@pytest.mark.parametrize("aside_mm", [0, 300, 800])
def test_a_plumb_line_beside_the_body_tells_less(aside_mm):
    """As much less as a camera that looks up or down by its usual error sees it lean."""
    focal, away, pitch = 2000.0, 3300.0, radians(PITCH_SD_DEG)

    def seen(x, y):
        depth = away * cos(pitch) + y * sin(pitch)
        return 500 + focal * x / depth, 750 + focal * (y * cos(pitch) - away * sin(pitch)) / depth

    ends = seen(aside_mm, -600), seen(aside_mm, 600)
    trunk = 500 / away * focal
    pose = Pose(
        {
            Landmark(f"{side}_{part}"): Point(500, y)
            for side in ("left", "right")
            for part, y in (("shoulder", 600 - trunk), ("hip", 600))
        }
    )
    alone = levelled_by_plumb_line(Scene(), *ends, (1000, 1500))
    beside = levelled_by_plumb_line(Scene(), *ends, (1000, 1500), pose)
    more = sqrt(beside.roll_sd_deg**2 - alone.roll_sd_deg**2)
    assert beside.roll_deg == alone.roll_deg
    assert more == pytest.approx(abs(alone.roll_deg), rel=0.05, abs=0.001)


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


def camera(pitch, yaw, roll, focal=1500.0):
    """Return the homography of a wall (mm, y down) 3.5 m away into a photo of 1400 x 2000."""
    turns = [np.radians(axis) for axis in ((pitch, 0, 0), (0, yaw, 0), (0, 0, roll))]
    turn = np.linalg.multi_dot([cv2.Rodrigues(axis)[0] for axis in reversed(turns)])
    place = np.column_stack([turn[:, :2], turn @ [0.0, 0.0, 3500.0]])
    return np.array([[focal, 0, 700], [0, focal, 1000], [0, 0, 1]]) @ place


@pytest.mark.parametrize(("pitch", "yaw", "roll"), [(0, 0, 3), (4, 0, 0), (0, 10, 0), (-3, -8, 2)])
def test_the_poster_takes_a_photo_back_to_the_wall(pitch, yaw, roll):
    homography = camera(pitch, yaw, roll)
    poster = Poster(homography, (1400, 2000))

    def to_photo(x, y):
        across, down, depth = homography @ [x, y, 1.0]
        return across / depth, down / depth

    scene = scene_from_poster(poster, to_photo(0, 0), Setup(camera_mm=3250.0), 0.0)
    # A line that climbs by 3° to the patient's left, well above the middle.
    rise = 300 * np.tan(np.radians(3))
    left, right = to_photo(150, -600 - rise / 2), to_photo(-150, -600 + rise / 2)
    (x0, y0), (x1, y1) = (scene.levelled(*at, View.ANTERIOR) for at in (right, left))
    assert np.degrees(np.arctan2(y1 - y0, x1 - x0)) == pytest.approx(3, abs=1e-6)
    # 300 mm at the wall are as many pixels as 279 mm at the body, 250 mm before it.
    length = np.hypot(x1 - x0, y1 - y0) * scene.mm_per_px
    assert length == pytest.approx(np.hypot(300, rise) * 3250 / 3500, rel=1e-6)


def test_a_turned_scene_leans_by_as_much():
    poster = Poster(camera(2, 5, 1), (1400, 2000))
    scene = scene_from_poster(poster, (700, 1000), Setup(), 0.02)
    for one in (scene, Scene(roll_deg=1.0)):
        at = [each.levelled(900, 1000, View.ANTERIOR) for each in (one, one.turned(0.5))]
        from_ = [each.levelled(500, 1000, View.ANTERIOR) for each in (one, one.turned(0.5))]
        leans = [
            np.degrees(np.arctan2(y1 - y0, x1 - x0))
            for (x0, y0), (x1, y1) in zip(from_, at, strict=True)
        ]
        assert leans[1] - leans[0] == pytest.approx(-0.5, abs=1e-6)


def test_the_lens_tells_how_far_the_camera_is():
    poster = Poster(camera(0, 0, 0), (1400, 2000))
    told = scene_from_poster(poster, (700, 1000), Setup(), 0.02, focal_px=1500.0)
    stated = scene_from_poster(poster, (700, 1000), Setup(camera_mm=3250.0), 0.02)
    unknown = scene_from_poster(poster, (700, 1000), Setup(), 0.02)
    assert told.mm_per_px == pytest.approx(stated.mm_per_px)
    assert told.scale_sd == pytest.approx(stated.scale_sd)
    assert stated.scale_sd < unknown.scale_sd < 0.015


@pytest.mark.parametrize(
    ("poster", "by_height", "expected", "source", "ratio"),
    [
        (None, 1.5, 1.5, "height", None),
        ((1.6, 0.01), 1.6, 1.6, "poster_and_height", None),
        # Each as exact as the other: midway, as a ratio; the less exact one counts a fifth.
        ((1.6, 0.01), 1.6 * 1.02, 1.6 * 1.02**0.5, "poster_and_height", None),
        ((1.6, 0.005), 1.6 * 1.02, 1.6 * 1.02**0.2, "poster_and_height", None),
        ((1.6, 0.01), 1.6 * 1.1, 1.6, "poster", 1.1),
        ((1.6, 0.01), 1.6 * 0.9, 1.6, "poster", 0.9),
    ],
)
def test_height_and_poster_give_the_scale_together(poster, by_height, expected, source, ratio):
    scene = Scene()
    if poster is not None:
        scene = Scene(
            mm_per_px=poster[0], scale_sd=poster[1], scale_source=ScaleSource.POSTER, wall_mm=1.7
        )
    scaled, contradicts = scaled_by_height(scene, by_height, 0.01)
    assert (scaled.mm_per_px, scaled.scale_source) == (pytest.approx(expected), source)
    assert contradicts == (ratio and pytest.approx(ratio))
    assert scaled.wall_mm == scene.wall_mm
