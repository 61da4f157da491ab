"""Registers a part of one photo with another photo, by rotation and shift."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from posture.geometry import XY
from posture.imaging.photo import Photo
from posture.pose.detect import Detection
from posture.refine.cut_out import cut_out

UNSURE_PX, ROUNDS = 9, 3
WIDEST_DEG, COARSE_DEG, FINE_DEG = 14.0, 1.0, 0.25

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Patch:
    """A levelled part of a photo on a uniform background.

    ``pixels`` is (height, width, 4), 0 to 1: colour and body. ``matrix`` (2, 3) maps photo pixels
    to it.
    """

    pixels: Floats
    matrix: NDArray[np.float64]

    def at(self, place: XY) -> XY:
        """Return the position of a photo pixel in the patch."""
        x, y = self.matrix @ [*place, 1.0]
        return float(x), float(y)

    def to_photo(self, at: XY) -> XY:
        """Return the photo pixel at a position of the patch."""
        x, y = np.linalg.solve(self.matrix[:, :2], np.array(at) - self.matrix[:, 2])
        return float(x), float(y)


@dataclass(frozen=True)
class Disc:
    """The disc to register: centre, radius and search range around its expected place, in px."""

    centre: XY
    radius: int
    reach: int


@dataclass(frozen=True)
class Registration:
    """How a disc of one patch lies in another patch.

    ``turn_deg`` is positive counter-clockwise. ``dissimilarity`` is the share of the disc's
    contrast that differs where the two match best. ``matrix`` (2, 3) maps the first patch's pixels
    to the second's.
    """

    turn_deg: float
    dissimilarity: float
    matrix: NDArray[np.float64]

    def apply(self, place: XY) -> XY:
        """Return the position in the second patch of a place in the first."""
        x, y = self.matrix @ [*place, 1.0]
        return float(x), float(y)


def levelled_patch(
    photo: Photo, detection: Detection, middle: XY, *, half: int, scale: float, roll_deg: float
) -> Patch | None:
    """Return the part of a photo around a place, levelled; None if no body can be cut out.

    Parameters
    ----------
    photo : Photo
    detection : Detection
        For its mask.
    middle : (x, y)
        In photo pixels.
    half : int
        Half of the patch's width and height in its own pixels.
    scale : float
        Patch pixels per photo pixel.
    roll_deg : float
        The camera's roll.
    """
    matrix = np.asarray(cv2.getRotationMatrix2D(middle, -roll_deg, scale), dtype=np.float64)
    matrix[:, 2] += half - np.array(middle)
    size = (2 * half, 2 * half)
    soft = cv2.GaussianBlur(photo.pixels, (0, 0), 0.5 / scale) if scale < 2 / 3 else photo.pixels
    colours = cv2.warpAffine(soft, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    to_mask = np.column_stack([matrix[:, :2] / detection.mask_scale, matrix[:, 2]])
    mask = np.asarray(cv2.warpAffine(detection.mask, to_mask, size), dtype=np.float32)
    body = cut_out(np.asarray(colours, dtype=np.uint8), mask, UNSURE_PX, ROUNDS)
    if body is None:
        return None
    lab = cv2.cvtColor(cv2.GaussianBlur(colours, (0, 0), 1.0), cv2.COLOR_RGB2LAB) / 255.0
    flat = lab * body[..., None] + 0.5 * (1 - body[..., None])
    return Patch(np.dstack([flat, 0.5 * body]).astype(np.float32), matrix)


def register(first: Patch, second: Patch, disc: Disc, near: XY) -> Registration | None:
    """Find a disc of one patch in another.

    Parameters
    ----------
    first, second : Patch
    disc : Disc
        In the first patch.
    near : (x, y)
        Expected position of its centre in the second patch.

    Returns
    -------
    Registration or None
        None if the place lies too close to the second patch's edge.
    """
    search = _Search.of(first.pixels, second.pixels, disc, near)
    if search is None:
        return None
    turns = np.arange(-WIDEST_DEG, WIDEST_DEG + COARSE_DEG / 2, COARSE_DEG)
    best = turns[int(np.argmin([search.dissimilarity(turn) for turn in turns]))]
    turns = best + np.arange(-6, 7) * FINE_DEG
    found = np.array([search.dissimilarity(turn) for turn in turns])
    lowest = int(found.argmin())
    near_it = slice(max(lowest - 2, 0), lowest + 3)
    curve = np.polyfit(turns[near_it], found[near_it], 2)
    turn = -curve[1] / (2 * curve[0]) if curve[0] > 0 else turns[lowest]
    turn = float(np.clip(turn, turns[0], turns[-1]))
    return Registration(turn, float(found[lowest]), search.matrix(turn))


def mirror_dissimilarity(part: Patch, disc: Disc, turns: NDArray[np.float64]) -> float:
    """Return the least dissimilarity of a disc and its mirror image over some turns in degrees."""
    mirrored = np.ascontiguousarray(part.pixels[:, ::-1])
    search = _Search.of(part.pixels, mirrored, disc, disc.centre)
    return min(map(search.dissimilarity, turns)) if search else 1.0


@dataclass(frozen=True)
class _Search:
    """A disc of the first patch, and the part of the second one that is searched."""

    first: Floats
    window: Floats
    corner: tuple[int, int]
    disc: Disc
    weight: Floats

    @classmethod
    def of(cls, first: Floats, second: Floats, disc: Disc, near: XY) -> "_Search | None":
        radius, reach = disc.radius, disc.reach
        x0, y0 = (round(c) - radius - reach for c in near)
        side = 2 * (radius + reach) + 1
        if min(x0, y0) < 0 or x0 + side > second.shape[1] or y0 + side > second.shape[0]:
            return None
        window = np.ascontiguousarray(second[y0 : y0 + side, x0 : x0 + side])
        down, across = np.mgrid[-radius : radius + 1, -radius : radius + 1]
        inside = (across**2 + down**2 <= radius**2).astype(np.float32)
        return cls(first, window, (x0, y0), disc, inside[..., None].repeat(4, axis=2))

    def dissimilarity(self, turn: float) -> float:
        """Return the least dissimilarity between the rotated disc and the second patch."""
        part = self._turned(turn)
        weight = self.weight
        mean = (weight * part).sum((0, 1)) / weight.sum((0, 1))
        contrast = float((weight * (part - mean) ** 2).sum())
        return float(self._differences(part).min()) / max(contrast, 1e-6)

    def matrix(self, turn: float) -> NDArray[np.float64]:
        """Return the transform from the first patch to the second, to subpixel precision."""
        found = self._differences(self._turned(turn))
        y, x = np.unravel_index(int(found.argmin()), found.shape)
        shift = (x + _part(found[y, :], int(x)), y + _part(found[:, x], int(y)))
        matrix = self._to_disc(turn)
        matrix[:, 2] += np.array(self.corner) + shift
        return matrix

    def _to_disc(self, turn: float) -> NDArray[np.float64]:
        matrix = cv2.getRotationMatrix2D(self.disc.centre, turn, 1.0)
        matrix[:, 2] += self.disc.radius - np.array(self.disc.centre)
        return np.asarray(matrix, dtype=np.float64)

    def _turned(self, turn: float) -> Floats:
        side = 2 * self.disc.radius + 1
        part = cv2.warpAffine(self.first, self._to_disc(turn), (side, side))
        return np.asarray(part, dtype=np.float32)

    def _differences(self, part: Floats) -> Floats:
        found = cv2.matchTemplate(self.window, part, cv2.TM_SQDIFF, mask=self.weight)
        return np.asarray(found, dtype=np.float32)


def _part(row: Floats, lowest: int) -> float:
    """Return the offset of a curve's minimum from its lowest sample, -0.5 to 0.5."""
    if not 0 < lowest < len(row) - 1:
        return 0.0
    before, at, after = (float(value) for value in row[lowest - 1 : lowest + 2])
    bend = before - 2 * at + after
    return 0.5 * (before - after) / bend if bend > 0 else 0.0
