"""How one shoulder's outline lies against the other one's, mirrored.

Where on the outline an acromion lies is not to be seen, and the outline falls steeply there: its
height taken a finger's breadth farther out on one side than on the other tilts the line by degrees.
Laid over each other, the two outlines tell which places of them belong together.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from posture.imaging.warp import sample

INNER, OUTER = 0.15, 1.25  # of the half-breadth: from beside the neck to beyond the arm
AT = (0.86, -0.1)  # of the half-breadth, outwards and down: where the acromion is
WINDOWS = tuple((above, below) for above in (0.45, 0.55) for below in (0.3, 0.45, 0.6))
"""Of the half-breadth. A higher window holds some of the neck, a lower one some of the arm; each
pulls the match a little, and their mean was nearer than any of them."""

STEP_PX, BLUR_PX = 2.0, 2.0
CONVERGED = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 100, 1e-5)
SMOOTH = 5  # OpenCV's own filter before each step, in samples


@dataclass(frozen=True)
class MirrorFit:
    """How the outline's two halves lie to each other, in pixels of the cut-out.

    ``axis``: x of the line in which they mirror each other, at the shoulders' height. ``raised``:
    how much higher the first one's acromion is than the other one's.
    """

    axis: float
    raised: float


def fit_mirrored(
    body: NDArray[np.float32], middle: tuple[float, float], half: float
) -> MirrorFit | None:
    """Lay the outline's half at the picture's right over the mirrored one at its left.

    Parameters
    ----------
    body : ndarray of float32 (height, width)
        0 to 1, levelled.
    middle : tuple of float
        Between the shoulders, pixels.
    half : float
        Half of the breadth over both upper arms, pixels; negative to begin with the half at the
        picture's left.

    Returns
    -------
    MirrorFit or None
        The mean over all windows; None where the two are too unlike in all of them.
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
    """Return how far a place of one picture has moved in the other, columns and rows."""
    start = np.eye(2, 3, dtype=np.float32)
    try:
        _, turned = cv2.findTransformECC(  # type: ignore[call-overload]
            one, other, start, cv2.MOTION_EUCLIDEAN, CONVERGED, None, SMOOTH
        )
    except cv2.error:  # the two have nothing in common
        return None
    return np.asarray(turned @ [*at, 1.0] - at, dtype=np.float64)
