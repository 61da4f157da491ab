"""Interface text: catalogs that fit their texts, and messages known again with values in them."""

import html
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from posture.imaging.scene import Scene
from posture.landmarks import Landmark, View
from posture.refine.markers import Marked, check_markers
from posture.ui import streamlit_words
from posture.words import LANGUAGES, PLACEHOLDER, Speech, in_sentence, number_words, speaking, t

OTHERS = sorted(set(LANGUAGES) - {"en"})
GERMAN = Speech("de")


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_values_of_its_text(language):
    with files("posture").joinpath(f"locale/{language}.po").open("rb") as stream:
        messages = [message for message in read_po(stream) if message.id]
    assert len(messages) > 300
    for message in messages:
        if message.string:
            wanted = sorted(set(PLACEHOLDER.findall(message.id)))
            assert sorted(set(PLACEHOLDER.findall(message.string))) == wanted, message.id


def test_values_are_put_in_and_braces_without_values_stay():
    assert t("{n} of {all}", n=1, all=2) == "1 of 2"
    assert t("Write {name: [x, y]}.") == "Write {name: [x, y]}."


def test_german_where_it_is_spoken_and_only_there():
    with speaking(GERMAN):
        assert t("left side higher") == "links höher"
        assert number_words(2.05, 1) == "2,0"
    assert t("left side higher") == "left side higher"


def test_within_a_sentence_only_the_first_letter_is_small():
    with speaking(GERMAN):
        assert in_sentence(t("Before the adjustment")) == "vor der Behandlung"


def test_a_message_with_its_values_in_it_is_known_again():
    said = "The camera was tilted by 2.3°. The angles are corrected; level it all the same."
    with speaking(GERMAN):
        assert t(said).startswith("Die Kamera war um 2.3° geneigt.")
        assert t("Nobody has ever said this {v0}.") == "Nobody has ever said this {v0}."


@pytest.mark.parametrize(
    ("said", "german"),
    [
        ("the left psis is hidden", "verdeckt: linke SIPS"),
        ("Rows 3–5 are missing: removed.", "Die Zeilen 3–5 fehlen"),
        ("visit added", "Termin angelegt"),
    ],
)
def test_reasons_that_are_given_as_data_are_known_too(said, german):
    whole = next((text for text in _reasons() if text.startswith(said)), said)
    with speaking(GERMAN):
        assert german in t(whole)


def test_a_point_named_within_a_message_is_told_in_german():
    [issue] = check_markers(Marked({}, frozenset({Landmark.LEFT_PSIS})), View.POSTERIOR)
    with speaking(GERMAN):
        assert t(issue.message).startswith("Der Marker für linke SIPS ist teils verdeckt")


def test_every_reason_of_the_samples_is_told_in_german():
    reasons = set(_reasons())
    assert len(reasons) > 5
    with speaking(GERMAN):
        assert [reason for reason in reasons if t(reason) == reason] == []


def _reasons() -> Iterator[str]:
    """Yield why the samples miss values, and what is wrong with them."""
    yield Scene().no_scale
    for file in (Path(__file__).parent / "snapshots").glob("*.json"):
        kept = json.loads(file.read_text(encoding="utf-8"))
        yield from (row["reason"] for row in kept["measurements"] if row["reason"])
        yield from (issue["message"] for issue in kept["issues"])


def test_every_catalog_has_every_text():
    """When this fails: ``python tools/catalogs.py``, then fill what is empty in posture/locale."""
    checked = subprocess.run(
        [sys.executable, "tools/catalogs.py", "--check"],
        cwd=Path(__file__).parent.parent, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout


def test_streamlits_own_words_go_to_the_page_in_its_language():
    def told() -> dict[str, str]:
        [table] = re.findall('data-words="(.*?)"', streamlit_words.words())
        return json.loads(html.unescape(table))

    assert told() == {}
    with speaking(GERMAN):
        assert told()["Fullscreen"] == "Ganzer Bildschirm"
        assert all(ours.count("{}") == theirs.count("{}") for theirs, ours in told().items())
