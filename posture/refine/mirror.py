"""Aligns one shoulder's outline with the mirror image of the other.

The acromion itself is not visible on the outline, and the outline is steep there: reading its
height a finger's breadth farther out on one side than on the other tilts the line by degrees.
Aligning the two outlines shows which of their places correspond.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from posture.imaging.warp import sample

INNER, OUTER = 0.15, 1.25  # of the half-breadth: from beside the neck to beyond the arm
AT = (0.86, -0.1)  # position of the acromion, in half-breadths outwards and down
WINDOWS = tuple((above, below) for above in (0.45, 0.55) for below in (0.3, 0.45, 0.6))
"""Of the half-breadth. A higher window includes some of the neck, a lower one some of the arm. Each
biases the fit a little; their mean was closer to the truth than any of them."""

STEP_PX, BLUR_PX = 2.0, 2.0
CONVERGED = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 100, 1e-5)
SMOOTH = 5  # size of OpenCV's filter before each step, in samples


@dataclass(frozen=True)
class MirrorFit:
    """How the outline's two halves fit, in pixels of the cut-out.

    ``axis``: x of their mirror axis, at the height of the shoulders. ``raised``: how much higher
    the first half's acromion is than the other's.
    """

    axis: float
    raised: float


def fit_mirrored(
    body: NDArray[np.float32], middle: tuple[float, float], half: float
) -> MirrorFit | None:
    """Fit the right half of the outline, as seen in the picture, to its mirrored left half.

    Parameters
    ----------
    body : ndarray of float32 (height, width)
        0 to 1, levelled.
    middle : tuple of float
        Between the shoulders, pixels.
    half : float
        Half of the breadth across both upper arms, pixels; negative to start with the left half.

    Returns
    -------
    MirrorFit or None
        The mean over all windows; None if the halves differ too much in all of them.
    """
    soft = np.asarray(cv2.GaussianBlur(body, (0, 0), BLUR_PX), dtype=np.float32)
    size = abs(half)
    place = (AT[0] * size, AT[1] * size)
    shifts = []
    for above, below in WINDOWS:
        rows = np.arange(-above * size, below * size, STEP_PX)
        columns = np.arange(INNER * size, OUTER * size, STEP_PX)
        across, down = np.meshgrid(columns, rows)
        one, other = (
            sample(soft, middle[0] + side * across, middle[1] + down, centre=0.0).astype(np.float32)
            for side in (np.sign(half), -np.sign(half))
        )
        first = np.array([columns[0], rows[0]])
        shifts += [
            sign * shift
            for sign, pair in ((1, (one, other)), (-1, (other, one)))
            if (shift := _shift(*pair, (np.array(place) - first) / STEP_PX)) is not None
        ]
    if not shifts:
        return None
    outwards, down = STEP_PX * np.mean(shifts, axis=0)
    return MirrorFit(middle[0] - np.sign(half) * outwards / 2, float(down))


def _shift(
    one: NDArray[np.float32], other: NDArray[np.float32], at: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    """Return the shift of a place between the two pictures, in columns and rows."""
    start = np.eye(2, 3, dtype=np.float32)
    try:
        _, turned = cv2.findTransformECC(  # type: ignore[call-overload]
            one, other, start, cv2.MOTION_EUCLIDEAN, CONVERGED, None, SMOOTH
        )
    except cv2.error:  # the two have nothing in common
        return None
    return np.asarray(turned @ [*at, 1.0] - at, dtype=np.float64)
