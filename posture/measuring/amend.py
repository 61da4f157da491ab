"""Applies points placed, moved or rejected by hand, without detecting again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import hypot

from posture.geometry import XY
from posture.imaging.scene import Ruler, levelled_by_plumb_line, scaled_by_ruler
from posture.issues import CaptureIssue, Severity
from posture.landmarks import Landmark, Point, Pose, Source
from posture.measuring.assessment import Assessment
from posture.measuring.evidence import as_warnings
from posture.measuring.values import measure, missing
from posture.refine.markers import unpaired
from posture.words import Message

CHECKED = "markers_checked"
REJECTED = Message("its skin marker was rejected: place the point by hand")
UNSURE_BELOW = 0.8  # the model's visibility of clearly visible points is above 0.85
UNSURE_SPREAD = 0.006  # of the height from head to foot, 1 cm for an adult
ALONE = Message("the skin marker of the other side was rejected: place both points by hand")


@dataclass(frozen=True)
class Edits:
    """What somebody changed about one photo's points.

    ``points`` are in pixels of the upright photo. ``rejected`` are skin markers that are not
    markers; ``checked`` says that somebody confirmed the others. ``plumb_line`` and ``ruler`` level
    and scale the photo.
    """

    points: Mapping[Landmark, XY] = field(default_factory=dict)
    rejected: frozenset[Landmark] = frozenset()
    checked: bool = False
    plumb_line: tuple[XY, XY] | None = None
    ruler: Ruler | None = None


def edits_of(assessment: Assessment) -> Edits:
    """Return what was changed by hand in an assessment."""
    pose = assessment.pose or Pose({})
    return Edits(
        {m: (p.x, p.y) for m, p in pose.points.items() if p.source is Source.PLACED},
        frozenset(mark for mark, why in assessment.withheld.items() if why == REJECTED),
        any(issue.code == CHECKED for issue in assessment.issues),
        assessment.scene.plumb_line,
        assessment.scene.ruler,
    )


def amended(assessment: Assessment, edits: Edits) -> Assessment:
    """Measure again with exactly these edits, on the points that were detected.

    A plumb line changes only the vertical. The scale from the patient's height depends slightly on
    the vertical; if that matters, pass the plumb line to ``assess``.

    Parameters
    ----------
    assessment : Assessment
        May contain earlier edits: they are undone.
    edits : Edits
        Positions outside the photo are moved to its edge.

    Raises
    ------
    PointsError
        If a plumb line or a known length is implausible.
    """
    view = assessment.view
    found = assessment.pose.automatic() if assessment.pose else Pose({})
    pose = found.rejecting(set(edits.rejected & found.points.keys()))
    withheld = {m: w for m, w in assessment.withheld.items() if w not in (REJECTED, ALONE)}
    withheld |= dict.fromkeys(edits.rejected, REJECTED)
    if view is not None:
        markers = {m: p for m, p in pose.points.items() if p.source is Source.MARKER}
        alone = {mark for mark in unpaired(markers, view) if mark.mirrored in edits.rejected}
        pose = pose.rejecting(alone)
        withheld |= dict.fromkeys(alone, ALONE)
    placed = {
        mark: Point(*_inside(xy, assessment.image_size), source=Source.PLACED)
        for mark, xy in edits.points.items()
    }
    pose = pose.with_points(placed)
    scene = assessment.scene
    if edits.plumb_line is not None and edits.plumb_line != scene.plumb_line:
        body = Pose(pose.detected)
        scene = levelled_by_plumb_line(scene, *edits.plumb_line, assessment.image_size, body)
    if edits.ruler is not None and edits.ruler != scene.ruler:
        scene = scaled_by_ruler(scene, edits.ruler)
    issues = _issues(assessment, edits, usable=bool(pose.points))
    if not pose.points or view is None:
        why = issues[0].message if issues else Message("the photo has no points to measure")
        measurements = missing(view, why)
    else:
        measurements = measure(
            pose, scene, view, withheld, model=assessment.model, passes=assessment.passes
        )
    return replace(
        assessment,
        pose=pose if pose.points else None,
        scene=scene,
        withheld=withheld,
        measurements=measurements,
        issues=issues,
    )


def is_unsure(point: Point, assessment: Assessment) -> bool:
    """Whether a detected point is uncertain and worth checking."""
    if point.source in (Source.MARKER, Source.PLACED):
        return False
    if point.visibility is not None and point.visibility < UNSURE_BELOW:
        return True
    rows = [p.y for p in assessment.pose.detected.values()] if assessment.pose else []
    height = max(rows, default=0.0) - min(rows, default=0.0)
    return point.spread is not None and height > 0 and point.spread > UNSURE_SPREAD * height


def _inside(xy: XY, size: tuple[int, int]) -> XY:
    return min(max(xy[0], 0.0), float(size[0])), min(max(xy[1], 0.0), float(size[1]))


def _issues(assessment: Assessment, edits: Edits, *, usable: bool) -> tuple[CaptureIssue, ...]:
    """Return the issues; once points were placed by hand, errors become warnings."""
    issues = tuple(issue for issue in assessment.issues if issue.code != CHECKED)
    if usable:
        issues = as_warnings(issues)
    if edits.checked:
        checked = Message("The skin markers found were checked by hand.")
        issues = (*issues, CaptureIssue(CHECKED, Severity.NOTE, checked))
    return issues


class Edit(StrEnum):
    """What somebody did to a point."""

    PLACED = "placed by hand"
    MOVED = "moved by hand"
    REJECTED = "marker rejected"
    RESET = "set back to what was found"


@dataclass(frozen=True)
class PointChange:
    """A point that a correction changed; ``px`` is how far it moved, if it had a position."""

    landmark: Landmark
    what: Edit
    px: float | None = None


def point_changes(before: Assessment | None, after: Assessment) -> tuple[PointChange, ...]:
    """Return the points that a correction changed; without *before*, all edited points."""
    return tuple(_point_changes(before, after))


def _point_changes(before: Assessment | None, after: Assessment) -> Iterator[PointChange]:
    then = before.pose if before and before.pose else None
    now = after.pose or Pose({})
    old = then.points if then else now.automatic().points
    was, is_now = edits_of(before) if before else Edits(), edits_of(after)
    for mark in Landmark:
        if mark in is_now.points:
            at, from_ = now.points[mark], old.get(mark)
            if from_ is None:
                yield PointChange(mark, Edit.PLACED)
            elif (px := hypot(at.x - from_.x, at.y - from_.y)) > 0.05 or (
                from_.source is not Source.PLACED
            ):
                yield PointChange(mark, Edit.MOVED, px)
        elif mark in is_now.rejected - was.rejected:
            yield PointChange(mark, Edit.REJECTED)
        elif mark in was.points or mark in was.rejected - is_now.rejected:
            yield PointChange(mark, Edit.RESET)
