"""Where true vertical is in a photo and how many millimetres a pixel is, each with its source."""

from dataclasses import dataclass, replace
from enum import StrEnum
from math import atan2, cos, degrees, hypot, log, radians, sin, sqrt, tan

import numpy as np

from posture.errors import PointsError
from posture.geometry import XY, rotate
from posture.imaging.poster import SEPARATION_MM, Poster
from posture.landmarks import Pose, View
from posture.ranges import CAMERA_MM, POSTER_MM, RULER_MM, WALL_MM
from posture.words import Message

Matrix = tuple[tuple[float, ...], ...]

LEVEL_WITHIN_DEG = 1.5
"""A camera tilted by more is noticed by the edges of the room (``quality.py``)."""

ASSUMED_LEVEL_SD_DEG = LEVEL_WITHIN_DEG / sqrt(3)
"""What "assumed level" leaves open: any roll up to the one that would have been noticed."""

CLICK_SD = 1 / 1000
"""Standard deviation of a click on a line, as a share of the picture's longer side."""

PITCH_SD_DEG = ASSUMED_LEVEL_SD_DEG
"""How far a camera that somebody held or set up level looks up or down. A plumb line beside the
body then hangs otherwise in the picture than one before the body would, by the pitch times its
distance from the body over the camera's."""

TRUNK_MM = 500.0  # an adult's, from mid-shoulder to mid-hip, roughly

MIN_PLUMB_PX = 100  # on a shorter line one pixel of a click is more than half a degree


MIN_RULER_PX = 50  # on a shorter length the clicks alone cost some percent
RULER_CLICK_PX = 1.0  # standard deviation of a click at an end


