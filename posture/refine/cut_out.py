"""Cuts the body out of a picture by its colours (GrabCut), seeded by the model's coarse mask.

If heights or middles are read from the cut-out, that part of the photo is levelled first.
"""

from dataclasses import dataclass
from math import cos, radians, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from posture.geometry import XY
from posture.imaging.photo import Photo
from posture.pose.detect import Detection

FEWEST_PX = 100  # of certain body, and of certain background


@dataclass(frozen=True)
class Crop:
    """A levelled part of a photo: its columns are vertical.

    ``matrix`` (2, 3) maps photo pixels to it; ``unit`` is its unit of length in its own pixels;
    ``size`` is its width and height.
    """

    matrix: NDArray[np.float64]
    unit: float
    size: tuple[int, int]


def levelled(
    middle: XY, length: float, most_px: float, around: tuple[float, float, float], roll_deg: float
) -> Crop:
    """Return the part of a photo around a place, levelled and reduced.

    Parameters
    ----------
    middle : (x, y)
        In photo pixels.
    length : float
        The unit, in photo pixels; reduced to ``most_px`` if it is longer.
    around : tuple of float
        How far the part extends to either side, up and down, in units.
    roll_deg : float
        The camera's roll.
    """
    scale = min(1.0, most_px / length)
    unit = length * scale
    # Clockwise by the roll, because the scene is rotated the other way.
    c, s = scale * cos(radians(roll_deg)), scale * sin(radians(roll_deg))
    linear = np.array([[c, -s], [s, c]])
    aside, above, below = around
    shift = np.array([aside, above]) * unit - linear @ np.array(middle)
    size = (round(2 * aside * unit), round((above + below) * unit))
    return Crop(np.column_stack([linear, shift]), unit, size)


def cut_out_of(
    photo: Photo, detection: Detection, crop: Crop, unsure: float, rounds: int
) -> NDArray[np.float32] | None:
    """Return the body in a part of a photo, as :func:`cut_out` does; ``unsure`` is in units."""
    colours = cv2.warpAffine(
        photo.pixels,
        crop.matrix,
        crop.size,
        flags=cv2.INTER_AREA,
        borderMode=cv2.BORDER_REPLICATE,
    )
    of_mask = np.column_stack([crop.matrix[:, :2] / detection.mask_scale, crop.matrix[:, 2]])
    mask = cv2.warpAffine(detection.mask, of_mask, crop.size, borderMode=cv2.BORDER_REPLICATE)
    return cut_out(
        np.asarray(colours, dtype=np.uint8),
        np.asarray(mask, dtype=np.float32),
        max(3, int(unsure * crop.unit)),
        rounds,
    )


def cut_out(
    colours: NDArray[np.uint8], mask: NDArray[np.float32], unsure_px: int, rounds: int
) -> NDArray[np.float32] | None:
    """Return the body in a picture, 0 to 1 with a soft edge; None if the mask cannot seed it.

    Parameters
    ----------
    colours : array of uint8
        (height, width, 3).
    mask : array of float32
        (height, width), the model's share of each pixel.
    unsure_px : int
        Width of the zone on either side of the mask's edge in which the colours decide.
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
