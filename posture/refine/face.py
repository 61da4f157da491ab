"""Head tilt from the face: the face's own axis instead of the pose model's eye landmarks.

A face mesh is fitted to an enlarged cut-out of the head eight times: in two sizes, rotated a little
to either side, each also mirrored. A first detection locates the face and turns it upright, because
the mesh underestimates a tilt, and more so if the cut-out is not centred on the face: one centred
on the pose model's head, which lags behind a tilt, loses 3% of it. The roll is the mean of the
line of the eyes and of two lines that hair does not cover: the axis of the middle of the face and
the line of the mouth's corners. Light from one side shifts the latter by up to half a degree, the
line of the eyes less. If the line of the eyes and the axis disagree, hair, a hand or glasses cover
part of the face.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import atan2, cos, degrees, hypot, radians, sin

import cv2
import numpy as np
from mediapipe import Image, ImageFormat
from mediapipe.tasks.python.core.base_options import BaseOptions
from mediapipe.tasks.python.vision import FaceLandmarker, FaceLandmarkerOptions
from numpy.typing import NDArray

from posture.imaging.photo import Photo
from posture.imaging.warp import for_opencv
from posture.issues import CaptureIssue, Severity
from posture.landmarks import TRAGI, Landmark, Point, Pose, Source
from posture.pose.models import find_face_bundle
from posture.words import Message

Floats = NDArray[np.float64]

SIDE = 512  # pixels of the cut-out
SIZES = (2.6, 3.4)  # of the distance from nose to mid-shoulder
TURNS_DEG = (-8.0, 8.0)  # to either side of upright, so that a bias towards upright cancels out
MIDDLE = [10, 151, 9, 8, 6, 197, 195, 5, 4, 1, 2, 164, 0, 17, 18, 200, 152]
# Mesh points of the patient's right and left: the picture's left and right of an unmirrored face.
MOUTH_RIGHT, MOUTH_LEFT = 61, 291
EYE_RIGHT, EYE_LEFT = [33, 133], [362, 263]
DOUBTFUL_DEG, USELESS_DEG = 0.7, 1.0
"""Difference between the line of the eyes and the face's axis. Up to 0.7° if the face is visible
and looks at the camera (error 0.2° RMS), up to 1.0° in light from one side (0.4°), and more if hair
covers an eye (1.3 to 1.9°) or the face is turned away."""

HEAD = (
    Landmark.NOSE,
    Landmark.LEFT_EYE,
    Landmark.RIGHT_EYE,
    Landmark.LEFT_EAR,
    Landmark.RIGHT_EAR,
)
SHOULDERS = (Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER)


@dataclass(frozen=True)
class Face:
    """Both eyes' positions in the photo, on the line perpendicular to the face's axis.

    ``disagreement_deg``: difference between the line of the eyes and the face's axis.
    """

    points: dict[Landmark, Point]
    disagreement_deg: float

    @property
    def usable(self) -> bool:
        """Whether enough of the face is visible to measure it."""
        return self.disagreement_deg <= USELESS_DEG


def check_face(face: Face | None) -> Iterator[CaptureIssue]:
    """Yield an issue if the face is hidden or partly covered."""
    if face is None or not face.usable:
        yield CaptureIssue(
            "face_covered",
            Severity.WARNING,
            Message(
                "The face is partly covered (hair, glasses or a mask), turned away or "
                "not visible, so head tilt is not measured on it. Pin the hair back "
                "and look straight at the camera, or mark the tragi."
            ),
            mended_by=TRAGI,
        )
    elif face.disagreement_deg > DOUBTFUL_DEG:
        yield CaptureIssue(
            "methods_disagree",
            Severity.WARNING,
            Message(
                "The line of the eyes and the axis of the face disagree by "
                "{disagreement_deg:.1f}°: head tilt may be wrong. Pin the hair back "
                "and look straight at the camera, or mark the tragi.",
                disagreement_deg=face.disagreement_deg,
            ),
            mended_by=TRAGI,
        )


def shows_face(pixels: NDArray[np.uint8], pose: Pose) -> bool:
    """Whether a face is detected at the pose's head; a quick check."""
    return bool(_first_look(pixels, pose)[1])


