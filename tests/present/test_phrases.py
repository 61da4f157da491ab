"""Values and changes in words, whoever reads them, in each language and in inches."""

import re
from dataclasses import replace
from itertools import product

import pytest

from posture.changes.compare import (
    MISSING_AFTER,
    OTHER_METHOD,
    OTHER_VERTICAL,
    WHY_NOT,
    Change,
    Reason,
    Verdict,
)
from posture.landmarks import View
from posture.measuring.measures import BY_KEY, MEASURES
from posture.measuring.take import Measurement
from posture.present import phrases
from posture.report.patient import _told
from posture.report.patient_words import PATIENT_WORDS
from posture.words import LANGUAGES, Speech, speaking, t

MOVES = ((3.0, 5.0), (5.0, 3.0), (4.0, 0.0), (3.0, -2.0), (-3.0, -5.0), (-2.0, 3.0))
"""Before and after: more, less, to zero, across it, more on the other side, back across it."""

OFFSETS = ("forward_head_offset", "shoulder_protraction", "hip_offset", "knee_offset")
SHIFTS = ("head_shift", "trunk_shift", "pelvic_shift")
LEVELS = ("shoulder_level", "pelvic_obliquity", "hip_line", "head_tilt")
KNEES = ("knee_alignment_left", "knee_alignment_right")

CHANGES = {
    LEVELS: (
        ("2.0° more tilt", "2.0° less tilt", "4.0° less tilt", "right side up by 5.0°",
         "2.0° more tilt", "left side up by 5.0°"),
        ("2,0° mehr Neigung", "2,0° weniger Neigung", "4,0° weniger Neigung",
         "rechte Seite 5,0° weiter oben", "2,0° mehr Neigung", "linke Seite 5,0° weiter oben"),
    ),
    SHIFTS: (
        ("2 mm further left", "2 mm further right", "4 mm further right", "5 mm further right",
         "2 mm further right", "5 mm further left"),
        ("2 mm weiter links", "2 mm weiter rechts", "4 mm weiter rechts", "5 mm weiter rechts",
         "2 mm weiter rechts", "5 mm weiter links"),
    ),
    ("shoulder_pelvis_angle",): (
        ("2.0° more tilt relative to the pelvis", "2.0° less tilt relative to the pelvis",
         "4.0° less tilt relative to the pelvis",
         "right shoulder up by 5.0° relative to the pelvis",
         "2.0° more tilt relative to the pelvis",
         "left shoulder up by 5.0° relative to the pelvis"),
        ("2,0° mehr Neigung gegenüber dem Becken", "2,0° weniger Neigung gegenüber dem Becken",
         "4,0° weniger Neigung gegenüber dem Becken",
         "rechte Schulter gegenüber dem Becken 5,0° weiter oben",
         "2,0° mehr Neigung gegenüber dem Becken",
         "linke Schulter gegenüber dem Becken 5,0° weiter oben"),
    ),
    KNEES: (
        ("2.0° less straight", "2.0° straighter", "4.0° straighter", "5.0° towards varus",
         "2.0° less straight", "5.0° towards valgus"),
        ("2,0° weniger gerade", "2,0° gerader", "4,0° gerader", "5,0° in Richtung Varus",
         "2,0° weniger gerade", "5,0° in Richtung Valgus"),
    ),
    ("craniovertebral_angle",): (
        ("2.0° larger", "2.0° smaller", "4.0° smaller", "5.0° smaller", "2.0° smaller",
         "5.0° larger"),
        ("2,0° größer", "2,0° kleiner", "4,0° kleiner", "5,0° kleiner", "2,0° kleiner",
         "5,0° größer"),
    ),
    ("forward_head", "body_lean"): (
        ("2.0° further forward", "2.0° further back", "4.0° further back", "5.0° further back",
         "2.0° further back", "5.0° further forward"),
        ("2,0° weiter vorn", "2,0° weiter hinten", "4,0° weiter hinten", "5,0° weiter hinten",
         "2,0° weiter hinten", "5,0° weiter vorn"),
    ),
    OFFSETS: (
        ("2 mm further forward", "2 mm further back", "4 mm further back", "5 mm further back",
         "2 mm further back", "5 mm further forward"),
        ("2 mm weiter vorn", "2 mm weiter hinten", "4 mm weiter hinten", "5 mm weiter hinten",
         "2 mm weiter hinten", "5 mm weiter vorn"),
    ),
    ("pelvic_tilt",): (
        ("2.0° more anterior", "2.0° more posterior", "4.0° more posterior", "5.0° more posterior",
         "2.0° more posterior", "5.0° more anterior"),
        ("2,0° weiter anterior", "2,0° weiter posterior", "4,0° weiter posterior",
         "5,0° weiter posterior", "2,0° weiter posterior", "5,0° weiter anterior"),
    ),
}  # fmt: skip
"""What a practitioner reads of each move, in English and in German."""

