"""Assessments as plain data: the JSON of the command line and of the record."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from posture.geometry import XY
from posture.imaging.scene import Ruler, ScaleSource, Scene, VerticalSource
from posture.issues import CaptureIssue, Severity
from posture.landmarks import Landmark, Point, Pose, Source, View
from posture.measuring.assessment import Assessment
from posture.measuring.measures import BY_KEY
from posture.measuring.take import Measurement
from posture.present.phrases import in_english
from posture.words import Message, message_from_json, messages_to_json

Said = Mapping[str, Any] | None
"""Messages with their values, by their English sentences; None from an earlier version."""

CAMERA = ("pitch_deg", "yaw_deg")
"""The fields of a scene with the camera's angles to the wall."""


def to_json(assessment: Assessment) -> dict[str, Any]:
    """Return an assessment as the command line prints it, rounded to meaningful digits."""
    return {
        "photo": assessment.photo,
        "view": assessment.view,
        "view_source": assessment.view_source,
        "image_size": list(assessment.image_size),
        "scene": scene_to_json(assessment.scene),
        "landmarks": points_to_json(assessment.pose.points if assessment.pose else {}),
        "measurements": [
            {
                "key": m.key,
                "label": m.label,
                "value": _rounded(m.value, 3),
                "unit": m.unit,
                "words": in_english(m),
                "sd": _rounded(m.sd, 3),
                "mdc": _rounded(m.mdc, 3),
                "method": m.method,
                "reason": m.reason,
            }
            for m in assessment.measurements
        ],
        "issues": issues_to_json(assessment.active_issues),
    }


def assessment_to_record(assessment: Assessment) -> dict[str, Any]:
    """Return a complete assessment as plain data for reading back; positions are rounded."""
    pose = assessment.pose or Pose({})
    return {
        "photo": assessment.photo,
        "photo_sha256": assessment.photo_sha256,
        "view": assessment.view and str(assessment.view),
        "view_source": assessment.view_source,
        "image_size": list(assessment.image_size),
        "scene": scene_to_record(assessment.scene) | {"no_scale": assessment.scene.no_scale},
        "points": points_to_record(pose.points) if assessment.pose else None,
        "detected": points_to_record(pose.detected),
        "found": points_to_record(pose.found),
        "withheld": {str(mark): why for mark, why in assessment.withheld.items()},
        "measurements": [measurement_row(m) for m in assessment.measurements],
        "issues": issues_to_json(assessment.issues),
        "model": assessment.model,
        "passes": assessment.passes,
        "said": said_of(assessment),
    }


def said_of(assessment: Assessment) -> dict[str, Any]:
    """Return what brings an assessment's messages back from the English that the record holds."""
    return messages_to_json(
        (
            *assessment.withheld.values(),
            *(m.reason for m in assessment.measurements),
            *(issue.message for issue in assessment.issues),
            assessment.scene.no_scale,
        )
    )


def assessment_from_record(data: Mapping[str, Any]) -> Assessment:
    """Return the assessment that :func:`assessment_to_record` wrote.

    Measures that this version of the program does not have are left out.
    """
    width, height = data["image_size"]
    said = data.get("said")  # drafts of earlier versions have none
    pose = None
    if data["points"] is not None:
        pose = pose_from_json(data["points"], data["detected"], data["found"])
    return Assessment(
        photo=data["photo"],
        photo_sha256=data["photo_sha256"],
        view=view_from_json(data["view"]),
        view_source=data["view_source"],
        image_size=(width, height),
        scene=replace(
            scene_from_record(data["scene"]),
            no_scale=message_from_json(data["scene"]["no_scale"], said),
        ),
        pose=pose,
        withheld=withheld_from_json(data["withheld"], said),
        measurements=tuple(
            measurement_from_row(row, said) for row in data["measurements"] if row["key"] in BY_KEY
        ),
        issues=issues_from_json(data["issues"], said),
        model=data["model"],
        passes=data["passes"],
    )


def refused_to_json(name: str, code: str, why: Message) -> dict[str, Any]:
    """Return, in the same shape, what the command line prints of a file that gave no result."""
    return {
        "photo": name,
        "view": None,
        "view_source": None,
        "image_size": None,
        "scene": None,
        "landmarks": {},
        "measurements": [],
        "issues": issues_to_json((CaptureIssue(code, Severity.ERROR, why),)),
    }


def scene_to_json(scene: Scene) -> dict[str, Any]:
    """Return a scene as plain data."""
    return {
        "roll_deg": _rounded(scene.roll_deg, 4),
        "vertical_source": str(scene.vertical_source),
        "mm_per_px": _rounded(scene.mm_per_px, 6),
        "scale_source": None if scene.scale_source is None else str(scene.scale_source),
        **{name: _rounded(getattr(scene, name), 2) for name in CAMERA},
    }


def scene_to_record(scene: Scene) -> dict[str, Any]:
    """Return a scene as stored in the record: not rounded, and with its uncertainty."""
    exact = {name: getattr(scene, name) for name in ("roll_deg", "mm_per_px", *CAMERA)}
    return {
        **scene_to_json(scene),
        **exact,
        "roll_sd_deg": scene.roll_sd_deg,
        "scale_sd": scene.scale_sd,
        "wall": scene.wall and [list(row) for row in scene.wall],
        "wall_mm": scene.wall_mm,
        **_marked(scene),
    }


