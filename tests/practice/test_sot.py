import pytest

from posture.practice.sot import (
    Stage,
    VocabularyError,
    lines,
    own_fields,
    standard_vocabulary,
    tidy,
    vocabulary,
    with_own,
)


def test_the_note_has_the_fields_of_the_method():
    keys = {field.key for field in standard_vocabulary()}
    assert keys >= {
        "category", "standing_sway", "antalgic_lean", "arm_fossa_test", "heel_tension",
        "crest_sign", "dollar_sign", "soto", "cervical_compaction", "short_leg", "rc_factors",
        "occipital_fibres", "cmrt", "sacral_base", "other_findings", "blocks", "pain",
        "oswestry_pct", "neck_disability_pct", "subjective", "objective", "assessment", "plan",
    }  # fmt: skip
    category = next(field for field in standard_vocabulary() if field.key == "category")
    assert category.options == ("I", "II", "III", "undetermined")
    assert set(category.stages) == {Stage.PRE, Stage.POST}


def test_categories_may_coexist_each_with_a_side():
    findings = tidy({"category": {"I": "left", "II": "right"}, "pain": 0, "plan": "  "})
    assert findings == {"category": {"I": "left", "II": "right"}, "pain": 0}
    assert next(lines(findings, standard_vocabulary()))[1] == "I left, II right"


def test_empty_is_not_recorded():
    empty = {"a": None, "b": "", "c": [], "d": {}, "e": [{}], "f": [{"x": None}], "g": {"p": None}}
    assert tidy(empty) == {}


def test_a_practice_extends_the_lists(tmp_path):
    (tmp_path / "sot.toml").write_text(
        '[[field]]\nkey="sacral_base"\nlabel="x"\ngroup="x"\nkind="choice"\noptions=["rotated"]\n'
        'stages=["pre"]\n[[field]]\nkey="own"\nlabel="Own"\ngroup="Own"\nkind="text"\n'
        'stages=["visit"]\n'
    )
    fields = {field.key: field for field in vocabulary(tmp_path)}
    assert fields["sacral_base"].options == ("+", "−", "neutral", "rotated")
    assert fields["own"].label == "Own"


@pytest.mark.parametrize("text", ["[[field]", '[[field]]\nkey="x"', '[[field]]\nkind="guess"'])
def test_a_broken_list_is_told(tmp_path, text):
    (tmp_path / "sot.toml").write_text(text)
    with pytest.raises(VocabularyError, match=r"sot\.toml"):
        vocabulary(tmp_path)


def test_old_findings_stay_readable():
    assert list(lines({"gone": "left"}, standard_vocabulary())) == [("gone", "left")]


def test_a_practices_own_words_widen_the_vocabulary():
    own = {
        "options": {"crest_sign": ["left", "both sides"]},
        "fields": [
            {"label": "Knee clunk", "kind": "choice", "options": ["yes", "no"]},
            {"label": "Steps", "kind": "number", "options": []},
        ],
    }
    fields = {field.key: field for field in with_own(standard_vocabulary(), own)}
    assert fields["crest_sign"].options == ("left", "right", "none", "both sides")
    assert fields["own_knee_clunk"].options == ("yes", "no")
    assert fields["own_steps"].kind == "number"
    assert with_own(standard_vocabulary(), {}) == standard_vocabulary()


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"label": "", "kind": "text", "options": []}, "needs a name"),
        ({"label": "Clunk", "kind": "choice", "options": ["yes"]}, "two options"),
    ],
)
def test_an_own_field_that_makes_no_sense_is_refused(row, words):
    with pytest.raises(VocabularyError, match=words):
        own_fields({"fields": [row]})
