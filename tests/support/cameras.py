"""Videos that Chromium takes for its camera, made from the samples."""

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np


def as_video(
    photos: Iterable[Path],
    video: Path,
    *,
    seconds: int = 1,
    size: tuple[int, int] = (1920, 1080),
    fps: int = 3,
) -> Path:
    """Write photos, each for some seconds, as a video; each frame has noise of its own."""
    width, height = size
    noise = np.random.default_rng(0)
    with video.open("wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F{fps}:1 Ip A1:1 C420jpeg\n".encode())
        for photo in photos:
            picture = cv2.imread(str(photo))
            wide = round(picture.shape[1] * height / picture.shape[0])
            picture = cv2.resize(picture, (wide, height), interpolation=cv2.INTER_AREA)
            frame = np.full((height, width, 3), picture[5, 5], np.uint8)
            left = (width - wide) // 2
            frame[:, left : left + wide] = picture
            planes = cv2.cvtColor(frame, cv2.COLOR_BGR2YUV_I420)
            for _ in range(seconds * fps):
                noisy = planes.copy()
                rows = noisy[:height].astype(np.int16)
                rows += noise.integers(-2, 3, (height, 1), np.int16)
                noisy[:height] = np.clip(rows, 0, 255)
                file.write(b"FRAME\n" + noisy.tobytes())
    return video
