"""The doors of the package, and that no import runs upward between them."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "posture"

GROUND = {
    "__init__", "edited", "entry", "errors", "files", "geometry", "hardening", "issues",
    "landmarks", "logs", "ranges", "templates", "words",
}  # fmt: skip
"""What may lie at the package's root: the ground that every door stands on. Anything else belongs
behind a door."""

DOORS = (
    "imaging", "pose", "refine", "measuring", "changes", "practice", "present", "records",
    "export", "report", "imports", "gate", "capture", "ui", "serve", "cli",
)  # fmt: skip
"""The doors from the ground up: each may import from those before it."""

OPENINGS = {"__init__", "entry"}
"""What stands at the root for those outside: the public API, and the script that Streamlit runs."""

FILES = sorted(PACKAGE.rglob("*.py"))


def test_the_root_holds_the_ground_alone():
    assert {file.stem for file in PACKAGE.glob("*.py")} == GROUND


def test_every_folder_with_code_is_a_door():
    assert {file.parent.name for file in PACKAGE.glob("*/__init__.py")} == set(DOORS)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_no_import_runs_upward(file):
    here = _door(file.relative_to(PACKAGE).parts)
    if here == "" and file.stem in OPENINGS:
        return
    above = DOORS[DOORS.index(here) + 1 :] if here else DOORS
    upward = [module for module in _imports(file) if module.split(".")[1] in above]
    assert not upward, f"{here or 'the root'} imports from a door above it"


def _door(parts: tuple[str, ...]) -> str:
    return parts[0] if len(parts) > 1 else ""


def _imports(file: Path) -> Iterator[str]:
    """Yield the package's modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.startswith("posture."))
        elif isinstance(node, ast.ImportFrom) and node.module == "posture":
            yield from (f"posture.{a.name}" for a in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("posture."):
            yield node.module


def test_no_two_classes_have_one_name():
    """A word means one thing. Functions may share a verb: their module says of what."""
    homes: dict[str, list[str]] = {}
    for file in FILES:
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes.setdefault(node.name, []).append(str(file.relative_to(PACKAGE)))
    assert {name: files for name, files in homes.items() if len(files) > 1} == {}
