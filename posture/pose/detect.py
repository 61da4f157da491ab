"""The pose model's interface: a photo in, one person's landmarks out.

A single pass of the model errs by about a degree and favours one side. So the person is cut out
once, and the model sees the cut-out several times, slightly shifted, rotated and scaled, and
mirrored every second time. The landmarks of all passes, mapped back to the photo, are averaged.
The fast mode runs the model twice on the whole photo, the second time on its mirror image.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from types import TracebackType
from typing import Self

import cv2
import numpy as np
from mediapipe import Image, ImageFormat
from mediapipe.tasks.python.core.base_options import BaseOptions
from mediapipe.tasks.python.vision import (
    PoseLandmarker,
    PoseLandmarkerOptions,
    PoseLandmarkerResult,
)
from numpy.typing import NDArray

from posture.errors import ModelError
from posture.imaging.photo import Photo, reduced
from posture.imaging.warp import for_opencv
from posture.landmarks import DETECTED, Landmark, Point, Pose
from posture.pose.models import Bundle, Model, find_bundle
from posture.pose.passes import (
    MIRROR,
    Floats,
    are_consistent,
    are_flipped,
    average,
    count_people,
    legs_unswapped,
)
from posture.words import Message

Pixels = NDArray[np.uint8]

PASSES = 8
FAST_PASSES = 2  # passes; the first is the one that finds the person
LOCATE_SIDE = 1280  # long side, in pixels, of the copy in which people are located
CROP_SIDE = 1024  # long side of the cut-out; the model itself reduces it to 256 x 256
CROP_MARGIN = 0.12  # of the body's height, on every side
PEOPLE = 4
JITTER_DEG, JITTER_SCALE, JITTER_SHIFT = 4.0, (0.90, 1.06), 0.02
ROUNDS = 3  # of passes at most, until enough of them are consistent


@dataclass(frozen=True)
class Detection:
    """What the model detected in one photo.

    ``pose`` is the main (tallest) person; ``people`` counts everyone found. ``mask`` is the main
    person's share of each pixel, float 0 to 1, on ``small``, a copy of the photo reduced by
    ``mask_scale`` (mask pixels per photo pixel). ``depth`` is the model's coarse estimate of each
    landmark's distance behind the mid-hip, in photo pixels. ``world`` is its estimate of the
    landmarks in space, in metres (x to the picture's right, y down, z away from the camera); it
    serves to notice a rotated body and is empty if it cannot be trusted. ``presence`` is the
    model's estimate, 0 to 1, that a landmark lies inside the picture. ``ambiguous_share`` is the
    share of passes that showed neither a front nor a back; they were discarded. ``flipped_share``
    is the share of the remaining passes that mistook front and back, against the majority.
    """

    pose: Pose
    people: int
    mask: NDArray[np.float32]
    small: Pixels
    mask_scale: float
    depth: dict[Landmark, float]
    world: dict[Landmark, tuple[float, float, float]]
    presence: dict[Landmark, float]
    passes: int
    ambiguous_share: float = 0.0
    flipped_share: float = 0.0

    def with_sides_exchanged(self) -> Self:
        """Return the same body with left and right swapped."""
        return replace(
            self,
            pose=self.pose.mirrored_names(),
            depth={mark.mirrored: depth for mark, depth in self.depth.items()},
            world={mark.mirrored: place for mark, place in self.world.items()},
            presence={mark.mirrored: share for mark, share in self.presence.items()},
        )


class PoseDetector:
    """A loaded model. Several threads may share one: they take turns.

    Parameters
    ----------
    model : Model
        Which bundle; ``POSTURE_MODEL`` in the environment overrides it.

    Raises
    ------
    ModelError
        If the bundle is missing, altered or not a pose bundle.
    """

    def __init__(self, model: Model = Model.FULL) -> None:
        self.bundle: Bundle = find_bundle(model)
        self._lock = threading.Lock()
        self._locator = self._open(masks=True, people=PEOPLE)
        self._landmarker = self._open(masks=False, people=1)

    def _open(self, *, masks: bool, people: int) -> PoseLandmarker:
        try:
            return PoseLandmarker.create_from_options(
                PoseLandmarkerOptions(
                    base_options=BaseOptions(model_asset_path=str(self.bundle.path)),
                    num_poses=people,
                    output_segmentation_masks=masks,
                )
            )
        except (RuntimeError, ValueError) as error:
            raise ModelError(
                Message(
                    "{path} is not a usable pose model bundle: {error}",
                    path=self.bundle.path,
                    error=error,
                )
            ) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Free the model."""
        self._locator.close()
        self._landmarker.close()

    def detect(self, photo: Photo, passes: int = PASSES) -> Detection | None:
        """Find the main person of a photo.

        The same photo always gives the same result.

        Parameters
        ----------
        photo : Photo
        passes : int
            Number of passes: 1, or an even number, half of them mirrored. ``FAST_PASSES`` is the
            fast mode, which needs no cut-out if both passes are consistent.

        Returns
        -------
        Detection or None
            None if nobody is found.
        """
        with self._lock:
            return self._detect(photo, passes)

    def _detect(self, photo: Photo, passes: int) -> Detection | None:
        # The model itself uses 256 x 256 pixels: it loses nothing in the reduced copy.
        pixels, first = photo.reduced
        small, further = reduced(pixels, LOCATE_SIDE)
        scale = first * further
        padded = _pad_to_rows_of_16(small)
        result = self._locator.detect(as_image(padded))
        height, width = padded.shape[:2]
        bodies = [
            np.array([[mark.x * width, mark.y * height] for mark in body]) / scale
            for body in result.pose_landmarks
        ]
        if not bodies:
            return None
        heights = [float(np.ptp(body[:, 1])) for body in bodies]
        main = int(np.argmax(heights))
        marks = result.pose_landmarks[main]
        if passes == FAST_PASSES:
            seen = self._fast_passes(padded, _array_of(result, main, width, height))
            seen[..., :3] /= further
        if passes != FAST_PASSES or are_consistent(seen).sum() < FAST_PASSES:
            seen = self._passes(pixels, bodies[main] * first, passes)
        whole = are_consistent(seen)
        flipped = are_flipped(seen[whole])
        stack = np.where(flipped[:, None, None], seen[whole][:, MIRROR], seen[whole])[:passes]
        stack = legs_unswapped(stack)
        stack[..., :3] /= first
        if are_flipped(np.array([stack[0, :, :2], bodies[main]]))[1]:
            marks = [marks[number] for number in MIRROR]
        places, spreads = average(stack[..., :2])
        depths = np.median(stack[..., 2], axis=0)
        space = np.median(stack[..., 3:], axis=0)
        points = {
            landmark: Point(
                float(place[0]), float(place[1]), float(spread), visibility=float(mark.visibility)
            )
            for landmark, place, spread, mark in zip(DETECTED, places, spreads, marks, strict=True)
        }
        return Detection(
            pose=Pose(points, points),
            people=count_people(bodies, main),
            mask=np.array(
                np.squeeze(result.segmentation_masks[main].numpy_view())[:, : small.shape[1]],
                dtype=np.float32,
            ),
            small=small,
            mask_scale=scale,
            depth=dict(zip(DETECTED, depths.tolist(), strict=True)),
            world={
                landmark: (float(x), float(y), float(z))
                for landmark, (x, y, z) in zip(DETECTED, space, strict=True)
            },
            presence={
                landmark: float(mark.presence)
                for landmark, mark in zip(DETECTED, marks, strict=True)
            },
            passes=len(stack),
            ambiguous_share=1 - float(whole.mean()),
            flipped_share=float(flipped.mean()),
        )

    def _fast_passes(self, picture: Pixels, first: Floats) -> Floats:
        """Return the pass that found the person and one on the mirrored picture, (n, 33, 6)."""
        height, width = picture.shape[:2]
        result = self._landmarker.detect(as_image(np.asarray(cv2.flip(picture, 1), np.uint8)))
        if not result.pose_landmarks:
            return first[None]
        second = _array_of(result, 0, width, height)[MIRROR]
        second[:, 0] = width - second[:, 0]
        second[:, 3] *= -1
        return np.stack([first, second])

    def _passes(self, pixels: Pixels, body: Floats, passes: int) -> Floats:
        """Return the landmarks of each pass, (n, 33, 6).

        x, y and depth in photo pixels; x, y, z in space in metres. If some passes are inconsistent,
        there are more passes than asked for, up to a limit.
        """
        crop, to_crop = _cut_out(pixels, body)
        moves = _moves(crop.shape[1], crop.shape[0])
        found: list[Floats] = []
        for _ in range(ROUNDS):
            for move in islice(moves, (passes + 1) // 2):
                found += self._pair(crop, to_crop, move, flips=(False, True)[:passes])
            if found and are_consistent(np.array(found)).sum() >= passes:
                break
        return np.array(found) if found else np.pad(body, ((0, 0), (0, 4)))[None]

    def _pair(
        self, crop: Pixels, to_crop: Floats, move: Floats, flips: tuple[bool, ...]
    ) -> list[Floats]:
        """Return the model's landmarks for one shift of the cut-out, unmirrored and mirrored."""
        height, width = crop.shape[:2]
        mirror = np.array([[-1.0, 0, width], [0, 1, 0], [0, 0, 1]])
        found = []
        for flip in flips:
            matrix = mirror @ move if flip else move
            result = self._landmarker.detect(as_image(_warp(crop, matrix)))
            if not result.pose_landmarks:
                continue
            seen = _array_of(result, 0, width, height)
            back = np.linalg.inv(matrix @ to_crop)
            seen[:, :2] = seen[:, :2] @ back[:2, :2].T + back[:2, 2]
            seen[:, 2] *= np.sqrt(abs(np.linalg.det(back[:2, :2])))
            if flip:
                seen = seen[MIRROR]
                seen[:, 3] *= -1
            found.append(seen)
        return found


def _array_of(result: PoseLandmarkerResult, body: int, width: int, height: int) -> Floats:
    """Return one body as (33, 6): x, y, depth in the picture's pixels; x, y, z in metres."""
    return np.array(
        [
            [mark.x * width, mark.y * height, mark.z * width, place.x, place.y, place.z]
            for mark, place in zip(
                result.pose_landmarks[body], result.pose_world_landmarks[body], strict=True
            )
        ],
        dtype=np.float64,
    )


def as_image(pixels: Pixels) -> Image:
    """Return RGB pixels (h, w, 3) as MediaPipe takes them."""
    return Image(image_format=ImageFormat.SRGB, data=np.ascontiguousarray(pixels))


def _pad_to_rows_of_16(pixels: Pixels) -> Pixels:
    """Widen the picture to a multiple of 16 columns, repeating its edge.

    The model library aborts the process if a mask with unaligned rows is read.
    """
    missing = -pixels.shape[1] % 16
    return np.pad(pixels, ((0, 0), (0, missing), (0, 0)), mode="edge") if missing else pixels


def _cut_out(pixels: Pixels, body: Floats) -> tuple[Pixels, Floats]:
    """Cut the person out, reduced; return the crop and the 3 x 3 matrix from photo to crop."""
    (left, top), (right, bottom) = body.min(axis=0), body.max(axis=0)
    tall = bottom - top
    margin = CROP_MARGIN * tall
    # The landmarks end at the eyes: leave extra room for the top of the head.
    x0 = int(np.clip(left - margin - 0.1 * tall, 0, pixels.shape[1] - 2))
    x1 = int(np.clip(right + margin + 0.1 * tall, x0 + 2, pixels.shape[1]))
    y0 = int(np.clip(top - margin - 0.1 * tall, 0, pixels.shape[0] - 2))
    y1 = int(np.clip(bottom + margin, y0 + 2, pixels.shape[0]))
    crop, scale = reduced(pixels[y0:y1, x0:x1], CROP_SIDE)
    # A square: for any other shape the model's library ignores the aspect ratio when it maps
    # landmarks back from a rotated region.
    height, width = crop.shape[:2]
    side = max(height, width)
    left_pad, top_pad = (side - width) // 2, (side - height) // 2
    pads = ((top_pad, side - height - top_pad), (left_pad, side - width - left_pad), (0, 0))
    to_crop = np.array(
        [[scale, 0, left_pad - x0 * scale], [0, scale, top_pad - y0 * scale], [0, 0, 1]]
    )
    return np.pad(crop, pads, mode="edge"), to_crop


def _moves(width: int, height: int) -> Iterator[Floats]:
    """Yield the small similarity transforms of the passes; the first is the identity."""
    random = np.random.default_rng(0)  # fixed: the same photo gives the same figures
    yield np.eye(3)
    while True:
        turn = cv2.getRotationMatrix2D(
            (width / 2, height / 2),
            random.uniform(-JITTER_DEG, JITTER_DEG),
            random.uniform(*JITTER_SCALE),
        )
        move = np.vstack([turn, [0, 0, 1]]).astype(np.float64)
        move[:2, 2] += random.uniform(-JITTER_SHIFT, JITTER_SHIFT, 2) * width
        yield move


def _warp(crop: Pixels, matrix: Floats) -> Pixels:
    if np.array_equal(matrix, np.eye(3)):
        return crop
    size = (crop.shape[1], crop.shape[0])
    moved = cv2.warpAffine(crop, for_opencv(matrix)[:2], size, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, dtype=np.uint8)


_loaded: dict[tuple[Model, str], PoseDetector] = {}
_loading = threading.Lock()


def shared_detector(model: Model = Model.FULL) -> PoseDetector:
    """Return the process's shared detector for a model; loading takes as long as a few passes."""
    with _loading:
        key = (model, find_bundle(model).sha256)
        if key not in _loaded:
            _loaded[key] = PoseDetector(model)
        return _loaded[key]
