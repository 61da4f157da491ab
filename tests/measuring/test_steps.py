"""Edits and their steps as plain data: all of it, and nothing that is not known."""

import json

import pytest

from posture.imaging.scene import Ruler
from posture.landmarks import Landmark
from posture.measuring.amend import Edits
from posture.measuring.steps import (
    MOST,
    Steps,
    edits_from_json,
    edits_to_json,
    steps_from_json,
)

EMPTY = edits_to_json(Edits())


@pytest.mark.parametrize(
    "edits",
    [
        Edits(),
        Edits({Landmark.C7: (1.5, 2.0)}, frozenset({Landmark.LEFT_ASIS}), checked=True),
        Edits(plumb_line=((1.0, 2.0), (3.0, 400.0))),
        Edits(ruler=Ruler((0.0, 0.0), (0.0, 100.0), 1000.0)),
    ],
)
def test_edits_come_back_whole(edits):
    assert edits_from_json(json.loads(json.dumps(edits_to_json(edits)))) == edits


def test_what_is_not_known_is_not_taken():
    given = EMPTY | {"placed": {"c7": [1, 2], "nose2": [3, 4]}, "rejected": ["x"], "more": 1}
    assert edits_from_json(given) == Edits({Landmark.C7: (1.0, 2.0)})
    with pytest.raises((ValueError, TypeError)):
        edits_from_json(EMPTY | {"placed": {"c7": ["one", 2]}})


def test_steps_come_back_with_half_a_plumb_line_and_no_end_of_them():
    half = EMPTY | {"placed": {"plumb_top": [5.0, 6.0]}}
    steps = Steps((EMPTY, half), (EMPTY | {"checked": True},))
    assert steps_from_json(json.loads(json.dumps(steps.as_json()))) == steps
    assert steps_from_json(None) == Steps()
    assert len(steps_from_json({"past": [EMPTY] * (MOST + 5)}).past) == MOST
