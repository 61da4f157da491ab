import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image
from support.samples import SAMPLES

from posture.cli import choices
from posture.landmarks import View
from posture.pose.models import Model
from posture.practice.settings import Paper
from posture.records import Role
from posture.refine.markers import HUES
from posture.words import LANGUAGES

GOOD = str(SAMPLES / "m1_visit1_anterior.jpg")


def posture(*arguments, env=None) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "posture.cli", *map(str, arguments)],
        capture_output=True, text=True, env=env, check=False, timeout=300,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--help"], ["assess", "demo"]),
        (["assess", "--help"], ["--height-cm", "Exit code 0"]),
        (["--version"], ["posture 0."]),
    ],
)
def test_help_answers_without_the_heavy_libraries(arguments, words):
    """Nor without what is only middling, such as Rich and pydantic: together they cost most."""
    watch = (
        "import sys\n"
        "from posture.cli.main import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit as end: assert end.code == 0\n"
        "print('LOADED', *sorted({name.split('.')[0] for name in sys.modules}))\n"
        "print('OURS', *sorted(name for name in sys.modules if name.startswith('posture.')))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", watch, *arguments], capture_output=True, text=True, check=True
    )
    assert all(word in run.stdout for word in words)
    *_, loaded, ours = run.stdout.splitlines()
    heavy = {
        "PIL", "alembic", "babel", "cryptography", "cv2", "jinja2", "mediapipe", "numpy", "pandas",
        "pydantic", "rich", "sqlalchemy", "starlette", "streamlit", "typst",
    }  # fmt: skip
    assert not heavy & set(loaded.split())
    doors = {name.split(".")[1] for name in ours.split()[1:]}
    assert doors <= {"cli", "hardening", "ranges"}


def test_choices_are_those_of_the_library():
    for choice, known in (
        (choices.ViewChoice, {*View, "auto"}),
        (choices.MarkerChoice, {*HUES, "none"}),
        (choices.ModelChoice, {*Model, "auto"}),
        (choices.RoleChoice, set(Role)),
        (choices.LanguageChoice, set(LANGUAGES)),
    ):
        assert {str(one) for one in choice} == {str(one) for one in known}
    assert {one.name for one in choices.PaperChoice} == {one.name for one in Paper}


def test_json_has_the_agreed_shape_and_nothing_else_is_printed():
    run = posture("assess", GOOD, SAMPLES / "bad_no_person.jpg", "--view", "anterior",
                  "--height-cm", 176.9, "--json")  # fmt: skip
    assert run.returncode == 1  # the second could not be measured, the first still is
    first, second = json.loads(run.stdout)
    assert set(first) == {
        "photo", "view", "view_source", "image_size", "scene", "landmarks", "measurements",
        "issues",
    }  # fmt: skip
    assert (first["photo"], first["view"], first["view_source"]) == (
        "m1_visit1_anterior.jpg", "anterior", "given",
    )  # fmt: skip
    assert first["image_size"] == [1000, 1500]
    assert set(first["scene"]) == {
        "roll_deg", "vertical_source", "mm_per_px", "scale_source", "pitch_deg", "yaw_deg"
    }  # fmt: skip
    assert set(first["landmarks"]["left_shoulder"]) == {"x", "y", "spread", "source"}
    shoulders = first["measurements"][0]
    assert set(shoulders) == {
        "key", "label", "value", "unit", "words", "sd", "mdc", "method", "reason",
    }  # fmt: skip
    assert shoulders["words"].endswith("° right side higher")
    assert shoulders["value"] < 0
    assert shoulders["sd"] > 0
    obliquity = next(m for m in first["measurements"] if m["key"] == "pelvic_obliquity")
    assert obliquity["value"] is None
    assert "place both ASIS" in obliquity["reason"]
    assert [issue["code"] for issue in second["issues"]] == ["nobody"]


def test_files_that_are_no_photos_keep_their_place(tmp_path):
    letter = tmp_path / "letter.jpg"
    letter.write_text("Dear sir")
    run = posture("assess", letter, GOOD, tmp_path / "none.jpg", "--json")
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    found = [
        (entry["photo"], [i["code"] for i in entry["issues"]]) for entry in json.loads(run.stdout)
    ]
    assert found == [
        ("letter.jpg", ["not_an_image"]),
        ("m1_visit1_anterior.jpg", []),
        ("none.jpg", ["unreadable"]),
    ]


