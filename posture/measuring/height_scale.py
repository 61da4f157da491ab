"""Millimetres per pixel from the patient's standing height: the height of the silhouette."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from posture.imaging.scene import scaled_by_height
from posture.landmarks import View
from posture.measuring import quality
from posture.measuring.evidence import Evidence
from posture.measuring.uncertainty import family, table
from posture.pose.detect import Detection
from posture.words import Message

NOT_WHOLE = frozenset({"feet_cut_off", "head_cut_off", "sides_unclear"})
"""Issues of a photo whose silhouette is not the height of a whole body."""


def scale_by_height(
    evidence: Evidence, detection: Detection, height_cm: float, view: View
) -> Evidence:
    """Return the findings with the scale that the standing height gives.

    The silhouette's extent along gravity stands for the height. In anterior views the toes, nearer
    to the camera than the ankles, make it longer; a measured factor for each view corrects that.
    """
    scene = evidence.scene
    body = _largest_part(detection)
    if body is None or NOT_WHOLE & {issue.code for issue in evidence.issues}:
        whole = Message(
            "needs a scale; the patient's height gives one only when the whole body is visible"
        )
        return replace(evidence, scene=replace(scene, no_scale=whole))
    rows, columns = _outermost(body)
    lowest = max(detection.pose.points[mark].y for mark in quality.FEET)
    if (rows.max() + 1) / detection.mask_scale < lowest:
        # On whole bodies it ended by 0.5% of the height or more below them.
        feet = Message(
            "needs a scale; the patient's height gives none because the feet do not "
            "stand out from the floor and wall"
        )
        return replace(evidence, scene=replace(scene, no_scale=feet))
    up = -rows * np.cos(np.radians(scene.roll_deg)) - columns * np.sin(np.radians(scene.roll_deg))
    extent_px = (float(up.max() - up.min()) + 1) / detection.mask_scale
    of_view = table()["height_scale"][family(view)]
    mm_per_px = 10 * height_cm / extent_px / float(of_view["factor"])
    scene, ratio = scaled_by_height(scene, mm_per_px, float(of_view["sd"]))
    scaled = replace(evidence, scene=scene)
    return scaled if ratio is None else scaled.with_issues([quality.scales_differ(ratio)])


def _largest_part(detection: Detection) -> NDArray[np.bool_] | None:
    """Return the largest connected part of the person's mask; None where the mask is empty."""
    inside = (detection.mask > 0.5).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(inside)
    if count < 2:
        return None
    return np.asarray(labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA])))


def _outermost(body: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return rows and columns of the first and last pixel of each of the body's rows."""
    rows = np.flatnonzero(body.any(axis=1))
    first = body[rows].argmax(axis=1)
    last = body.shape[1] - 1 - body[rows, ::-1].argmax(axis=1)
    return np.concatenate([rows, rows]), np.concatenate([first, last])
