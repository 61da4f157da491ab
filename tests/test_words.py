"""Interface text: messages as data, and catalogs that have every one of them."""

import html
import json
import pickle
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from posture.errors import PostureError
from posture.landmarks import Landmark, View
from posture.refine.markers import Marked, check_markers
from posture.ui import streamlit_words
from posture.words import (
    LANGUAGES,
    PLACEHOLDER,
    Message,
    Speech,
    in_sentence,
    message_from_json,
    messages_to_json,
    number_words,
    speaking,
    t,
    tn,
)  # fmt: skip

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))
import catalogs

OTHERS = sorted(set(LANGUAGES) - {"en"})
GERMAN = Speech("de")
VALUE = re.compile(r"(?<!\{)\{(\w+)(?:![rs])?(:[^{}]+)?\}(?!\})")


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_values_of_its_text(language):
    with files("posture").joinpath(f"locale/{language}.po").open("rb") as stream:
        messages = [message for message in read_po(stream) if message.id]
    assert len(messages) > 300
    for message in messages:
        several = [message.id, message.string] if message.pluralizable else None
        for text, told in zip(*(several or [[message.id], [message.string]]), strict=True):
            if told:
                wanted = set(PLACEHOLDER.findall(text))
                assert set(PLACEHOLDER.findall(told)) == wanted, text


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


def test_a_message_is_english_as_a_string_and_keeps_what_it_was_made_of():
    said = Message("The camera was tilted by {angle:.1f}°.", angle=2.26)
    assert said == "The camera was tilted by 2.3°."
    for again in (
        pickle.loads(pickle.dumps(said)),
        message_from_json(str(said), json.loads(json.dumps(messages_to_json([said, None, "x"])))),
    ):
        assert (again, again.text, again.values) == (said, said.text, {"angle": 2.26})
    assert message_from_json("An older record said this {v0}.", None).values == {}


def test_values_that_are_words_of_ours_are_translated_and_what_somebody_typed_is_not():
    said = Message(
        "{photo}: {view} {points} {error} {amount:.1f}",
        photo="right.jpg", view=View.RIGHT, amount=2.0,
        points=[Landmark.LEFT_EAR, "left ear"],
        error=PostureError(Message("not recorded")),
    )  # fmt: skip
    assert said == "right.jpg: right left ear, left ear not recorded 2.0"
    with speaking(GERMAN):
        assert t(said) == "right.jpg: rechts linkes Ohr, left ear nicht notiert 2,0"


def test_a_plural_follows_its_number():
    assert [tn("1 photo", "{n} photos", n) for n in (1, 2)] == ["1 photo", "2 photos"]
    with speaking(GERMAN):
        assert [tn("1 photo", "{n} photos", n) for n in (1, 2)] == ["1 Foto", "2 Fotos"]


def test_a_point_named_within_a_message_is_told_in_german():
    [issue] = check_markers(Marked({}, frozenset({Landmark.LEFT_PSIS})), View.POSTERIOR)
    with speaking(GERMAN):
        assert t(issue.message).startswith("Der Marker für linke SIPS ist teilweise verdeckt")


def test_errors_and_issues_carry_messages_that_are_written_out_where_they_are_said():
    """mypy holds the first half of it: an error takes a :class:`Message` and no other string."""
    assert not [f"{place}: {call}" for place, call in catalogs.not_written_out()]


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_of_every_error_and_issue_is_told_in_each_language(language):
    registry = list(catalogs.messages())
    assert len(registry) > 200
    english = []
    for text, plural in registry:
        values = {name: 2.0 if spec else "…" for name, spec in VALUE.findall(text)}
        said = Message(text, plural=plural, **values | ({"n": 2} if plural else {}))
        told = said.told(language)
        assert not VALUE.search(told.replace("{name", "")), told
        if told == said and any(map(str.isalpha, PLACEHOLDER.sub("", text))):
            english.append(text)
    assert not english


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
