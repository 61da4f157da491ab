"""Draws the measured values on a reduced copy of the photo."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from posture.geometry import XY
from posture.landmarks import Landmark, Point, Pose, Source, View
from posture.measuring.assessment import Assessment
from posture.measuring.measures import BY_KEY, in_view
from posture.measuring.take import take
from posture.present import phrases
from posture.words import speech, t

LONG_SIDE = 1400  # of the drawn copy, in pixels
UPRIGHT, ROOM = 2 / 3, 1.6  # least width shown, relative to the height and to the body's width
WEIGHT = 500  # of a variable font; thin letters are illegible on a photo
DASHES = 60  # endpoints of the dashes of a plumb line
Colour = tuple[int, int, int]
SOURCE_COLOURS: dict[Source, Colour] = {
    Source.DETECTED: (255, 176, 0),
    Source.REFINED: (100, 143, 255),
    Source.MARKER: (0, 200, 90),
    Source.PLACED: (220, 38, 127),
}
PLUMB: Colour = (0, 220, 255)
INK: Colour = (255, 255, 255)
PAPER: Colour = (20, 24, 32)


@dataclass(frozen=True)
class _Label:
    """A text and the point it belongs to, in pixels of the drawn copy."""

    text: str
    x: float
    y: float
    colour: Colour


def overlay(
    pixels: NDArray[np.uint8], assessment: Assessment, *, labels: bool = True, foot: bool = True
) -> NDArray[np.uint8]:
    """Return a reduced copy of the photo with plumb line, landmarks, angles, L and R.

    Parameters
    ----------
    pixels : (height, width, 3) uint8
        The upright photo.
    assessment : Assessment
        Of that photo. Without a pose nothing is drawn.
    labels : bool
        Whether to write the values on a panel to the right of the picture.
    foot : bool
        Whether to write the view and the source of the vertical below it.

    Returns
    -------
    (height, width, 3) uint8
        RGB; the picture's long side has at most 1400 pixels. A photo much wider than the body, such
        as a webcam's, is cropped to the part around the body.
    """
    begin, after = columns(assessment)
    pixels = pixels[:, begin:after]
    scale = min(1.0, LONG_SIDE / max(pixels.shape[:2]))
    size = (round(pixels.shape[1] * scale), round(pixels.shape[0] * scale))
    canvas = np.array(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    if assessment.pose is None or assessment.view is None:
        return canvas
    thick = max(1, round(max(size) / 500))

    def to_canvas(at: XY) -> XY:
        return (at[0] - begin) * scale, at[1] * scale

    origin = _plumb_origin(assessment.pose, assessment.view)
    if origin:
        _plumb_line(canvas, [to_canvas(end) for end in _plumb(origin, assessment)], thick)
    texts = []
    for line in _lines(assessment, assessment.pose, assessment.view, origin):
        points = [to_canvas(point) for point in line.points]
        for start, end in pairwise(points):
            _stroke(canvas, start, end, line.colour, thick)
        texts.append(_Label(line.text, *max(points), line.colour))
    for mark in _shown(assessment.pose, assessment.view):
        at = _whole(to_canvas((mark.x, mark.y)))
        cv2.circle(canvas, at, 2 * thick + 1, PAPER, -1, cv2.LINE_AA)
        cv2.circle(canvas, at, 2 * thick, SOURCE_COLOURS[mark.source], -1, cv2.LINE_AA)
    return _write(canvas, texts if labels else [], assessment, foot=foot)


@dataclass(frozen=True)
class Shapes:
    """The shapes drawn over a photo, in its pixels, with their colours."""

    plumb: tuple[XY, XY] | None = None
    lines: tuple[tuple[tuple[XY, ...], Colour], ...] = ()
    points: tuple[tuple[XY, Colour], ...] = ()


def shapes(assessment: Assessment) -> Shapes:
    """Return the shapes that :func:`overlay` draws, for another renderer."""
    pose, view = assessment.pose, assessment.view
    if pose is None or view is None:
        return Shapes()
    foot = _plumb_origin(pose, view)
    plumb = None
    if foot:
        plumb = _plumb(foot, assessment)
    return Shapes(
        plumb,
        tuple((tuple(line.points), line.colour) for line in _lines(assessment, pose, view, foot)),
        tuple(((p.x, p.y), SOURCE_COLOURS[p.source]) for p in _shown(pose, view)),
    )


@dataclass(frozen=True)
class _Line:
    points: list[XY]
    text: str
    colour: Colour


def _lines(assessment: Assessment, pose: Pose, view: View, origin: XY | None) -> Iterator[_Line]:
    """Yield each value as the line on which it was measured, in photo pixels."""
    scene = assessment.scene
    for measurement in assessment.measurements:
        if measurement.value is None:
            continue
        row = BY_KEY[measurement.key]
        used = take(row, pose, scene, view).used
        if not used:  # a mean of other photos; this one lacks the points
            continue
        points = [[(pose.points[m].x, pose.points[m].y) for m in marks] for marks in used]
        sources = {pose.points[m].source for marks in used for m in marks}
        how = "+".join(t(source) for source in Source if source in sources)
        # The hip joint line has a short name in the picture, which keeps the warning.
        name = t("Hip joint line, not obliquity") if row.key == "hip_line" else t(row.label)
        text = f"{name}\n{phrases.found(measurement)} ({how})"
        colour = SOURCE_COLOURS[max(sources, key=list(Source).index)]
        if row.unit == "mm":
            if origin is None or row.key == "forward_head_offset":
                continue
            x = sum(p[0] for p in points[0]) / len(points[0])
            y = sum(p[1] for p in points[0]) / len(points[0])
            yield _Line([(scene.vertical(origin, y), y), (x, y)], text, colour)
        elif row.key != "shoulder_pelvis_angle":
            yield _Line([p for role in points for p in role], text, colour)


def _shown(pose: Pose, view: View) -> Iterator[Point]:
    """Yield the points that any measure of the view can use."""
    names = {
        mark
        for measure in in_view(view)
        for role in measure.roles
        for kind in role
        for mark in kind.in_view(view)
    }
    return (pose.points[mark] for mark in Landmark if mark in names and mark in pose.points)


def _plumb_origin(pose: Pose, view: View) -> XY | None:
    """Return the foot of the body's plumb line: mid-ankle, or the near malleolus."""
    return pose.middle_in(view, "lateral_malleolus") or pose.middle_in(view, "ankle")


