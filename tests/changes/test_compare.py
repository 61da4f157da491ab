from dataclasses import replace
from functools import cache
from math import atan2, degrees
from types import SimpleNamespace

import pytest
from support.samples import SAMPLES, TRUTH, assessed

from posture.changes.compare import (
    MARKED_ANEW,
    MARKS_STAYED,
    Change,
    Verdict,
    compare,
    compare_kept,
    notes,
)
from posture.changes.registered import HEAD, SIDE
from posture.imaging.photo import load_photo
from posture.imaging.scene import Scene, VerticalSource
from posture.measuring.assess import assess
from posture.measuring.options import AssessmentOptions
from posture.present.phrases import amount


@cache
def unmarked(name, view):
    """Return a sample's assessment without its markers, measured once."""
    return assess(SAMPLES / name, view, options=AssessmentOptions(markers=None))


def changed(assessment, key, **changes):
    """Return the assessment with one measurement changed."""
    return replace(
        assessment,
        measurements=tuple(
            replace(m, **changes) if m.key == key else m for m in assessment.measurements
        ),
    )


@pytest.fixture
def before():
    return changed(
        assessed("m1_visit1_anterior.jpg", "anterior"),
        "shoulder_level",
        value=-3.0,
        mdc=2.0,
        method="shoulder:detected",
    )


def verdict(before, after, key="shoulder_level"):
    return next(c for c in compare(before, after) if c.key == key)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (-1.1, Verdict.WITHIN_ERROR),
        (-5.0, Verdict.WITHIN_ERROR),
        (-0.9, Verdict.CHANGE),
        (3.0, Verdict.CHANGE),
    ],
)
def test_a_difference_is_a_change_only_beyond_the_detectable(before, after, expected):
    found = verdict(before, changed(before, "shoulder_level", value=after))
    assert found.verdict is expected
    assert found.difference == pytest.approx(after + 3.0)


def test_the_larger_error_of_the_two_counts(before):
    after = changed(before, "shoulder_level", value=0.0, mdc=3.5)
    assert verdict(before, after).verdict is Verdict.WITHIN_ERROR


def test_landmarks_of_different_models_do_not_compare(before):
    after = replace(before, model="heavy")
    assert "different models" in str(verdict(before, after).reason)
    marked = {"method": "acromion:marker"}
    both = [changed(each, "shoulder_level", **marked) for each in (before, after)]
    assert verdict(*both).verdict is Verdict.WITHIN_ERROR


def test_marks_put_on_again_are_in_the_error_and_those_that_stayed_are_not():
    before, after = (assessed(f"f1_visit{n}_anterior.jpg", "anterior") for n in (1, 2))

    def found(**how) -> dict[str, Change]:
        return {change.key: change for change in compare(before, after, **how)}

    anew, stayed = found(), found(marked_anew=False)
    assert anew["pelvic_obliquity"].mdc > 3 > 0.5 > stayed["pelvic_obliquity"].mdc
    assert stayed["pelvic_obliquity"].verdict is Verdict.CHANGE
    assert anew["pelvic_obliquity"].verdict is Verdict.WITHIN_ERROR
    for key in ("hip_line", "head_tilt"):  # automatic; the tragus is seen, not felt
        assert anew[key] == stayed[key]
    plain = assessed("m1_visit1_anterior.jpg", "anterior")
    assert MARKED_ANEW in notes(before, after)
    assert MARKS_STAYED in notes(before, after, marked_anew=False)
    assert not {MARKED_ANEW, MARKS_STAYED} & {*notes(before, plain), *notes(plain, after)}


@pytest.mark.parametrize("person", ["m1", "f1"])
@pytest.mark.parametrize(("first", "second"), [(1, 3), (3, 1), (2, 3)])
def test_a_head_from_behind_is_followed_in_two_photos(person, first, second):
    names = [f"{person}_visit{visit}_posterior.jpg" for visit in (first, second)]
    photos = tuple(load_photo(SAMPLES / name) for name in names)
    # Without the markers: nothing on the back of the head is level by itself.
    seen = [unmarked(name, "posterior") for name in names]
    tilts = []
    for name in names:
        left, right = (TRUTH[name]["landmarks_3d_mm"][f"{side}_ear"] for side in ("left", "right"))
        tilts.append(degrees(atan2(left[1] - right[1], left[0] - right[0])))
    found = next(c for c in compare(*seen, lambda: photos) if c.key == "head_tilt")
    assert found.method == HEAD
    assert found.difference == pytest.approx(tilts[1] - tilts[0], abs=min(found.mdc, 1.0))
    # Without the photos there is only what the landmarks say.
    assert next(c for c in compare(*seen) if c.key == "head_tilt").method != HEAD


