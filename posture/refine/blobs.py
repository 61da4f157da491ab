"""Finds blobs that have the colour, size and shape of a skin marker."""

from collections.abc import Iterator
from math import pi

import cv2
import numpy as np
from numpy.typing import NDArray

from posture.geometry import XY

SATURATIONS, VALUE = (90, 130, 170), 40  # at least, of 255; the others on clothes of the hue
AREA = (0.35, 2.2)  # of a marker of the usual size; two that overlap form one blob
ASPECT, FILL = 2.2, 0.42
BESIDE = 0.5  # share of a marker's own colour that its surroundings may have


def blobs_in(
    pixels: NDArray[np.uint8], middle: XY, reach: float, radius: float, hue: tuple[int, int]
) -> Iterator[XY]:
    """Yield the centres of the blobs of a marker's colour, size and shape in a window.

    Parameters
    ----------
    pixels : ndarray of uint8 (height, width, 3)
        RGB.
    middle : (x, y)
        Of the window, in pixels.
    reach : float
        Distance from there to each side of the window, in pixels.
    radius : float
        Of a marker of the usual size, in pixels.
    hue : tuple of int
        In OpenCV's half degrees, lowest and highest.
    """
    height, width = pixels.shape[:2]
    half = reach + 1.5 * radius  # whole, where only its centre lies in the window
    x0, x1 = (int(np.clip(middle[0] + d, 0, width)) for d in (-half, half + 1))
    y0, y1 = (int(np.clip(middle[1] + d, 0, height)) for d in (-half, half + 1))
    if x1 - x0 < 4 or y1 - y0 < 4:
        return
    patch = pixels[y0:y1, x0:x1]
    soft = cv2.GaussianBlur(patch, (0, 0), 0.6)
    hsv = np.asarray(cv2.cvtColor(soft, cv2.COLOR_RGB2HSV), dtype=np.uint8)
    for inside in _discs(hsv, pi * radius**2, hue, SATURATIONS):
        weight = _weight(hsv, hue)
        if _stands_out(weight, inside, radius):
            x, y = _centroid(weight, inside)
            yield x0 + x, y0 + y


def _discs(
    hsv: NDArray[np.uint8], disc: float, hue: tuple[int, int], saturations: tuple[int, ...]
) -> Iterator[NDArray[np.bool_]]:
    """Yield the parts of a hue that have a marker's size and shape.

    Other parts may be clothes with a marker on them: they are searched again with a higher
    saturation threshold.
    """
    low, high = (hue[0], saturations[0], VALUE), (hue[1], 255, 255)
    mask = cv2.inRange(hsv, np.array(low), np.array(high))
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    height, width = mask.shape
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    for label in range(1, count):
        left, top, wide, tall, area = (int(value) for value in stats[label])
        if area <= AREA[0] * disc:
            continue
        inside = labels == label
        within = left > 0 and top > 0 and left + wide < width and top + tall < height
        if within and area < AREA[1] * disc and _is_round(inside, wide / tall, area):
            yield inside
        elif len(saturations) > 1:
            only = hsv.copy()
            only[~inside] = 0
            yield from _discs(only, disc, hue, saturations[1:])


def _is_round(inside: NDArray[np.bool_], aspect: float, area: int) -> bool:
    """Whether a part may be a disc, or two that overlap."""
    if not 1 / ASPECT <= aspect <= ASPECT:
        return False
    outline, _ = cv2.findContours(inside.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    _, around = cv2.minEnclosingCircle(outline[0])
    return area >= FILL * pi * (around + 0.5) ** 2


def _weight(hsv: NDArray[np.uint8], hue: tuple[int, int]) -> NDArray[np.float64]:
    """Return how strongly each pixel has approximately this hue."""
    off = np.abs(hsv[..., 0].astype(int) - sum(hue) // 2)
    weight = hsv[..., 1].astype(np.float64) * hsv[..., 2]
    weight[np.minimum(off, 180 - off) > 30] = 0
    return weight


def _stands_out(weight: NDArray[np.float64], inside: NDArray[np.bool_], radius: float) -> bool:
    """Return whether a part is a thing of its own, not a fold or a lit place of green clothes."""
    part = inside.astype(np.uint8)
    near, far = (
        cv2.dilate(part, np.ones((2 * size + 1, 2 * size + 1), np.uint8))
        for size in (2, 2 + max(2, round(radius / 2)))
    )
    return float(np.median(weight[far > near])) < BESIDE * float(np.median(weight[inside]))


def _centroid(weight: NDArray[np.float64], inside: NDArray[np.bool_]) -> XY:
    """Return a part's centre, weighted by how coloured a pixel is, cut at the median.

    So neither the lit side of a sphere nor the ragged edge of the mask pulls it.
    """
    near = cv2.dilate(inside.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    weight = np.where(near, np.minimum(weight, np.median(weight[inside])), 0)
    ys, xs = np.mgrid[: weight.shape[0], : weight.shape[1]]
    total = weight.sum()
    return float(0.5 + (weight * xs).sum() / total), float(0.5 + (weight * ys).sum() / total)
