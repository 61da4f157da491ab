"""Finds skin markers on palpable points by their colour, near where the pose expects them.

A marker is a saturated dot or hemisphere of about 25 mm. Each anatomical point has a window, placed
relative to the detected joints in units of the trunk's length D (mid-shoulder to mid-hip), in which
blobs of the marker's colour and size are searched. A blob that fits two points, or a window with
two blobs, gives no point: the program never guesses.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import hypot

import cv2
import numpy as np
from numpy.typing import NDArray

from posture.geometry import XY
from posture.imaging.photo import Photo
from posture.issues import CaptureIssue, Severity
from posture.landmarks import Landmark, Point, Pose, Source, View
from posture.refine.blobs import blobs_in
from posture.refine.discs import centre_of, colourfulness, common_radius, outline
from posture.words import Message

HUES = {
    "orange": (6, 18),
    "yellow": (22, 34),
    "green": (45, 78),
    "blue": (96, 124),
    "pink": (145, 172),
}
"""Hue of each marker colour, lowest and highest, in OpenCV's half degrees."""

PAIRS = ("tragus", "acromion", "asis", "psis", "lateral_malleolus")
"""Points that frontal measures need on both sides."""

RADIUS = 0.025  # of D: 12.5 mm on a trunk of half a metre
TRUNK_PX = 600  # the picture is reduced so that D is at most this


@dataclass(frozen=True)
class Window:
    """Where a marker may be: offset from an anchor joint, outwards (or forward) and up, in D.

    ``near``: how much nearer to the camera it is than the middle of the body, in D.
    """

    anchor: str
    outward: float
    up: float
    radius: float
    near: float = 0.0


ANTERIOR = {
    "tragus": Window("ear", 0.03, -0.03, 0.12),
    "acromion": Window("shoulder", 0.07, 0.07, 0.14),
    "asis": Window("mid_hip", 0.27, 0.19, 0.15),
    "greater_trochanter": Window("hip", 0.20, 0.0, 0.17),
    "lateral_malleolus": Window("ankle", 0.10, -0.06, 0.12),
}
POSTERIOR = {
    "c7": Window("mid_shoulder", 0.0, 0.16, 0.12),
    "acromion": Window("shoulder", 0.07, 0.05, 0.14),
    "psis": Window("mid_hip", 0.085, 0.22, 0.13),
    "greater_trochanter": Window("hip", 0.20, -0.02, 0.17),
    "lateral_malleolus": Window("ankle", 0.10, -0.09, 0.12),
}
LATERAL = {
    "tragus": Window("ear", -0.035, -0.01, 0.10, 0.15),
    "c7": Window("mid_shoulder", -0.12, 0.11, 0.12),
    "acromion": Window("shoulder", 0.04, 0.05, 0.14, 0.38),
    "asis": Window("hip", 0.19, 0.15, 0.13, 0.24),
    "psis": Window("hip", -0.21, 0.19, 0.13, 0.09),
    "greater_trochanter": Window("hip", -0.07, -0.04, 0.15, 0.33),
    "lateral_malleolus": Window("ankle", 0.0, -0.09, 0.12, 0.35),
}
"""In lateral views the near markers look up to 6% larger than C7, by half an adult's breadth."""

CAMERA = 6.6  # of D: 3.3 m, as scene.USUAL_CAMERA_MM; at 2.5 m the sizes are off by 1%


@dataclass(frozen=True)
class _Target:
    """A landmark's window in pixels of the reduced picture, and its marker's magnification."""

    landmark: Landmark
    x: float
    y: float
    reach: float
    larger: float


@dataclass(frozen=True)
class Marked:
    """The markers of a photo.

    ``points``: those whose position is certain, in photo pixels. ``hidden``: those of which too
    little is visible, or that overlap another one.
    """

    points: Mapping[Landmark, Point]
    hidden: frozenset[Landmark] = frozenset()


def find_markers(photo: Photo, pose: Pose, view: View, colour: str = "green") -> Marked:
    """Find the marked points of a photo.

    Parameters
    ----------
    photo : Photo
    pose : Pose
        Detected joints, with sides according to the view; a missing joint opens no window.
    view : View
    colour : str
        One of ``HUES``.

    Returns
    -------
    Marked
        Only certain ones: one blob in the window, one window for the blob, and enough of the
        marker's outline to locate its centre.
    """
    trunk = pose.trunk_px()
    if trunk is None:
        return Marked({})
    scale = min(1.0, TRUNK_PX / trunk)
    pixels, already = photo.reduced
    further = scale / already
    if further < 1:
        smaller = cv2.resize(pixels, None, fx=further, fy=further, interpolation=cv2.INTER_AREA)
        pixels = np.asarray(smaller, dtype=np.uint8)
    else:
        scale = already
    radius = RADIUS * trunk * scale
    targets = list(_targets(pose, view, scale))
    blobs: list[XY] = []
    for target in targets:
        middle = target.x, target.y
        for blob in blobs_in(pixels, middle, target.reach, radius, HUES[colour]):
            if all(hypot(blob[0] - x, blob[1] - y) > 3 for x, y in blobs):
                blobs.append(blob)
    found = _assign(targets, blobs)
    larger = {target.landmark: target.larger for target in targets}
    centred = _centred(pixels, found, larger, radius, HUES[colour])
    return Marked(
        {
            mark: Point(x / scale, y / scale, source=Source.MARKER)
            for mark, (x, y) in centred.items()
        },
        frozenset(found.keys() - centred.keys()),
    )


