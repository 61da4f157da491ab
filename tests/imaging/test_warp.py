"""Our pixels' centres lie at +0.5, OpenCV's at whole numbers: converted once, and exactly."""

import cv2
import numpy as np
import pytest

from posture.imaging.warp import for_opencv, sample

RAMP = np.tile(np.arange(8, dtype=np.float32) + 0.5, (6, 1))  # a pixel's value is its centre's x


def test_a_pixel_doubled_covers_exactly_two():
    enlarged = cv2.warpAffine(
        RAMP, for_opencv(np.diag([2.0, 2.0, 1.0]))[:2], (16, 12), flags=cv2.INTER_LINEAR
    )
    assert enlarged[5, 6] == pytest.approx((6 + 0.5) / 2)


def test_a_shift_by_whole_pixels_is_the_same_in_both():
    shift = np.array([[1.0, 0, 3], [0, 1, -2], [0, 0, 1]])
    assert np.array_equal(for_opencv(shift), shift)


@pytest.mark.parametrize(("centre", "value"), [(0.5, 2.25), (0.0, 2.75)])
def test_a_place_is_read_where_it_lies(centre, value):
    assert sample(RAMP, np.array([2.25]), np.array([3.0]), centre) == pytest.approx(value)
