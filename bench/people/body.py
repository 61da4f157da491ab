"""A body from MakeHuman's data: its shape from a few numbers, its posture by a rig.

Everything is in mm: x to the person's left, y up, z forward.
"""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
Settings = dict[str, Any]
Posture = dict[str, float]
"""Degrees by name, 0 where left out. What is +: of shoulders, pelvis, head_tilt and trunk, the left
side higher; shift (of the upright trunk), rot (of the whole person) and look, to the left;
pelvic_tilt, bend, fhead, nod and protract, forward; abduct (arms) and stand (legs), apart."""

SKIN = 13380  # vertices, the first of the mesh; the others are helpers
UNIT_MM = 100  # of the data


@dataclass(frozen=True, eq=False)
class Template:
    """What all people share: the mesh of V vertices, and its rig of B bones."""

    folder: Path
    verts: Array  # (V, 3)
    faces: Indices  # (F, 4)
    groups: NDArray[np.str_]  # (F,)
    uv: Array  # (V, 2), of the textures
    parents: dict[str, str]  # by bone; that of the first is ""
    joints: dict[str, Indices]  # the vertices whose mean a bone turns about
    weights: Array  # (V, B)

    def faces_of(self, group: str) -> Indices:
        """Return the faces (N, 4) of a group; ``body`` is that of the skin."""
        return np.asarray(self.faces[self.groups == group])

    def led_by(self, *prefixes: str) -> NDArray[np.bool_]:
        """Return for each vertex whether the bone it follows most has a name that begins so."""
        chosen = np.array([name.startswith(prefixes) for name in self.parents])
        return np.asarray(chosen[self.weights.argmax(axis=1)])


def load(folder: Path) -> Template:
    """Read MakeHuman's data from the folder ``mpfb2``."""
    rows = defaultdict(list)
    groups, group = [], ""
    for line in (folder / "3dobjs" / "base.obj").read_text().splitlines():
        kind, *words = line.split() or [""]
        rows[kind].append(words)
        if kind == "g":
            group = words[0]
        elif kind == "f":
            groups.append(group)
    verts = np.array(rows["v"], float)
    corners = np.array([[word.split("/") for word in words] for words in rows["f"]], int) - 1
    faces = corners[:, :, 0]
    uv = np.zeros((len(verts), 2))
    uv[faces.ravel()] = np.array(rows["vt"], float)[corners[:, :, 1].ravel()]

    rig = folder / "rigs" / "standard"
    bones = json.loads((rig / "rig.default.json").read_text())
    cubes = json.loads((folder / "mesh_metadata" / "basemesh_vertex_groups.json").read_text())
    parents = {name: bone["parent"] for name, bone in bones.items()}
    joints = {name: _joint(bone["head"], cubes) for name, bone in bones.items()}
    table = json.loads((rig / "weights.default.json").read_text())["weights"]
    weights = np.zeros((len(verts), len(parents)))
    for number, name in enumerate(parents):
        for vertex, weight in table.get(name, []):
            weights[vertex, number] = weight
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)
    return Template(folder, verts, faces, np.array(groups), uv, parents, joints, weights)


def _joint(rule: Settings, cubes: Settings) -> Indices:
    if rule["strategy"] == "CUBE":
        spans = cubes[rule["cube_name"]]
        return np.concatenate([np.arange(first, last + 1) for first, last in spans])
    return np.array([rule["vertex_index"]] if "vertex_index" in rule else rule["vertex_indices"])


def shaped(template: Template, shape: Settings, origins: dict[str, float]) -> Array:
    """Return the vertices (V, 3) of a person, in the pose of the data; see ``cast.toml``."""
    verts = template.verts.copy()
    for name, amount in _targets(shape, origins):
        if abs(amount) > 1e-6:
            path = template.folder / "targets" / "macrodetails" / f"{name}.target.gz"
            moved, offsets = _target(path)
            verts[moved] += amount * offsets
    return verts * UNIT_MM


def _targets(shape: Settings, origins: dict[str, float]) -> Iterator[tuple[str, float]]:
    """Yield the files of offsets, and how much of each."""
    genders = {"female": 1 - shape["gender"], "male": shape["gender"]}
    ages = {"young": 2 - 2 * shape["age"], "old": 2 * shape["age"] - 1}
    muscles, weights, heights = (
        _three(quality, shape[quality]) for quality in ("muscle", "weight", "height")
    )
    del heights["averageheight"]  # is that of the other files
    for (gender, one), (age, two) in product(genders.items(), ages.items()):
        for origin, share in origins.items():
            yield f"{origin}-{gender}-{age}", one * two * share
        for (muscle, three), (weight, four) in product(muscles.items(), weights.items()):
            build, amount = f"{gender}-{age}-{muscle}-{weight}", one * two * three * four
            yield f"universal-{build}", amount
            for height, five in heights.items():
                yield f"height/{build}-{height}", amount * five


def _three(quality: str, value: float) -> dict[str, float]:
    """Return the shares of the least (of 0), the average (of 0.5) and the most (of 1)."""
    least, most = max(1 - 2 * value, 0.0), max(2 * value - 1, 0.0)
    return {f"min{quality}": least, f"average{quality}": 1 - least - most, f"max{quality}": most}