NEEDS_SCALE = Message("needs a scale: enter the patient's height or hang the wall poster")


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
    BOTH = "poster_and_height"
    RULER = "ruler"

    @property
    def words(self) -> str:
        """What to tell people."""
        return {
            ScaleSource.HEIGHT: "scale from the patient's height",
            ScaleSource.POSTER: "scale from the wall poster",
            ScaleSource.BOTH: "scale from the wall poster and the patient's height",
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
    ``scale_sd`` is its relative standard deviation as far as the errors of measures do not hold it
    already. ``wall``, the rows of a 3 x 3 matrix, takes photo pixels to a plane upright and square
    to the wall, in units of a pixel at the body, x to the right and y down along gravity; None
    where only the roll is known. ``wall_mm`` is what a unit of that plane is in millimetres at the
    body, as the poster tells it, also where ``mm_per_px`` is from something else. ``pitch_deg``
    (+ = looks down) and ``yaw_deg`` (+ = stands too far to the picture's right) are how the camera
    looks at the wall, by the poster; where nothing tells the lens, for a usual one.
    ``plumb_line`` and ``ruler`` keep what somebody marked in the photo to know them by.
    """

    roll_deg: float = 0.0
    vertical_source: VerticalSource = VerticalSource.ASSUMED_LEVEL
    mm_per_px: float | None = None
    scale_source: ScaleSource | None = None
    roll_sd_deg: float = ASSUMED_LEVEL_SD_DEG
    scale_sd: float = 0.0
    wall: Matrix | None = None
    wall_mm: float | None = None
    no_scale: Message = NEEDS_SCALE
    plumb_line: tuple[XY, XY] | None = None
    ruler: Ruler | None = None
    pitch_deg: float | None = None
    yaw_deg: float | None = None

    def levelled(self, x: float, y: float, view: View) -> XY:
        """Return a photo pixel in the body's frame, still in pixels.

        x points to the patient's left in frontal views and forward (anterior) in lateral ones, y
        up along gravity. The origin is the photo's top left corner: only differences mean anything.
        """
        if self.wall is None:
            right, up = rotate((x, -y), -self.roll_deg)
        else:
            across, down, depth = (row[0] * x + row[1] * y + row[2] for row in self.wall)
            right, up = across / depth, -down / depth
        # The patient's left is on the picture's right in the anterior view; who shows the right
        # side faces the picture's right.
        towards = 1 if view in (View.ANTERIOR, View.RIGHT) else -1
        return towards * right, up

    def vertical(self, at: XY, y: float) -> float:
        """Return where the vertical through a photo's pixel crosses another row of the photo."""
        if self.wall is None:
            return at[0] + tan(radians(self.roll_deg)) * (y - at[1])
        across, _, depth = (np.array(row) for row in self.wall)
        place = (at[0], at[1], 1.0)
        line = across - (across @ place) / (depth @ place) * depth
        return float(-(line[1] * y + line[2]) / line[0])

    def turned(self, by_deg: float) -> "Scene":
        """Return the scene as it would be if the camera's roll were larger by this."""
        wall = self.wall
        if wall is not None:
            c, s = cos(radians(by_deg)), sin(radians(by_deg))
            x, y, depth = wall
            wall = (
                tuple(c * a - s * b for a, b in zip(x, y, strict=True)),
                tuple(s * a + c * b for a, b in zip(x, y, strict=True)),
                depth,
            )
        return replace(self, roll_deg=self.roll_deg + by_deg, wall=wall)


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
            Message(
                "The plumb line's ends are less than {min_plumb_px} pixels apart. Click near the "
                "top and near the bottom of the line.",
                min_plumb_px=MIN_PLUMB_PX,
            )
        )
    roll = degrees(atan2(bottom[0] - top[0], bottom[1] - top[1]))
    if abs(roll) > 45:
        raise PointsError(
            Message(
                "The plumb line is closer to horizontal than to vertical. Click "
                "its top and its bottom."
            )
        )
    click_px = CLICK_SD * max(size)
    length = hypot(bottom[0] - top[0], bottom[1] - top[1])
    return Scene(
        roll_deg=roll,
        vertical_source=VerticalSource.PLUMB_LINE,
        roll_sd_deg=degrees(sqrt(2) * click_px / length),
        plumb_line=(top, bottom),
    )


def levelled_by_plumb_line(
    scene: Scene, one_end: XY, other_end: XY, size: tuple[int, int], pose: Pose | None = None
) -> Scene:
    """Return a scene with its vertical from a plumb line, which wins over the poster's.

    The scale stays. Ends and errors as for :func:`scene_from_plumb_line`; the line is known less
    well the farther it hangs from the body of the pose.
    """
    line = scene_from_plumb_line(one_end, other_end, size)
    aside = _aside_mm((one_end[0] + other_end[0]) / 2, pose) / USUAL_CAMERA_MM
    return replace(
        scene,
        roll_deg=line.roll_deg,
        roll_sd_deg=hypot(line.roll_sd_deg, PITCH_SD_DEG * aside),
        vertical_source=line.vertical_source,
        plumb_line=line.plumb_line,
        wall=None,
        wall_mm=None,
    )


def _aside_mm(x: float, pose: Pose | None) -> float:
    """Return how far from the body a column of the photo is, roughly; 0 without a body."""
    hip, trunk = (pose.middle("hip"), pose.trunk_px()) if pose else (None, None)
    return abs(x - hip[0]) * TRUNK_MM / trunk if hip and trunk else 0.0


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
            Message(
                "The ends of the known length are less than {min_ruler_px} pixels apart. Mark a "
                "longer one.",
                min_ruler_px=MIN_RULER_PX,
            )
        )
    if ruler.mm not in RULER_MM:
        raise PointsError(
            Message(
                "A known length of {mm:g} mm cannot be right. Enter it in millimetres "
                "({least:.0f} to {most:.0f}).",
                mm=ruler.mm,
                least=RULER_MM.least,
                most=RULER_MM.most,
            )
        )
    # The view does not matter: only the distance between the two is meant.
    one, other = (scene.levelled(*end, View.ANTERIOR) for end in (ruler.one_end, ruler.other_end))
    return replace(
        scene,
        mm_per_px=ruler.mm / hypot(other[0] - one[0], other[1] - one[1]),
        scale_source=ScaleSource.RULER,
        scale_sd=sqrt(2) * RULER_CLICK_PX / ruler.px,
        ruler=ruler,
    )


@dataclass(frozen=True)
class Setup:
    """How the wall poster and the patient stand, as the user measured it, in mm.

    ``poster_mm``: between the centres of the two patterns. ``wall_mm``: from the wall to the middle
    of the body. ``camera_mm``: from the camera to the body; None takes what the photo's own data
    tell of the lens, or else the 3 m that the capture guide asks (scielo S1517-86922011000500008)
    and a little more, as people stand who want the whole body in the picture.

    Raises
    ------
    PointsError
        When a distance cannot be right.
    """

    poster_mm: float = SEPARATION_MM
    wall_mm: float = 250.0
    camera_mm: float | None = None

    def __post_init__(self) -> None:
        if self.poster_mm not in POSTER_MM:
            raise PointsError(
                Message(
                    "A distance of {poster_mm:g} mm between the poster's centres "
                    "cannot be right. Enter it in millimetres ({least:.0f} to "
                    "{most:.0f}).",
                    poster_mm=self.poster_mm,
                    least=POSTER_MM.least,
                    most=POSTER_MM.most,
                )
            )
        if self.wall_mm not in WALL_MM:
            raise PointsError(
                Message(
                    "A distance of {wall_mm:g} mm from the wall to the body "
                    "cannot be right. Enter it in millimetres ({least:.0f} to {most:.0f}).",
                    wall_mm=self.wall_mm,
                    least=WALL_MM.least,
                    most=WALL_MM.most,
                )
            )
        if self.camera_mm is not None and self.camera_mm not in CAMERA_MM:
            raise PointsError(
                Message(
                    "A distance of {camera_mm:g} mm from the camera to the body "
                    "cannot be right. Enter it in millimetres ({least:.0f} to {most:.0f}).",
                    camera_mm=self.camera_mm,
                    least=CAMERA_MM.least,
                    most=CAMERA_MM.most,
                )
            )