def _plumb(foot: XY, assessment: Assessment) -> tuple[XY, XY]:
    """Return the ends of the true vertical through the foot, at the photo's top and bottom."""
    bottom = float(assessment.image_size[1])
    top_x, bottom_x = (assessment.scene.vertical(foot, y) for y in (0.0, bottom))
    return (top_x, 0.0), (bottom_x, bottom)


def columns(assessment: Assessment) -> tuple[int, int]:
    """Return the range of columns of the photo that is shown: first and last + 1."""
    width, height = assessment.image_size
    if assessment.pose is None or assessment.view is None or not assessment.pose.points:
        return 0, max(width, 1)
    across = [point.x for point in assessment.pose.points.values()]
    wanted = max(UPRIGHT * height, ROOM * (max(across) - min(across)))
    if wanted >= width:
        return 0, width
    begin = round(min(max((max(across) + min(across) - wanted) / 2, 0.0), width - wanted))
    return begin, begin + round(wanted)


def _plumb_line(canvas: NDArray[np.uint8], ends: list[XY], thick: int) -> None:
    """Draw the plumb line, dashed."""
    places = np.linspace(np.array(ends[0]), np.array(ends[1]), DASHES)
    for start, end in zip(places[::2], places[1::2], strict=False):
        cv2.line(canvas, _whole(start), _whole(end), PLUMB, thick, cv2.LINE_AA)


def _stroke(canvas: NDArray[np.uint8], start: XY, end: XY, colour: Colour, thick: int) -> None:
    cv2.line(canvas, _whole(start), _whole(end), PAPER, thick + 2, cv2.LINE_AA)
    cv2.line(canvas, _whole(start), _whole(end), colour, thick, cv2.LINE_AA)


def _whole(point: XY) -> tuple[int, int]:
    return round(point[0]), round(point[1])


@cache
def _font(size: int, language: str) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return a font that has the letters of a language; Pillow's own has only English ones."""
    wider = _wider_font() if language != "en" else None
    if wider is None:
        return ImageFont.load_default(size)
    font = ImageFont.truetype(wider, size)
    font.set_variation_by_axes([WEIGHT])
    return font


@cache
def _wider_font() -> str | None:
    """Return the file of the dashboard's font, which comes with Streamlit."""
    package = find_spec("streamlit")
    if package is None or package.origin is None:
        return None
    fonts = Path(package.origin).parent / "static" / "static" / "media"
    return next((str(file) for file in sorted(fonts.glob("SourceSansVF-Upright*.woff2"))), None)


def _write(
    canvas: NDArray[np.uint8], labels: list[_Label], assessment: Assessment, *, foot: bool
) -> NDArray[np.uint8]:
    """Mark the sides, and write the labels on a panel beside the picture, never over the body."""
    height, width = canvas.shape[:2]
    font = _font(max(12, round(height / 40)), speech().language)
    large = _font(max(20, round(height / 28)), speech().language)
    measure = ImageDraw.Draw(Image.new("RGB", (1, 1)))
    boxes = [measure.multiline_textbbox((0, 0), label.text, font=font) for label in labels]
    row = max((box[3] - box[1] for box in boxes), default=0) * 1.35
    panel = round(max((box[2] - box[0] for box in boxes), default=0) + row) if labels else 0
    image = Image.new("RGB", (width + panel, height), PAPER)
    image.paste(Image.fromarray(canvas))
    draw = ImageDraw.Draw(image)
    thin = max(1, round(height / 700))
    free = row
    for label in sorted(labels, key=lambda label: label.y):
        y = max(label.y, free)
        free = y + row
        draw.line((label.x, label.y, width, y, width + 0.4 * row, y), fill=label.colour, width=thin)
        draw.multiline_text((width + 0.6 * row, y), label.text, font=font, anchor="lm", fill=INK)
    for text, x, anchor in _sides(assessment.view):
        draw.text(
            (x * width, 0.02 * height),
            text,
            font=large,
            anchor=anchor,
            fill=INK,
            stroke_width=3,
            stroke_fill=PAPER,
        )
    if foot:
        draw.text(
            (0.5 * width, 0.985 * height),
            t(
                "{view} view, {level}",
                view=t(str(assessment.view)),
                level=t(assessment.scene.vertical_source.words),
            ),
            font=font,
            anchor="md",
            fill=INK,
            stroke_width=2,
            stroke_fill=PAPER,
        )
    return np.asarray(image)


def _sides(view: View | None) -> tuple[tuple[str, float, str], ...]:
    """Return the labels of the patient's sides: letter, relative x, anchor."""
    if view is View.ANTERIOR:
        return ("R", 0.03, "la"), ("L", 0.97, "ra")
    if view is View.POSTERIOR:
        return ("L", 0.03, "la"), ("R", 0.97, "ra")
    return (("L" if view is View.LEFT else "R", 0.03, "la"),)
