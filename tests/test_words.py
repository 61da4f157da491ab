"""Interface text: catalogs that fit their texts, and messages known again with values in them."""

import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from posture.words import LANGUAGES, PLACEHOLDER, Speech, number_words, speaking, t

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
        assert t("left higher") == "links höher"
        assert number_words(2.05, 1) == "2,0"
    assert t("left higher") == "left higher"


def test_a_message_with_its_values_in_it_is_known_again():
    said = "The camera was tilted by 2.3°. The angles are corrected; level it all the same."
    with speaking(GERMAN):
        assert t(said).startswith("Die Kamera war um 2.3° geneigt.")
        assert t("Nobody has ever said this {v0}.") == "Nobody has ever said this {v0}."


def test_every_catalog_has_every_text():
    """When this fails: ``python tools/catalogs.py``, then fill what is empty in posture/locale."""
    checked = subprocess.run(
        [sys.executable, "tools/catalogs.py", "--check"],
        cwd=Path(__file__).parent.parent, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout
