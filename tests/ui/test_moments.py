"""Which two moments a comparison begins with."""

from types import SimpleNamespace

import pytest

from posture.practice.sot import Stage
from posture.ui.moments import default_pair

A, B, C = (SimpleNamespace(id=name) for name in "abc")
PRE, POST = Stage.PRE, Stage.POST


@pytest.mark.parametrize(
    ("found", "asked_from", "pair"),
    [
        ([(A, PRE), (B, PRE), (B, POST), (C, PRE)], None, (0, 3)),
        ([(A, PRE), (B, PRE), (B, POST), (C, PRE)], "b", (1, 2)),  # its own before and after
        ([(A, PRE), (B, PRE), (B, POST), (C, PRE)], "c", (2, 3)),  # what came before it, and it
        ([(A, PRE), (B, PRE), (B, POST), (C, PRE)], "a", (0, 1)),  # nothing came before
        ([(A, PRE), (B, PRE)], "gone", (0, 1)),
        ([(A, PRE), (A, POST)], "a", (0, 1)),
    ],
)
def test_the_visit_that_it_was_asked_from_is_what_is_compared(found, asked_from, pair):
    assert default_pair(found, asked_from) == pair
