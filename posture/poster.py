"""The wall poster: two printed patterns on one plumb line, found in the photo.

Two sheets with one ArUco square each (DICT_4X4_50, id 0 above id 1, 180 mm) hang with their centres
on a plumb line, a known distance apart. Their eight corners give the homography from the wall to
the photo, and with it true vertical at any place of the photo, also when the camera is pitched or
not square to the wall, and millimetres per pixel at the wall; none of these needs the focal length.
"""

from dataclasses import dataclass
from math import asin, atan2, degrees

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from posture.geometry import XY
from posture.photo import Photo

SQUARE_MM = 180.0
SEPARATION_MM = 1000.0
UPPER_ID, LOWER_ID = 0, 1
PAPERS_MM = {"a4": (210.0, 297.0), "letter": (215.9, 279.4)}
DPI = 300

FOCAL_SHARE = 1.2
"""Focal length over the photo's longer side when nothing is known of the lens; phones have 0.7 to
1.5. Only the warning of a camera that is not square to the wall depends on it."""

_DICTIONARY = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)


@dataclass(frozen=True)
class Poster:
    """The poster as a photo shows it.

    ``homography`` (3, 3) takes the wall (mm, origin at the upper pattern's centre, x to the right,
    y down along the plumb line) to photo pixels.
    """

    homography: NDArray[np.float64]
    photo_size: tuple[int, int]

    def roll_deg(self, at: XY) -> float:
        """Return by how much gravity's line leans at a place of the photo, as a camera roll.

        All verticals of the scene meet in one point of the picture; the line towards it is the
        vertical at any place.
        """
        meet = self.homography[:, 1]
        right, down = meet[0] - at[0] * meet[2], meet[1] - at[1] * meet[2]
        sign = 1.0 if down >= 0 else -1.0
        return degrees(atan2(sign * right, sign * down))

    def mm_per_px(self, at: XY) -> float:
        """Return how many millimetres of the wall a pixel is, along the vertical, at a place."""
        wall = np.linalg.solve(self.homography, [at[0], at[1], 1.0])
        wall /= wall[2]
        ends = np.array([wall + np.array([0.0, step, 0.0]) for step in (-0.5, 0.5)])
        above, below = ends @ self.homography.T
        return float(1.0 / np.linalg.norm(below[:2] / below[2] - above[:2] / above[2]))

    def yaw_deg(self) -> float:
        """Return by how much the camera looks at the wall from aside, for a usual lens."""
        focal = FOCAL_SHARE * max(self.photo_size)
        width, height = self.photo_size
        camera = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]])
        axes = np.linalg.solve(camera, self.homography)
        length = np.sqrt(np.linalg.norm(axes[:, 0]) * np.linalg.norm(axes[:, 1]))
        return degrees(asin(float(np.clip(axes[2, 0] / length, -1, 1))))


def find_poster(photo: Photo, separation_mm: float = SEPARATION_MM) -> Poster | None:
    """Find the poster in a photo; None unless both patterns are seen, the upper one above.

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
    found = {} if ids is None else dict(zip(ids.ravel().tolist(), corners, strict=True))
    if not {UPPER_ID, LOWER_ID} <= found.keys() or len(ids) != len(found):
        return None
    # OpenCV counts from the centre of the first pixel, we from its corner.
    seen = np.vstack([found[UPPER_ID][0], found[LOWER_ID][0]]).astype(np.float64) + 0.5
    seen /= scale
    half = SQUARE_MM / 2
    square = np.array([[-half, -half], [half, -half], [half, half], [-half, half]])
    wall = np.vstack([square, square + np.array([0.0, separation_mm])])
    homography, _ = cv2.findHomography(wall, seen)
    upper, lower = seen[:4].mean(axis=0), seen[4:].mean(axis=0)
    if homography is None or abs(lower[0] - upper[0]) > lower[1] - upper[1]:
        return None
    return Poster(np.asarray(homography, dtype=np.float64), photo.size)


def sheets(paper: str) -> list[Image.Image]:
    """Return the two pages to print, upper first, at 300 dots an inch.

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
        "1.000 m apart; or measure how far apart they hang, and tell the program."
    )
    draw.multiline_text((left, top + side + 24), words, font=ImageFont.load_default(30), fill=0)
    return page