def _centred(
    pixels: NDArray[np.uint8],
    found: dict[Landmark, XY],
    larger: Mapping[Landmark, float],
    radius: float,
    hue: tuple[int, int],
) -> dict[Landmark, XY]:
    """Replace each blob's centroid by the centre of its disc, which may be partly hidden."""
    cut = _around(found, radius, pixels.shape)
    if cut is None:
        return found
    rows, columns = cut
    colour = colourfulness(pixels[rows, columns], hue)
    corner = np.array([columns.start, rows.start])
    starts = {mark: (x - corner[0], y - corner[1]) for mark, (x, y) in found.items()}
    size = common_radius(
        (outline(colour, start, radius), larger[mark]) for mark, start in starts.items()
    )
    if size is None:
        return found
    # Again with their actual size: the usual one would reach beyond small markers.
    centres = {}
    for mark, start in starts.items():
        own = size * larger[mark]
        centres[mark] = centre_of(colour, outline(colour, start, own), own)
    return {
        mark: (centre[0] + corner[0], centre[1] + corner[1])
        for mark, centre in centres.items()
        if centre is not None
    }


def _around(
    found: dict[Landmark, XY], radius: float, shape: tuple[int, ...]
) -> tuple[slice, slice] | None:
    """Return the part of the picture, rows and columns, that holds the blobs and their edges."""
    if not found:
        return None
    places = np.array(list(found.values()))
    low = np.maximum(np.floor(places.min(axis=0) - 3 * radius), 0).astype(int)
    high = np.ceil(places.max(axis=0) + 3 * radius).astype(int)
    return slice(low[1], min(high[1], shape[0])), slice(low[0], min(high[0], shape[1]))


def unpaired(found: Mapping[Landmark, Point], view: View) -> set[Landmark]:
    """Return the markers of frontal pairs whose partner was not found.

    They cannot be used: a marker's centre stands off the skin, so a line from it to a point of
    another kind would be tilted.
    """
    if not view.is_frontal:
        return set()
    return {mark for mark in found if _is_paired(mark) and mark.mirrored not in found}


def check_markers(marked: Marked, view: View) -> Iterator[CaptureIssue]:
    """Yield an issue for every marker that is missing for a measure of the view."""
    lacking = (mark for mark in marked.hidden if _is_paired(mark) or not view.is_frontal)
    for mark in sorted(lacking):
        yield CaptureIssue(
            "marker_hidden",
            Severity.WARNING,
            Message(
                "The marker of the {point} is partly hidden or overlaps another "
                "marker, so it is not used. Uncover it, turn the patient square to the "
                "camera, or place the point by hand.",
                point=mark,
            ),
            mended_by=(mark,),
        )
    alone = unpaired(marked.points, view)
    for mark in marked.points:
        if mark in alone and mark.mirrored not in marked.hidden:
            yield CaptureIssue(
                "marker_pair_incomplete",
                Severity.WARNING,
                Message(
                    "The marker of the {point} was found, but not that of the {other}, "
                    "so neither is used. Uncover the missing one, or place both points "
                    "by hand.",
                    point=mark,
                    other=mark.mirrored,
                ),
                mended_by=(mark, mark.mirrored),
            )


def _is_paired(mark: Landmark) -> bool:
    return str(mark).split("_", 1)[-1] in PAIRS


def _targets(pose: Pose, view: View, scale: float) -> Iterator[_Target]:
    """Yield the windows that are visible in the view."""
    shoulder, hip = pose.middle("shoulder"), pose.middle("hip")
    if shoulder is None or hip is None:
        return
    trunk = hypot(shoulder[0] - hip[0], shoulder[1] - hip[1])
    up = ((shoulder[0] - hip[0]) / trunk, (shoulder[1] - hip[1]) / trunk)
    picture_right = (-up[1], up[0])
    windows = {View.ANTERIOR: ANTERIOR, View.POSTERIOR: POSTERIOR}.get(view, LATERAL)
    for name, window in windows.items():
        paired = ("left_", "right_") if view.is_frontal else (f"{view}_",)
        sides = ("",) if name == "c7" else paired
        for side in sides:
            anchor = _anchor(pose, window.anchor, side or f"{view}_")
            if anchor is None:
                continue
            if view.is_frontal:
                outward = 1 if (side == "left_") is (view is View.ANTERIOR) else -1
            else:
                outward = 1 if view is View.RIGHT else -1  # forward
            x, y = (
                anchor[axis]
                + trunk * (outward * window.outward * picture_right[axis] + window.up * up[axis])
                for axis in (0, 1)
            )
            landmark = Landmark(f"{side}{name}")
            larger = CAMERA / (CAMERA - window.near)
            yield _Target(landmark, x * scale, y * scale, window.radius * trunk * scale, larger)


def _anchor(pose: Pose, name: str, side: str) -> XY | None:
    if name.startswith("mid_"):
        return pose.middle(name.removeprefix("mid_"))
    point = pose.get(Landmark(f"{side}{name}"))
    return (point.x, point.y) if point else None


def _assign(targets: list[_Target], blobs: list[XY]) -> dict[Landmark, XY]:
    """Assign each window its nearest blob; ambiguous windows and blobs are left out."""
    fits = sorted(
        (hypot(blob[0] - target.x, blob[1] - target.y) / target.reach, n, k)
        for n, target in enumerate(targets)
        for k, blob in enumerate(blobs)
    )
    chosen: dict[int, int] = {}
    for distance, n, k in fits:
        if distance < 1 and n not in chosen and k not in chosen.values():
            chosen[n] = k
    spare = {k for _, _, k in fits} - set(chosen.values())
    crowded = {n for distance, n, k in fits if distance < 1 and k in spare and n in chosen}
    return {targets[n].landmark: blobs[k] for n, k in chosen.items() if n not in crowded}
