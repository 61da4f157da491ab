"""Which photos are made: person, room, posture and camera, the same at every run."""

import tomllib
from dataclasses import dataclass
from math import radians, tan
from pathlib import Path

import numpy as np
from body import Array, Posture, Settings
from camera import Camera

CAST = tomllib.loads(Path(__file__).with_name("cast.toml").read_text())
PLAIN = ["anterior"] * 4 + ["posterior"] * 4
MARKED = ["anterior"] * 2 + ["posterior"] * 2 + ["left"] * 3 + ["right"] * 2
FORMATS = (((1000, 1500), 38.0), ((1080, 1920), 52.0), ((1200, 1600), 45.0), ((900, 1350), 33.0))
"""Width and height in pixels, and the field of view of the height in degrees."""
FRAME_M = 2.32  # what the picture's height shows at the person, about
IN_SIDE_VIEWS = 0.3  # of the frontal deviations
HALF_SQUARE_MM, HALF_GAP_MM = 90, 500  # of the poster's markers


@dataclass(frozen=True)
class Shot:
    """One photo; ``noise`` and ``blur``: standard deviations in grey levels and in pixels.

    ``poster``: its middle (3,) in mm, in the room for the anterior view; None: there is none.
    """

    file: str
    name: str
    case: str
    person: Settings  # as in cast.toml
    room: Settings  # as in cast.toml
    marked: bool
    posture: Posture
    camera: Camera
    poster: Array | None
    noise: float
    quality: int
    blur: float

    def squares(self) -> dict[int, Array]:
        """Return the corners (4, 3) of the poster's markers by id, from the top left clockwise."""
        if self.poster is None:
            return {}
        sides = np.array([[-1, 1, 0], [1, 1, 0], [1, -1, 0], [-1, -1, 0]]) * HALF_SQUARE_MM
        middles = [self.poster + np.array([0, up * HALF_GAP_MM, 0]) for up in (1, -1)]
        return {
            number: np.asarray((sides + middle) @ self.camera.square.T)
            for number, middle in enumerate(middles)
        }


def shots() -> list[Shot]:
    """Return all photos, those of each person spread over the whole."""
    each = [_shots(number, *who) for number, who in enumerate(CAST["people"].items())]
    by_number = list(zip(*each, strict=True))
    order = sorted(range(len(by_number)), key=lambda number: number * 5 % len(by_number))
    return [shot for number in order for shot in by_number[number]]


def _shots(who: int, name: str, person: Settings) -> list[Shot]:
    """Draw one person's photos; the order of the draws is part of the result."""
    rooms = CAST["rooms"]
    rng = np.random.default_rng(100 + who)
    size, fov = FORMATS[who % len(FORMATS)]

    def draw(low: float, high: float) -> float:
        return float(rng.uniform(low, high))

    result = []
    for number, view in enumerate(PLAIN + MARKED):
        marked, lateral = number >= len(PLAIN), view in ("left", "right")
        posture = {key: draw(*span) for key, span in CAST["always"].items()}
        if number % 4 or lateral:
            posture |= {key: draw(*span) for key, span in CAST["deviations"].items()}
        if lateral:
            posture["pelvic_tilt"] = draw(-8, 10)
            posture |= {key: IN_SIDE_VIEWS * posture[key] for key in ("shoulders", "pelvis")}
        poster = None
        if number % 2 == 0:
            side = -1 if draw(0, 1) < 0.5 else 1
            poster = np.array([side * draw(560, 640), draw(1000, 1100), -248.5])
        distance = round(FRAME_M / 2 / tan(radians(fov) / 2) * draw(0.98, 1.12), 3)
        height = round(draw(0.85, 1.15), 3)
        turned = draw(-2, 2), draw(-0.5, 1.2), draw(-3, 3)
        camera = Camera(view, size, fov, distance, height, *turned)
        finish = draw(0.5, 4), int(rng.integers(82, 95)), draw(0.4, 0.8)
        room = rooms[(who + number // 5) % len(rooms)]
        file = f"{name}_{view[:4]}_{number:02d}{'m' * marked}.jpg"
        where = room, marked, posture, camera, poster
        result.append(Shot(file, name, f"mix{number}", person, *where, *finish))
    return result
