"""The registry: literal values, invariants over all its rows, and agreement with known truth."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.samples import TRUTH, true_pose

from posture.imaging.scene import Scene
from posture.landmarks import ANATOMICAL, DETECTED, Landmark, Point, Pose, Source, View
from posture.measuring.measures import BY_KEY, MEASURES, in_view, placed_with
from posture.measuring.take import Measurement, take
from posture.present.phrases import found as in_words
from posture.present.phrases import method

SCALED = Scene(mm_per_px=2.0)
ROWS = [(measure, view) for measure in MEASURES for view in sorted(measure.views)]
IDS = [f"{measure.key}-{view}" for measure, view in ROWS]


def pose(**points) -> Pose:
    return Pose({Landmark(name): Point(*place) for name, place in points.items()})


def complete(seed: int = 0) -> Pose:
    """Return a pose with every landmark somewhere, none upon another."""
    return Pose(
        {
            mark: Point(300 + 37 * ((n * 7 + seed) % 23) + n, 100 + 13 * ((n * 11 + seed) % 41) + n)
            for n, mark in enumerate(Landmark)
        }
    )


@pytest.mark.parametrize(
    ("key", "view", "points", "value", "words", "method"),
    [
        # In the anterior view the patient's left is on the picture's right.
        (
            "shoulder_level",
            "anterior",
            {"left_shoulder": (600, 400), "right_shoulder": (400, 410)},
            2.862,
            "2.9° left side higher",
            "shoulder:detected",
        ),
        (
            "shoulder_level",
            "posterior",
            {"left_shoulder": (400, 400), "right_shoulder": (600, 410)},
            2.862,
            "2.9° left side higher",
            "shoulder:detected",
        ),
        (
            "head_tilt",
            "anterior",
            {"left_eye": (530, 300), "right_eye": (470, 300)},
            0,
            "level",
            "eye:detected",
        ),
        (
            "pelvic_obliquity",
            "posterior",
            {"left_psis": (480, 700), "right_psis": (520, 698)},
            -2.862,
            "2.9° right side higher",
            "psis:detected",
        ),
        (
            "trunk_shift",
            "anterior",
            {
                "left_shoulder": (620, 400),
                "right_shoulder": (420, 400),
                "left_ankle": (560, 1300),
                "right_ankle": (460, 1300),
            },
            20,
            "20 mm to the left",
            "shoulder:detected, ankle:detected",
        ),
        (
            "shoulder_pelvis_angle",
            "anterior",
            {
                "left_acromion": (600, 400),
                "right_acromion": (400, 410),
                "left_asis": (560, 700),
                "right_asis": (460, 695),
            },
            5.725,
            "5.7° higher on the left than the pelvis",
            "acromion:detected, asis:detected",
        ),
        (
            "knee_alignment_left",
            "anterior",
            {"left_hip": (570, 700), "left_knee": (550, 1000), "left_ankle": (570, 1300)},
            7.628,
            "7.6° valgus",
            "hip:detected, knee:detected, ankle:detected",
        ),
        (
            "knee_alignment_right",
            "anterior",
            {"right_hip": (430, 700), "right_knee": (410, 1000), "right_ankle": (430, 1300)},
            -7.628,
            "7.6° varus",
            "hip:detected, knee:detected, ankle:detected",
        ),
        # In the left view the patient faces the picture's left.
        (
            "craniovertebral_angle",
            "left",
            {"c7": (560, 500), "left_tragus": (460, 400)},
            45,
            "45.0°",
            "c7:detected, tragus:detected",
        ),
        (
            "forward_head",
            "right",
            {"right_ear": (540, 300), "right_shoulder": (500, 400)},
            21.801,
            "21.8° forward",
            "ear:detected, shoulder:detected",
        ),
        (
            "forward_head_offset",
            "left",
            {"left_ear": (480, 300), "left_shoulder": (500, 400)},
            40,
            "40 mm forward",
            "ear:detected, shoulder:detected",
        ),
        (
            "hip_offset",
            "right",
            {"right_hip": (490, 700), "right_ankle": (500, 1300)},
            -20,
            "20 mm backward",
            "hip:detected, ankle:detected",
        ),
        (
            "pelvic_tilt",
            "left",
            {"left_asis": (400, 710), "left_psis": (500, 700)},
            5.711,
            "5.7° anterior",
            "asis:detected, psis:detected",
        ),
        (
            "body_lean",
            "left",
            {"left_shoulder": (480, 400), "left_ankle": (500, 1300)},
            1.273,
            "1.3° forward",
            "ankle:detected, shoulder:detected",
        ),
    ],
)
def test_literal_values(key, view, points, value, words, method):
    found = take(BY_KEY[key], pose(**points), SCALED, View(view))
    assert found.value == pytest.approx(value, abs=1e-3)
    measured = Measurement(key, "", BY_KEY[key].unit, found.value, None, None, None, None)
    assert in_words(measured) == words
    assert found.method == method


def test_placed_anatomical_points_win_and_the_method_says_so():
    start = pose(left_shoulder=(600, 400), right_shoulder=(400, 410))
    placed = {
        Landmark.LEFT_ACROMION: Point(610, 380, source=Source.PLACED),
        Landmark.RIGHT_ACROMION: Point(390, 380, source=Source.PLACED),
    }
    found = take(BY_KEY["shoulder_level"], start.with_points(placed), SCALED, View.ANTERIOR)
    assert (found.value, found.method) == (0, "acromion:placed")
    assert method(found.method) == "acromion, placed by hand"


@pytest.mark.parametrize(("measure", "view"), ROWS, ids=IDS)
def test_mirrored_pictures_say_the_same_of_the_mirrored_body(measure, view):
    """A mirror turns left values to the right: frontal signs flip, lateral values stay."""
    start = complete()
    mirrored = Pose({m.mirrored: Point(2000 - p.x, p.y) for m, p in start.points.items()})
    other_view = {View.LEFT: View.RIGHT, View.RIGHT: View.LEFT}.get(view, view)
    other = BY_KEY[measure.key.replace("left", "?").replace("right", "left").replace("?", "right")]
    before = take(measure, start, SCALED, view).value
    after = take(other, mirrored, SCALED, other_view).value
    # Valgus stays valgus; what has a left and a right side changes sides.
    flips = view.is_frontal and not measure.key.startswith("knee")
    assert after == pytest.approx(-before if flips else before)


@pytest.mark.parametrize(("measure", "view"), ROWS, ids=IDS)
@given(scale=st.floats(0.2, 8), seed=st.integers(0, 9))
def test_scaling_the_picture_changes_nothing(measure, view, scale, seed):
    start = complete(seed)
    scaled = Pose({m: Point(p.x * scale, p.y * scale) for m, p in start.points.items()})
    before = take(measure, start, SCALED, view).value
    after = take(measure, scaled, Scene(mm_per_px=2.0 / scale), view).value
    assert after == pytest.approx(before, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(("measure", "view"), ROWS, ids=IDS)
def test_rolling_camera_and_plumb_line_together_changes_nothing(measure, view):
    from posture.geometry import rotate

    start, roll = complete(), 7.0
    turned = {}
    for mark, point in start.points.items():
        right, up = rotate((point.x, -point.y), roll)
        turned[mark] = Point(right, -up)
    before = take(measure, start, SCALED, view).value
    after = take(measure, Pose(turned), Scene(roll_deg=roll, mm_per_px=2.0), view).value
    assert after == pytest.approx(before, abs=1e-6)
    unlevelled = take(measure, Pose(turned), SCALED, view).value
    assert (unlevelled == pytest.approx(before, abs=1e-6)) is not measure.uses_vertical


@pytest.mark.parametrize(("measure", "view"), ROWS, ids=IDS)
def test_a_missing_point_is_a_missing_value_with_a_reason(measure, view):
    for role in measure.roles:
        lost = {mark for kind in role if view in kind.views for mark in kind.in_view(view)}
        found = take(measure, complete().without(lost), SCALED, view)
        assert found.value is None
        assert found.reason == measure.missing
        why = dict.fromkeys(lost, "the point is hidden")
        assert take(measure, complete().without(lost), SCALED, view, why).reason == (
            "the point is hidden"
        )


@pytest.mark.parametrize(("measure", "view"), ROWS, ids=IDS)
def test_lengths_need_a_scale(measure, view):
    found = take(measure, complete(), Scene(), view)
    assert (found.value is None) is (measure.unit == "mm")
    assert measure.unit == "deg" or "height" in found.reason


def test_pelvis_and_neck_are_never_automatic():
    """No pose landmark shows them: from detected landmarks alone they stay missing."""
    detected = Pose({mark: p for mark, p in complete().points.items() if mark in DETECTED})
    never = {"pelvic_obliquity", "shoulder_pelvis_angle", "pelvic_tilt", "craniovertebral_angle"}
    for view in View:
        for measure in in_view(view):
            found = take(measure, detected, SCALED, view)
            assert (found.value is None) is (measure.key in never)
            assert found.value is not None or "place" in found.reason
    assert "not pelvic obliquity" in BY_KEY["hip_line"].label


def test_every_row_is_complete():
    assert len(BY_KEY) == len(MEASURES)
    for measure in MEASURES:
        assert measure.definition.endswith(".")
        if measure.sides is not None:
            assert all(measure.sides[:5])
            assert (measure.sides.more is None) == (measure.sides.less is None)
        assert measure.reference is None or "(" in measure.reference  # with its source
    usable = {
        mark
        for m in MEASURES
        for v in m.views
        for r in m.roles
        for k in r
        if v in k.views
        for mark in k.in_view(v)
    }
    assert set(ANATOMICAL) <= usable


AGREES = {  # registry key: the truth file's key, and the kind of points it was computed from
    "anterior": {
        "shoulder_level": ("shoulder_line_deg", "acromion"),
        "hip_line": ("hip_line_deg", ""),
        "head_tilt": ("eye_line_deg", "tragus"),
        "pelvic_obliquity": ("asis_line_deg", ""),
        "head_shift": ("head_shift_image_mm", "tragus lateral_malleolus"),
        "trunk_shift": ("trunk_shift_image_mm", "acromion lateral_malleolus"),
        "pelvic_shift": ("pelvis_shift_image_mm", "asis lateral_malleolus"),
    },
    "posterior": {
        "shoulder_level": ("acromion_line_deg", ""),
        "head_tilt": ("ear_line_deg", "tragus"),
        "pelvic_obliquity": ("psis_line_deg", ""),
    },
    "left": {
        "forward_head": ("shoulder_ear_image_deg", "tragus acromion"),
        "forward_head_offset": ("ear_to_shoulder_image_mm", "tragus acromion"),
        "hip_offset": ("hip_to_ankle_image_mm", "greater_trochanter lateral_malleolus"),
        "craniovertebral_angle": ("craniovertebral_angle_image_deg", ""),
    },
}
AGREES["right"] = AGREES["left"]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        (name, key)
        for name, record in TRUTH.items()
        if not name.startswith("bad")
        for key in AGREES[record["view"]]
        if not name.endswith("exif6.jpg")
    ],
)
def test_formulas_agree_with_the_renderers_truth(name, key):
    record = TRUTH[name]
    theirs, unwanted = AGREES[record["view"]][key]
    start = true_pose(record)
    start = start.without({m for m in start.points if any(w in m for w in unwanted.split())})
    scene = Scene(roll_deg=record["camera"]["roll_deg"], mm_per_px=record["mm_per_px"])
    found = take(BY_KEY[key], start, scene, View(record["view"]))
    assert found.value == pytest.approx(record["truth"][theirs], abs=0.06)


@pytest.mark.parametrize(
    ("mark", "view", "others"),
    [
        ("left_asis", "left", {"left_psis"}),
        ("right_psis", "right", {"right_asis"}),
        ("c7", "left", {"left_tragus"}),
        ("left_tragus", "left", {"c7"}),
        ("left_acromion", "left", set()),
        ("left_greater_trochanter", "left", set()),
        ("left_asis", "anterior", {"right_asis"}),
        ("right_psis", "posterior", {"left_psis"}),
        ("left_iliac_crest", "posterior", {"right_iliac_crest"}),
        ("left_acromion", "anterior", {"right_acromion"}),
        ("left_knee", "anterior", {"left_hip", "left_ankle"}),
    ],
)
def test_points_are_placed_with_those_that_their_measure_needs(mark, view, others):
    assert set(placed_with(Landmark(mark), View(view))) == others
