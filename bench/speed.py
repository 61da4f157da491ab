"""How long a 12-megapixel photo takes, as a ratio to a plain script that decodes and detects once.

    python bench/speed.py [--runs 5]

Both sides run in turn in one process, models loaded beforehand, so that the ratio holds on a noisy
machine; an absolute time would not.
"""

import argparse
import io
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import cv2
import numpy as np
from mediapipe import Image, ImageFormat
from mediapipe.tasks.python.core.base_options import BaseOptions
from mediapipe.tasks.python.vision import PoseLandmarker, PoseLandmarkerOptions
from PIL import Image as Picture

from posture.assess import assess
from posture.models import Model, find_bundle
from posture.photo import decode_photo

SAMPLE = Path(__file__).parents[1] / "samples" / "m1_visit1_anterior.jpg"
SIZE = (2828, 4242)  # 12 megapixels


def twelve_megapixels() -> bytes:
    """Return the sample enlarged to a phone photo's size, as JPEG."""
    file = io.BytesIO()
    Picture.open(SAMPLE).resize(SIZE, Picture.Resampling.LANCZOS).save(file, "JPEG", quality=92)
    return file.getvalue()


def plain(model: Model) -> Callable[[bytes], None]:
    """Return what the open demos do: decode, detect once."""
    options = BaseOptions(model_asset_path=str(find_bundle(model).path))
    landmarker = PoseLandmarker.create_from_options(PoseLandmarkerOptions(base_options=options))

    def run(data: bytes) -> None:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
        found = landmarker.detect(Image(image_format=ImageFormat.SRGB, data=pixels))
        assert found.pose_landmarks

    return run


def ours(model: Model, passes: int) -> Callable[[bytes], None]:
    """Return the program's whole way from bytes to an assessment."""

    def run(data: bytes) -> None:
        result = assess(
            decode_photo(data, "x.jpg"), "anterior", height_cm=177, model=model, passes=passes
        )
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
    data = twelve_megapixels()
    plain_full = plain(Model.FULL)
    rows = {
        "plain script, heavy": plain(Model.HEAVY),
        "posture, full, 8 passes": ours(Model.FULL, 8),
        "posture, full, 1 pass": ours(Model.FULL, 1),
        "posture, heavy, 8 passes": ours(Model.HEAVY, 8),
    }
    for run in (plain_full, *rows.values()):
        run(data)
    print(f"{'':26} {'seconds (median)':>17} {'ratio to plain, full (min median max)':>40}")
    base = [seconds(plain_full, data) for _ in range(runs)]
    print(f"{'plain script, full':26} {median(base):17.3f} {'1':>40}")
    for name, run in rows.items():
        pairs = [(seconds(run, data), seconds(plain_full, data)) for _ in range(runs)]
        ratios = sorted(mine / theirs for mine, theirs in pairs)
        shown = f"{ratios[0]:.2f} {median(ratios):.2f} {ratios[-1]:.2f}"
        print(f"{name:26} {median(mine for mine, _ in pairs):17.3f} {shown:>40}")


if __name__ == "__main__":
    main()
