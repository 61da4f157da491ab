"""How long a 12-megapixel photo takes, as a ratio to a plain script that decodes and detects once.

    python bench/speed.py [--runs 5]

Both run alternately in one process, with the models already loaded, so that the ratio holds on a
busy machine; an absolute time would not.
"""

import argparse
import io
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import cv2
import numpy as np
import PIL.Image
from mediapipe import Image, ImageFormat
from mediapipe.tasks.python.core.base_options import BaseOptions
from mediapipe.tasks.python.vision import PoseLandmarker, PoseLandmarkerOptions

from posture.imaging.photo import decode_photo
from posture.measuring.assess import assess
from posture.measuring.options import DEFAULT_OPTIONS, AssessmentOptions
from posture.pose.detect import FAST_PASSES
from posture.pose.models import Model, find_bundle

SAMPLES = Path(__file__).parents[1] / "samples"
VIEWS = ("anterior", "posterior", "left")
SIZE = (2828, 4242)  # 12 megapixels


def twelve_megapixels(view: str) -> bytes:
    """Return a sample enlarged to a phone photo's size, as JPEG."""
    file = io.BytesIO()
    photo = PIL.Image.open(SAMPLES / f"m1_visit1_{view}.jpg")
    photo.resize(SIZE, PIL.Image.Resampling.LANCZOS).save(file, "JPEG", quality=92)
    return file.getvalue()


def plain(model: Model) -> Callable[[bytes], None]:
    """Return a run of what the open demos do: decode, and detect once."""
    options = BaseOptions(model_asset_path=str(find_bundle(model).path))
    landmarker = PoseLandmarker.create_from_options(PoseLandmarkerOptions(base_options=options))

    def run(data: bytes) -> None:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
        found = landmarker.detect(Image(image_format=ImageFormat.SRGB, data=pixels))
        assert found.pose_landmarks

    return run


def ours(view: str, options: AssessmentOptions = DEFAULT_OPTIONS) -> Callable[[bytes], None]:
    """Return a run of the whole program, from bytes to an assessment."""

    def run(data: bytes) -> None:
        result = assess(decode_photo(data, "x.jpg"), view, height_cm=177, options=options)
        assert result.measured

    return run


def seconds(run: Callable[[bytes], None], data: bytes) -> float:
    """Return how long one run took."""
    start = time.perf_counter()
    run(data)
    return time.perf_counter() - start


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    plain_full = plain(Model.FULL)
    fast = AssessmentOptions(model=Model.FULL, passes=FAST_PASSES, refine=False)
    rows = {"plain script, heavy": ("anterior", plain(Model.HEAVY))}
    for view in VIEWS:
        rows[f"posture, {view}"] = (view, ours(view))
        rows[f"posture --fast, {view}"] = (view, ours(view, fast))
    print(f"{'':26} {'seconds (median)':>17} {'ratio to plain, full (min median max)':>40}")
    photos = {view: twelve_megapixels(view) for view in VIEWS}
    for name, (view, run) in rows.items():
        data = photos[view]
        run(data)
        plain_full(data)
        pairs = [(seconds(run, data), seconds(plain_full, data)) for _ in range(runs)]
        ratios = sorted(mine / theirs for mine, theirs in pairs)
        shown = f"{ratios[0]:.2f} {median(ratios):.2f} {ratios[-1]:.2f}"
        print(f"{name:26} {median(mine for mine, _ in pairs):17.3f} {shown:>40}")


if __name__ == "__main__":
    main()
