"""Build the bundles in ``posture/pose/models/`` from the official npm packages.

The Python wheels of MediaPipe hold no model, and the program downloads nothing at run time, so the
bundles are made once, here, from ``@mediapipe/pose`` and ``@mediapipe/face_mesh``, and kept in the
repository with the checksums of what went in and what came out. The result is the same bytes on
every run.

    python tools/build_models.py                     # fetches the packages with npm
    python tools/build_models.py POSE.tgz FACE.tgz   # or takes those already here
"""

import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
import types
import zipfile
from pathlib import Path

POSE_PACKAGE = "@mediapipe/pose@0.5.1675469404"
FACE_PACKAGE = "@mediapipe/face_mesh@0.4.1657299874"
SOURCES = {
    # The web package hides the person detector under this name; it is the tflite file itself.
    "pose_solution_packed_assets.data": (
        "a63c614bef30d35947f13be361820b1e4e3bec9cfeebf4d11216a18373108e85"
    ),
    "pose_landmark_full.tflite": (
        "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f"
    ),
    "pose_landmark_heavy.tflite": (
        "59e42d71bcd44cbdbabc419f0ff76686595fd265419566bd4009ef703ea8e1fe"
    ),
    "face_mesh_solution_packed_assets.data": (
        "dbe5905c582c0462cdaea17e7e6ecea92edaa8cccc515c5e2e7291f2cbb5fb99"
    ),
}
# Where the two models of the face lie in the packed file; its loader script says so.
FACE_LANDMARK = slice(2495952, 3737848)
FACE_DETECTION = slice(3757224, 3986256)
MESH_FLOATS, EXPECTED_FLOATS = 468 * 3, 478 * 3
MODELS = Path(__file__).parents[1] / "posture" / "pose" / "models"


def stand_in_for_the_compiled_helper() -> None:
    """Let the metadata writer be imported: its compiled helper is missing from the wheel.

    The helper is asked one question, which version of the metadata format is the oldest that can
    read what is written; for image normalisation the answer is 1.5.0.
    """
    helper = types.ModuleType("_pywrap_metadata_version")
    helper.GetMinimumMetadataParserVersion = lambda _buffer: "1.5.0"  # type: ignore[attr-defined]
    package = "mediapipe.tasks.cc.metadata.python"
    for name in ("mediapipe.tasks.cc", "mediapipe.tasks.cc.metadata", package):
        sys.modules.setdefault(name, types.ModuleType(name))
    sys.modules[package]._pywrap_metadata_version = helper  # type: ignore[attr-defined]
    sys.modules[f"{package}._pywrap_metadata_version"] = helper


def with_metadata(model: bytes, name: str, mean: float, std: float) -> bytes:
    """Add the input normalisation that the Tasks API asks for; the weights stay as they are."""
    from mediapipe.tasks.metadata import schema_py_generated as schema
    from mediapipe.tasks.python.metadata.metadata_writers import metadata_writer

    writer = metadata_writer.MetadataWriter.create(bytearray(model))
    writer.add_general_info(name, "")
    writer.add_image_input([mean], [std])
    graph = schema.Model.GetRootAsModel(model, 0).Subgraphs(0)
    for index in range(graph.OutputsLength()):
        writer.add_feature_output(graph.Tensors(graph.Outputs(index)).Name().decode(), "")
    return bytes(writer.populate()[0])


def write_bundle(path: Path, members: dict[str, bytes]) -> None:
    """Write a ``.task``: a ZIP with stored, aligned members and no clock in it."""
    from mediapipe.tasks.python.metadata.metadata_writers import model_asset_bundle_utils as utils

    with utils.AlignZipFile(path, mode="w", alignment=4) as bundle:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.external_attr = 0o644 << 16
            bundle.writestr(info, content)


def sha256(content: bytes) -> str:
    """Return the hexadecimal SHA-256 of the bytes."""
    return hashlib.sha256(content).hexdigest()


