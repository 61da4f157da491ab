"""Reports: what is in them, on which paper, and that nobody is recognised who should not be."""

import io
import re
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import cv2
import numpy as np
import pypdf
import pytest
import typst
from PIL import Image
from support.samples import SAMPLES, assessed

from posture.imaging.photo import load_photo
from posture.practice.settings import Letterhead, Paper
from posture.practice.sot import Stage, standard_vocabulary
from posture.present import phrases
from posture.present.faces import pixelated
from posture.records import Patient, PatientDetails, Visit
from posture.records.types import StoredPhoto
from posture.report import ReportOptions, comparison_report, to_html, to_pdf, visit_report
from posture.words import Speech, speaking

FIELDS = standard_vocabulary()
HEAD = Letterhead("Park Practice", "1 Park Road\nTown\n")
PERSON = Patient(
    "p", PatientDetails("Ada <Sample>", date(1980, 5, 4), 176.9, "A-7"), False, 2, None
)
GOLDEN = Path(__file__).parent / "report_page1.png"


def photos(photo_id: str) -> bytes:
    return (SAMPLES / photo_id).read_bytes()  # a photo's id is its file here


def visit(number: int, views: tuple[str, ...] = ("anterior", "left")) -> Visit:
    shown = tuple(
        StoredPhoto(name, found.photo_sha256, Stage.PRE, "image/jpeg", None, found)
        for view in views
        for name in [f"m1_visit{number}_{view}.jpg"]
        for found in [assessed(name, view)]
    )
    notes = {Stage.PRE: {"category": {"II": "left"}}, Stage.VISIT: {"plan": "Rest & walk"}}
    when = datetime(2026, 8 + number, 7, 9, 30)  # noqa: DTZ001
    return Visit(f"v{number}", "p", when, "Dr. B", shown, notes)


FIRST, LAST = visit(1), visit(3)


def comparison(wanted: ReportOptions):
    moments = (FIRST, Stage.PRE), (LAST, Stage.PRE)
    return comparison_report(PERSON, moments, photos, FIELDS, wanted)


