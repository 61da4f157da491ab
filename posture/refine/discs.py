"""Finds the centre of a round marker from the visible part of its outline.

If a marker is half hidden by the ear, the hair or the neck, its blob's centroid is off by a third
of its radius, and two markers that overlap in a lateral view form one blob. Their outlines are
still arcs of a circle of known radius: that of the fully visible markers in the same photo.
"""

from collections.abc import Iterable
from math import cos, pi, radians, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from posture.geometry import XY
from posture.imaging.warp import sample

Floats = NDArray[np.float64]

RAYS = 72
EDGE = 0.5  # position of the outline between the surroundings' colour and the marker's own
WHOLE_PX = 0.25  # an outline this close to a circle is one fully visible marker
SEEN = 0.5  # share of the outline that must be visible
CLOSE, NEAR = (0.03, 0.2), (0.05, 0.3)
"""How far an outline may lie from its circle, in radii and pixels: for the points that locate it,
and for those that count as visible. The first is narrow, because two markers nearly behind each
other show both edges, a pixel apart."""

SHADED = 0.077  # radii; an outline this close to a smaller circle may be a marker in shade
MERGED = 1.15  # discs; a larger blob is two markers
LARGER, ROUND = 1.2, 0.04
"""A larger blob that is still a circle (of at most this many radii, with at most this error in its
own radii) is one marker, better lit than the others: two discs would be longer than wide."""

NEARER = 1.3  # how much clearer the nearer disc's edge must be than the farther one's


def colourfulness(pixels: NDArray[np.uint8], hue: tuple[int, int]) -> Floats:
    """Return how much of a hue (OpenCV's half degrees, lowest and highest) each pixel has.

    Linear in light, so that a pixel half covered by the marker has half its value.
    """
    red, green, blue = (pixels[..., channel].astype(np.float64) for channel in range(3))
    middle = radians(sum(hue))
    return cos(middle) * (red - (green + blue) / 2) + sin(middle) * 3**0.5 / 2 * (green - blue)


def outline(colour: Floats, centre: XY, radius: float) -> Floats:
    """Return points (n, 2) on the edge of the blob around a centre, one for each ray that ends."""
    x, y = centre
    core = max(1, round(radius / 2))
    row, column = int(y), int(x)
    inside = colour[max(row - core, 0) : row + core + 1, max(column - core, 0) : column + core + 1]
    angles = np.arange(RAYS) * 2 * pi / RAYS
    along = np.arange(0, 2.4 * radius, 0.25)
    values = sample(
        colour.astype(np.float32),
        x + np.cos(angles)[:, None] * along,
        y + np.sin(angles)[:, None] * along,
    )
    # What it sticks on may have some of its colour, too.
    beside = max(float(np.median(values[:, along > 1.5 * radius])), 0.0)
    edge = beside + EDGE * (float(np.median(inside)) - beside)
    points = []
    for angle, ray in zip(angles, values, strict=True):
        below = np.flatnonzero(ray < edge)
        if not below.size or below[0] == 0:
            continue
        last = int(below[0]) - 1
        reach = along[last] + 0.25 * (ray[last] - edge) / (ray[last] - ray[last + 1])
        points.append((x + cos(angle) * reach, y + sin(angle) * reach))
    return np.array(points).reshape(-1, 2)


def common_radius(outlines: Iterable[tuple[Floats, float]]) -> float | None:
    """Return the radius of the fully visible markers; None if there are none.

    Each outline comes with the factor by which its marker looks larger than one at the reference
    depth, because it is nearer to the camera.
    """
    whole = []
    for points, larger in outlines:
        if len(points) < 0.7 * RAYS:
            continue
        _, radius, error = _circle(points)
        if error < max(WHOLE_PX, 0.03 * radius):
            whole.append(radius / larger)
    return float(np.median(whole)) if whole else None


def _circle(points: Floats) -> tuple[Floats, float, float]:
    """Return centre, radius and RMS distance of the circle of any size that fits best."""
    system = np.column_stack([2 * points, np.ones(len(points))])
    (x, y, rest), *_ = np.linalg.lstsq(system, (points**2).sum(axis=1), rcond=None)
    radius = float(np.sqrt(max(rest + x * x + y * y, 0.0)))
    off = np.hypot(points[:, 0] - x, points[:, 1] - y) - radius
    return np.array([x, y]), radius, float(np.sqrt((off**2).mean()))