def test_one_photos_trouble_takes_no_other_ones_result(tmp_path):
    """A point outside one photo, no room for another one's overlay, a fault in drawing a third."""
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        (tmp_path / name).write_bytes(Path(GOOD).read_bytes())
    points = tmp_path / "points.json"
    points.write_text(json.dumps({"a.jpg": {"c7": [5000, 10]}}))
    drawn = tmp_path / "drawn"
    (drawn / "b_overlay.png").mkdir(parents=True)
    broken = (
        "import posture.present.overlay as draw\n"
        "real = draw.overlay\n"
        "draw.overlay = lambda p, a: max([]) if a.photo == 'c.jpg' else real(p, a)\n"
        "from posture.cli.main import app\n"
        "app()\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", broken, "assess", "--fast", "--view", "anterior", "--json",
         "--points", str(points), "--overlay", str(drawn),
         *(str(tmp_path / name) for name in ("a.jpg", "b.jpg", "c.jpg"))],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    found = {entry["photo"]: entry for entry in json.loads(run.stdout)}
    assert [issue["code"] for issue in found["a.jpg"]["issues"]] == ["points"]
    assert all(found[name]["measurements"][0]["value"] for name in ("b.jpg", "c.jpg"))
    assert "a.jpg: not measured. The point C7" in run.stderr
    assert "b.jpg: no overlay." in run.stderr
    assert "b_overlay.png is a folder" in run.stderr
    assert "c.jpg: no overlay. A fault in the program (ValueError" in run.stderr


def test_table_csv_overlay_and_points(tmp_path):
    points = tmp_path / "points.json"
    points.write_text(json.dumps({
        "left_asis": [582, 730], "asis_right": [412, 739],
        "plumb_top": [900, 100], "plumb_bottom": [900, 1400],
    }))  # fmt: skip
    csv, overlay = tmp_path / "out.csv", tmp_path / "out.png"
    run = posture("assess", GOOD, "--view", "anterior", "--height-cm", 176.9, "--points", points,
                  "--csv", csv, "--overlay", overlay)  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert "levelled by the plumb line" in run.stdout.replace("\n", "")
    frame = pd.read_csv(csv).set_index("key")
    assert frame.loc["pelvic_obliquity", "method"] == "asis:placed"
    assert frame.loc["pelvic_obliquity", "value"] == pytest.approx(3.03, abs=0.01)
    assert frame.loc["pelvic_obliquity", "words"] == "3.0° left side higher"
    assert frame.loc["shoulder_level", "vertical_source"] == "plumb_line"
    assert Image.open(overlay).size[1] == 1400


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((GOOD, "--view", "front"), "anterior"),
        ((GOOD, "--model", "lite"), "heavy"),
        ((GOOD, "--json", "--csv", "x.csv"), "cannot be combined"),
        ((GOOD, "--height-cm", "1.77"), "centimetres"),
        ((GOOD, "--points", "none.json"), "There is no file"),
        ((), "Missing argument"),
    ],
)
def test_wrong_use_exits_with_2(arguments, message):
    run = posture("assess", *arguments)
    assert run.returncode == 2
    assert message in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not json", "is not JSON"),
        ("[1, 2]", "not contain a JSON object"),
        ('{"left_knuckle": [1, 2]}', "is not a landmark"),
        ('{"c7": [1]}', "must be [x, y]"),
        ('{"c7": [1, "2"]}', "must be [x, y]"),
        ('{"plumb_top": [1, 2]}', "needs both"),
        ('{"other.jpg": {"c7": [1, 2]}}', "not one of the photos"),
    ],
)
def test_points_files_that_make_no_sense(tmp_path, text, message):
    points = tmp_path / "points.json"
    points.write_text(text)
    run = posture("assess", GOOD, "--points", points)
    assert run.returncode == 2
    assert message in run.stderr


def test_points_outside_the_photo_are_wrong_use(tmp_path):
    points = tmp_path / "points.json"
    points.write_text('{"c7": [5000, 10]}')
    run = posture("assess", GOOD, "--points", points)
    assert run.returncode == 2
    assert "lies outside" in run.stderr