def padded_mesh(model: bytes) -> bytes:
    """Append zeros to the face mesh's output, so that it has the floats the Tasks API expects.

    The API reads 478 points (with irises), the model gives 468: unmended it is read without a word
    and gives scrambled points. The ten points added are meaningless.
    """
    import flatbuffers
    import numpy as np
    from mediapipe.tasks.metadata import schema_py_generated as schema

    tree = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(model, 0))
    graph = tree.subgraphs[0]
    [mesh] = [i for i in graph.outputs if int(np.prod(graph.tensors[i].shape)) == MESH_FLOATS]
    rank = len(graph.tensors[mesh].shape)

    amounts = schema.BufferT()
    paddings = np.zeros((rank, 2), np.int32)
    paddings[-1, 1] = EXPECTED_FLOATS - MESH_FLOATS
    amounts.data = np.frombuffer(paddings.tobytes(), np.uint8)
    tree.buffers.append(amounts)

    def tensor(name: str, shape: list[int], kind: int, buffer: int) -> int:
        made = schema.TensorT()
        made.name, made.shape, made.type, made.buffer = name.encode(), shape, kind, buffer
        graph.tensors.append(made)
        return len(graph.tensors) - 1

    by = tensor("pad_by", [rank, 2], schema.TensorType.INT32, len(tree.buffers) - 1)
    shape = [*graph.tensors[mesh].shape[:-1], EXPECTED_FLOATS]
    out = tensor("mesh_padded", [int(n) for n in shape], schema.TensorType.FLOAT32, 0)

    pad = schema.BuiltinOperator.PAD
    codes = [max(code.builtinCode, code.deprecatedBuiltinCode) for code in tree.operatorCodes]
    if pad not in codes:
        code = schema.OperatorCodeT()
        code.builtinCode, code.deprecatedBuiltinCode, code.version = pad, pad, 1
        tree.operatorCodes.append(code)
        codes.append(pad)
    step = schema.OperatorT()
    step.opcodeIndex, step.inputs, step.outputs = codes.index(pad), [mesh, by], [out]
    step.builtinOptionsType = schema.BuiltinOptions.PadOptions
    step.builtinOptions = schema.PadOptionsT()
    graph.operators.append(step)
    graph.outputs = [out if i == mesh else i for i in graph.outputs]
    tree.signatureDefs = None
    builder = flatbuffers.Builder(len(model) + 4096)
    builder.Finish(tree.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def fetch(package: str, folder: Path) -> Path:
    """Fetch an npm package into the folder and return the path of its archive."""
    command = ["npm", "pack", "--silent", package]
    packed = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return folder / packed.stdout.split()[-1]


def main() -> None:
    """Build the bundles and write their provenance beside them."""
    stand_in_for_the_compiled_helper()
    sources = {}
    with tempfile.TemporaryDirectory() as scratch:
        given = [Path(argument) for argument in sys.argv[1:]]
        for archive in given or [fetch(p, Path(scratch)) for p in (POSE_PACKAGE, FACE_PACKAGE)]:
            with tarfile.open(archive) as package:
                for name in SOURCES:
                    if f"package/{name}" in package.getnames():
                        sources[name] = package.extractfile(f"package/{name}").read()  # type: ignore[union-attr]
    for name, expected in SOURCES.items():
        if sha256(sources[name]) != expected:
            sys.exit(
                f"{name} is not the file this script was written for: sha256 "
                f"{sha256(sources[name])}, expected {expected}"
            )

    bundles = {}

    def bundle(name: str, members: dict[str, bytes]) -> None:
        write_bundle(MODELS / name, members)
        bundles[name] = sha256((MODELS / name).read_bytes())

    detector = with_metadata(
        sources["pose_solution_packed_assets.data"], "PoseDetector", 127.5, 127.5
    )
    for variant in ("full", "heavy"):
        model = sources[f"pose_landmark_{variant}.tflite"]
        bundle(
            f"pose_landmarker_{variant}.task",
            {
                "pose_detector.tflite": detector,
                "pose_landmarks_detector.tflite": with_metadata(model, "PoseLandmarks", 0, 255),
            },
        )
    face = sources["face_mesh_solution_packed_assets.data"]
    bundle(
        "face_landmarker.task",
        {
            "face_detector.tflite": with_metadata(
                face[FACE_DETECTION], "FaceDetector", 127.5, 127.5
            ),
            "face_landmarks_detector.tflite": with_metadata(
                padded_mesh(face[FACE_LANDMARK]), "FaceLandmarks", 0, 255
            ),
        },
    )
    provenance = {
        "packages": [POSE_PACKAGE, FACE_PACKAGE],
        "licence": "Apache-2.0, Google LLC (MediaPipe)",
        "changes": "TensorFlow Lite metadata (input normalisation) added; the face mesh's output "
        "padded with zeros to the length that the Tasks API reads; weights unchanged",
        "sources": SOURCES,
        "bundles": bundles,
    }
    target = MODELS / "provenance.json"
    target.write_text(json.dumps(provenance, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(bundles, indent=2))


if __name__ == "__main__":
    main()
