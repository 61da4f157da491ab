"""The body cut out of a picture by its own colours (GrabCut), seeded by the model's coarse mask."""

import cv2
import numpy as np
from numpy.typing import NDArray

FEWEST_PX = 100  # that are surely body, and surely not


def cut_out(
    colours: NDArray[np.uint8], mask: NDArray[np.float32], unsure_px: int, rounds: int
) -> NDArray[np.float32] | None:
    """Return the body in a picture, 0 to 1 with a soft edge; None where the mask is no seed.

    Parameters
    ----------
    colours : array of uint8
        (height, width, 3).
    mask : array of float32
        (height, width), the model's share of each pixel.
    unsure_px : int
        How far on either side of the mask's edge the colours decide.
    rounds : int
        Of GrabCut.
    """
    kernel = np.ones((unsure_px, unsure_px), np.uint8)
    surely = cv2.erode((mask > 0.7).astype(np.uint8), kernel) > 0
    surely_not = cv2.dilate((mask > 0.3).astype(np.uint8), kernel) == 0
    if surely.sum() < FEWEST_PX or surely_not.sum() < FEWEST_PX:
        return None
    labels = np.where(mask > 0.5, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    labels[surely], labels[surely_not] = cv2.GC_FGD, cv2.GC_BGD
    cv2.setRNGSeed(0)  # the same photo gives the same figures
    back, front = np.zeros((1, 65)), np.zeros((1, 65))
    cut, _, _ = cv2.grabCut(colours, labels, None, back, front, rounds, cv2.GC_INIT_WITH_MASK)  # type: ignore[call-overload]
    body = np.isin(cut, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(body, (0, 0), 1.0), dtype=np.float32)
