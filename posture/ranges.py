"""Allowed ranges of numbers that users enter, shared by command line, library and settings."""

from typing import NamedTuple


class Range(NamedTuple):
    """A closed range; infinity and NaN are outside it."""

    least: float
    most: float

    def __contains__(self, value: object) -> bool:
        return isinstance(value, (int, float)) and self.least <= value <= self.most


HEIGHT_CM = Range(50.0, 260.0)
POSTER_MM = Range(200.0, 3000.0)
WALL_MM = Range(0.0, 3000.0)
CAMERA_MM = Range(500.0, 20_000.0)
RULER_MM = Range(10.0, 3000.0)
DISTANCE_M = Range(0.5, 20.0)
LENS_CM = Range(0.0, 300.0)
REPEATS = Range(1, 10)
