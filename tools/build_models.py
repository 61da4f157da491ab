"""Build the pose bundles in ``posture/models/`` from the official npm package.

The Python wheels of MediaPipe hold no model, and the program downloads nothing at run time, so the
bundles are made once, here, from ``@mediapipe/pose`` and kept in the repository with the checksums
of what went in and what came out. The result is the same bytes on every run.

    python tools/build_models.py            # fetches the package with npm
    python tools/build_models.py FILE.tgz   # or takes the one already here
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

PACKAGE = "@mediapipe/pose@0.5.1675469404"
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
}
MODELS = Path(__file__).parents[1] / "posture" / "models"


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


def fetch(folder: Path) -> Path:
    """Fetch the npm package into the folder and return the path of its archive."""
    subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True)
    return next(folder.glob("*.tgz"))


def main() -> None:
    """Build both bundles and write their provenance beside them."""
    stand_in_for_the_compiled_helper()
    with tempfile.TemporaryDirectory() as scratch:
        archive = Path(sys.argv[1]) if len(sys.argv) > 1 else fetch(Path(scratch))
        with tarfile.open(archive) as package:
            sources = {
                name: package.extractfile(f"package/{name}").read()  # type: ignore[union-attr]
                for name in SOURCES
            }
    for name, content in sources.items():
        if sha256(content) != SOURCES[name]:
            sys.exit(
                f"{name} of {PACKAGE} is not the file this script was written for: "
                f"sha256 {sha256(content)}, expected {SOURCES[name]}"
            )

    detector = with_metadata(
        sources["pose_solution_packed_assets.data"], "PoseDetector", 127.5, 127.5
    )
    bundles = {}
    for variant in ("full", "heavy"):
        landmarks = with_metadata(
            sources[f"pose_landmark_{variant}.tflite"], "PoseLandmarks", 0, 255
        )
        path = MODELS / f"pose_landmarker_{variant}.task"
        write_bundle(
            path, {"pose_detector.tflite": detector, "pose_landmarks_detector.tflite": landmarks}
        )
        bundles[path.name] = sha256(path.read_bytes())
    provenance = {
        "package": PACKAGE,
        "licence": "Apache-2.0, Google LLC (MediaPipe)",
        "changes": "TensorFlow Lite metadata (input normalisation) added; weights unchanged",
        "sources": SOURCES,
        "bundles": bundles,
    }
    (MODELS / "provenance.json").write_text(
        json.dumps(provenance, indent=2) + "\n", encoding="utf-8"
    )
    print(json.dumps(bundles, indent=2))


if __name__ == "__main__":
    main()