@cache
def _target(path: Path) -> tuple[Indices, Array]:
    with gzip.open(path, "rt") as file:
        rows = [line.split() for line in file if line.strip() and not line.startswith("#")]
    offsets = np.array([row[1:4] for row in rows], float).reshape(-1, 3)  # some files have none
    return np.array([row[0] for row in rows], int), offsets


class Body:
    """A person's shape, ``rest`` (V, 3), and how the rig moves it into a posture."""

    def __init__(self, template: Template, person: Settings, posture: Posture):
        self.template = template
        self.rest = shaped(template, person["shape"], person["origins"])
        self.frames = self._frames(self._turns(posture))

    def joint(self, bone: str) -> Array:
        """Return where a bone's joint lies at rest."""
        return np.asarray(self.rest[self.template.joints[bone]].mean(axis=0))

    def middle(self, bone: str) -> Array:
        """Return the middle of the left and the right joint at rest."""
        return (self.joint(f"{bone}.L") + self.joint(f"{bone}.R")) / 2

    def carried(self, bone: str, point: Array) -> Array:
        """Return where the posture takes a point (3,) that moves with a bone."""
        rotation, shift = self.frames[bone]
        return np.asarray(rotation @ point + shift)

    def posed(self, verts: Array) -> Array:
        """Return where the posture takes vertices (V, 3) that follow the skin's bones."""
        matrices = np.array([np.column_stack(frame) for frame in self.frames.values()])
        each = np.tensordot(self.template.weights, matrices, axes=1)
        return np.asarray(np.einsum("vij,vj->vi", each[:, :, :3], verts) + each[:, :, 3])

    def _turns(self, posture: Posture) -> dict[str, Array]:
        """Return the turn that each bone makes in its parent."""
        angle: dict[str, float] = defaultdict(float, posture)
        pelvis = turn(angle["pelvic_tilt"], angle["rot"], angle["pelvis"])
        upright = pelvis.T @ turn(y=angle["rot"])  # legs and trunk do not tilt with the pelvis
        tilt, raised = angle["head_tilt"] - angle["trunk"], angle["shoulders"]
        back = angle["nod"] - angle["fhead"] - 0.5 * angle["bend"]
        turns = {
            "root": pelvis,
            "spine05": upright @ turn(angle["bend"], 0, angle["trunk"] - angle["shift"]),
            "spine03": turn(-0.5 * angle["bend"], 0, angle["shift"]),
            "neck01": turn(angle["fhead"], 0, 0.3 * tilt),
            "neck02": turn(z=0.2 * tilt),
            "head": turn(back, angle["look"], 0.5 * tilt),
        }
        for side, sign in (("L", 1), ("R", -1)):
            arm = self.joint(f"wrist.{side}") - self.joint(f"upperarm01.{side}")
            away = np.radians(angle["abduct"])
            lowered = _between(arm, np.array([sign * np.sin(away), -np.cos(away), 0.06]))
            turns |= {
                f"upperleg01.{side}": upright @ turn(z=sign * angle["stand"]),
                f"clavicle.{side}": turn(0, -sign * angle["protract"], raised),
                # The arms go on hanging where the clavicles slope.
                f"shoulder01.{side}": turn(z=-0.3 * raised) @ cv2.Rodrigues(0.25 * lowered)[0],
                f"upperarm01.{side}": turn(z=-0.7 * raised) @ cv2.Rodrigues(0.75 * lowered)[0],
                f"lowerarm01.{side}": turn(-angle["elbow"]),
            }
        return turns

    def _frames(self, turns: dict[str, Array]) -> dict[str, tuple[Array, Array]]:
        """Return each bone's rotation (3, 3) and shift (3,), its parents' in it."""

        @cache
        def frame(name: str) -> tuple[Array, Array]:
            if not name:
                return np.eye(3), np.zeros(3)
            rotation, shift = frame(self.template.parents[name])
            own = turns.get(name, np.eye(3))
            pivot = self.middle("upperleg01") if name == "root" else self.joint(name)
            return rotation @ own, rotation @ (pivot - own @ pivot) + shift

        return {name: frame(name) for name in self.template.parents}


def turn(x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Array:
    """Return the rotation (3, 3) about x, then y, then z, in degrees."""
    about = [cv2.Rodrigues(vector)[0] for vector in np.diag(np.radians([x, y, z]))]
    return np.asarray(about[2] @ about[1] @ about[0])


def _between(one: Array, other: Array) -> Array:
    """Return the rotation vector (3,), in radians, that takes one direction to the other."""
    axis = np.cross(one, other)
    sine = np.linalg.norm(axis)
    return np.asarray(axis / sine * np.arctan2(sine, one @ other))


def normals(verts: Array, faces: Indices) -> Array:
    """Return the unit normals (V, 3) of these faces' vertices; 0 for the others."""
    total = np.zeros_like(verts)
    first, second, third, fourth = (verts[corner] for corner in faces.T)
    for corner in faces.T:
        np.add.at(total, corner, np.cross(third - first, fourth - second))
    return np.asarray(total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-9))
