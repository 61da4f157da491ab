"""What stands in the fields of a page, as the gate keeps it until it is sent."""

import json

import pytest

from posture.gate import unsent_fields
from posture.gate.unsent_fields import UnsentFields

TAB, OTHER = ("owner", "a" * 32), ("owner", "b" * 32)


def test_each_tab_has_its_own_fields_by_the_keys_of_the_pages():
    typing = UnsentFields()
    typing.put(TAB, json.dumps(["note-x-visit-plan", "Blocks"]))
    typing.put(TAB, json.dumps(["note-x-visit-plan", "Blocks, agai"]))
    typing.put(TAB, json.dumps(["add-name", "Ada"]))
    assert typing.text(TAB, "note.x.visit.plan") == "Blocks, agai"
    assert typing.text(OTHER, "note.x.visit.plan") is None
    typing.forget(TAB, "note.x.")
    assert typing.text(TAB, "note.x.visit.plan") is None
    assert typing.text(TAB, "add.name") == "Ada"
    for tab in (TAB, OTHER):
        typing.put(tab, json.dumps(["note-ada-1-plan", "rest"]))
    typing.forget_patient("ada")
    assert [typing.text(tab, "note.ada.1.plan") for tab in (TAB, OTHER)] == [None, None]
    assert typing.text(TAB, "add.name") == "Ada"
    typing.drop({TAB})
    assert typing.text(TAB, "add.name") is None


@pytest.mark.parametrize(
    "told",
    ["", "x", "[]", "[1]", '{"a": 1}', '["a", 1]', '[1, "a"]', '["a", "b", "c"]', "[" * 100_000,
     json.dumps(["a", "x" * (unsent_fields.MOST_LETTERS + 1)])],
)  # fmt: skip
def test_what_makes_no_sense_is_not_listened_to(told):
    typing = UnsentFields()
    typing.put(TAB, told)
    assert typing.text(TAB, "a") is None


def test_a_page_tells_of_so_many_fields_at_most():
    typing = UnsentFields()
    for number in range(unsent_fields.MOST_FIELDS + 1):
        typing.put(TAB, json.dumps([f"f{number}", "x"]))
    assert typing.text(TAB, f"f{unsent_fields.MOST_FIELDS - 1}") == "x"
    assert typing.text(TAB, f"f{unsent_fields.MOST_FIELDS}") is None


def test_it_goes_a_while_after_its_tab_was_closed(monkeypatch):
    typing = UnsentFields()
    typing.put(TAB, json.dumps(["a", "x"]))
    monkeypatch.setattr(unsent_fields, "LEFT_S", -1.0)
    typing.drop_left({OTHER})
    assert typing.text(TAB, "a") is None
