"""Where true vertical is in a photo and how many millimetres a pixel is, each with its source."""

from dataclasses import dataclass, replace
from enum import StrEnum
from math import atan2, degrees, hypot, sqrt

from posture.errors import PointsError
from posture.geometry import XY, rotate
from posture.landmarks import View
from posture.poster import SEPARATION_MM, Poster

LEVEL_WITHIN_DEG = 1.5
"""A camera tilted by more is noticed by the edges of the room (``quality.py``)."""

ASSUMED_LEVEL_SD_DEG = LEVEL_WITHIN_DEG / sqrt(3)
"""What "assumed level" leaves open: any roll up to the one that would have been noticed."""

CLICK_SD = 1 / 1000
"""Standard deviation of a click on a line, as a share of the picture's longer side."""

MIN_PLUMB_PX = 100  # on a shorter line one pixel of a click is more than half a degree


MIN_RULER_PX = 50  # on a shorter length the clicks alone cost some percent
RULER_MM = (10.0, 3000.0)


class VerticalSource(StrEnum):
    """How true vertical was found."""

    ASSUMED_LEVEL = "assumed_level"
    PLUMB_LINE = "plumb_line"
    POSTER = "poster"

    @property
    def words(self) -> str:
        """What to tell people."""
        return {
            VerticalSource.ASSUMED_LEVEL: "camera assumed level",
            VerticalSource.PLUMB_LINE: "levelled by the plumb line",
            VerticalSource.POSTER: "levelled by the wall poster",
        }[self]


class ScaleSource(StrEnum):
    """How the scale was found."""

    HEIGHT = "height"
    POSTER = "poster"
    RULER = "ruler"

    @property
    def words(self) -> str:
        """What to tell people."""
        return {
            ScaleSource.HEIGHT: "scale from the patient's height",
            ScaleSource.POSTER: "scale from the wall poster",
            ScaleSource.RULER: "scale from a known length",
        }[self]


@dataclass(frozen=True)
class Ruler:
    """A known length marked in the photo: its two ends in pixels, and how long it is in mm."""

    one_end: XY
    other_end: XY
    mm: float

    @property
    def px(self) -> float:
        """How long it is in the photo."""
        return hypot(self.other_end[0] - self.one_end[0], self.other_end[1] - self.one_end[1])


@dataclass(frozen=True)
class Scene:
    """The photo's relation to gravity and to millimetres.

    ``roll_deg``: the camera's roll, + = turned clockwise as the photographer sees it (the scene
    appears turned counter-clockwise); ``roll_sd_deg`` its standard deviation. ``mm_per_px`` holds
    at the depth of the body; None when nothing gives a scale: ``no_scale`` then says what would.
    ``plumb_line`` and ``ruler`` keep what somebody marked in the photo to know them by.
    """

    roll_deg: float = 0.0
    vertical_source: VerticalSource = VerticalSource.ASSUMED_LEVEL
    mm_per_px: float | None = None
    scale_source: ScaleSource | None = None
    roll_sd_deg: float = ASSUMED_LEVEL_SD_DEG
    no_scale: str = "needs a scale: give the patient's height, or hang the wall poster"
    plumb_line: tuple[XY, XY] | None = None
    ruler: Ruler | None = None

    def levelled(self, x: float, y: float, view: View) -> XY:
        """Return a photo pixel in the body's frame, still in pixels.

        x points to the patient's left in frontal views and forward (anterior) in lateral ones, y
        up along gravity. The origin is the photo's top left corner: only differences mean anything.
        """
        right, up = rotate((x, -y), -self.roll_deg)
        # The patient's left is on the picture's right in the anterior view; who shows the right
        # side faces the picture's right.
        towards = 1 if view in (View.ANTERIOR, View.RIGHT) else -1
        return towards * right, up


def scene_from_plumb_line(one_end: XY, other_end: XY, size: tuple[int, int]) -> Scene:
    """Return the scene levelled by two points on a plumb line, in pixels of a photo of this size.

    Raises
    ------
    PointsError
        When the points are too close together, or the line is nearer the horizontal.
    """
    top, bottom = sorted((one_end, other_end), key=lambda p: p[1])
    if hypot(bottom[0] - top[0], bottom[1] - top[1]) < MIN_PLUMB_PX:
        raise PointsError(
            f"The plumb line's ends are less than {MIN_PLUMB_PX} pixels apart. "
            "Click near the top and near the bottom of the line."
        )
    roll = degrees(atan2(bottom[0] - top[0], bottom[1] - top[1]))
    if abs(roll) > 45:
        raise PointsError(
            "The plumb line lies nearer the horizontal. Click its top and its bottom."
        )
    click_px = CLICK_SD * max(size)
    length = hypot(bottom[0] - top[0], bottom[1] - top[1])
    return Scene(
        roll_deg=roll,
        vertical_source=VerticalSource.PLUMB_LINE,
        roll_sd_deg=degrees(sqrt(2) * click_px / length),
        plumb_line=(top, bottom),
    )


def scaled_by_ruler(scene: Scene, ruler: Ruler) -> Scene:
    """Return the scene with its scale from a known length that somebody marked in the photo.

    The length has to lie at the depth of the body.

    Raises
    ------
    PointsError
        When the ends are too close together, or the length cannot be right.
    """
    if ruler.px < MIN_RULER_PX:
        raise PointsError(
            f"The ends of the known length are less than {MIN_RULER_PX} pixels apart. Mark a "
            "longer one."
        )
    if not RULER_MM[0] <= ruler.mm <= RULER_MM[1]:
        raise PointsError(
            f"A known length of {ruler.mm:g} mm cannot be right. Give it in millimetres "
            f"({RULER_MM[0]:.0f} to {RULER_MM[1]:.0f})."
        )
    scale = ruler.mm / ruler.px
    return replace(scene, mm_per_px=scale, scale_source=ScaleSource.RULER, ruler=ruler)


@dataclass(frozen=True)
class Setup:
    """How the wall poster and the patient stand, as the user measured it, in mm.

    ``poster_mm``: between the centres of the two patterns. ``wall_mm``: from the wall to the middle
    of the body. ``camera_mm``: from the camera to the body; 3 m is what the capture guide asks
    (scielo S1517-86922011000500008).
    """

    poster_mm: float = SEPARATION_MM
    wall_mm: float = 250.0
    camera_mm: float = 3000.0


def scene_from_poster(poster: Poster, at: XY, setup: Setup, roll_sd_deg: float) -> Scene:
    """Return the scene that the wall poster gives at a place of the photo.

    A pixel is fewer millimetres at the body than at the wall behind it, by the ratio of their
    distances from the camera.
    """
    nearer = setup.camera_mm / (setup.camera_mm + setup.wall_mm)
    return Scene(
        roll_deg=poster.roll_deg(at),
        vertical_source=VerticalSource.POSTER,
        mm_per_px=poster.mm_per_px(at) * nearer,
        scale_source=ScaleSource.POSTER,
        roll_sd_deg=roll_sd_deg,
    )
