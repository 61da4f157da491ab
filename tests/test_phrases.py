"""Values in words: the registry's own in English, and in other languages and inches."""

import re
from dataclasses import replace

import pytest

from posture import phrases
from posture.compare import (
    MISSING_AFTER,
    OTHER_METHOD,
    OTHER_VERTICAL,
    WHY_NOT,
    Change,
    Reason,
    Verdict,
    difference_words,
)
from posture.landmarks import View
from posture.measures import BY_KEY, MEASURES
from posture.measuring import Measurement
from posture.words import Speech, speaking

VALUES = (-12.34, -0.04, 0.0, 0.06, 2.06, 33.5)


def measurement(measure, value) -> Measurement:
    return Measurement(
        measure.key, measure.label, measure.unit, value, measure.words(value), 1.0, 2.0, "x:placed",
        None,
    )  # fmt: skip


def changed(measure, value) -> Change:
    return Change(
        measure.key, measure.label, measure.unit, None, None, value, None, 1.0, Verdict.CHANGE, None
    )


@pytest.mark.parametrize("measure", MEASURES, ids=lambda m: m.key)
@pytest.mark.parametrize("value", VALUES)
def test_english_and_millimetres_are_the_registrys_own_words(measure, value):
    assert phrases.found(measurement(measure, value)) == measure.words(value)
    assert phrases.difference(changed(measure, value)) == difference_words(measure, value)


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ("acromion:placed", "acromion, placed by hand"),
        ("c7:marker, asis:marker", "C7 + ASIS, skin markers"),
        ("hip:detected+refined, ankle:detected",
         "hip, automatic and automatic, refined; ankle, automatic"),
        ("imported:old", "imported (old)"),
        (None, ""),
    ],
)  # fmt: skip
def test_methods(method, words):
    assert phrases.method(method) == words


def test_a_method_that_shows_only_part_of_a_change_says_so(monkeypatch):
    rows = [
        {"measure": "hip_line", "view": "anterior", "method": "x:placed", "share": 0.23},
        {"measure": "shoulder_level", "view": "anterior", "method": "x:placed", "share": 0.98},
    ]
    monkeypatch.setattr("posture.uncertainty.table", lambda: {"follows": rows})
    said = {
        (key, view): phrases.how(measurement(BY_KEY[key], 2.0), view)
        for key in ("hip_line", "shoulder_level")
        for view in (View.ANTERIOR, View.POSTERIOR, None)
    }
    plain = "x, placed by hand"
    assert said.pop(("hip_line", View.ANTERIOR)) == f"{plain} (shows only 23% of a real change)"
    assert set(said.values()) == {plain}


def test_inches_are_shown_and_angles_stay():
    shift = next(m for m in MEASURES if m.key == "trunk_shift")
    level = next(m for m in MEASURES if m.key == "shoulder_level")
    with speaking(Speech("en", "in")):
        assert phrases.found(measurement(shift, -25.4)) == "to the right 1.0 in"
        assert phrases.amount(1.0, "mm") == "under 0.1 in"
        assert phrases.found(measurement(level, 2.06)) == "left higher 2.1°"


def test_german_has_its_own_words_and_comma():
    level = next(m for m in MEASURES if m.key == "shoulder_level")
    with speaking(Speech("de")):
        assert phrases.found(measurement(level, 2.06)) == "links höher 2,1°"


def test_why_two_do_not_compare_is_told_in_the_readers_language():
    level = next(m for m in MEASURES if m.key == "shoulder_level")

    def told(words: str, before: str = "", after: str = "") -> str:
        return phrases.why_not(replace(changed(level, 1.0), reason=Reason(words, before, after)))

    ways = OTHER_METHOD, "acromion:placed", "shoulder:detected"
    vertical = OTHER_VERTICAL, "levelled by the plumb line", "camera assumed level"
    assert "before: acromion, placed by hand; after: shoulder, " in told(*ways)
    with speaking(Speech("de")):
        assert "vorher: Akromion, von Hand gesetzt; nachher: " in told(*ways)
        assert "Lot" in told(*vertical)
        assert told(MISSING_AFTER, after="not measured") == "fehlt nachher: nicht gemessen"
        for words in WHY_NOT:
            assert not re.search(r"\b(before|after|the|is|not)\b", told(words)), words
