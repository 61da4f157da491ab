from dataclasses import replace
from math import sqrt

import pytest
from support.samples import assessed

from posture.imaging.scene import ScaleSource, VerticalSource
from posture.measuring.repeats import combine
from posture.measuring.uncertainty import MDC_FACTOR
from posture.present import phrases

NAME = "m1_visit1_anterior.jpg"
KEY = "shoulder_level"


def at(value, *, method="acromion:placed", sd=1.0, mdc=2.0, photo="a", **scene):
    """Return an assessment whose only measurement is of shoulder level."""
    usual = assessed(NAME, "anterior")
    row = next(m for m in usual.measurements if m.key == KEY)
    found = replace(
        row, value=value, sd=sd, mdc=mdc, method=method,
        reason=None if value is not None else "hidden",
    )  # fmt: skip
    return replace(
        usual, photo_sha256=photo, measurements=(found,), scene=replace(usual.scene, **scene)
    )


def shoulders(*assessments, repeat=lambda *_: None):
    [found] = combine(assessments, repeat).measurements
    return found


def test_the_mean_with_its_number_and_spread():
    found = shoulders(at(1.0), at(2.0), at(4.5))
    assert (found.value, found.repeats) == (2.5, 3)
    assert found.spread == pytest.approx(sqrt((1.5**2 + 0.5**2 + 2.0**2) / 2))
    assert phrases.found(found) == "2.5° left side higher"


@pytest.mark.parametrize(
    ("part", "sd"), [(None, 1.0), (0.6, sqrt(1 - 0.36 * 2 / 3)), (1.0, sqrt(1 / 3)), (5.0, 0.0)]
)
def test_only_the_part_that_averages_gets_smaller(part, sd):
    found = shoulders(at(1.0), at(2.0), at(3.0), repeat=lambda *_: part)
    assert found.sd == pytest.approx(sd)
    gone = MDC_FACTOR**2 * (part or 0) ** 2 * 2 / 3
    assert found.mdc == pytest.approx(sqrt(max(4 - gone, 0)))


def test_only_what_was_made_alike_is_averaged():
    assert shoulders(at(9.0, method="shoulder:detected"), at(1.0), at(3.0)).value == 2.0
    by_hand = at(9.0, method="acromion:placed")
    detected = at(1.0, method="acromion:detected")
    assert shoulders(detected, detected, by_hand).value == 9.0
    levelled = at(9.0, vertical_source=VerticalSource.PLUMB_LINE)
    tilted = at(1.0, vertical_source=VerticalSource.ASSUMED_LEVEL)
    assert shoulders(tilted, tilted, levelled).value == 9.0
    assert shoulders(at(1.0), at(None), at(2.0)).repeats == 2
    assert shoulders(at(1.0), at(None)).value == 1.0  # of one photo: nothing is combined
    assert shoulders(at(None), at(None)).reason == "hidden"


def test_only_lengths_ask_how_the_scale_was_found():
    both = [assessed(NAME, "anterior") for _ in range(2)]
    by_poster = replace(
        both[0], scene=replace(both[0].scene, scale_source=ScaleSource.POSTER, mm_per_px=2.0)
    )
    combined = combine([by_poster, *both])
    repeats = {m.key: m.repeats for m in combined.measurements if m.value is not None}
    assert {repeats[m.key] for m in combined.measurements if m.unit == "mm" and m.value} == {2}
    assert {repeats[m.key] for m in combined.measurements if m.unit == "deg" and m.value} == {3}
    assert combined.scene.scale_source == both[0].scene.scale_source


def test_the_larger_error_holds_and_an_unknown_one_stays_unknown():
    assert shoulders(at(1.0, sd=1.0), at(2.0, sd=1.5)).sd == 1.5
    assert shoulders(at(1.0), at(2.0, sd=None)).sd is None


def test_the_photo_shown_is_the_one_nearest_to_the_mean():
    found = combine([at(1.0, photo="a"), at(2.2, photo="b"), at(4.0, photo="c")])
    assert found.photo_sha256 == "b"


def test_one_photo_is_itself_and_other_views_are_refused():
    one = at(1.0)
    assert combine([one]) is one
    with pytest.raises(ValueError, match="one view"):
        combine([one, assessed("m1_visit1_left.jpg", "left")])
