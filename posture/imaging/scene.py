"""The true vertical in a photo and its millimetres per pixel, each with its source."""

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
"""The edges of the room reveal a camera that is tilted by more (``quality.py``)."""

ASSUMED_LEVEL_SD_DEG = LEVEL_WITHIN_DEG / sqrt(3)
"""The roll that "assumed level" leaves possible: any up to the one that would be noticed."""

CLICK_SD = 1 / 1000
"""Standard deviation of a click on a line, as a share of the picture's longer side."""

PITCH_SD_DEG = ASSUMED_LEVEL_SD_DEG
"""Pitch of a camera that was held or set up level. It tilts a plumb line beside the body, relative
to one in front of it, by the pitch times the line's distance from the body over the camera's."""

TRUNK_MM = 500.0  # of an adult, from mid-shoulder to mid-hip, approximately

MIN_PLUMB_PX = 100  # on a shorter line, one pixel is more than half a degree


MIN_RULER_PX = 50  # on a shorter length, clicks alone are off by several percent
RULER_CLICK_PX = 1.0  # standard deviation of a click at an end


NEEDS_SCALE = Message("needs a scale: enter the patient's height or hang the wall poster")


class VerticalSource(StrEnum):
    """How the true vertical was found."""

    ASSUMED_LEVEL = "assumed_level"
    PLUMB_LINE = "plumb_line"
    POSTER = "poster"

    @property
    def words(self) -> str:
        """The words for people."""
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
        """The words for people."""
        return {
            ScaleSource.HEIGHT: "scale from the patient's height",
            ScaleSource.POSTER: "scale from the wall poster",
            ScaleSource.BOTH: "scale from the wall poster and the patient's height",
            ScaleSource.RULER: "scale from a known length",
        }[self]


@dataclass(frozen=True)
class Ruler:
    """A known length marked in the photo: its two ends in pixels, and its length in mm."""

    one_end: XY
    other_end: XY
    mm: float

    @property
    def px(self) -> float:
        """Its length in the photo, in pixels."""
        return hypot(self.other_end[0] - self.one_end[0], self.other_end[1] - self.one_end[1])