PLACES = {
    LEVELS: ("3.0° left side higher", "2.0° right side higher", "level"),
    SHIFTS: ("3 mm to the left", "2 mm to the right", "centred"),
    ("shoulder_pelvis_angle",): (
        "3.0° higher on the left than the pelvis", "2.0° higher on the right than the pelvis",
        "parallel",
    ),
    KNEES: ("3.0° valgus", "2.0° varus", "straight"),
    ("craniovertebral_angle",): ("3.0°", "−2.0°", "0.0°"),
    ("forward_head",): ("3.0° forward", "2.0° backward", "vertical"),
    ("body_lean",): ("3.0° forward", "2.0° backward", "upright"),
    OFFSETS: ("3 mm forward", "2 mm backward", "in line"),
    ("pelvic_tilt",): ("3.0° anterior", "2.0° posterior", "level"),
}  # fmt: skip
"""What a practitioner reads of the values 3, -2 and 0."""

COMPARATIVES = re.compile(
    r"\b(further|up by|more|less|larger|smaller|straighter|towards"
    r"|weiter|mehr|weniger|größer|kleiner|gerader|Richtung)\b"
)


def measurement(measure, value) -> Measurement:
    return Measurement(
        measure.key, measure.label, measure.unit, value, 1.0, 2.0, "x:placed", None
    )  # fmt: skip


def changed(measure, before, after, method="x:placed") -> Change:
    return Change(
        measure.key, measure.label, measure.unit, measurement(measure, before),
        measurement(measure, after), after - before, 1.0, Verdict.CHANGE, None, method,
    )  # fmt: skip


@pytest.mark.parametrize("n", [0, 1], ids=["en", "de"])
def test_each_change_of_each_measure_in_words(n):
    told = {key: words[n] for keys, words in CHANGES.items() for key in keys}
    assert told.keys() == BY_KEY.keys()
    with speaking(Speech(("en", "de")[n])):
        for key, words in told.items():
            said = tuple(phrases.difference(changed(BY_KEY[key], *move)) for move in MOVES)
            assert said == words, key


def test_each_value_of_each_measure_in_words():
    told = {key: words for keys, words in PLACES.items() for key in keys}
    assert told.keys() == BY_KEY.keys()
    for key, words in told.items():
        found = [measurement(BY_KEY[key], value) for value in (3.0, -2.0, 0.04)]
        assert tuple(map(phrases.found, found)) == words, key
        with speaking(Speech("de", "in")):  # what programs read stays English and metric
            assert tuple(map(phrases.in_english, found)) == words, key


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_change_is_worded_as_a_place_whoever_reads_it(language):
    with speaking(Speech(language)):
        sides = [row.sides for row in MEASURES if row.sides]
        sides += [plain.sides for plain in PATIENT_WORDS.values()]
        size = r"\d+([.,]\d+)?(°| mm)"
        places = [
            phrases.position(each, sign, "SIZE").replace("SIZE", size)
            for each in sides
            for sign in (1, -1)
        ]
        places += [rf"^{t(each.zero)}$" for each in sides]
        for measure in MEASURES:
            for move, method in product(MOVES, ("x:placed", "x:registered")):
                change = changed(measure, *move, method)
                told = [phrases.difference(change)]
                if measure.key in PATIENT_WORDS:
                    told.append(_told(change).change)
                    assert told[1].endswith(t("{change} than before", change=""))
                for words in told:
                    assert COMPARATIVES.search(words), words
                    assert not [place for place in places if re.search(place, words)], words


def test_a_change_found_in_both_photos_tells_its_direction_and_no_values():
    tilt, offset = BY_KEY["head_tilt"], BY_KEY["forward_head_offset"]
    found = [changed(each, 95.0, 80.0, "x:registered") for each in (tilt, offset)]
    assert [phrases.difference(c) for c in found] == [
        "right side up by 15.0°", "15 mm further back",
    ]  # fmt: skip
    assert [phrases.both(c) for c in found] == ["", ""]
    assert phrases.both(changed(tilt, 3.8, 0.4)) == "3.8° left side higher → 0.4° left side higher"


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
    monkeypatch.setattr("posture.measuring.uncertainty.table", lambda: {"responsiveness": rows})
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
        assert phrases.found(measurement(shift, -25.4)) == "1.0 in to the right"
        assert phrases.amount(1.0, "mm") == "under 0.1 in"
        assert phrases.found(measurement(level, 2.06)) == "2.1° left side higher"


def test_german_has_its_own_words_and_comma():
    level = next(m for m in MEASURES if m.key == "shoulder_level")
    with speaking(Speech("de")):
        assert phrases.found(measurement(level, 2.06)) == "2,1° links höher"


def test_why_two_do_not_compare_is_told_in_the_readers_language():
    level = next(m for m in MEASURES if m.key == "shoulder_level")

    def told(words: str, before: str = "", after: str = "") -> str:
        return phrases.why_not(
            replace(changed(level, 0.0, 1.0), reason=Reason(words, before, after))
        )

    ways = OTHER_METHOD, "acromion:placed", "shoulder:detected"
    vertical = OTHER_VERTICAL, "levelled by the plumb line", "camera assumed level"
    assert "before: acromion, placed by hand; after: shoulder, " in told(*ways)
    with speaking(Speech("de")):
        assert "vorher: Akromion, von Hand gesetzt; nachher: " in told(*ways)
        assert "Lot" in told(*vertical)
        assert told(MISSING_AFTER, after="not measured") == "fehlt nachher: nicht gemessen"
        for words in WHY_NOT:
            assert not re.search(r"\b(before|after|the|is|not)\b", told(words)), words
