"""Finds the person in a live frame: well enough to guide, not well enough to measure."""

import threading
from functools import cache

import numpy as np
from mediapipe.tasks.python.core.base_options import BaseOptions
from mediapipe.tasks.python.vision import PoseLandmarker, PoseLandmarkerOptions

from posture.landmarks import DETECTED, Point, Pose
from posture.pose.detect import Detection, Pixels, as_image
from posture.pose.models import find_bundle
from posture.pose.passes import count_people

PEOPLE = 2  # the patient, and whether somebody else is in the picture


class LiveDetector:
    """The pose model for live frames: one pass, no mask. Several threads take turns."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        bundle = BaseOptions(model_asset_path=str(find_bundle().path))
        self._model = PoseLandmarker.create_from_options(
            PoseLandmarkerOptions(base_options=bundle, num_poses=PEOPLE)
        )

    def detect(self, pixels: Pixels) -> Detection | None:
        """Return the person in a frame, with an empty mask; None if there is none."""
        with self._lock:
            result = self._model.detect(as_image(pixels))
        found = result.pose_landmarks
        if not found:
            return None
        height, width = pixels.shape[:2]
        bodies = [np.array([[mark.x * width, mark.y * height] for mark in body]) for body in found]
        main = int(np.argmax([np.ptp(body[:, 1]) for body in bodies]))
        marks = dict(zip(DETECTED, found[main], strict=True))
        points = {
            name: Point(mark.x * width, mark.y * height, visibility=float(mark.visibility))
            for name, mark in marks.items()
        }
        return Detection(
            pose=Pose(points, points),
            people=count_people(bodies, main),
            mask=np.zeros((1, 1), np.float32),
            small=np.zeros((1, 1, 3), np.uint8),
            mask_scale=1.0,
            depth={name: float(mark.z) * width for name, mark in marks.items()},
            world={
                name: (place.x, place.y, place.z)
                for name, place in zip(DETECTED, result.pose_world_landmarks[main], strict=True)
            },
            presence={name: float(mark.presence) for name, mark in marks.items()},
            passes=1,
        )


@cache
def shared_live_detector() -> LiveDetector:
    """Return the process's one model for live frames."""
    return LiveDetector()