@dataclass(frozen=True)
class Scene:
    """The photo's relation to gravity and to millimetres.

    ``roll_deg`` is the camera's roll, + = clockwise as seen by the photographer (the scene appears
    rotated counter-clockwise); ``roll_sd_deg`` is its standard deviation. ``mm_per_px`` holds at
    the depth of the body; if it is None, ``no_scale`` says what would give a scale. ``scale_sd`` is
    its relative standard deviation, unless the errors of the measures include it. ``wall``, the
    rows of a 3 x 3 matrix, maps photo pixels to a plane upright and square to the wall, in units of
    a pixel at the body, x to the right and y down along gravity; None if only the roll is known.
    ``wall_mm`` is one unit of that plane in millimetres at the body, by the poster, even if
    ``mm_per_px`` has another source. ``pitch_deg`` (+ = looks down) and ``yaw_deg`` (+ = stands too
    far to the picture's right) are the camera's angles to the wall, by the poster; they assume a
    usual lens if the lens is unknown. ``plumb_line`` and ``ruler`` are what somebody marked in the
    photo to give vertical and scale.
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
        # The patient's left is on the picture's right in the anterior view; in the right view the
        # patient faces the picture's right.
        towards = 1 if view in (View.ANTERIOR, View.RIGHT) else -1
        return towards * right, up

    def vertical(self, at: XY, y: float) -> float:
        """Return the x at which the vertical through a photo pixel crosses another row."""
        if self.wall is None:
            return at[0] + tan(radians(self.roll_deg)) * (y - at[1])
        across, _, depth = (np.array(row) for row in self.wall)
        place = (at[0], at[1], 1.0)
        line = across - (across @ place) / (depth @ place) * depth
        return float(-(line[1] * y + line[2]) / line[0])

    def turned(self, by_deg: float) -> "Scene":
        """Return the scene with the camera's roll increased by this angle."""
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
        If the points are too close together, or the line is closer to horizontal.
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
    """Return a scene with its vertical from a plumb line, which takes precedence over the poster.

    The scale is kept. Ends and errors as for :func:`scene_from_plumb_line`; the vertical is less
    certain the farther the line hangs from the body.
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
    """Return the approximate distance of a photo column from the body; 0 without a body."""
    hip, trunk = (pose.middle("hip"), pose.trunk_px()) if pose else (None, None)
    return abs(x - hip[0]) * TRUNK_MM / trunk if hip and trunk else 0.0


def scaled_by_ruler(scene: Scene, ruler: Ruler) -> Scene:
    """Return the scene with its scale from a known length marked in the photo.

    The length must lie at the depth of the body.

    Raises
    ------
    PointsError
        If the ends are too close together, or the length is implausible.
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
    # The view does not matter: only the distance between the ends is needed.
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
    """The measured distances of poster, patient and camera, in mm.

    ``poster_mm``: between the centres of the two patterns. ``wall_mm``: from the wall to the middle
    of the body. ``camera_mm``: from the camera to the body. None derives it from the lens data in
    the photo file; without them it assumes a little more than the 3 m of the capture guide (scielo
    S1517-86922011000500008), because photographers step back to fit the whole body in.

    Raises
    ------
    PointsError
        If a distance is implausible.
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
"""Assumed distance of a camera about which nothing is known, and its relative SD."""

WALL_SD_MM = 20.0  # of the position of a person on a mark in front of the wall

LENS_SD = 0.03  # relative, of a distance from the focal length that a camera states in whole mm


def scene_from_poster(
    poster: Poster, at: XY, setup: Setup, roll_sd_deg: float, focal_px: float | None = None
) -> Scene:
    """Return the scene that the wall poster gives.

    Mapping the photo back to the wall restores the angles and proportions of any line in a plane
    parallel to the wall, wherever the camera stood and whatever its lens. A pixel covers fewer
    millimetres at the body than at the wall behind it, by the ratio of their distances from the
    camera.

    Parameters
    ----------
    poster : Poster
    at : (x, y)
        The place in the photo, in pixels, whose scale is wanted: the pelvis.
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


SCALES_DIFFER = 4.0  # standard deviations; beyond them, height or poster must be wrong


def scaled_by_height(scene: Scene, mm_per_px: float, sd: float) -> tuple[Scene, float | None]:
    """Return the scene with the scale from the standing height, and any contradiction.

    The scales of poster and height are averaged, weighted by the inverse of their variance: the
    poster gives the scale at the wall exactly but not the camera's distance, and the height does
    not depend on the camera. If they differ by more than their errors, one of the stated numbers is
    wrong; the poster's scale is kept because it is measured in this photo.

    Parameters
    ----------
    scene : Scene
        With the wall poster's scale, or without a scale.
    mm_per_px : float
        Millimetres per pixel at the body, by the height.
    sd : float
        Its relative standard deviation.

    Returns
    -------
    Scene
    float or None
        The height's scale divided by the poster's, if they contradict each other.
    """
    if scene.mm_per_px is None:
        found = replace(scene, mm_per_px=mm_per_px, scale_source=ScaleSource.HEIGHT, scale_sd=0.0)
        return found, None
    ratio = mm_per_px / scene.mm_per_px
    if abs(log(ratio)) > SCALES_DIFFER * hypot(sd, scene.scale_sd):
        return scene, ratio
    share = scene.scale_sd**2 / (scene.scale_sd**2 + sd**2)
    # The errors of the measures include the height's own, which is the larger.
    return replace(
        scene,
        mm_per_px=scene.mm_per_px * ratio**share,
        scale_source=ScaleSource.BOTH,
        scale_sd=0.0,
    ), None
