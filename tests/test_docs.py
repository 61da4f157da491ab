import re
import runpy
from pathlib import Path

import pytest
from test_architecture import DOORS

import posture
from posture.measuring.measures import MEASURES

ROOT = Path(__file__).parents[1]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
SAYS_WHAT_WAS = {"CHANGELOG.md", "docs/licences.md"}


def test_the_page_of_measures_is_the_registrys():
    """When this fails, run ``python tools/docs.py``."""
    page = runpy.run_path(str(ROOT / "tools" / "docs.py"))["page"]()
    assert (ROOT / "docs" / "measures.md").read_text(encoding="utf-8") == page
    assert all(measure.key in page for measure in MEASURES)


def test_words_of_the_screen_are_quoted_as_they_stand():
    """A page sets them in italics, with a capital; those of a menu and its page with a comma."""
    texts = {str(text) for text in runpy.run_path(str(ROOT / "tools" / "catalogs.py"))["texts"]()}
    wrong = []
    for page in ("README.md", "docs/capture.md", "docs/import.md", "docs/privacy.md"):
        text = " ".join((ROOT / page).read_text(encoding="utf-8").split())
        quoted = re.findall(r"(?<!\*)\*([A-Z][^*]*)\*(?!\*)", text)
        wrong += [
            (page, words)
            for words in quoted
            if words not in texts and not texts.issuperset(words.split(", "))
        ]
    assert wrong == []


def test_the_reference_has_the_whole_public_api():
    page = (ROOT / "docs" / "reference" / "index.md").read_text(encoding="utf-8")
    assert [name for name in posture.__all__ if f":: posture.{name}\n" not in page] == []


def test_every_door_is_on_the_plan_and_every_topic_of_decisions():
    plan = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    pages = (ROOT / "docs" / "decisions").glob("*.md")
    topics = [f"decisions/{path.name}" for path in pages if path.name != "index.md"]
    assert [door for door in DOORS if f"| `{door}/` |" not in plan] == []
    assert [topic for topic in topics if f"({topic})" not in plan] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_points_at_is_there(page):
    text = page.read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []
    if str(page.relative_to(ROOT)) not in SAYS_WHAT_WAS:
        files = re.findall(r"`([a-z_]+(?:/[a-z_]+)+\.(?:py|js|json|toml|md|sh))`", text)
        assert [file for file in files if not _stored(file)] == []


def _stored(file: str) -> bool:
    return any((folder / file).exists() for folder in (ROOT, ROOT / "posture"))
