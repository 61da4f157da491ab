"""Plane geometry of the measures, on (x, y) pairs with **y up**; knows nothing of bodies."""

from math import atan2, cos, degrees, hypot, nan, radians, sin

XY = tuple[float, float]


def midpoint(a: XY, b: XY) -> XY:
    """Return the point halfway between two points."""
    return (a[0] + b[0]) / 2, (a[1] + b[1]) / 2


def rotate(p: XY, angle_deg: float) -> XY:
    """Return the point rotated about the origin, counter-clockwise positive."""
    angle = radians(angle_deg)
    return p[0] * cos(angle) - p[1] * sin(angle), p[0] * sin(angle) + p[1] * cos(angle)


def elevation(start: XY, end: XY) -> float:
    """Return the angle of the undirected line to +x, in degrees in (-90, 90]; + rises along +x.

    NaN for two equal points.
    """
    dx, dy = end[0] - start[0], end[1] - start[1]
    if dx == 0 and dy == 0:
        return nan
    angle = degrees(atan2(dy, dx))
    if angle > 90:
        return angle - 180
    return angle + 180 if angle <= -90 else angle


def lean(lower: XY, upper: XY) -> float:
    """Return the angle of the directed line from the vertical in degrees, + towards +x.

    In (-180, 180]; 0 when *upper* is straight above *lower*. NaN for two equal points.
    """
    dx, dy = upper[0] - lower[0], upper[1] - lower[1]
    return nan if dx == 0 and dy == 0 else degrees(atan2(dx, dy))


def bend(first: XY, middle: XY, last: XY) -> float:
    """Return how far the path first-middle-last turns left at *middle*, in degrees in (-180, 180].

    0 for a straight path, positive for a counter-clockwise turn. NaN for equal neighbours.
    """
    ax, ay = middle[0] - first[0], middle[1] - first[1]
    bx, by = last[0] - middle[0], last[1] - middle[1]
    if hypot(ax, ay) == 0 or hypot(bx, by) == 0:
        return nan
    return degrees(atan2(ax * by - ay * bx, ax * bx + ay * by))
