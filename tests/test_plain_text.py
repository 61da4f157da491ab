"""What people typed, letter by letter, in whatever leaves the program; no language changes it."""

import io
import json
import re
import zipfile
from dataclasses import replace
from html.parser import HTMLParser

import pandas as pd
import pypdf
import pytest
from support.hostile_text import MARKS, SIGNS, UGLY, marked, ugly_record
from support.samples import open_store

from posture.export import tidy
from posture.export.portable import patient_zip
from posture.imports import read_table
from posture.practice import protocols, settings
from posture.practice.sot import OWN_SETTING, Stage, lines, standard_vocabulary, with_own
from posture.report import ReportOptions, comparison_report, to_html, to_pdf, visit_report
from posture.report.patient import summarise, summary_page
from posture.words import Message, Speech, speaking, t

GERMAN = Speech("de")
PRINTED = {
    "name", "number", "practitioner", "option", "label", "choice", "text", "protocol", "clothing",
    "stance", "practice", "address", "cell",
}  # fmt: skip


class Words(HTMLParser):
    """The words of a page, and the elements that they stand in."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.words, self.tags = "", set()
        self.feed(re.sub(r"(?s)<style>.*?</style>", "", page.decode()))

    def handle_data(self, data: str) -> None:
        self.words += data

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.add(tag)


def whole(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.fixture
def record(home):
    store = open_store(home)
    patient, _ = ugly_record(store)
    return store, patient


def test_a_report_sets_what_was_typed_letter_by_letter(record):
    store, patient = record
    history = list(store.visits.history(patient))
    person, visit = history[-1]
    fields = with_own(standard_vocabulary(), store.settings.get(OWN_SETTING))
    wanted = ReportOptions(settings.of(store.settings.get).letterhead, photos=False, note=True)
    moments = (history[0][1], Stage.PRE), (visit, Stage.PRE)
    story = summarise(moments, store.photos.get, hide_face=False, letterhead=wanted.letterhead)
    found = set()
    for document in (
        visit_report(person, visit, store.photos.get, fields, wanted),
        comparison_report(person, moments, store.photos.get, fields, wanted),
    ):
        page = Words(to_html(document))
        pages = pypdf.PdfReader(io.BytesIO(to_pdf(document))).pages
        for words in (page.words, " ".join(one.extract_text() for one in pages)):
            for mark in MARKS:
                if whole(rf"\* {mark}") in whole(words):
                    found.add(mark)
                    assert whole(marked(mark)) in whole(words), (mark, words)
        assert not page.tags & {"a", "b", "img", "em"}
    assert found == PRINTED
    told = Words(summary_page(story))
    assert marked("practice") in told.words
    assert not told.tags & {"a", "b", "script"}


def test_a_patients_whole_record_holds_what_was_typed(record):
    store, patient = record
    with zipfile.ZipFile(io.BytesIO(patient_zip(store, patient))) as archive:
        kept = json.loads(archive.read("patient.json"))
        notes = pd.read_csv(archive.open("notes.csv"), dtype=str, keep_default_na=False)
        names = archive.namelist()
    assert kept["patient"]["name"] == marked("name")
    assert kept["patient"]["remarks"] == f"{marked('remarks')}\n# second line"
    latest = kept["visits"][-1]
    assert latest["practitioner"] == marked("practitioner")
    assert latest["protocol"]["clothing"] == marked("clothing")
    assert latest["revisions"][-1]["reason"] == marked("reason")
    assert latest["notes"]["visit"]["plan"] == f"{marked('text')}\n# second line"
    values = set(notes["value"])
    assert {marked("option"), marked("choice"), f"{marked('text')}\n# second line"} <= values
    assert set(notes["patient_name"]) == {marked("name")}
    assert all(re.fullmatch(r"[\w./-]+", name) for name in names)


def test_a_csv_gives_back_what_was_typed(tmp_path):
    signs = [*SIGNS, UGLY, "-5", "+3,5", " =1+1", "\t=1", "'", "", "＝1"]
    data = tidy.to_csv(pd.DataFrame({"typed": signs, "n": range(len(signs))}))
    read = pd.read_csv(io.BytesIO(data), dtype=str, keep_default_na=False)["typed"].tolist()
    assert [tidy.as_typed(cell) for cell in read] == signs
    exactly = [sign for sign, cell in zip(signs, read, strict=True) if sign == cell]
    assert {"+", "-", "=", "@", "--", "->", "# x", "-5", "left", "'"} <= set(exactly)
    assert [cell for cell in read if cell.lstrip().startswith(("=H", "=1", "+ D", "- x"))] == []

    person = {"visited_at": "2019-05-07", "key": "shoulder_level", "value": 1}
    for number, sign in enumerate(SIGNS):
        file = tmp_path / f"{number}.csv"
        file.write_bytes(tidy.to_csv(pd.DataFrame([{"patient_name": sign, **person}])))
        assert read_table(file).visits[0].patient.name == sign.strip()


def test_no_language_changes_what_a_practice_typed():
    own = {
        "options": {"standing_sway": ["left", "Export"]},
        "fields": [{"label": "Export", "kind": "choice", "options": ["left", "both"]}],
    }
    fields = with_own(standard_vocabulary(), own)
    findings = {
        "standing_sway": "Export", "antalgic_lean": "left", "own_export": "left",
        "category": {"I": "left"}, "plan": "left", "gone": "left",
    }  # fmt: skip
    with speaking(GERMAN):
        told = dict(lines(findings, fields, t))
        assert told[t("Standing sway")] == "Export"
        assert told[t("Antalgic lean")] == "links"
        assert told["Export"] == told["gone"] == told[t("Plan")] == "left"
        assert "I links" in told.values()
        standard = protocols.standard()[0]
        mine = replace(standard, key="own-1", label="Export", stance="left")
        assert protocols.display_text(standard, standard.label) != standard.label
        assert protocols.display_text(mine, mine.label) == "Export"
        assert protocols.display_text(mine, mine.stance) == "left"
        empty = "{name} is empty (0 bytes). Copy it from the camera again."
        unusable = "The protocol {name} cannot be used: {wrong}."
        for said in (Message(empty, name="left"), Message(unusable, name="left", wrong="left")):
            assert t(said) != said
            assert "left" in t(said)


@pytest.mark.parametrize("typed", [*SIGNS, UGLY])
def test_braces_in_a_value_are_no_places_for_others(typed):
    with speaking(GERMAN):
        assert t("View of {photo}", photo=typed).endswith(typed)
        assert typed in t(f"{typed} is already among the photos of this visit.")
