import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
SHOWN = {
    "measure_a_photo": ("Shoulder level: ", " ± ", ", from acromion:refined"),
    "compare_two_visits": ("Head tilt: ", ", change (", ", within measuring error ("),
    "photos_to_table": ("shoulder_level", "acromion:refined", "tragus:marker, acromion:marker"),
}


@pytest.mark.parametrize("name", sorted(path.stem for path in EXAMPLES.glob("*.py")))
def test_each_example_runs_as_it_stands(name, tmp_path):
    told = subprocess.run(
        [sys.executable, EXAMPLES / f"{name}.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert [words for words in SHOWN[name] if words not in told.stdout] == []