@pytest.mark.parametrize("view", ["left", "right"])
@pytest.mark.parametrize("person", ["m1", "f1"])
@pytest.mark.parametrize(("first", "second"), [(1, 3), (3, 1), (1, 2)])
def test_ear_and_shoulder_are_followed_in_two_photos(person, view, first, second):
    names = [f"{person}_visit{visit}_{view}.jpg" for visit in (first, second)]
    photos = tuple(load_photo(SAMPLES / name) for name in names)
    seen = [unmarked(name, view) for name in names]
    before, after = (TRUTH[name]["truth"]["shoulder_ear_deg"] for name in names)
    found = next(c for c in compare(*seen, lambda: photos) if c.key == "forward_head")
    assert found.method == SIDE
    assert found.difference == pytest.approx(after - before, abs=2.1)
    alone = next(c for c in compare(*seen) if c.key == "forward_head")
    assert found.mdc < alone.mdc
    assert alone.method != SIDE
    repeated = [changed(each, "forward_head", mdc=found.mdc / 2, repeats=9) for each in seen]
    kept = next(c for c in compare(*repeated, lambda: photos) if c.key == "forward_head")
    assert (kept.mdc, kept.method) == (found.mdc / 2, alone.method)


def test_photos_of_the_record_are_registered_where_they_can_be_read():
    names = [f"m1_visit{visit}_posterior.jpg" for visit in (1, 2)]
    stored = [SimpleNamespace(id=name, assessment=assessed(name, "posterior")) for name in names]

    def methods(files):
        return {c.key: c.method for c in compare_kept(*stored, files, marked_anew=True)}

    assert methods(lambda name: (SAMPLES / name).read_bytes())["head_tilt"] == HEAD
    assert methods(lambda name: b"no photo")["head_tilt"] != HEAD


def test_another_head_and_shoulder_are_not_followed():
    names = [f"{who}_visit1_left.jpg" for who in ("m1", "f1")]
    photos = tuple(load_photo(SAMPLES / name) for name in names)
    seen = [unmarked(name, "left") for name in names]
    found = next(c for c in compare(*seen, lambda: photos) if c.key == "forward_head")
    assert found.method != SIDE


def test_other_hair_is_not_followed():
    names = [f"{who}_visit1_posterior.jpg" for who in ("m1", "f1")]
    photos = tuple(load_photo(SAMPLES / name) for name in names)
    seen = [unmarked(name, "posterior") for name in names]
    found = next(c for c in compare(*seen, lambda: photos) if c.key == "head_tilt")
    assert found.method != HEAD


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"method": "acromion:placed"}, "different methods"),
        ({"value": None, "reason": "the left shoulder is hidden"}, "missing after: the left"),
        ({"mdc": None}, "no measuring error is known"),
    ],
)
def test_what_does_not_compare_says_why(before, changes, reason):
    found = verdict(before, changed(before, "shoulder_level", **changes))
    assert found.verdict is Verdict.NOT_COMPARABLE
    assert found.difference is None
    assert reason in str(found.reason)


def test_another_vertical_forbids_what_depends_on_it(before):
    after = replace(before, scene=Scene(1.0, VerticalSource.PLUMB_LINE, before.scene.mm_per_px))
    assert verdict(before, after).verdict is Verdict.NOT_COMPARABLE
    assert verdict(before, after, "knee_alignment_left").verdict is Verdict.WITHIN_ERROR


def test_different_views_do_not_compare(before):
    with pytest.raises(ValueError, match="same view"):
        compare(before, assessed("m1_visit1_left.jpg", "left"))


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (None, "deg", "not known"),
        (0.01, "deg", "under 0.1°"),
        (0.06, "deg", "0.1°"),
        (0.2, "mm", "under 1 mm"),
        (2.4, "mm", "2 mm"),
    ],
)
def test_an_error_is_never_shown_as_none(value, unit, words):
    assert amount(value, unit) == words
