"""What Blender does: person and room as meshes, the light, the picture, and what hides a marker.

Blender counts in metres; everything that comes in is in mm, lamps excepted.
"""

from math import radians
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import bpy
import cv2
import numpy as np
from body import SKIN, Array, Body, Indices, Settings
from clothes import showing
from mathutils import Matrix, Vector
from numpy.typing import NDArray
from plan import Shot
from points import PALPABLE, Figure

GREEN, LASHES, PAPER = (0.02, 0.55, 0.05), (0.02, 0.015, 0.01), (0.85, 0.85, 0.84)
PUPIL, WHITE = (0.01, 0.01, 0.01), (0.8, 0.78, 0.76)
PUPIL_DEG, IRIS_DEG = 9, 27  # from the eye's axis
MARKER_MM = 12  # radius
WALL = -250  # z in mm: behind the person's middle
RAYS = [(i, j) for i in range(-6, 7) for j in range(-6, 7) if i * i + j * j <= 36]
RAY_MM = 1.95  # between them: they cover a marker's disc


def build(shot: Shot, figure: Figure) -> None:
    """Build the scene anew."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene, camera = bpy.context.scene, shot.camera
    _add_person(figure, shot.person)
    if shot.marked:
        green = _surface(0.6, GREEN)
        for name in PALPABLE:
            _add_ball(figure.points[name], MARKER_MM, green, name)
    for thing in scene.objects:
        thing.location -= Vector(figure.origin / 1000)
    _add_room(shot.room, camera.square)
    _add_poster(shot)
    lens = bpy.data.cameras.new("camera")
    lens.sensor_fit, lens.angle_y, lens.clip_end = "VERTICAL", radians(camera.fov_v_deg), 100
    scene.camera = _add(lens, camera.axes, camera.place / 1000)


def _add_person(figure: Figure, person: Settings) -> None:
    body, skin, hair = figure.body, figure.skin, person["hair"]["colour"]
    faces_of = body.template.faces_of
    bare = showing(faces_of("body"), figure.thickness > 0)
    colours = _skin_colours(body, person["skin"]["tone"], hair)
    _add_mesh(skin, bare, _surface(0.55), levels=2, colours=colours)
    for garment in figure.garments:
        surface = _surface(garment.roughness, garment.colour, garment.blotches)
        _add_mesh(garment.verts, garment.faces, surface, levels=1)
    for ball in figure.balls:
        _add_ball(ball.centre, ball.radius, _surface(0.55, hair, 0.5))
    for side in ("l", "r"):
        colours = _eye_colours(body, f"eye.{side.upper()}", person["skin"]["iris"])
        eye = f"helper-{side}-eye"
        _add_mesh(skin, faces_of(eye), _surface(0.15), levels=1, colours=colours)
        for lashes in (f"{eye}lashes-1", f"{eye}lashes-2"):
            _add_mesh(skin, faces_of(lashes), _surface(0.8, LASHES))


def _skin_colours(body: Body, tone: list[float], hair: list[float]) -> Array:
    """Return the skin's colours (V, 3), with brows, lips and cheeks."""
    colours = np.tile(tone, (len(body.rest), 1))
    x, y, z = (body.rest - body.middle("eye")).T
    x, front = np.abs(body.rest[:, 0]), z > -25
    arch = 18.5 + 4 * np.sin(np.clip((x - 6) / 46, 0, 1) * 0.8 * np.pi)
    colours[front & (x > 9) & (x < 52) & (np.abs(y - arch) < 4)] = np.multiply(hair, 0.8) + 0.01
    texture = _read(body.template.folder / "textures" / "mpfb_lips.jpg")[:, :, 0]
    last = len(texture) - 1
    column, row = np.clip((body.template.uv * (1, -1) + (0, 1)) * last, 0, last).astype(int).T
    lips = np.where((y > -30) | (np.arange(len(y)) >= SKIN), 0, texture[row, column] / 255)
    red = np.multiply(tone, (0.8, 0.45, 0.45))
    colours += lips[:, np.newaxis] * (red - colours)
    cheeks = front * np.exp(-((x - 40) ** 2 + (y + 35) ** 2) / 400)
    colours[:, 1:] *= 1 - 0.12 * cheeks[:, np.newaxis]
    return np.asarray(np.clip(colours, 0, 1))


