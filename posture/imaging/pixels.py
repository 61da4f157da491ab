"""How far a picture is tilted and how sharp it is, from its pixels alone."""

import cv2
import numpy as np
from numpy.typing import NDArray


def room_tilt_deg(small: NDArray[np.uint8], mask: NDArray[np.bool_]) -> float | None:
    """Return the tilt of the room's long straight edges in degrees; None without edges.

    Vertical edges take precedence over horizontal ones: a wall's horizontal edges also tilt when
    the camera is not square to it.
    """
    grey = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), (5, 5), 0)
    edges = cv2.Canny(grey, 20, 60)
    near = cv2.dilate(mask.astype(np.uint8), np.ones((25, 25), np.uint8))
    edges[near > 0] = 0
    shortest = round(0.15 * min(grey.shape))
    found = cv2.HoughLinesP(edges, 1, np.pi / 720, 40, minLineLength=shortest, maxLineGap=6)
    if found is None:
        return None
    lines = found.reshape(-1, 4).astype(float)
    dx, dy = lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1]
    length = np.hypot(dx, dy)
    angle = np.degrees(np.arctan2(-dy, dx))
    for axis in (90.0, 0.0):
        off = (angle - axis + 90) % 180 - 90
        close = np.abs(off) < 12
        if length[close].sum() > 0.3 * grey.shape[0]:
            order = np.argsort(off[close])
            weight = np.cumsum(length[close][order])
            return float(off[close][order][np.searchsorted(weight, weight[-1] / 2)])
    return None


def blur_px(grey: NDArray[np.uint8], mask: NDArray[np.bool_]) -> float | None:
    """Return the width (standard deviation) of the person's sharpest edges in pixels.

    A step edge of width s keeps s / sqrt(s² + w²) of its steepness when blurred by w, so the ratio
    of the two gives s, whatever the picture shows.
    """
    extra, around = 4.0, 16
    left, top, width, height = cv2.boundingRect(mask.astype(np.uint8))
    body = np.s_[
        max(top - around, 0) : top + height + around, max(left - around, 0) : left + width + around
    ]
    grey = grey[body]
    area = cv2.dilate(mask[body].astype(np.uint8), np.ones((7, 7), np.uint8)) > 0

    def steepest(picture: NDArray[np.float32]) -> float:
        gx, gy = cv2.Sobel(picture, cv2.CV_32F, 1, 0), cv2.Sobel(picture, cv2.CV_32F, 0, 1)
        return float(np.percentile(cv2.magnitude(gx, gy)[area], 99))

    sharp = grey.astype(np.float32)
    softer = np.asarray(cv2.GaussianBlur(sharp, (0, 0), extra), dtype=np.float32)
    before, after = steepest(sharp), steepest(softer)
    if after <= 0:
        return None
    ratio = before / after
    return extra / float(np.sqrt(ratio**2 - 1)) if ratio > 1.01 else 10 * extra
