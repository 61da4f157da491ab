"""What is true of a photo, in the format of the shared ground truth."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from body import SKIN
from plan import Shot
from points import Figure, middle

Record = dict[str, Any]

MARGIN_PX = 8  # around a poster that counts as being in the picture


def record(shot: Shot, figure: Figure, marker_visible: dict[str, float] | None) -> Record:
    """Return what the posed mesh and the camera say of a photo."""
    camera = shot.camera
    settings = asdict(camera) | {"focal_px": camera.focal_px}
    places = {name: point - figure.origin for name, point in figure.points.items()}
    squares = shot.squares().items()
    corners = {str(number): [camera.pixel(at) for at in square] for number, square in squares}
    return {
        "file": shot.file,
        "person": shot.name,
        "case": shot.case,
        "view": settings.pop("view"),
        "image_size": settings.pop("size"),
        "camera": settings,
        "mm_per_px": camera.mm_per_px(middle(places, "ankle")),
        "subject_height_mm": float(figure.skin[:SKIN, 1].max() - figure.origin[1]),
        "posture": shot.posture,
        "poster": {"corners_px": corners} if corners else None,
        "markers_drawn": shot.marked,
        "marker_visible": marker_visible,
        "landmarks": {name: camera.pixel(at) for name, at in places.items()},
        "landmarks_3d_mm": {
            name: [round(value, 1) for value in at.tolist()] for name, at in places.items()
        },
        "noise_sigma": shot.noise,
        "jpeg_quality": shot.quality,
        "renderer": "cycles",
    }


def path_for(photo: Path) -> Path:
    """Return where a photo's record is kept until all are put together."""
    return photo.with_name(f"{photo.name}.json")


def gather(folder: Path) -> None:
    """Write ``truth.json`` from the records of the photos that are there."""
    records = [json.loads(path.read_text()) for path in sorted(folder.glob("*.jpg.json"))]
    for each in records:
        each["truth"] = {}  # the shared set's measures; bench takes its own from the landmarks
        if each["poster"]:
            corners = np.array(list(each["poster"]["corners_px"].values()))
            inside = (corners > MARGIN_PX) & (corners < np.array(each["image_size"]) - MARGIN_PX)
            each["poster"] = each["poster"] if inside.all() else None
    (folder / "truth.json").write_text(json.dumps(records))
