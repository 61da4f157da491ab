from dataclasses import replace

import pytest

from posture.landmarks import View
from posture.practice.protocols import (
    ProtocolError,
    available,
    from_json,
    protocol_differences,
    standard,
    to_json,
)
from posture.present.phrases import conditions
from posture.words import Speech, speaking

USUAL = standard()[0]


def test_the_usual_protocol_takes_four_views_by_quarter_turns():
    assert USUAL.views == (View.ANTERIOR, View.LEFT, View.POSTERIOR, View.RIGHT)
    assert (USUAL.repeats, USUAL.distance_m, USUAL.camera_height_cm) == (3, 3.0, 100)
    assert conditions(USUAL).startswith("camera 3 m away, lens 100 cm high; underwear")


@pytest.mark.parametrize("protocol", standard(), ids=lambda p: p.key)
def test_a_protocol_comes_back_as_it_went(protocol):
    assert from_json(to_json(protocol)) == protocol


def test_a_practices_own_come_last_and_win_by_their_key():
    mine = to_json(replace(USUAL, key="mine", label="Mine", views=(View.LEFT,)))
    near = to_json(replace(USUAL, distance_m=2.5))
    found = {p.key: p for p in available([mine, near])}
    assert list(found)[-1] == "mine"
    assert found["standard"].distance_m == 2.5
    assert available(None) == standard()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"views": []}, "at least one view"),
        ({"views": ["above"]}, "'above' is not a valid View"),
        ({"repeats": 0}, "1 to 10 stills, not 0"),
        ({"distance_m": 300}, "300 m cannot be right"),
        ({"camera_height_cm": 1e6}, "cannot be right"),
        ({"distance_m": "near"}, "near"),
        ({"label": " "}, "needs a name"),
    ],
)
def test_what_cannot_be_is_refused(change, says):
    with pytest.raises(ProtocolError, match=says):
        from_json({**to_json(USUAL), **change})
    with pytest.raises(ProtocolError, match="'stance' is wrong"):
        from_json({k: v for k, v in to_json(USUAL).items() if k != "stance"})


def test_differences_are_what_may_move_a_value():
    assert protocol_differences(None, None) == ()
    assert (
        protocol_differences(USUAL, replace(USUAL, key="other", label="Other", views=(View.LEFT,)))
        == ()
    )
    changed = replace(USUAL, distance_m=2.5, clothing="clothed", repeats=1)
    assert protocol_differences(USUAL, changed) == (
        "camera distance: 3 m before, 2.5 m after",
        "clothing: underwear, barefoot, hair behind the ears before, clothed after",
        "stills per view: 3, in one burst before, 1 after",
    )
    assert "not known" in protocol_differences(None, USUAL)[0]


def test_standing_again_is_kept_told_and_told_apart_from_a_burst():
    [again] = [protocol for protocol in standard() if protocol.stand_again]
    assert "3 times, stepping away and standing again" in conditions(again)
    assert "again" not in conditions(USUAL)
    assert protocol_differences(USUAL, again) == (
        "stills per view: 3, in one burst before, 3, standing again each time after",
    )
    before_it_was_asked = {k: v for k, v in to_json(USUAL).items() if k != "stand_again"}
    assert from_json(before_it_was_asked) == USUAL


def test_numbers_are_written_as_the_language_writes_them():
    near, far = (replace(USUAL, distance_m=metres) for metres in (2.5, 3.5))
    with speaking(Speech("de")):
        assert conditions(far).startswith("Kamera 3,5 m entfernt")
        assert any("2,5 m" in each and "3,5 m" in each for each in protocol_differences(near, far))