def centre_of(colour: Floats, points: Floats, radius: float) -> XY | None:
    """Return the centre of the (nearer) disc to which an outline belongs.

    Parameters
    ----------
    colour : ndarray of float64
        As :func:`colourfulness` returns it.
    points : ndarray (n, 2)
        The outline of one blob.
    radius : float
        Radius of every marker in the photo, in pixels.

    Returns
    -------
    tuple of float or None
        None if too little is visible, or if two discs overlap and it is unclear which one is nearer
        to the camera.
    """
    if len(points) < RAYS / 2:
        return None
    discs = float(cv2.contourArea(points.astype(np.float32))) / (pi * radius**2)
    freely, size, error = _circle(points)
    if discs > MERGED and size < LARGER * radius and error < ROUND * size:
        return float(freely[0]), float(freely[1])
    if discs <= MERGED:
        centre, seen = _fit(points, points, radius)
        if seen.mean() < SEEN:
            return None
        if error < SHADED * radius:
            # Nearly round: in the shade all around as likely as hidden on one side.
            centre = (centre + freely) / 2
        return float(centre[0]), float(centre[1])
    one, of_one = _fit(points, None, radius)
    if of_one.all():
        return float(one[0]), float(one[1])
    other, of_other = _fit(points[~of_one], None, radius)
    if (of_one.sum() + of_other.sum()) < 0.8 * len(points):
        return None
    edges = [_edge(colour, a, b, radius) for a, b in ((one, other), (other, one))]
    if max(edges) < NEARER * min(edges):
        return None
    nearer = one if edges[0] > edges[1] else other
    return float(nearer[0]), float(nearer[1])


def _fit(points: Floats, bounds: Floats | None, radius: float) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the centre that most points agree on closely, and which points are near its circle.

    With ``bounds``, each point outside a circle counts against its centre: whatever hides part of
    a disc makes its blob smaller, never larger.
    """
    close, near = (share * radius + pixels for share, pixels in (CLOSE, NEAR))
    one, other = (index[::2] for index in np.triu_indices(len(points), 6))
    apart = points[other] - points[one]
    length = np.hypot(apart[:, 0], apart[:, 1])
    good = (length > 0.6 * radius) & (length < 2 * radius)
    if not good.any():
        return points.mean(axis=0), np.zeros(len(points), dtype=bool)
    apart, length = apart[good], length[good]
    middle = (points[one] + points[other])[good] / 2
    normal = np.column_stack([-apart[:, 1], apart[:, 0]]) / length[:, None]
    height = np.sqrt(radius**2 - length**2 / 4)[:, None]
    centres = np.vstack([middle + height * normal, middle - height * normal])
    off = np.hypot(*(points[None] - centres[:, None]).transpose(2, 0, 1)) - radius
    score = (np.abs(off) < close).sum(axis=1)
    if bounds is not None:
        score = score - (off > close).sum(axis=1)
    centre = centres[int(np.argmax(score))]
    for _ in range(6):
        away = points - centre
        distance = np.hypot(away[:, 0], away[:, 1])
        on = np.abs(distance - radius) < close
        if on.sum() < 4:
            break
        step, *_ = np.linalg.lstsq(away[on] / distance[on, None], distance[on] - radius, rcond=None)
        centre = centre + step
    off = np.hypot(points[:, 0] - centre[0], points[:, 1] - centre[1]) - radius
    return centre, np.abs(off) < near


def _edge(colour: Floats, disc: Floats, other: Floats, radius: float) -> float:
    """Return how clear the disc's edge is inside the other disc; the nearer disc's is clear."""
    angles = np.arange(0, 2 * pi, 0.03)
    x, y = np.cos(angles), np.sin(angles)
    crossing = np.hypot(disc[0] + radius * x - other[0], disc[1] + radius * y - other[1])
    x, y = x[crossing < radius - 1.2], y[crossing < radius - 1.2]
    if len(x) < 12:
        return 0.0
    picture = colour.astype(np.float32)
    outside, inside = (
        sample(picture, disc[0] + (radius + step) * x, disc[1] + (radius + step) * y)
        for step in (1.0, -1.0)
    )
    steps = np.convolve(outside - inside, np.ones(9) / 9, mode="valid")
    return float(np.abs(steps).mean())
