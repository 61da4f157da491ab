import runpy
from pathlib import Path

from posture.measuring.measures import MEASURES

ROOT = Path(__file__).parents[1]


def test_the_page_of_measures_is_the_registrys():
    """When this fails, run ``python tools/docs.py``."""
    page = runpy.run_path(str(ROOT / "tools" / "docs.py"))["page"]()
    assert (ROOT / "docs" / "measures.md").read_text(encoding="utf-8") == page
    assert all(measure.key in page for measure in MEASURES)


def test_every_room_is_on_the_plan():
    plan = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = [path.name for path in (ROOT / "posture").iterdir() if not path.name.startswith("_")]
    assert [room for room in rooms if f"`{room}" not in plan and room not in plan] == []
