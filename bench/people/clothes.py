"""Clothes and hair, made from the skin: its faces chosen by bone and height, pushed out, smoothed.

In mm, as the body. Vertices are numbered as in the body's mesh.
"""

from math import sin
from typing import NamedTuple

import numpy as np
from body import SKIN, Array, Body, Indices, Settings, normals
from numpy.typing import NDArray

LEGS = ("upperleg", "lowerleg", "pelvis", "root", "spine05", "spine04", "spine03")
TRUNK = ("spine", "clavicle", "breast", "shoulder01", "pelvis", "root", "upperleg01")
SLEEVES = ("upperarm01", "upperarm02", "lowerarm")
COVERED = (0, 2, 3)  # of them, by the kind of sleeves
FEET = ("foot", "toe", "lowerleg02")
HEAD = ("head", "neck", "special", "temporalis", "oculi")


class Garment(NamedTuple):
    """What is worn, posed: ``verts`` (V, 3), of which ``faces`` (F, 4) are used."""

    verts: Array
    faces: Indices
    colour: list[float]
    roughness: float
    blotches: float


class Ball(NamedTuple):
    """A ball of hair, posed."""

    centre: Array
    radius: float


def dress(body: Body, person: Settings, *, tight: bool) -> list[Garment]:
    """Return trousers, shirt and shoes; tight ones and a short shirt for markers."""
    led_by, rest = body.template.led_by, body.rest
    sleeves, loose = SLEEVES[: COVERED[person["wears"]["sleeves"]]], person["wears"]["loose"]
    up = rest[:, 1] - rest[:SKIN, 1].min()
    share = up / up[:SKIN].max()
    legs = _within(body, led_by(*LEGS) & (up > 60) & (share < 0.56))
    trunk = _within(body, led_by(*TRUNK, *sleeves) & (share > (0.66 if tight else 0.52)))
    feet = _within(body, led_by(*FEET) & (up < 105))
    trousers = shell(rest, legs, 4, 2) if tight else shell(rest, legs, 7, 8)
    shirt = shell(rest, trunk, 4, 2) if tight else shell(rest, trunk, 9, loose, over=2)
    shoes = shell(rest, feet, 9, 6)
    colours = person["colours"]
    return [
        Garment(body.posed(trousers), legs, colours["trousers"], 0.85, 0.15),
        Garment(body.posed(shirt), trunk, colours["shirt"], 0.85, 0.15),
        Garment(body.posed(shoes), feet, colours["shoes"], 0.5, 0.15),
    ]


def grow_hair(body: Body, hair: Settings) -> tuple[list[Garment], list[Ball]]:
    """Return the hair as surfaces and, for a bun or a tail, as balls."""
    if hair["kind"] == "bald":
        return [], []
    x, y, z = body.rest.T
    eyes = body.middle("eye")
    above = y - eyes[1] > 52 + hair["line"] - 0.55 * np.maximum(0, eyes[2] - 5 - z)
    above &= y - eyes[1] > np.where(z - eyes[2] < -88, -35, 12)
    scalp = _within(body, above & body.template.led_by(*HEAD))
    uneven = 0.3 * np.sin(0.25 * x + 1) * np.sin(0.3 * y) * np.sin(0.22 * z)
    uneven += hair["uneven"] * np.clip(x / 60, -1, 1)
    cap = shell(body.rest, scalp, hair["thick"], 3, over=hair["thick"] * uneven[:, np.newaxis])
    parts, balls = [(cap, scalp)], []
    if hair["kind"] == "bun":
        balls = [Ball(body.carried("head", eyes + np.array([0, 25, -205])), 42)]
    elif hair["kind"] == "tail":
        top = body.carried("head", eyes + np.array([0, -10, -205]))
        down = [np.array([0, -22 * n, -4 * sin(n / 3)]) for n in range(9)]
        balls = [Ball(top + way, 26 - 1.6 * n) for n, way in enumerate(down)]
    elif hair["kind"] == "long":
        faces = body.template.faces_of("helper-hair")
        behind = faces[z[faces].max(axis=1) < eyes[2] - 45]
        centre = eyes - np.array([0, 0, 90])
        parts.append(((body.rest - centre) * 1.04 + centre, behind))
    return [Garment(body.posed(at), faces, hair["colour"], 0.55, 0.5) for at, faces in parts], balls


def _within(body: Body, chosen: NDArray[np.bool_]) -> Indices:
    """Return the skin's faces of which all vertices are chosen."""
    faces = body.template.faces_of("body")
    return faces[chosen[faces].all(axis=1)]


def shell(
    verts: Array, faces: Indices, out: float, rounds: int, *, over: float | Array = 0.0
) -> Array:
    """Return vertices (V, 3) that lie ``out`` mm over these faces, smoothed.

    Smoothing takes none nearer to the skin than 0.7 of that; ``over`` mm are added afterwards.
    """
    normal = normals(verts, faces)
    used = np.unique(faces)
    edges = np.concatenate([faces[:, [n, (n + 1) % 4]] for n in range(4)])
    first, second = np.unique(np.concatenate([edges, edges[:, ::-1]]), axis=0).T
    count = np.bincount(first)[used, np.newaxis]
    cover = verts + normal * out
    for _ in range(rounds):
        mean = np.column_stack([np.bincount(first, axis[second])[used] for axis in cover.T]) / count
        cover[used] += 0.5 * (mean - cover[used])
        gap = ((cover - verts) * normal).sum(axis=1, keepdims=True)
        cover += normal * np.maximum(0.7 * out - gap, 0)
    return cover + normal * over


def thickness(garments: list[Garment], skin: Array) -> Array:
    """Return how far the outermost garment lies over each vertex (V,); 0 where the skin is bare."""
    far = np.zeros(len(skin))
    for garment in garments:
        used = np.unique(garment.faces)
        over = np.linalg.norm(garment.verts[used] - skin[used], axis=1)
        far[used] = np.maximum(far[used], over)
    return far


def showing(faces: Indices, covered: NDArray[np.bool_]) -> Indices:
    """Return the faces without those that lie two rings inside of the clothes."""
    inside = covered.copy()
    for _ in range(2):
        inside[faces[~inside[faces].all(axis=1)]] = False
    return faces[~inside[faces].all(axis=1)]