def _eye_colours(body: Body, bone: str, iris: list[float]) -> Array:
    """Return an eye's colours (V, 3)."""
    out = body.rest - body.joint(bone)
    ahead = out[:, 2] / np.maximum(np.linalg.norm(out, axis=1), 1e-6)
    angle = np.degrees(np.arccos(np.clip(ahead, -1, 1)))[:, np.newaxis]
    return np.asarray(np.where(angle < PUPIL_DEG, PUPIL, np.where(angle < IRIS_DEG, iris, WHITE)))


def _add_room(room: Settings, square: Array) -> None:
    wall, floor, skirting = (room["surfaces"][name] for name in ("wall", "floor", "skirting"))
    back = WALL - 100
    _add_box((-4000, -10, back), (4000, 3200, WALL), square, _surface(0.9, wall, 0.06))
    _add_box((-4000, -60, back), (4000, 0, 7000), square, _surface(0.6, floor, 0.4))
    _add_box((-4000, 0, WALL - 12), (4000, 90, WALL), square, _surface(0.6, skirting))
    for thing in room["things"]:
        _add_box(thing["low"], thing["high"], square, _surface(0.7, thing["colour"], 0.3))

    world = bpy.data.worlds.new("world")
    bpy.context.scene.world = world
    world.use_nodes = True
    sky = world.node_tree.nodes["Background"].inputs
    sky["Color"].default_value = (*room["sky"]["colour"], 1)
    sky["Strength"].default_value = room["sky"]["strength"]
    for lamp in room["lamps"]:
        light = bpy.data.lights.new("lamp", "AREA")
        light.energy, light.size, light.color = lamp["power"], lamp["size"], lamp["colour"]
        place = square @ lamp["at"]
        z = _unit(place - (0, 1.1, 0))  # the lamp shines on the person's middle
        x = _unit(np.cross((0, 1, 0.01), z))
        _add(light, np.column_stack([x, np.cross(z, x), z]), place)


def _add_poster(shot: Shot) -> None:
    patterns = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
    for number, corners in shot.squares().items():
        x, y, _ = (corners @ shot.camera.square).mean(axis=0)
        low, high = (x - 115, y - 140, WALL), (x + 115, y + 140, WALL + 1)
        _add_box(low, high, shot.camera.square, _surface(0.9, PAPER))
        pattern = cv2.aruco.generateImageMarker(patterns, number, 6, borderBits=1)
        ink = _surface(0.9, pattern=np.kron(pattern, np.ones((20, 20), np.uint8)))
        _add_mesh(corners[::-1], np.array([[0, 1, 2, 3]]), ink).uv_layers.new()


def visible(shot: Shot, figure: Figure) -> dict[str, float]:
    """Return the share of each marker's disc that the camera sees, by rays."""
    scene, eye = bpy.context.scene, shot.camera.place
    bpy.context.view_layer.update()
    graph = bpy.context.evaluated_depsgraph_get()
    seen = {}
    for name in PALPABLE:
        along = figure.points[name] - figure.origin - eye
        right = _unit(np.cross(along, (0, 1, 0)))
        up = np.cross(right, _unit(along))
        hits = 0
        for i, j in RAYS:
            ray = along + (right * i + up * j) * RAY_MM
            hit, *_, thing, _ = scene.ray_cast(graph, (eye / 1000).tolist(), _unit(ray).tolist())
            hits += hit and thing.name == name
        seen[name] = round(hits / len(RAYS), 2)
    return seen


def render(size: tuple[int, int], samples: int, seed: int) -> NDArray[np.uint8]:
    """Return the picture (height, width, 3) as blue, green, red."""
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    cycles = scene.cycles
    cycles.samples, cycles.seed, cycles.use_adaptive_sampling = samples, seed, False
    cycles.use_denoising, cycles.denoiser = True, "OPENIMAGEDENOISE"
    cycles.denoising_prefilter = "FAST"
    cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 3, 2, 1
    cycles.pixel_filter_type = "BLACKMAN_HARRIS"
    scene.view_settings.view_transform = "Standard"
    scene.render.threads_mode, scene.render.threads = "FIXED", 1
    scene.render.resolution_x, scene.render.resolution_y = size
    scene.render.resolution_percentage = 100
    with TemporaryDirectory() as folder:
        path = Path(folder) / "picture.png"
        scene.render.filepath = str(path)
        bpy.ops.render.render(write_still=True)
        return _read(path)


