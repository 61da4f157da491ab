"""Points changed by hand, measured without another look at the photo."""

from dataclasses import replace

import pytest
from support.samples import HEIGHT_CM, SAMPLES, assessed

from posture.errors import PointsError
from posture.imaging.scene import Ruler, ScaleSource, VerticalSource
from posture.issues import CaptureIssue, Severity
from posture.landmarks import ACROMIA, TRAGI, Landmark, Pose, Source
from posture.measuring.amend import (
    ALONE,
    CHECKED,
    REJECTED,
    Edit,
    Edits,
    amended,
    edits_of,
    is_unsure,
    point_changes,
)
from posture.measuring.assess import assess
from posture.present.serialise import assessment_from_record, assessment_to_record

SIDE, MARKED = "m1_visit1_left.jpg", "f1_visit1_anterior.jpg"
PELVIS = {Landmark.LEFT_ASIS: (418.0, 730.0), Landmark.LEFT_PSIS: (575.0, 722.0)}


def value(assessment, key):
    return next(m for m in assessment.measurements if m.key == key)


def test_it_is_what_assess_says_with_the_same_points():
    points = {**PELVIS, Landmark.LEFT_SHOULDER: (500.0, 480.0)}
    expected = assess(SAMPLES / SIDE, "left", height_cm=HEIGHT_CM, points=points)
    result = amended(assessed(SIDE, "left"), Edits(points))
    assert result == expected
    assert value(result, "pelvic_tilt").method == "asis:placed, psis:placed"
    assert edits_of(result).points == points


def test_edits_replace_the_ones_before_and_none_is_what_was_found():
    found = assessed(SIDE, "left")
    first = amended(found, Edits({Landmark.LEFT_SHOULDER: (500.0, 480.0), **PELVIS}))
    assert first.pose.found[Landmark.LEFT_SHOULDER].source is Source.DETECTED
    assert amended(first, Edits(PELVIS)) == amended(found, Edits(PELVIS))
    assert amended(first, Edits()) == found


def test_a_rejected_marker_is_not_measured_from_and_can_come_back():
    found = assessed(MARKED, "anterior")
    assert "asis:marker" in value(found, "pelvic_obliquity").method
    result = amended(found, Edits(rejected=frozenset({Landmark.LEFT_ASIS})))
    missing = value(result, "pelvic_obliquity")
    assert (missing.value, missing.reason) == (None, REJECTED)
    assert result.withheld[Landmark.RIGHT_ASIS] == ALONE
    assert edits_of(result).rejected == {Landmark.LEFT_ASIS}
    assert amended(result, Edits()) == found


def test_an_issue_counts_until_its_points_are_marked_and_again_without_them():
    covered = CaptureIssue("face_covered", Severity.WARNING, "mark the tragi", mended_by=TRAGI)
    found = replace(assessed(SIDE, "left"), issues=(covered,))
    tragi = dict.fromkeys(TRAGI, (500.0, 300.0))
    assert found.active_issues == (covered,)
    assert amended(found, Edits({TRAGI[0]: tragi[TRAGI[0]]})).active_issues == (covered,)
    assert amended(found, Edits(tragi)).active_issues == ()
    assert (
        amended(found, Edits({**tragi, **dict.fromkeys(ACROMIA, (500.0, 400.0))})).active_issues
        == ()
    )
    assert amended(found, Edits(dict.fromkeys(ACROMIA, (500.0, 400.0)))).active_issues == (covered,)
    assert amended(amended(found, Edits(tragi)), Edits()).active_issues == (covered,)
    read = assessment_from_record(assessment_to_record(found))
    assert read.issues == found.issues


def test_a_rejected_marker_brings_back_what_it_had_mended():
    found = assessed(MARKED, "anterior")
    doubt = CaptureIssue("methods_disagree", Severity.WARNING, "mark them", mended_by=ACROMIA)
    found = replace(found, issues=(doubt,))
    assert found.active_issues == ()
    assert amended(found, Edits(rejected=frozenset(ACROMIA[:1]))).active_issues == (doubt,)


def test_checked_markers_are_on_record():
    result = amended(assessed(MARKED, "anterior"), Edits(checked=True))
    assert CHECKED in {issue.code for issue in result.issues}
    assert edits_of(result).checked
    assert amended(result, edits_of(result)) == result


def test_a_plumb_line_levels_and_a_ruler_scales():
    found = assessed(SIDE, "left")
    line, ruler = ((800.0, 200.0), (810.0, 1200.0)), Ruler((100, 100), (100, 350), 500.0)
    result = amended(found, Edits(plumb_line=line, ruler=ruler))
    whole = assess(SAMPLES / SIDE, "left", height_cm=HEIGHT_CM, plumb_line=line)
    assert result.scene.vertical_source is VerticalSource.PLUMB_LINE
    assert value(result, "body_lean") == value(whole, "body_lean")
    assert (result.scene.mm_per_px, result.scene.scale_source) == (2.0, ScaleSource.RULER)
    shift = value(result, "knee_offset").value / value(whole, "knee_offset").value
    assert shift == pytest.approx(2.0 / whole.scene.mm_per_px)
    with pytest.raises(PointsError, match="known length"):
        amended(found, Edits(ruler=Ruler((0, 0), (0, 300), 4)))
    with pytest.raises(PointsError, match="apart"):
        amended(found, Edits(ruler=Ruler((0, 0), (0, 3), 400)))


def test_where_nobody_was_found_points_by_hand_are_measured_all_the_same():
    nobody = assess(SAMPLES / "bad_no_person.jpg", "left")
    result = amended(nobody, Edits(PELVIS))
    assert result.measured
    assert value(result, "pelvic_tilt").value is not None
    gone = amended(result, Edits())
    assert gone.pose is None
    assert {m.value for m in gone.measurements} == {None}


def test_moves_name_what_somebody_changed():
    found = assessed(MARKED, "anterior")
    eye = found.pose.points[Landmark.LEFT_EYE]
    points = {Landmark.LEFT_EYE: (eye.x + 3, eye.y + 4), Landmark.C7: (500.0, 400.0)}
    first = amended(found, Edits(points, frozenset({Landmark.LEFT_ASIS})))
    expected = {
        Landmark.LEFT_EYE: (Edit.MOVED, pytest.approx(5)),
        Landmark.C7: (Edit.PLACED, None),
        Landmark.LEFT_ASIS: (Edit.REJECTED, None),
    }
    for before in (found, None):
        assert {m.landmark: (m.what, m.px) for m in point_changes(before, first)} == expected
    assert {m.what for m in point_changes(first, found)} == {Edit.RESET}
    assert point_changes(found, found) == point_changes(first, first) == ()


def test_points_on_which_the_passes_disagree_are_unsure():
    found = assessed(SIDE, "left")
    knee = found.pose.points[Landmark.LEFT_KNEE]
    assert is_unsure(replace(knee, visibility=0.4), found)
    assert not is_unsure(found.pose.points[Landmark.LEFT_WRIST], found)
    assert is_unsure(replace(knee, visibility=1.0, spread=30.0), found)
    assert not is_unsure(replace(knee, visibility=1.0, spread=0.1), found)
    assert not is_unsure(replace(knee, source=Source.PLACED), found)
    assert not is_unsure(replace(knee, visibility=None, spread=None), replace(found, pose=Pose({})))
