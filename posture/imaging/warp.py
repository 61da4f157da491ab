"""Warping and sampling pictures by our convention: a pixel's centre lies at +0.5.

OpenCV puts it at whole numbers. Coordinates of the two differ by half a pixel; the conversion is
made here and nowhere else.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_TO_OURS = np.array([[1.0, 0.0, 0.5], [0.0, 1.0, 0.5], [0.0, 0.0, 1.0]])
_TO_OPENCV = np.array([[1.0, 0.0, -0.5], [0.0, 1.0, -0.5], [0.0, 0.0, 1.0]])


def for_opencv(matrix: Floats) -> Floats:
    """Return a 3 x 3 transform of our coordinates as OpenCV's warps need it."""
    return np.asarray(_TO_OPENCV @ matrix @ _TO_OURS)


def sample(picture: NDArray[np.float32], x: Floats, y: Floats, centre: float = 0.5) -> Floats:
    """Return a picture's values at some places, interpolated; its edge is repeated outside.

    Parameters
    ----------
    picture : ndarray of float32 (height, width)
    x, y : ndarray of float
        Places of one shape.
    centre : float
        Where a pixel's centre lies: 0.5 in our coordinates, 0 where places are indices.
    """
    shape = np.atleast_2d(x).shape
    values = cv2.remap(
        picture,
        (x - centre).astype(np.float32).reshape(shape),
        (y - centre).astype(np.float32).reshape(shape),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(values, dtype=np.float64).reshape(x.shape)