def _read(path: Path) -> NDArray[np.uint8]:
    return np.asarray(cv2.imread(str(path)), np.uint8)


def _unit(vector: Array) -> Array:
    return np.asarray(vector / np.linalg.norm(vector))


def _add(data: Any, axes: Array | None = None, place: Array | None = None) -> Any:
    """Add an object, with axes (3, 3) as columns, at a place (3,) in m."""
    thing = bpy.data.objects.new(data.name, data)
    bpy.context.scene.collection.objects.link(thing)
    if axes is not None and place is not None:
        thing.matrix_world = Matrix(np.column_stack([axes, place]).tolist()).to_4x4()
    return thing


def _add_mesh(
    verts: Array, faces: Indices, surface: Any, levels: int = 0, colours: Array | None = None
) -> Any:
    """Add the faces, subdivided as often as there are levels; colours (V, 3) are by vertex."""
    used, renumbered = np.unique(faces, return_inverse=True)
    mesh = bpy.data.meshes.new("mesh")
    mesh.from_pydata((verts[used] / 1000).tolist(), [], renumbered.reshape(faces.shape).tolist())
    if colours is not None:
        layer = mesh.color_attributes.new("colour", "FLOAT_COLOR", "POINT")
        opaque = np.column_stack([colours[used], np.ones(len(used))])
        layer.data.foreach_set("color", opaque.ravel())
    mesh.shade_smooth()
    mesh.materials.append(surface)
    thing = _add(mesh)
    if levels:
        modifier = thing.modifiers.new("subdivided", "SUBSURF")
        modifier.levels = modifier.render_levels = levels
    return mesh


def _add_box(low: Any, high: Any, square: Array, surface: Any) -> None:
    """Add a box between two corners, in a turned room."""
    (x0, y0, z0), (x1, y1, z1) = low, high
    corners = np.array([[x, y, z] for x in (x0, x1) for y in (y0, y1) for z in (z0, z1)])
    sides = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    _add_mesh(corners @ square.T, np.array(sides), surface).shade_flat()


def _add_ball(centre: Array, radius: float, surface: Any, name: str = "ball") -> None:
    bpy.ops.mesh.primitive_uv_sphere_add(
        radius=radius / 1000, location=(centre / 1000).tolist(), segments=32, ring_count=16
    )
    bpy.context.object.name = name
    bpy.context.object.data.materials.append(surface)
    bpy.ops.object.shade_smooth()


def _surface(
    roughness: float, colour: Any = None, blotches: float = 0.0, pattern: Any = None
) -> Any:
    """Return a material: of a colour, darker in blotches by up to that share, or of a pattern.

    Without either, it has the mesh's own colours.
    """
    material = bpy.data.materials.new("surface")
    material.use_nodes = True
    nodes, link = material.node_tree.nodes, material.node_tree.links.new
    shader = nodes["Principled BSDF"].inputs
    shader["Roughness"].default_value = roughness
    if pattern is not None:
        pixels = np.ones((*pattern.shape, 4), np.float32)
        pixels[..., :3] = (pattern[::-1, :, np.newaxis] > 127) * 0.85 + 0.02  # from the bottom up
        image = bpy.data.images.new("pattern", *pattern.shape)
        image.pixels.foreach_set(pixels.ravel())
        texture = nodes.new("ShaderNodeTexImage")
        texture.image, texture.interpolation = image, "Closest"
        link(texture.outputs["Color"], shader["Base Color"])
    elif colour is None:
        own = nodes.new("ShaderNodeVertexColor")
        own.layer_name = "colour"
        link(own.outputs["Color"], shader["Base Color"])
    elif blotches:
        noise = nodes.new("ShaderNodeTexNoise")
        noise.inputs["Scale"].default_value = noise.inputs["Detail"].default_value = 6
        mix = nodes.new("ShaderNodeMix")
        mix.data_type = "RGBA"
        mix.inputs["A"].default_value = (*colour, 1)
        mix.inputs["B"].default_value = (*np.multiply(colour, 1 - blotches), 1)
        link(nodes.new("ShaderNodeTexCoord").outputs["Object"], noise.inputs["Vector"])
        link(noise.outputs["Fac"], mix.inputs["Factor"])
        link(mix.outputs["Result"], shader["Base Color"])
    else:
        shader["Base Color"].default_value = (*colour, 1)
    return material