USUAL_CAMERA_MM, USUAL_CAMERA_SD = 3300.0, 0.15
"""Distance of a camera of which nothing is known, and its relative standard deviation."""

WALL_SD_MM = 20.0  # how exactly people stand on a mark before the wall

LENS_SD = 0.03  # of a distance from the focal length that a camera writes, rounded to millimetres


def scene_from_poster(
    poster: Poster, at: XY, setup: Setup, roll_sd_deg: float, focal_px: float | None = None
) -> Scene:
    """Return the scene that the wall poster gives.

    Any line in a plane parallel to the wall keeps its angle and its proportions when the photo is
    taken back to the wall, wherever the camera stood and whatever its lens. A pixel is fewer
    millimetres at the body than at the wall behind it, by the ratio of their distances from the
    camera.

    Parameters
    ----------
    poster : Poster
    at : (x, y)
        The place in the photo, in pixels, whose scale is meant: the pelvis.
    setup : Setup
    roll_sd_deg : float
        Standard deviation of the poster's vertical.
    focal_px : float, optional
        The lens's focal length in pixels of the photo.
    """
    at_wall = poster.mm_per_px(at)
    camera, camera_sd = setup.camera_mm, LENS_SD
    if camera is None and focal_px is not None:
        camera = max(at_wall * focal_px - setup.wall_mm, setup.wall_mm)
    elif camera is None:
        camera, camera_sd = USUAL_CAMERA_MM, USUAL_CAMERA_SD
    elif focal_px is None:
        focal_px = (camera + setup.wall_mm) / at_wall
    pitch, yaw = poster.pitch_yaw_deg(focal_px)
    nearer = camera / (camera + setup.wall_mm)
    to_wall = np.linalg.inv(poster.homography)
    to_wall[:2] /= at_wall
    to_wall /= to_wall[2] @ [at[0], at[1], 1.0]
    scene = Scene(
        roll_deg=poster.roll_deg(at),
        vertical_source=VerticalSource.POSTER,
        mm_per_px=at_wall * nearer,
        scale_source=ScaleSource.POSTER,
        roll_sd_deg=roll_sd_deg,
        scale_sd=hypot(setup.wall_mm * camera_sd, WALL_SD_MM) / (camera + setup.wall_mm),
        wall=tuple(tuple(float(cell) for cell in row) for row in to_wall),
        wall_mm=at_wall * nearer,
        pitch_deg=pitch,
        yaw_deg=yaw,
    )
    if poster.fits:
        return scene
    return replace(
        scene,
        mm_per_px=None,
        scale_source=None,
        scale_sd=0.0,
        no_scale=Message(
            "needs a scale; the poster gives none because its squares do "
            "not match the stated distance"
        ),
    )


SCALES_DIFFER = 4.0  # standard deviations; height and poster then cannot both be right


def scaled_by_height(scene: Scene, mm_per_px: float, sd: float) -> tuple[Scene, float | None]:
    """Return the scene with the scale that the standing height gives, and how it contradicts.

    Beside a wall poster both count, each by the inverse of its variance: the poster tells the scale
    at the wall exactly, but not how far the camera stands, the height does not know the camera.
    Where they differ by more than their errors, one of the numbers that somebody stated is wrong,
    and the poster's stays, which is measured in this photo.

    Parameters
    ----------
    scene : Scene
        With the scale of the wall poster, or with none.
    mm_per_px : float
        Millimetres per pixel at the body by the height.
    sd : float
        Its relative standard deviation.

    Returns
    -------
    Scene
    float or None
        The height's scale over the poster's where they contradict each other.
    """
    if scene.mm_per_px is None:
        found = replace(scene, mm_per_px=mm_per_px, scale_source=ScaleSource.HEIGHT, scale_sd=0.0)
        return found, None
    ratio = mm_per_px / scene.mm_per_px
    if abs(log(ratio)) > SCALES_DIFFER * hypot(sd, scene.scale_sd):
        return scene, ratio
    share = scene.scale_sd**2 / (scene.scale_sd**2 + sd**2)
    # The errors of the measures hold the height's own, which is the larger.
    return replace(
        scene,
        mm_per_px=scene.mm_per_px * ratio**share,
        scale_source=ScaleSource.BOTH,
        scale_sd=0.0,
    ), None