def _marked(scene: Scene) -> dict[str, Any]:
    """Return the plumb line and the known length that somebody marked in the photo."""
    line, ruler = scene.plumb_line, scene.ruler
    return {
        "plumb_line": line and [list(end) for end in line],
        "ruler": ruler and [list(ruler.one_end), list(ruler.other_end), ruler.mm],
    }


def scene_from_record(data: Mapping[str, Any]) -> Scene:
    """Return the scene that :func:`scene_to_record` wrote."""
    scale = data["scale_source"]
    return Scene(
        float(data["roll_deg"]),
        VerticalSource(data["vertical_source"]),
        data["mm_per_px"],
        None if scale is None else ScaleSource(scale),
        float(data["roll_sd_deg"]),
        # Records of the first versions lack these.
        float(data.get("scale_sd", 0.0)),
        None if data.get("wall") is None else tuple(tuple(row) for row in data["wall"]),
        data.get("wall_mm"),
        plumb_line=_pair(data.get("plumb_line")),
        ruler=_ruler(data.get("ruler")),
        pitch_deg=data.get("pitch_deg"),
        yaw_deg=data.get("yaw_deg"),
    )


def _pair(ends: list[list[float]] | None) -> tuple[XY, XY] | None:
    return ends and ((ends[0][0], ends[0][1]), (ends[1][0], ends[1][1]))  # type: ignore[return-value]


def _ruler(data: list[Any] | None) -> Ruler | None:
    ends = _pair(data and data[:2])
    return Ruler(*ends, float(data[2])) if data and ends else None


def points_to_json(points: Mapping[Landmark, Point]) -> dict[str, dict[str, Any]]:
    """Return points by name, in the order of the landmarks."""
    return {
        str(mark): {
            "x": _rounded(points[mark].x, 2),
            "y": _rounded(points[mark].y, 2),
            "spread": _rounded(points[mark].spread, 2),
            "source": str(points[mark].source),
        }
        for mark in Landmark
        if mark in points
    }


def points_to_record(points: Mapping[Landmark, Point]) -> dict[str, dict[str, Any]]:
    """Return points as stored in the record, including their visibility."""
    return {
        name: data | {"visibility": _rounded(points[Landmark(name)].visibility, 3)}
        for name, data in points_to_json(points).items()
    }


def points_from_json(data: Mapping[str, Mapping[str, Any]]) -> dict[Landmark, Point]:
    """Return the points that :func:`points_to_json` or :func:`points_to_record` wrote."""
    return {
        Landmark(name): Point(
            float(point["x"]),
            float(point["y"]),
            point["spread"],
            Source(point["source"]),
            point.get("visibility"),
        )
        for name, point in data.items()
    }


def issues_to_json(issues: tuple[CaptureIssue, ...]) -> list[dict[str, Any]]:
    """Return issues as plain data."""
    return [
        {"code": issue.code, "severity": str(issue.severity), "message": issue.message}
        | ({"mended_by": list(map(str, issue.mended_by))} if issue.mended_by else {})
        for issue in issues
    ]


def withheld_from_json(data: Mapping[str, str], said: Said = None) -> dict[Landmark, Message]:
    """Return why points are withheld, as it is stored; ``said`` is from :func:`said_of`."""
    return {Landmark(name): message_from_json(why, said) for name, why in data.items()}


def issues_from_json(data: list[Mapping[str, Any]], said: Said = None) -> tuple[CaptureIssue, ...]:
    """Return the issues that :func:`issues_to_json` wrote; ``said`` is from :func:`said_of`."""
    return tuple(
        CaptureIssue(
            issue["code"],
            Severity(issue["severity"]),
            message_from_json(issue["message"], said),
            tuple(map(Landmark, issue.get("mended_by", ()))),
        )
        for issue in data
    )


def measurement_row(measurement: Measurement) -> dict[str, Any]:
    """Return a measurement's stored columns; label and words follow from the registry."""
    return {
        "key": measurement.key,
        "value": measurement.value,
        "unit": str(measurement.unit),
        "sd": measurement.sd,
        "mdc": measurement.mdc,
        "method": measurement.method,
        "reason": measurement.reason,
    }


def measurement_from_row(row: Mapping[str, Any], said: Said = None) -> Measurement:
    """Return the measurement of a stored row; ``said`` is from :func:`said_of`."""
    measure = BY_KEY[row["key"]]
    value = row["value"]
    return Measurement(
        key=measure.key,
        label=measure.label,
        unit=measure.unit,
        value=value,
        sd=row["sd"],
        mdc=row["mdc"],
        method=row["method"],
        reason=row["reason"] and message_from_json(row["reason"], said),
    )


def pose_from_json(
    points: Mapping[str, Mapping[str, Any]],
    detected: Mapping[str, Mapping[str, Any]],
    found: Mapping[str, Mapping[str, Any]],
) -> Pose:
    """Return a pose from its current and its detected points, and what hands replaced."""
    return Pose(*(points_from_json(each) for each in (points, detected, found)))


def view_from_json(view: str | None) -> View | None:
    """Return a stored view."""
    return None if view is None else View(view)


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits) + 0.0
