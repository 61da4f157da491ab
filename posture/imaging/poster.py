"""The wall poster: two printed patterns on one plumb line, detected in the photo.

Two sheets with one ArUco square each (DICT_4X4_50, id 0 above id 1, 180 mm) hang with their centres
on a plumb line, a known distance apart. Their eight corners give the homography from the wall to
the photo. It gives the true vertical at any place of the photo, even if the camera is pitched or
not square to the wall, and the millimetres per pixel at the wall. Neither needs the focal length.
"""

from dataclasses import dataclass
from math import asin, atan2, degrees

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from posture.geometry import XY
from posture.imaging.photo import Photo

SQUARE_MM = 180.0
SEPARATION_MM = 1000.0
PRINT_SLACK = 0.025  # of the square's side; posters came out 1.6% smaller to 0.7% larger
UPPER_ID, LOWER_ID = 0, 1
PAPERS_MM = {"a4": (210.0, 297.0), "letter": (215.9, 279.4)}
DPI = 300

FOCAL_SHARE = 1.2
"""Focal length divided by the photo's longer side, if the lens is unknown; phones have 0.7 to 1.5.
Only the camera's pitch and yaw depend on it: their tangents are proportional to it."""

_DICTIONARY = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)


@dataclass(frozen=True)
class Poster:
    """The poster as it appears in a photo.

    ``homography`` (3, 3) takes the wall (mm, origin at the upper pattern's centre, x to the right,
    y down along the plumb line) to photo pixels. ``square_mm`` is the side of a square, given the
    stated distance between the centres.
    """

    homography: NDArray[np.float64]
    photo_size: tuple[int, int]
    square_mm: float = SQUARE_MM

    @property
    def fits(self) -> bool:
        """Whether squares and distance are consistent; otherwise one of them was stated wrongly."""
        return _fits(self.square_mm)

    def roll_deg(self, at: XY) -> float:
        """Return the tilt of the vertical at a place of the photo, as a camera roll.

        All verticals of the scene meet in one vanishing point; the line towards it is the vertical
        at any place.
        """
        meet = self.homography[:, 1]
        right, down = meet[0] - at[0] * meet[2], meet[1] - at[1] * meet[2]
        sign = 1.0 if down >= 0 else -1.0
        return degrees(atan2(sign * right, sign * down))

    def mm_per_px(self, at: XY) -> float:
        """Return the millimetres of the wall per pixel, along the vertical, at a place."""
        wall = np.linalg.solve(self.homography, [at[0], at[1], 1.0])
        wall /= wall[2]
        ends = np.array([wall + np.array([0.0, step, 0.0]) for step in (-0.5, 0.5)])
        above, below = ends @ self.homography.T
        return float(1.0 / np.linalg.norm(below[:2] / below[2] - above[:2] / above[2]))

    def pitch_yaw_deg(self, focal_px: float | None = None) -> tuple[float, float]:
        """Return how the camera looks at the wall.

        Parameters
        ----------
        focal_px : float, optional
            The lens's focal length in pixels of the photo; None takes a usual one.

        Returns
        -------
        pitch, yaw : float
            Degrees. Pitch: positive looks down. Yaw: positive stands too far to the picture's
            right.
        """
        focal = focal_px or FOCAL_SHARE * max(self.photo_size)
        width, height = self.photo_size
        camera = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]])
        right, down, _ = np.linalg.solve(camera, self.homography).T
        length = np.sqrt(np.linalg.norm(right) * np.linalg.norm(down)) * np.sign(down[1])
        pitch, yaw = (float(np.clip(axis[2] / length, -1, 1)) for axis in (down, -right))
        return degrees(asin(pitch)), degrees(asin(yaw))


@dataclass(frozen=True)
class Sight:
    """What a photo shows of the poster: the poster, or the patterns that were detected."""

    poster: Poster | None
    patterns: tuple[int, ...] = ()


def find_poster(photo: Photo, separation_mm: float = SEPARATION_MM) -> Poster | None:
    """Find the poster in a photo; None if ``look_for_poster`` finds no complete one."""
    return look_for_poster(photo, separation_mm).poster