def text_of(pdf: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


def images_of(pdf: bytes) -> list[Image.Image]:
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return [image.image for page in pages for image in page.images]


@pytest.mark.parametrize(
    ("paper", "size"), [(Paper.A4, (595, 842)), (Paper.LETTER, (612, 792))]
)  # points
def test_a_visit_on_paper(paper, size):
    pdf = to_pdf(visit_report(PERSON, FIRST, photos, FIELDS, ReportOptions(HEAD, note=True)), paper)
    box = pypdf.PdfReader(io.BytesIO(pdf)).pages[0].mediabox
    assert (round(box.width), round(box.height)) == size
    words = text_of(pdf)
    level = FIRST.photos[0].assessment.measurements[0]
    for part in (
        "Park Practice", "1 Park Road · Town", "Ada <Sample>", "4 May 1980", "Dr. B",
        "Shoulder level", phrases.found(level), phrases.amount(level.mdc, level.unit),
        "Line through both acromia", "II left", "Rest & walk", "How the photos were taken",
        "does not diagnose",
    ):  # fmt: skip
        assert part in words, part
    assert len(images_of(pdf)) == 2
    fonts = pypdf.PdfReader(io.BytesIO(pdf)).pages[0]["/Resources"]["/Font"].values()
    assert all("FontDescriptor" in str(f.get_object()["/DescendantFonts"][0].get_object())
               for f in fonts)  # fmt: skip


def test_a_comparison_has_both_photos_and_its_changes_first():
    pdf = to_pdf(comparison(ReportOptions(HEAD)))
    assert len(images_of(pdf)) == 4
    words = text_of(pdf)
    assert words.index("change") < words.index("within measuring error")
    assert "Rest & walk" not in words, "no note where none is wanted"
    page = to_html(comparison(ReportOptions(HEAD)))
    assert page.count(b"data:image/jpeg;base64,") == 4


def test_the_findings_of_all_stages_of_the_visits_shown_are_told():
    def noted(visit: Visit) -> Visit:
        return replace(visit, notes={s: {"plan": f"{s} of {visit.id}"} for s in Stage})

    one, other = noted(FIRST), noted(LAST)
    wanted = ReportOptions(HEAD, photos=False, note=True)
    first = [f"{stage} of v1" for stage in ("pre", "post", "visit")]
    last = [f"{stage} of v3" for stage in ("pre", "post", "visit")]
    for moments, expected in (
        (((one, Stage.PRE), (other, Stage.PRE)), first + last),
        (((one, Stage.PRE), (one, Stage.POST)), first),
    ):
        document = comparison_report(PERSON, moments, photos, FIELDS, wanted)
        told = [row[1] for s in document.sections for t in s.tables for row in t.rows]
        assert [words for words in told if " of v" in words] == expected


def test_of_front_and_back_the_better_one_is_stated_and_the_other_marked():
    both = ("anterior", "posterior")
    moments = (visit(1, both), Stage.PRE), (visit(3, both), Stage.PRE)
    report = comparison_report(PERSON, moments, photos, FIELDS, ReportOptions(HEAD, photos=False))
    tables = [section.tables[0] for section in report.sections[:2]]
    rows = [{row[0]: row for row in table.rows} for table in tables]
    marks = {"better seen in the anterior view", "better seen in the posterior view"}
    for measure in ("Head tilt", "Shoulder level", "Trunk shift"):
        assert len({seen[measure][-1] for seen in rows} & marks) == 1, measure
    for table in tables:
        assert not [table.rows[n] for n in table.strong if table.rows[n][-1] in marks]
    assert sum(row[-1] == "change" for table in tables for row in table.rows) >= 2


def test_html_stands_alone_and_takes_no_markup_from_anybody():
    page = to_html(visit_report(PERSON, FIRST, photos, FIELDS, ReportOptions(HEAD))).decode()
    assert "Ada &lt;Sample&gt;" in page
    assert "<Sample>" not in page
    addresses = re.findall(r"(?:src|href)=[\"']?([^\"' >]{0,30})|url\(", page)
    assert addresses
    assert all(address.startswith("data:image/") for address in addresses)
    assert "<script" not in page


@pytest.mark.parametrize("view", ["anterior", "left", "right", "posterior"])
def test_a_hidden_face_has_no_detail_and_the_body_is_untouched(view):
    name = f"m1_visit1_{view}.jpg"
    found, pixels = assessed(name, view), load_photo(SAMPLES / name).pixels
    hidden = pixelated(pixels, found.pose)
    changed = np.argwhere((hidden != pixels).any(axis=2))
    top, left = changed.min(axis=0)
    bottom, right = changed.max(axis=0)
    nose, hip = found.pose.points["nose"], found.pose.points["left_hip"]
    assert left < nose.x < right
    assert top < nose.y < bottom < hip.y
    x, y = round(nose.x), round(nose.y)
    around = hidden[y - 12 : y + 12, x - 12 : x + 12]
    assert len(np.unique(around.reshape(-1, 3), axis=0)) <= 4, "coarse squares, no features"


def test_a_face_that_is_not_found_takes_its_photo_out():
    wanted = ReportOptions(HEAD, hide_face=True)
    nobody = StoredPhoto(
        "bad_no_person.jpg", "x", Stage.PRE, "image/jpeg", None,
        assessed("bad_no_person.jpg", "anterior"),
    )  # fmt: skip
    alone = Visit("v", "p", FIRST.visited_at, "", (nobody,), {})
    document = visit_report(PERSON, alone, photos, FIELDS, wanted)
    assert not document.sections[0].pictures
    assert "left out" in document.sections[0].remarks[0]


def test_another_language_and_inches():
    with speaking(Speech("de", "in")):
        document = comparison(ReportOptions(HEAD))
    assert document.language == "de"
    cells = [c for s in document.sections for table in s.tables for row in table.rows for c in row]
    assert any(re.search(r"\d,\d in", cell) for cell in cells)
    assert not any(" mm" in cell for cell in cells if len(cell) < 20)


def test_the_first_page_looks_as_it_did(monkeypatch):
    """A golden picture; when the page is meant to change, delete it and run this again."""
    shown = []
    compiled = typst.compile

    def as_picture(inputs, **how):
        shown.extend(compiled(inputs, **{**how, "format": "png", "ppi": 60}))

    monkeypatch.setattr(typst, "compile", as_picture)
    to_pdf(comparison(ReportOptions(HEAD, hide_face=True)))
    assert len(shown) > 1
    page = cv2.imdecode(np.frombuffer(shown[0], np.uint8), cv2.IMREAD_COLOR)
    if not GOLDEN.exists():
        cv2.imwrite(str(GOLDEN), page)
        pytest.fail("The golden picture was made anew: look at it, then run the test again.")
    golden = cv2.imread(str(GOLDEN))
    assert page.shape == golden.shape
    # Blurred a little: another version of a decoder or font renderer may move a pixel's edge.
    off = cv2.absdiff(cv2.blur(page, (5, 5)), cv2.blur(golden, (5, 5)))
    foot = round(page.shape[0] * 0.94)  # has the day in it
    assert np.mean(off[:foot] > 40) < 0.01
