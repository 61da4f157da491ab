"""A camera without distortion in front of a person, and what pixel a point falls on.

Views and angles are those of the shared ground truth: roll + is clockwise as seen by the
photographer, pitch + looks down, yaw + has walked counter-clockwise around the person seen from
above. The origin is on the floor below the middle of the ankles.
"""

from dataclasses import dataclass
from functools import cached_property
from math import radians, tan

import numpy as np
from body import Array, turn

AZIMUTH = {"anterior": 0, "posterior": 180, "left": 90, "right": -90}  # degrees from the front


@dataclass(frozen=True)
class Camera:
    """``fov_v_deg`` is that of the height; ``size``: width and height in pixels."""

    view: str
    size: tuple[int, int]
    fov_v_deg: float
    distance_m: float
    height_m: float
    yaw_deg: float
    pitch_deg: float
    roll_deg: float

    @property
    def focal_px(self) -> float:
        """Return the focal length."""
        return self.size[1] / 2 / tan(radians(self.fov_v_deg) / 2)

    @cached_property
    def square(self) -> Array:
        """Return the rotation (3, 3) of the room for this view."""
        return turn(y=AZIMUTH[self.view])

    @cached_property
    def place(self) -> Array:
        """Return where it is, in mm."""
        level = turn(y=AZIMUTH[self.view] + self.yaw_deg)
        return 1000 * np.asarray(level @ [0, 0, self.distance_m] + [0, self.height_m, 0])

    @cached_property
    def axes(self) -> Array:
        """Return its axes to the right, up and backwards, as columns (3, 3)."""
        level = turn(y=AZIMUTH[self.view] + self.yaw_deg)
        return np.asarray(level @ turn(x=-self.pitch_deg) @ turn(z=-self.roll_deg))

    def mm_per_px(self, point: Array) -> float:
        """Return the scale at a point's depth."""
        return float((self.place - point) @ self.axes[:, 2] / self.focal_px)

    def pixel(self, point: Array) -> tuple[float, float]:
        """Return where a point (3,) in mm is seen, from the image's top-left corner."""
        x, y, back = (point - self.place) @ self.axes
        width, height = self.size
        across, down = width / 2 - self.focal_px * x / back, height / 2 + self.focal_px * y / back
        return round(float(across), 2), round(float(down), 2)