def look_for_poster(photo: Photo, separation_mm: float = SEPARATION_MM) -> Sight:
    """Find the poster in a photo: both patterns, each once, the upper one above.

    If squares and distance are inconsistent, the size of the squares is derived from the distance,
    so that horizontal and vertical stay in proportion.

    Parameters
    ----------
    photo : Photo
    separation_mm : float
        Distance between the centres of the two patterns, as the user measured it.
    """
    parameters = cv2.aruco.DetectorParameters()
    parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    detector = cv2.aruco.ArucoDetector(_DICTIONARY, parameters)
    small, scale = photo.reduced
    corners, ids, _ = detector.detectMarkers(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY))
    numbers = [] if ids is None else [int(number) for number in ids.ravel()]
    patterns = tuple(sorted(number for number in numbers if number in (UPPER_ID, LOWER_ID)))
    if patterns != (UPPER_ID, LOWER_ID):
        return Sight(None, patterns)
    found = dict(zip(numbers, corners, strict=True))
    # OpenCV puts the origin at the first pixel's centre; ours is at its corner.
    seen = np.vstack([found[UPPER_ID][0], found[LOWER_ID][0]]).astype(np.float64) + 0.5
    seen /= scale
    upper, lower = seen[:4].mean(axis=0), seen[4:].mean(axis=0)
    if abs(lower[0] - upper[0]) > lower[1] - upper[1]:
        return Sight(None, patterns)
    sides = [each - np.roll(each, 1, axis=0) for each in (seen[:4], seen[4:])]
    side = float(np.linalg.norm(sides, axis=2).mean())
    square_mm = separation_mm * side / float(np.linalg.norm(lower - upper))
    half = (SQUARE_MM if _fits(square_mm) else square_mm) / 2
    square = np.array([[-half, -half], [half, -half], [half, half], [-half, half]])
    wall = np.vstack([square, square + np.array([0.0, separation_mm])])
    homography, _ = cv2.findHomography(wall, seen)
    if homography is None:
        return Sight(None, patterns)
    wall_to_photo = np.asarray(homography, dtype=np.float64)
    return Sight(Poster(wall_to_photo, photo.size, square_mm), patterns)


def _fits(square_mm: float) -> bool:
    return abs(square_mm / SQUARE_MM - 1) <= PRINT_SLACK


def sheets(paper: str) -> list[Image.Image]:
    """Return the two pages to print, upper first, at 300 dpi.

    Parameters
    ----------
    paper : str
        ``a4`` or ``letter``.
    """
    return [
        _sheet(paper, UPPER_ID, "UPPER sheet"),
        _sheet(paper, LOWER_ID, "LOWER sheet"),
    ]


def _sheet(paper: str, number: int, name: str) -> Image.Image:
    width, height = (round(mm / 25.4 * DPI) for mm in PAPERS_MM[paper])
    side = round(SQUARE_MM / 25.4 * DPI)
    left, top = (width - side) // 2, (height - side) // 2
    page = Image.new("L", (width, height), 255)
    pattern = cv2.aruco.generateImageMarker(_DICTIONARY, number, side)
    page.paste(Image.fromarray(np.asarray(pattern, dtype=np.uint8)), (left, top))
    draw = ImageDraw.Draw(page)
    middle = left + side / 2
    for start, end in ((0, top - 120), (top + side + 120, height)):
        draw.line((middle, start, middle, end), fill=0, width=3)
    font = ImageFont.load_default(42)
    draw.text((left, top - 100), f"Plumbline poster: {name}", font=font, fill=0)
    words = (
        "Print at 100 %: the black square must measure 180 mm.\n"
        "Hang both sheets flat, the thin lines on one plumb line, the centres of the squares\n"
        "1.000 m apart; or measure the distance between them and enter it in the program."
    )
    draw.multiline_text((left, top + side + 24), words, font=ImageFont.load_default(30), fill=0)
    return page
