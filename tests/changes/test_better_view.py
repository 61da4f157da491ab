"""Of front and back only the better one states a change."""

import pytest

from posture.changes.better_view import SAME_FROM_BOTH, standing_back
from posture.changes.compare import Change, Verdict
from posture.landmarks import View
from posture.measuring.measures import BY_KEY, FRONTAL

FRONT, BACK, LEFT, RIGHT = View.ANTERIOR, View.POSTERIOR, View.LEFT, View.RIGHT


def change(key, method, mdc, *, comparable=True) -> Change:
    verdict = Verdict.CHANGE if comparable else Verdict.NOT_COMPARABLE
    measure = BY_KEY[key]
    return Change(key, measure.label, measure.unit, None, None, 9.0, mdc, verdict, None, method)


@pytest.mark.parametrize(
    ("key", "front", "back", "stands_back"),
    [
        # From behind the model's ears show a sixth of a real change, however finely.
        ("head_tilt", ("eye:refined", 1.5), ("ear:detected", 0.8), BACK),
        ("head_tilt", ("eye:detected", 0.9), ("head:registered", 1.1), FRONT),
        # Both show it whole: the smaller error.
        ("shoulder_level", ("acromion:refined", 1.1), ("acromion:marker", 0.5), FRONT),
        ("shoulder_level", ("acromion:placed", 0.5), ("acromion:refined", 1.1), BACK),
        ("trunk_shift", ("shoulder:detected, ankle:detected", 6.0),
         ("shoulder:detected, ankle:detected", 6.0), BACK),
        # ASIS and PSIS are not the same points of the pelvis.
        ("pelvic_obliquity", ("asis:marker", 3.0), ("psis:marker", 1.0), None),
    ],
)  # fmt: skip
def test_which_of_two_views_stands_back(key, front, back, stands_back):
    found = [(FRONT, change(key, *front)), (BACK, change(key, *back))]
    other = {FRONT: BACK, BACK: FRONT}
    expected = {(stands_back, key): other[stands_back]} if stands_back else {}
    assert standing_back(found) == standing_back(reversed(found)) == expected


def test_what_only_one_view_can_tell_is_told():
    found = [
        (FRONT, change("head_tilt", "eye:refined", 0.5, comparable=False)),
        (BACK, change("head_tilt", "ear:detected", 3.0)),
        (BACK, change("shoulder_level", "acromion:refined", 1.0)),
    ]
    assert standing_back(found) == {}


def test_left_and_right_show_different_sides_of_the_body():
    sides = [
        (view, change(key, "x:placed", 1.0))
        for key, measure in BY_KEY.items()
        for view in (LEFT, RIGHT)
        if view in measure.views
    ]
    assert len(sides) > 10
    assert standing_back(sides) == {}
    assert all(BY_KEY[key].views == FRONTAL for key in SAME_FROM_BOTH)
