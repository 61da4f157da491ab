from math import sqrt

import pytest

from posture.landmarks import DETECTED, Landmark, Point, Pose, Source, View
from posture.measures import BY_KEY, MEASURES
from posture.measuring import take
from posture.scene import Scene
from posture.uncertainty import MDC_FACTOR, error_of, family, table

# The placing error is one pixel, the vertical is known.
SCENE = Scene(mm_per_px=1.3, roll_sd_deg=0)


def found(key: str, view: View, points: dict[str, tuple], scene=SCENE):
    pose = Pose({Landmark(name): point for name, point in points.items()})
    return error_of(take(BY_KEY[key], pose, scene, view), pose, scene, view)


@pytest.mark.parametrize(
    ("measure", "view"), [(m, v) for m in MEASURES for v in sorted(m.views)], ids=str
)
def test_every_automatic_value_has_a_measured_error(measure, view):
    pose = Pose({mark: Point(17 * n % 400 + n, 31 * n % 900) for n, mark in enumerate(DETECTED)})
    geometry = take(measure, pose, SCENE, view)
    sd, mdc = error_of(geometry, pose, SCENE, view)
    if geometry.value is None:
        assert (sd, mdc) == (None, None)
        return
    row = table()["by_method"][measure.key, family(view), geometry.method]
    assert row["n"] >= 80
    assert row["unit"] == measure.unit
    assert (sd, mdc) == pytest.approx((row["rms"], MDC_FACTOR * row["sem"]))


def test_placed_points_carry_the_placings_error():
    # A line of 100 pixels, each end one pixel uncertain: √2/100 radians.
    points = {
        "left_asis": Point(550, 700, source=Source.PLACED),
        "right_asis": Point(450, 700, source=Source.PLACED),
    }
    sd, mdc = found("pelvic_obliquity", View.ANTERIOR, points)
    assert sd == pytest.approx(0.810, abs=0.002)
    assert mdc == pytest.approx(1.96 * sqrt(2) * sd)


def test_an_assumed_level_is_in_the_error():
    points = {
        "left_asis": Point(550, 700, source=Source.PLACED),
        "right_asis": Point(450, 700, source=Source.PLACED),
    }
    assumed = Scene(mm_per_px=1.3)
    sd, _ = found("pelvic_obliquity", View.ANTERIOR, points, assumed)
    assert sd == pytest.approx(sqrt(0.810**2 + 0.866**2), abs=0.002)
    knee = {
        "left_hip": Point(570, 700),
        "left_knee": Point(565, 1000),
        "left_ankle": Point(570, 1300),
    }
    assert found("knee_alignment_left", View.ANTERIOR, knee, assumed) == (
        found("knee_alignment_left", View.ANTERIOR, knee)
    )


def test_some_placed_points_do_not_make_the_rest_better():
    points = {
        "left_acromion": Point(600, 400, source=Source.PLACED),
        "right_acromion": Point(400, 400, source=Source.PLACED),
        "left_ankle": Point(560, 1300),
        "right_ankle": Point(440, 1300),
    }
    automatic = table()["by_method"]["trunk_shift", "anterior", "shoulder:detected, ankle:detected"]
    sd, _ = found("trunk_shift", View.ANTERIOR, points)
    assert sd > automatic["rms"]


def test_what_has_no_measured_error_says_so():
    points = {"left_asis": Point(550, 700), "right_asis": Point(450, 700)}
    assert found("pelvic_obliquity", View.ANTERIOR, points) == (None, None)
