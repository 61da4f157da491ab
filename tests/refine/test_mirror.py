"""How much one shoulder is raised, found by laying one half of the outline over the other."""

import cv2
import numpy as np
import pytest

from posture.refine.mirror import fit_mirrored

MIDDLE, HALF = (300.0, 250.0), 140.0


def outline(raised: float, off: float = 0.0):
    """Return a neck and two shoulders, the one at the picture's right higher by ``raised`` px."""
    body = np.zeros((520, 600), np.float32)
    x = MIDDLE[0] + off
    for side, up in ((1, raised / 2), (-1, -raised / 2)):
        shape = [(0, -110), (30, -105), (40, -60), (95, -30), (125, -5), (142, 60), (145, 270)]
        edge = [(x + side * dx, MIDDLE[1] + dy - up * min(dx / 60, 1)) for dx, dy in shape]
        corners = np.array([*edge, (x, MIDDLE[1] + 270)])
        cv2.fillPoly(body, [np.round(corners * 16).astype(np.int32)], 1.0, cv2.LINE_AA, 4)
    return body


@pytest.mark.parametrize("raised", [-24.0, -8.0, 0.0, 8.0, 24.0])
def test_a_raised_shoulder_is_found(raised):
    assert fit_mirrored(outline(raised), MIDDLE, HALF).raised == pytest.approx(
        raised, rel=0.1, abs=0.3
    )


@pytest.mark.parametrize("off", [-6.0, 0.0, 6.0])
def test_the_axis_is_found_where_the_halves_mirror_each_other(off):
    assert fit_mirrored(outline(0.0, off), MIDDLE, HALF).axis == pytest.approx(
        MIDDLE[0] + off, abs=1.0
    )


def test_a_mirrored_outline_gives_the_mirrored_answer():
    body = outline(12.0, 3.0)
    one = fit_mirrored(body, MIDDLE, HALF)
    other = fit_mirrored(np.ascontiguousarray(body[:, ::-1]), (599 - MIDDLE[0], MIDDLE[1]), HALF)
    assert other.raised == pytest.approx(-one.raised, abs=0.05)
    assert other.axis == pytest.approx(599 - one.axis, abs=0.05)


def test_the_side_to_begin_with_only_turns_the_sign():
    one, other = (fit_mirrored(outline(12.0), MIDDLE, half) for half in (HALF, -HALF))
    assert other.raised == pytest.approx(-one.raised, abs=0.05)
    assert other.axis == pytest.approx(one.axis, abs=0.05)


def test_halves_that_cannot_be_aligned_give_none():
    assert fit_mirrored(np.zeros((520, 600), np.float32), MIDDLE, HALF) is None
