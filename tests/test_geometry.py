from math import isnan

import pytest

from posture.geometry import bend, elevation, lean, rotate


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ((0, 0), (1, 0), 0),
        ((0, 0), (1, 1), 45),
        ((0, 0), (-1, -1), 45),  # a line has no direction
        ((0, 0), (1, -1), -45),
        ((0, 0), (0, 1), 90),
        ((0, 0), (0, -1), 90),
        ((0, 0), (-1, 1e-9), 0),  # never 180
    ],
)
def test_elevation(start, end, expected):
    assert elevation(start, end) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("lower", "upper", "expected"),
    [((0, 0), (0, 1), 0), ((0, 0), (1, 1), 45), ((0, 0), (-1, 1), -45), ((0, 0), (1, 0), 90)],
)
def test_lean(lower, upper, expected):
    assert lean(lower, upper) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (((0, 2), (0, 1), (0, 0)), 0),
        (((0, 2), (0, 1), (1, 1)), 90),  # down, then to +x: counter-clockwise
        (((0, 2), (0, 1), (-1, 1)), -90),
        (((0, 2), (0, 1), (1, 0)), 45),
    ],
)
def test_bend(path, expected):
    assert bend(*path) == pytest.approx(expected)


def test_no_line_between_equal_points():
    assert isnan(elevation((1, 1), (1, 1)))
    assert isnan(lean((1, 1), (1, 1)))
    assert isnan(bend((1, 1), (1, 1), (0, 0)))


def test_rotate_is_counter_clockwise():
    assert rotate((1, 0), 90) == pytest.approx((0, 1))
