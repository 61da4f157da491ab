"""A person as they stand, and where the points lie on them that the truth is about."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from body import SKIN, Array, Body, Posture, Settings, Template, normals
from clothes import Ball, Garment, dress, grow_hair, thickness

TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())
PALPABLE: dict[str, int] = TABLES["palpable"]
NOSE = 297  # vertex
OUT_MM = 8  # from what is worn to a marker's centre
TO_EAR_MM = np.array([0, 4, -12])  # from the tragus to the middle of the ear


@dataclass(frozen=True, eq=False)
class Figure:
    """In mm, in the body's own coordinates; ``origin`` is on the floor between the ankles."""

    body: Body
    skin: Array  # (V, 3), posed
    thickness: Array  # (V,), of the clothes
    garments: list[Garment]  # the hair's surfaces too
    balls: list[Ball]
    points: dict[str, Array]
    origin: Array


def stand(template: Template, person: Settings, posture: Posture, *, marked: bool) -> Figure:
    """Return a person in a posture, dressed for markers or not."""
    body = Body(template, person, posture)
    skin = body.posed(body.rest)
    clothes = dress(body, person, tight=marked)
    hair, balls = grow_hair(body, person["hair"])
    worn = thickness(clothes, skin)
    points = find_points(body, skin, worn)
    shoes = clothes[-1]
    floor = shoes.verts[np.unique(shoes.faces), 1].min()
    origin = middle(points, "ankle") * (1, 0, 1) + (0, floor, 0)
    return Figure(body, skin, worn, clothes + hair, balls, points, origin)


def find_points(body: Body, skin: Array, worn: Array) -> dict[str, Array]:
    """Return joints and palpable points in mm, from the posed skin (V, 3).

    A palpable point's own name is the centre of its marker, which is stuck on what is ``worn``, so
    many mm thick (V,); with ``_skin`` it is on the skin.
    """
    points = {"nose": skin[NOSE]}
    for letter, side in (("L", "left"), ("R", "right")):
        for name, bone in TABLES["joints"].items():
            points[f"{side}_{name}"] = body.carried(
                f"{bone}.{letter}", body.joint(f"{bone}.{letter}")
            )
        points[f"{side}_ear"] = skin[PALPABLE[f"tragus_{side}"]] + TO_EAR_MM
    outward = normals(skin[:SKIN], body.template.faces_of("body"))
    for name, vertex in PALPABLE.items():
        points[f"{name}_skin"] = skin[vertex]
        points[name] = skin[vertex] + outward[vertex] * (worn[vertex] + OUT_MM)
    return points


def middle(points: dict[str, Array], name: str) -> Array:
    """Return the middle of a left and a right point."""
    return np.asarray((points[f"left_{name}"] + points[f"right_{name}"]) / 2)