def find_face(photo: Photo, pose: Pose) -> Face | None:
    """Find the face of an anterior photo; None if none is detected.

    Parameters
    ----------
    photo : Photo
    pose : Pose
        Detected joints, with sides according to the view.
    """
    reach, first = _first_look(photo.pixels, pose)
    if not first:
        return None
    mesh = np.mean(first, axis=0)
    centre = (mesh.min(axis=0) + mesh.max(axis=0)) / 2
    upright = float(np.mean([_axis(mesh) for mesh in first]))
    looks = [(size * reach, upright + turn) for size in SIZES for turn in TURNS_DEG]
    found = [mesh for size, turn in looks for mesh in _meshes(photo.pixels, centre, size, turn)]
    if len(found) < len(looks):
        return None
    mouths = [_line(mesh[MOUTH_RIGHT], mesh[MOUTH_LEFT]) for mesh in found]
    eyes = [_line(mesh[EYE_RIGHT].mean(axis=0), mesh[EYE_LEFT].mean(axis=0)) for mesh in found]
    axes = [_axis(mesh) for mesh in found]
    rolls = (np.add(axes, mouths) / 2 + eyes) / 2
    roll = float(np.mean(rolls))
    right, left = (
        np.mean([mesh[ids].mean(axis=0) for mesh in found], axis=0) for ids in (EYE_RIGHT, EYE_LEFT)
    )
    middle, half = (right + left) / 2, hypot(*(left - right)) / 2
    across = np.array([cos(radians(roll)), -sin(radians(roll))]) * half
    places_of_eyes = {Landmark.LEFT_EYE: middle + across, Landmark.RIGHT_EYE: middle - across}
    spread = float(np.std(rolls)) * half * 2 * radians(1)
    return Face(
        {
            mark: Point(float(place[0]), float(place[1]), spread, Source.REFINED)
            for mark, place in places_of_eyes.items()
        },
        abs(float(np.mean(eyes)) - float(np.mean(axes))),
    )


def _first_look(pixels: NDArray[np.uint8], pose: Pose) -> tuple[float, list[Floats]]:
    """Return the nose's distance from mid-shoulder in pixels, and the meshes found by it."""
    head = [pose.get(mark) for mark in (*HEAD, *SHOULDERS)]
    places = np.array([(point.x, point.y) for point in head if point])
    if len(places) < len(head):
        return 0.0, []
    centre = places[: len(HEAD)].mean(axis=0)
    reach = hypot(*(places[0] - places[len(HEAD) :].mean(axis=0)))
    return reach, [*_meshes(pixels, centre, SIZES[0] * reach, 0.0)]


def _meshes(
    pixels: NDArray[np.uint8], centre: Floats, size: float, turn_deg: float
) -> Iterator[Floats]:
    """Yield the meshes found on one cut-out and on its mirrored copy."""
    for mirrored in (False, True):
        mesh = _mesh(pixels, centre, size, turn_deg, mirrored=mirrored)
        if mesh is not None:
            yield mesh


def _mesh(
    pixels: NDArray[np.uint8], centre: Floats, size: float, turn_deg: float, *, mirrored: bool
) -> Floats | None:
    """Return the mesh (478, 2) in photo pixels, its sides unmirrored.

    The cut-out is rotated clockwise by ``turn_deg``, which makes a face with that roll upright.
    """
    scale = SIDE / size
    c, s = scale * cos(radians(turn_deg)), scale * sin(radians(turn_deg))
    linear = np.array([[c, -s], [s, c]])
    matrix = np.vstack([np.column_stack([linear, SIDE / 2 - linear @ centre]), [0.0, 0.0, 1.0]])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    crop = cv2.warpAffine(
        pixels, for_opencv(matrix)[:2], (SIDE, SIDE), flags=how, borderMode=cv2.BORDER_REPLICATE
    )
    shown = np.asarray(crop[:, ::-1] if mirrored else crop, dtype=np.uint8)
    found = _landmarker().detect(shown)
    if found is None:
        return None
    if mirrored:
        # Only symmetric quantities are used, so swapping the names is enough.
        found[:, 0] = SIDE - found[:, 0]
        pairs = ([MOUTH_RIGHT, *EYE_RIGHT], [MOUTH_LEFT, *reversed(EYE_LEFT)])
        found[pairs[0]], found[pairs[1]] = found[pairs[1]].copy(), found[pairs[0]].copy()
    back = np.linalg.inv(linear)
    return np.asarray((found - SIDE / 2) @ back.T + centre, dtype=np.float64)


def _line(right: Floats, left: Floats) -> float:
    """Return the line's angle in degrees, + = the picture's right (the patient's left) higher."""
    return degrees(atan2(-(left[1] - right[1]), left[0] - right[0]))


def _axis(mesh: Floats) -> float:
    """Return the roll of the middle of the face, from its principal axis."""
    points = mesh[MIDDLE] - mesh[MIDDLE].mean(axis=0)
    axis = np.linalg.svd(points)[2][0]
    axis = axis * np.sign(axis[1])  # downwards
    return degrees(atan2(axis[0], axis[1]))


class _Landmarker:
    """The loaded face model; threads take turns."""

    def __init__(self) -> None:
        options = FaceLandmarkerOptions(
            base_options=BaseOptions(model_asset_path=str(find_face_bundle().path)),
            num_faces=1,
            min_face_detection_confidence=0.3,
            min_face_presence_confidence=0.3,
        )
        self._model = FaceLandmarker.create_from_options(options)
        self._lock = threading.Lock()

    def detect(self, crop: NDArray[np.uint8]) -> Floats | None:
        """Return the mesh in crop pixels, or None."""
        image = Image(image_format=ImageFormat.SRGB, data=np.ascontiguousarray(crop))
        with self._lock:
            result = self._model.detect(image)
        if not result.face_landmarks:
            return None
        return np.array([(mark.x * SIDE, mark.y * SIDE) for mark in result.face_landmarks[0]])


@cache
def _landmarker() -> _Landmarker:
    return _Landmarker()
