"""Every page from the entry point: empty, with data, and when something is wrong."""

import errno
import io
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import altair as alt
import pytest
import streamlit as st
from PIL import Image
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.lib import image_utils
from streamlit.testing.v1 import AppTest
from support.app_pages import ALL, APP, go_to
from support.samples import SAMPLES, assessed, kept_photos, open_store, with_consent

from posture.landmarks import Landmark, Source
from posture.measuring.amend import Edits, amended
from posture.measuring.steps import Steps, edits_to_json
from posture.practice import settings
from posture.practice.protocols import standard
from posture.practice.settings import Practice
from posture.practice.sot import Stage
from posture.records import Correction, NewPhoto, NewVisit, PatientDetails, Role, drafts
from posture.records.audit import Action
from posture.records.database import Database, not_saved
from posture.records.erasure import RemovalReason
from posture.records.sessions import OWNER, Sessions
from posture.records.visits import Visits
from posture.ui import browser_tab, session
from posture.ui.measure_queue import queue
from posture.ui.point_editing import PointEditing
from posture.words import Speech, speaking, t

NAME = "m1_visit1_anterior.jpg"


def opened(page: str, **state) -> AppTest:
    """Return a page as a user sees it who came there with this session's state."""
    app = AppTest.from_file(str(APP), default_timeout=120)
    app.session_state["session_id"] = getattr(session.live(), "id", None)
    for key, value in state.items():
        app.session_state[key] = value
    app.run()
    if page != "patients":
        go_to(app, page).run()
    return app


def brought(app: AppTest, *files: str | tuple[str, bytes]) -> AppTest:
    """Upload files, samples where only named, and return the page once they are measured."""
    given = [(f, (SAMPLES / f).read_bytes()) if isinstance(f, str) else f for f in files]
    app.file_uploader[0].set_value([(name, data, "image/jpeg") for name, data in given]).run()
    assert not app.exception
    return measured(app)


def measured(app: AppTest) -> AppTest:
    """Return the page once nothing waits to be measured."""
    assert queue.wait(120)
    app.run()
    assert not app.exception
    return app


def press(app: AppTest, label: str) -> AppTest:
    """Press the button whose words begin so."""
    next(b for b in app.button if b.label.startswith(label)).click()
    app.run()
    assert not app.exception
    return app


def text(app: AppTest) -> str:
    """Return all words on the page."""
    parts = [
        element.value
        for kind in (
            "title",
            "subheader",
            "markdown",
            "caption",
            "info",
            "warning",
            "error",
            "text",
        )
        for element in getattr(app, kind)
    ]
    parts += [button.label for button in app.button]
    parts += [str(table.value.to_dict()) for table in app.table]
    return "\n".join(parts)


@pytest.fixture
def record(home):
    """Return a store with one patient, her two visits, and their ids."""
    store = open_store(home)
    patient = with_consent(store, PatientDetails("Ada *Sample*", height_cm=176.9))
    visits = []
    for number in (1, 3):
        name = f"m1_visit{number}_anterior.jpg"
        photo = NewPhoto(
            (SAMPLES / name).read_bytes(), Stage.PRE, assessed(name, "anterior"), "image/jpeg"
        )
        when = datetime(2026, 8 + number, 7, 9, 0)  # noqa: DTZ001
        notes = {Stage.PRE: {"category": {"II": "right"}, "pain": number}}
        visits.append(store.visits.save(NewVisit(patient, when, "Dr. B", (photo,), notes)))
    return store, patient, visits


def test_these_are_all_pages():
    known = opened("patients")._registered_pages.values()
    assert {each["url_pathname"] or "patients" for each in known} == set(ALL)


@pytest.mark.parametrize("page", ALL)
def test_empty(page, home):
    app = opened(page)
    assert not app.exception
    assert page in ("audit", "settings") or app.info, "an empty page says what to do"
    assert home.exists()


@pytest.mark.parametrize("page", ALL)
def test_patient_without_visits(page, home):
    patient = open_store(home).patients.add(PatientDetails("Ada"))
    app = opened(page, patient_id=patient)
    assert not app.exception
    assert page in ("patients", "audit", "privacy", "settings") or app.info


@pytest.mark.parametrize("page", ALL)
def test_with_data(page, record):
    _, patient, visits = record
    app = opened(page, patient_id=patient, visit_id=visits[0])
    assert not app.exception
    assert not app.error


@pytest.mark.parametrize("page", ALL)
def test_a_record_that_cannot_be_opened(page, home):
    home.write_text("in the way")
    app = opened(page)
    assert not app.exception
    assert ["cannot be opened" in error.value for error in app.error] == [True]


def test_visit_reads_back_with_units_sides_and_methods(record):
    _, patient, visits = record
    words = text(opened("visit", patient_id=patient, visit_id=visits[0]))
    assert re.search(r"4\.\d° right side higher", words)
    assert "acromion, automatic, refined" in words
    assert "II right" in words
    assert "not pelvic obliquity" in words
    assert "place both ASIS" in words


def test_a_lost_photo_is_told_and_the_rest_is_shown(record):
    store, patient, visits = record
    for path in (store.home / "photos").rglob("*"):
        if path.is_file():
            path.unlink()
    app = opened("visit", patient_id=patient, visit_id=visits[0])
    assert not app.exception
    assert "is missing" in app.error[0].value
    assert re.search(r"4\.\d° right side higher", text(app))


def test_what_takes_time_says_so_meanwhile_and_once(record, monkeypatch):
    store, patient, visits = record
    said = []

    def heard(kind, name, real):
        def speak(*args, **options):
            said.append(f"{name} {args[-1] if args else ''}")
            return real(*args, **options)

        monkeypatch.setattr(kind, name, speak)

    for name in ("skeleton", "spinner", "progress"):
        heard(st, name, getattr(st, name))
    heard(DeltaGenerator, "caption", DeltaGenerator.caption)
    app = opened("visit", patient_id=patient, visit_id=visits[0])
    assert [words for words in said if words.startswith("skeleton")] == ["skeleton "]
    said.clear()
    app.run()
    assert [words for words in said if words.startswith(("skeleton", "spinner"))] == []

    go_to(app, "compare").run()
    assert "spinner Comparing ..." in said
    waiting = [n for n, words in enumerate(said) if "Aligning the photos" in words]
    assert len(waiting) == 2
    assert any("Aligned at" in words for words in said[waiting[-1] :])
    said.clear()
    app.run()
    assert not any("..." in words for words in said)

    go_to(app, "new_visit").run()
    brought(app, NAME)
    store.patients.update(patient, PatientDetails("Ada", height_cm=170.0))
    said.clear()
    app.run()
    assert any(words.startswith("progress") for words in said)
    measured(app)


def test_compare_calls_a_change_a_change(record):
    _, patient, _ = record
    app = opened("compare", patient_id=patient)
    changed, within = (table.value.set_index("Measure") for table in app.table[:2])
    assert set(changed.index[:2]) == {"Shoulder level, anterior", "Head tilt, anterior"}
    assert re.match(
        r"\*\*[\d.]+° (less|more) tilt\*\*: [\d.]+° right side higher → [\d.]+° right side higher "
        r"|\*\*left side up by [\d.]+°\*\*: [\d.]+° right side higher → ",
        changed.loc["Shoulder level, anterior", "Difference"],
    )
    assert "Left knee alignment, anterior" in within.index
    assert "Left knee alignment, anterior" not in changed.index


def test_what_another_view_tells_better_is_folded_away(record):
    def page():
        from support.samples import assessed

        from posture.changes.compare import compare
        from posture.landmarks import View
        from posture.ui import display

        pairs = [[assessed(f"m1_visit{n}_{view}.jpg", view) for n in (1, 3)] for view in
                 (View.ANTERIOR, View.POSTERIOR)]  # fmt: skip
        display.changes([(pair[0].view, change) for pair in pairs for change in compare(*pair)])

    app = AppTest.from_function(page, default_timeout=120).run()
    assert not app.exception
    stated = [row for table in app.main.table[:1] for row in table.value["Measure"]]
    [folded] = [one for one in app.expander if one.label.startswith("Better seen in another view")]
    back = list(folded.table[0].value["Measure"])
    assert "Head tilt, posterior" in back
    assert "Head tilt, anterior" in stated
    assert not set(stated) & set(back)
    assert all("better seen in the" in words for words in folded.table[0].value["Difference"])


def test_history_draws_a_chart_for_each_measure(record):
    _, patient, _ = record
    app = opened("history", patient_id=patient)
    assert [s.value for s in app.subheader][:2] == ["Shoulder level", "Head tilt"]
    app.multiselect[0].set_value(["trunk_shift"]).run()
    assert [s.value for s in app.subheader] == ["Trunk shift", "Pain and notes"]


def test_a_picture_goes_to_the_browser_as_it_was_drawn(record, monkeypatch):
    """Streamlit would make a wider one smaller again and again, at each run of the page."""
    _, patient, visits = record
    made = []
    to_bytes = image_utils._pil_to_bytes
    monkeypatch.setattr(
        image_utils,
        "_pil_to_bytes",
        lambda *given, **how: made.append(1) or to_bytes(*given, **how),
    )
    app = opened("visit", patient_id=patient, visit_id=visits[0])
    [drawn] = app.session_state["previews"].values()
    assert Image.open(io.BytesIO(drawn)).width == image_utils.MAXIMUM_CONTENT_WIDTH
    assert made == []


def test_charts_are_made_once_and_again_when_a_visit_was_corrected(record, monkeypatch):
    store, patient, visits = record
    made = []
    to_dict = alt.LayerChart.to_dict
    monkeypatch.setattr(
        alt.LayerChart, "to_dict", lambda self, **how: made.append(1) or to_dict(self, **how)
    )
    app = opened("history", patient_id=patient)
    drawn, first = len(app.get("vega_lite_chart")), len(made)
    assert drawn == 5  # four measures, and pain with the notes
    assert first >= drawn
    app.run()
    app.multiselect[0].set_value(["shoulder_level"]).run()
    assert len(made) == first
    store.revisions.correct(visits[0], Correction("later", practitioner="Dr. C"), seen=1)
    app.run()
    assert len(made) > first


def test_names_are_shown_as_written(record):
    _, patient, _ = record
    assert opened("patient", patient_id=patient).title[0].value == r"Ada \*Sample\*"


def test_add_edit_archive_and_bring_back(home):
    app = opened("patients")
    app.text_input(key="add.name").set_value("Ada")
    app.number_input(key="add.height").set_value(170.0)
    next(b for b in app.button if b.label == "Add patient").click()
    app.run()
    store = open_store(home)
    [ada] = store.patients.find()
    assert (ada.details.name, ada.details.height_cm) == ("Ada", 170)

    app = opened("patient", patient_id=ada.id)
    app.text_input(key=f"edit.{ada.id}.name").set_value("Ada L.")
    next(b for b in app.button if b.label == "Save details").click()
    app.run()
    assert store.patients.get(ada.id).details.name == "Ada L."
    next(b for b in app.button if b.label == "Archive this patient").click()
    app.run()
    assert store.patients.find() == []

    app = opened("patients")
    app.toggle(key="show_archived").set_value(True).run()
    app.button(key=f"back.{ada.id}").click().run()
    assert [p.id for p in store.patients.find()] == [ada.id]


def test_a_long_list_is_turned_page_by_page(home, monkeypatch):
    store = open_store(home)
    for number in range(30):
        store.patients.add(PatientDetails(f"Patient {number:02}"))
    names = lambda app: [m.value for m in app.markdown if m.value.startswith("**Patient")]  # noqa: E731
    app = opened("patients")
    assert len(names(app)) == 25
    next(b for b in app.button if b.label == "More patients").click()
    app.run()
    assert [n.strip("*") for n in names(app)] == [f"Patient {n}" for n in range(25, 30)]
    app.text_input(key="search").set_value("patient 07").run()
    assert [n.strip("*") for n in names(app)] == ["Patient 07"]


def test_add_without_a_name_is_refused(home):
    app = opened("patients")
    next(b for b in app.button if b.label == "Add patient").click()
    app.run()
    assert "needs a name" in app.error[0].value
    assert open_store(home).patients.find() == []


def test_new_visit_by_upload(home):
    store = open_store(home)
    patient = with_consent(store, PatientDetails("Ada", height_cm=176.9))
    app = opened("new_visit", patient_id=patient)
    data = (SAMPLES / NAME).read_bytes()
    brought(app, NAME, ("letter.jpg", b"Dear sir"), ("again.jpg", data))
    refused = [error.value for error in app.error]
    assert any("letter.jpg is not a readable image" in message for message in refused)
    assert any("already has this photo" in message for message in refused)
    assert re.search(r"4\.\d° right side higher", text(app))

    app.number_input(key=next(n.key for n in app.number_input if n.key.endswith("pre.pain")))\
        .set_value(6.0).run()  # fmt: skip
    next(b for b in app.button if b.label == "Save visit").click()
    app.run()
    assert not app.exception
    [visit] = store.visits.of(patient)
    saved = store.visits.get(visit.id)
    assert saved.notes == {Stage.PRE: {"pain": 6}}
    assert saved.photos[0].assessment.measurements == tuple(
        m for m in assessed(NAME, None).measurements
    )
    assert store.photos.get(saved.photos[0].id) == data


def test_a_disk_that_fills_at_discard_or_save_neither_loses_nor_doubles_the_visit(
    home, monkeypatch
):
    store = open_store(home).acting_as(OWNER)
    patient = with_consent(store, PatientDetails("Ada", height_cm=176.9))
    app = opened("new_visit", patient_id=patient)

    def pain(value: float | None = None) -> float | None:
        field = next(n for n in app.number_input if n.key.endswith("pre.pain"))
        if value is not None:
            field.set_value(value).run()
        return field.value

    def full(*_, **__):
        raise not_saved(OSError(errno.ENOSPC, "no room"))

    brought(app, NAME)
    pain(6.0)
    with monkeypatch.context() as disk:
        disk.setattr(Database, "writing", full)
        pain(7.0)
        press(app, "Discard")
        assert any("the disk is full" in error.value for error in app.error)
    app.run()
    assert pain() == 7
    assert [one.data["notes"]["pre"] for one in store.drafts.of_kind("visit")] == [{"pain": 7}]

    with monkeypatch.context() as disk:
        save = Visits.save

        def then_full(*args, **options):
            saved = save(*args, **options)
            disk.setattr(Database, "writing", full)
            return saved

        disk.setattr(Visits, "save", then_full)
        press(app, "Save visit")
        assert not any("could not be saved" in error.value for error in app.error)
    assert len(store.visits.of(patient)) == 1
    assert store.drafts.of_kind("visit") == []


def test_a_refusal_is_not_shown_on_another_patients_page(home):
    store = open_store(home)
    one, other = (with_consent(store, PatientDetails(name)) for name in ("Ada", "Bea"))
    app = opened("new_visit", patient_id=one)
    brought(app, ("ada.jpg", b"Dear sir"))
    assert any("ada.jpg" in error.value for error in app.error)
    app.session_state["patient_id"] = other
    app.run()
    assert not any("ada.jpg" in error.value for error in app.error)


def test_correcting_the_view_measures_again(home):
    patient = with_consent(open_store(home), PatientDetails("Ada"))
    app = opened("new_visit", patient_id=patient)
    brought(app, NAME)
    view = next(box for box in app.selectbox if box.label.startswith("View of"))
    assert view.value == "anterior"
    view.set_value("posterior").run()
    measured(app)
    assert any("looks like the anterior view" in warning.value for warning in app.warning)


def test_an_unsaved_visit_survives_a_look_at_another_page(home):
    patient = open_store(home).patients.add(PatientDetails("Ada"))
    app = opened("new_visit", patient_id=patient)
    plan = next(area for area in app.text_area if area.key.endswith("visit.plan"))
    plan.set_value("again in a week").run()
    go_to(app, "patient").run()
    go_to(app, "new_visit").run()
    plan = next(area for area in app.text_area if area.key.endswith("visit.plan"))
    assert plan.value == "again in a week"


def test_adding_to_a_visit(record):
    store, patient, visits = record
    app = opened("visit", patient_id=patient, visit_id=visits[0])
    next(b for b in app.button if b.label.startswith("Add photos")).click()
    app.run()
    go_to(app, "new_visit").run()
    assert app.title[0].value == "Add to a visit"
    name = "m1_visit2_anterior.jpg"
    brought(app, name)
    next(b for b in app.button if b.label == "Save visit").click()
    app.run()
    assert not app.exception
    saved = store.visits.get(visits[0])
    assert [photo.stage for photo in saved.photos] == [Stage.PRE, Stage.POST]
    assert saved.notes == {Stage.PRE: {"category": {"II": "right"}, "pain": 1}}


def test_photos_outlive_the_session_as_measured_and_go_when_saved(home, monkeypatch):
    store = open_store(home)
    patient = with_consent(store, PatientDetails("Ada", height_cm=176.9))
    mine = store.acting_as(OWNER)
    app = opened("new_visit", patient_id=patient)
    names = [f"m1_visit1_{view}.jpg" for view in ("anterior", "left", "right")]
    brought(app, *names)
    press(app, "Remove")
    assert len(kept_photos(mine)) == 2
    press(app, "Put back")
    assert len(kept_photos(mine)) == 3
    [b for b in app.button if b.label == "Remove"][-1].click()  # the same one again
    app.run()
    photo = app.session_state["drafts"][patient].photos[0]
    photo.edits = Edits({Landmark.LEFT_ASIS: (500.25, 900.5)}, checked=True)
    photo.assessment = amended(photo.assessment, photo.edits)
    app.run()

    with monkeypatch.context() as patch:
        patch.setattr(queue, "ask", lambda *_: pytest.fail("measured again"))
        app = opened("new_visit", patient_id=patient)
    views = [box for box in app.selectbox if box.label.startswith("View of")]
    assert sorted(box.value for box in views) == ["left", "right"]
    found = {p.name: p for p in app.session_state["drafts"][patient].photos}[names[1]]
    assert found.edits == photo.edits
    assert found.assessment.measurements == photo.assessment.measurements
    assert found.assessment.view_source == "guessed"

    store.patients.update(patient, PatientDetails("Ada", height_cm=188.0))
    app = measured(opened("new_visit", patient_id=patient))
    again = {p.name: p for p in app.session_state["drafts"][patient].photos}[names[1]]
    assert again.edits == photo.edits
    assert again.assessment.measurements != photo.assessment.measurements

    assert len(kept_photos(mine)) == 2
    next(b for b in app.button if b.label == "Save visit").click()
    app.run()
    assert not app.exception
    [visit] = store.visits.of(patient)
    saved = {p.assessment.photo: p for p in store.visits.get(visit.id).photos}
    assert store.photos.get(saved[names[1]].id) == (SAMPLES / names[1]).read_bytes()
    assert saved[names[1]].assessment.pose.points[Landmark.LEFT_ASIS].source is Source.PLACED
    assert mine.drafts.of_kind("visit") == []
    assert kept_photos(mine) == {}


def test_files_that_came_are_kept_before_they_are_measured(home, monkeypatch):
    store = open_store(home)
    patient = with_consent(store, PatientDetails("Ada", height_cm=176.9))
    mine = store.acting_as(OWNER)
    names = [f"m1_visit1_{view}.jpg" for view in ("anterior", "left", "right")]
    files = [(name, (SAMPLES / name).read_bytes(), "image/jpeg") for name in names]
    files.insert(1, ("letter.jpg", b"no photo at all", "image/jpeg"))
    app = opened("new_visit", patient_id=patient)
    with monkeypatch.context() as patch:  # the process ends before the first is measured
        patch.setattr(queue, "ask", lambda *_: None)
        patch.setattr(drafts, "MOST_PHOTOS", 3)
        app.file_uploader[0].set_value(files).run()
    assert [row["waiting"] for row in kept_photos(mine).values()] == [True] * 3

    app = measured(opened("new_visit", patient_id=patient))
    views = [box for box in app.selectbox if box.label.startswith("View of")]
    assert [box.value for box in views] == ["anterior", "left"]
    assert [error.value.split(":")[0] for error in app.error] == [
        "m1\\_visit1\\_right.jpg", "letter.jpg"
    ]  # fmt: skip
    rows = kept_photos(mine)
    assert {row["name"] for row in rows.values()} == {names[0], names[1]}
    assert all(row["assessment"] for row in rows.values())


def test_two_tabs_of_a_user_neither_mix_nor_lose_what_they_write(home, monkeypatch):
    store = open_store(home)
    ada, bea = (with_consent(store, PatientDetails(name)) for name in ("Ada", "Bea"))

    def tab(name: str, *closed: str) -> None:
        """Go to a browser tab, after others were closed."""
        gate = Sessions(store)
        gate.tabs_seen([(OWNER.name, name)])
        for gone in closed:
            gate.tab_left(OWNER.name, gone)
        monkeypatch.setattr(browser_tab, "name", lambda: name)

    def plan(app: AppTest):
        return next(area for area in app.text_area if area.key.endswith("visit.plan"))

    tab("one")
    one = opened("new_visit", patient_id=ada, place_known=True)
    plan(one).set_value("said in the first tab").run()
    brought(one, NAME)
    tab("two")
    two = opened("new_visit", patient_id=ada, place_known=True)
    assert plan(two).value == ""
    assert not any(box.label.startswith("View of") for box in two.selectbox)
    assert any("unsaved visit open elsewhere" in info.value for info in two.info)
    assert "Resume" not in text(two)  # its tab is open
    plan(two).set_value("said in the second").run()
    other = opened("new_visit", patient_id=bea, place_known=True)
    assert plan(other).value == ""
    plan(other).set_value("about Bea").run()
    tab("one")
    again = opened("new_visit", patient_id=ada, place_known=True)
    assert plan(again).value == "said in the first tab"
    assert any(box.label == f"View of {session.plain(NAME)}" for box in again.selectbox)

    # The first tab is closed: what it wrote is offered, and what this one wrote is left in turn
    tab("two", "one")
    offered = opened("patients")
    assert "An unsaved visit of **Ada**" in text(offered)
    assert "Bea" not in "".join(m.value for m in offered.markdown if "unsaved" in m.value)
    two = press(opened("new_visit", patient_id=ada, place_known=True), "Resume")
    go_to(two, "new_visit").run()
    assert plan(two).value == "said in the first tab"
    assert any(box.label == f"View of {session.plain(NAME)}" for box in two.selectbox)
    assert "An unsaved visit of **Ada**" in text(two)

    # The closed tab's page was only cut off: it says so, and keeps its words apart
    tab("one")
    plan(again).set_value("and more in the first").run()
    assert any("in another tab" in warning.value for warning in again.warning)
    assert plan(again).value == "and more in the first"
    mine = store.acting_as(OWNER)
    plans = sorted(one.data["notes"]["visit"]["plan"] for one in mine.drafts.of_kind("visit"))
    assert plans == [
        "about Bea", "and more in the first", "said in the first tab", "said in the second",
    ]  # fmt: skip
    tab("two")
    press(two, "Save visit")
    assert "said in the second" in str([one.data for one in mine.drafts.of_kind("visit")])
    [visit] = store.visits.of(ada)
    assert store.visits.get(visit.id).notes == {Stage.VISIT: {"plan": "said in the first tab"}}
    assert len(store.visits.get(visit.id).photos) == 1
    two = press(opened("patients"), "Discard")
    assert "unsaved visit of **Ada** from" not in text(two)

    # For a day what was discarded can be had back, by whoever discarded it
    assert "said in the second" not in str([one.data for one in mine.drafts.of_kind("visit")])
    two = press(opened("patients"), "Restore")
    go_to(two, "new_visit").run()
    assert plan(two).value == "said in the second"
    assert "discarded" not in text(two)
    press(two, "Discard")
    assert plan(two).value == ""
    assert "An unsaved visit of **Ada**, discarded" in text(two)


def test_a_correction_of_points_outlives_the_page_and_ends_when_given_up(record, monkeypatch):
    store, patient, visits = record
    monkeypatch.setattr(browser_tab, "name", lambda: "one")
    first, second = Edits({Landmark.C7: (400.0, 300.0)}), Edits({Landmark.C7: (410.0, 300.0)})

    def in_the_editor(**state) -> PointEditing:
        page = "points" if state else "visit"
        app = opened(page, patient_id=patient, visit_id=visits[0], place_known=True, **state)
        if not state:
            next(b for b in app.button if b.label == "Correct points").click()
            app.run()
        assert not app.exception
        return app.session_state["point_editing"]

    editing = in_the_editor()
    at = {"visit": visits[0], "photo": editing.photo_id}
    steps = Steps((edits_to_json(Edits()), edits_to_json(first)), ())
    editing.take(second, settled=True, steps=steps)
    for found in (in_the_editor(desk_at=at), in_the_editor()):  # loaded anew, and left
        assert (found.edits, found.steps) == (second, steps)
        assert found.now.pose.points[Landmark.C7].x == 410.0
        assert "were restored" in found.notice
    monkeypatch.setattr(browser_tab, "name", lambda: "two")
    Sessions(store).tabs_seen([(OWNER.name, "one")])
    assert in_the_editor().steps == Steps()  # its tab is open
    Sessions(store).tab_left(OWNER.name, "one")
    found = in_the_editor()
    assert found.edits == second
    found.discard()
    assert in_the_editor().edits == Edits()
    app = opened("visit", patient_id=patient, visit_id=visits[0], place_known=True)
    press(app, "Restore the discarded correction")
    found = app.session_state["point_editing"]
    assert (found.edits, found.steps) == (second, steps)
    store.acting_as(OWNER).drafts.drop(found.draft)
    assert in_the_editor().edits == Edits()
    found.take(second, settled=True, steps=steps)
    correction = Correction("moved", assessments={editing.photo_id: amended(editing.found, first)})
    store.revisions.correct(visits[0], correction, seen=1)
    assert "were discarded" in in_the_editor().notice


def test_what_is_added_after_the_adjustment_is_beside_what_was_saved(record):
    store, patient, visits = record
    app = press(opened("visit", patient_id=patient, visit_id=visits[0]), "Add photos")
    go_to(app, "new_visit").run()

    def number(app: AppTest, stage: str):
        return next((n for n in app.number_input if n.key.endswith(f"{stage}.pain")), None)

    assert number(app, "pre") is None  # saved: shown, and changed by a correction only
    assert "Pain now, 0 to 10" in text(app)
    number(app, "post").set_value(40.0).run()
    said = app.error[0].value.replace("\\", "")
    assert said == "Pain now, 0 to 10: 40 is not between 0 and 10."
    save = next(b for b in app.button if b.label == "Save visit")
    assert save.disabled
    assert any("40 is not between" in c.value.replace("\\", "") for c in app.caption)
    number(app, "post").set_value(2.0).run()
    name = "m1_visit2_anterior.jpg"
    press(brought(app, name), "Save visit")

    # More of the same stage, and of the whole visit, a second and a third time
    for label, words in (("Plan", "again in two weeks"), ("Subjective", "feels lighter")):
        app = press(opened("visit", patient_id=patient, visit_id=visits[0]), "Add photos")
        go_to(app, "new_visit").run()
        assert number(app, "post") is None
        next(a for a in app.text_area if a.label == label).set_value(words).run()
        press(app, "Save visit")
    now = store.visits.get(visits[0])
    assert now.notes == {
        Stage.PRE: {"category": {"II": "right"}, "pain": 1},
        Stage.POST: {"pain": 2},
        Stage.VISIT: {"plan": "again in two weeks", "subjective": "feels lighter"},
    }
    assert [photo.stage for photo in now.photos] == [Stage.PRE, Stage.POST]

    # Compared from there it is this visit, before and after; from the overview the first and last
    app = press(opened("visit", patient_id=patient, visit_id=visits[0]), "Compare")
    go_to(app, "compare").run()
    pair = [app.selectbox(key=f"compare_{when}").value for when in ("before", "after")]
    assert pair == [0, 1]
    app = press(opened("patient", patient_id=patient), "Compare visits")
    go_to(app, "compare").run()
    assert [app.selectbox(key=f"compare_{when}").value for when in ("before", "after")] == [0, 2]


def test_a_visit_is_removed_with_a_reason(record, signed_in):
    store, patient, visits = record
    app = opened("visit", patient_id=patient, visit_id=visits[0])
    assert app.button(key="remove_visit").disabled
    app.selectbox(key="remove_visit.why").select(RemovalReason.TWICE).run()
    app.button(key="remove_visit").click().run()
    assert not app.exception
    assert [visit.id for visit in store.visits.of(patient)] == [visits[1]]
    [told] = store.audit.entries(action=Action.ERASED)
    assert told.detail["reason"] == "it was saved twice"
    assert "visit_id" not in app.session_state
    signed_in(Role.ASSISTANT)
    app = opened("visit", patient_id=patient, visit_id=visits[1])
    assert "Remove permanently" not in text(app)


def test_what_cannot_be_right_is_said_and_not_saved(home):
    store = open_store(home)
    app = opened("patients")
    app.text_input(key="add.name").set_value("Ada Sample")
    app.number_input(key="add.height").set_value(7.0)
    for day, words in (
        ("1980-02-31", "1980-02-31 is not a day"), ("2030-01-01", "in the future"),
        ("1850-01-01", "before 1900"), ("31/1/80", "not a date"),
    ):  # fmt: skip
        app.text_input(key="add.born").set_value(day)
        press(app, "Add patient")
        said = [error.value.replace("\\", "") for error in app.error]
        assert any(words in one for one in said), said
        assert any("7 cm cannot be right" in one for one in said)
    assert store.patients.find() == []
    app.text_input(key="add.born").set_value("29.2.1980")
    app.number_input(key="add.height").set_value(170.0)
    press(app, "Add patient")
    [ada] = store.patients.find()
    assert (ada.details.date_of_birth, ada.details.height_cm) == (date(1980, 2, 29), 170)

    # The same once more: asked first
    app = opened("patients")
    app.text_input(key="add.name").set_value("sample, ada")
    press(app, "Add patient")
    assert "Is this the same patient?" in text(app)
    assert len(store.patients.find()) == 1
    press(app, "Back to the form")
    assert "Is this the same patient?" not in text(app)
    press(app, "Add patient")
    press(app, "Different patient")
    assert len(store.patients.find()) == 2

    app = opened("new_visit", patient_id=ada.id)
    save = lambda: next(b for b in app.button if b.label == "Save visit")  # noqa: E731
    assert "Nothing to save yet" in text(app)
    next(area for area in app.text_area if area.key.endswith("visit.plan")).set_value("rest").run()
    assert not save().disabled
    day = next(field for field in app.text_input if field.label == "Date")
    for typed, words in (
        ("2030-01-01", "in the future"), ("2026-02-30", "not a day"), ("", "needs its date"),
        ("1979-01-01", "born on 1980"),
    ):  # fmt: skip
        day.set_value(typed).run()
        assert save().disabled
        assert words in text(app).replace("\\", ""), typed
    day.set_value("2026-09-07").run()
    save().click().run()
    assert [visit.visited_at.date() for visit in store.visits.of(ada.id)] == [date(2026, 9, 7)]

    app = opened("privacy")
    app.number_input(key="idle_minutes").set_value(500).run()
    assert "500 is not between 1 and 120" in app.error[0].value
    assert store.settings.get("idle_minutes") != 500


def test_adding_to_a_visit_asks_before_it_drops_another_unsaved_one(record):
    store, patient, visits = record
    mine = store.acting_as(OWNER)
    app = opened("new_visit", patient_id=patient)
    name = "m1_visit2_anterior.jpg"
    brought(app, name)

    app = opened("visit", patient_id=patient, visit_id=visits[0])
    press(app, "Add photos")
    assert any("not saved yet" in warning.value for warning in app.warning)
    assert len(kept_photos(mine)) == 1
    press(app, "Go to the unsaved visit")
    go_to(app, "new_visit").run()
    assert app.title[0].value == "New visit"
    assert any(box.label == f"View of {session.plain(name)}" for box in app.selectbox)

    go_to(app, "visit").run()
    press(app, "Add photos")
    press(app, "Discard it and add")
    go_to(app, "new_visit").run()
    assert app.title[0].value == "Add to a visit"
    assert not any(box.label == f"View of {session.plain(name)}" for box in app.selectbox)
    assert kept_photos(mine) == {}
    press(app, "Discard")
    assert app.title[0].value == "New visit"


def test_consent_is_asked_before_the_first_photo_and_can_be_withdrawn(home):
    store = open_store(home)
    patient = store.patients.add(PatientDetails("Ada"))
    app = opened("new_visit", patient_id=patient)
    assert app.file_uploader[0].disabled
    app.checkbox(key=f"teaching.{patient}").check()
    next(b for b in app.button if b.label == "The patient consents").click()
    app.run()
    assert not app.exception
    assert not app.file_uploader[0].disabled
    assert [consent.scope for consent in store.consents.of(patient)] == ["record", "teaching"]

    app = opened("patient", patient_id=patient)
    app.button(key="withdraw.record").click().run()
    assert not store.consents.holds(patient)
    assert "withdrawn" in text(app)
    assert opened("new_visit", patient_id=patient).file_uploader[0].disabled


def test_views_are_guessed_and_confirmed_and_the_protocol_is_kept(home):
    store = open_store(home)
    patient = with_consent(store, PatientDetails("Ada", height_cm=176.9))
    store.settings.save("protocol", "quick")
    app = opened("new_visit", patient_id=patient)
    names = [f"m1_visit1_{view}.jpg" for view in ("anterior", "left")]
    brought(app, *names)
    views = [box for box in app.selectbox if box.label.startswith("View of")]
    assert [box.value for box in views] == ["anterior", "left"]
    next(b for b in app.button if b.label == "Views are right").click()
    app.run()
    assert "Views are right" not in text(app)
    next(b for b in app.button if b.label == "Save visit").click()
    app.run()
    assert not app.exception
    visit = store.visits.get(store.visits.of(patient)[0].id)
    assert visit.protocol.key == "quick"
    assert {photo.assessment.view_source for photo in visit.photos} == {"given"}


def test_a_practices_own_protocol_is_added_used_and_removed(home):
    store = open_store(home)
    patient = with_consent(store, PatientDetails("Ada"))

    def form(do: str, name: str = "") -> AppTest:
        app = opened("settings")
        if name:
            app.selectbox(key="protocol_base").select(name).run()
        else:
            next(box for box in app.text_input if box.label == "Name").set_value("Near, once")
            next(n for n in app.number_input if n.label == "Camera distance (m)").set_value(2.5)
        next(b for b in app.button if b.label == do).click()
        app.run()
        assert not app.exception
        return app

    app = opened("settings")
    next(b for b in app.button if b.label == "Add as own protocol").click()
    app.run()
    assert "it needs a name" in app.error[0].value

    form("Add as own protocol")
    [kept] = store.settings.get("protocols")
    assert (kept["label"], kept["distance_m"], kept["repeats"]) == (
        "Near, once",
        2.5,
        3,
    )
    app = opened("new_visit", patient_id=patient)
    protocol = next(box for box in app.selectbox if box.label == "Protocol")
    protocol.select("Near, once").run()
    assert "camera 2.5 m away" in text(app)
    form("Remove permanently", "Near, once")
    assert store.settings.get("protocols") == []


def test_comparing_other_protocols_warns(record):
    store, patient, visits = record
    near = replace(standard()[0], distance_m=2.0)
    last = store.visits.get(visits[-1])
    given = NewPhoto((SAMPLES / NAME).read_bytes(), Stage.PRE, assessed(NAME, "anterior"), "")
    for days, protocol in ((1, standard()[0]), (2, near)):
        when = last.visited_at + timedelta(days)
        store.visits.save(NewVisit(patient, when, photos=(given,), protocol=protocol))
    app = opened("compare", patient_id=patient)
    assert any("it has no protocol" in warning.value for warning in app.warning)
    app.selectbox(key="compare_before").select_index(2).run()
    assert any("camera distance: 3 m before, 2 m after" in w.value for w in app.warning)


def test_without_a_session_a_page_shows_nothing(record, signed_in):
    _, patient, visits = record
    signed_in(None)
    app = opened("patients", patient_id=patient, visit_id=visits[0])
    assert "has ended" in app.info[0].value
    assert "Ada" not in text(app)
    assert "patient_id" not in app.session_state


def test_another_persons_session_finds_nothing_of_the_one_before(record, signed_in):
    _, patient, _ = record
    app = opened("patient", patient_id=patient)
    assert app.session_state["patient_id"] == patient
    signed_in(Role.ASSISTANT)
    app.run()
    assert "patient_id" not in app.session_state


OWNERS = {"audit", "backup", "import", "privacy", "settings", "users"}
HIDDEN = {
    Role.PRACTITIONER: OWNERS,
    Role.ASSISTANT: OWNERS | {"export", "report"},
    Role.READER: OWNERS | {"export", "report"},
}


@pytest.mark.parametrize("role", HIDDEN)
@pytest.mark.parametrize("page", ALL)
def test_every_page_for_every_role(page, role, record, signed_in):
    _, patient, visits = record
    signed_in(role)
    if page in HIDDEN[role]:
        with pytest.raises(ValueError, match="Could not find"):
            opened(page, patient_id=patient, visit_id=visits[0])
        return
    app = opened(page, patient_id=patient, visit_id=visits[0])
    assert not app.exception
    assert not app.error
    assert app.title or page == "patient_view", "every page has a heading"  # it is HTML there
    words = text(app)
    changing = {"Save visit", "Add patient", "Save details", "Archive this patient", "New visit"}
    assert role is not Role.READER or not changing & {button.label for button in app.button}
    assert role is not Role.ASSISTANT or "II right" not in words


def test_the_audit_page_names_patients_of_today_and_verifies(record):
    store, _, visits = record
    store.visits.get(visits[0])
    app = opened("audit")
    shown = app.dataframe[0].value
    assert "Ada *Sample*" in set(shown["Patient"])
    assert {"seen", "changed", "consent"} <= set(shown["Action"])
    next(b for b in app.button if b.label == "Verify").click()
    app.run()
    assert "no tampering found" in app.success[0].value
    app.selectbox[0].set_value(Action.CONSENT).run()
    assert set(app.dataframe[0].value["Action"]) == {"consent"}


def test_the_programs_own_words_are_in_the_practices_language(record):
    store, patient, visits = record
    correction = Correction("later", practitioner="Dr. C")
    store.acting_as(OWNER).revisions.correct(visits[0], correction, seen=1)
    store.settings.save(settings.SETTING, settings.to_json(Practice(speech=Speech("de"))))
    with speaking(Speech("de")):
        revisions, who, made_by = t("Revisions of this visit"), t("Who"), t(OWNER.name)
    assert made_by != OWNER.name
    visit = opened("visit", patient_id=patient, visit_id=visits[0])
    assert visit.selectbox(key="revision").label == revisions != "Revisions of this visit"
    assert made_by in visit.selectbox(key="revision").options[0].split(" · ")
    found = set(opened("audit").dataframe[0].value[who])
    assert made_by in found
    assert OWNER.name not in found


def test_users_are_invited_and_changed(home):
    store = open_store(home)
    app = opened("users")
    app.text_input(key="invite.email.0").set_value("Ola@Clinic.example")
    app.selectbox(key="invite.role").set_value(Role.OWNER)
    next(b for b in app.button if b.label == "Invite").click()
    app.run()
    [ola] = store.users.all()
    assert (ola.email, ola.role) == ("ola@clinic.example", Role.OWNER)
    app.toggle(key=f"active.{ola.id}").set_value(False).run()
    assert "There must be an owner" in app.error[0].value
    assert store.users.all() == [ola]


def test_privacy_settings_retention_and_erasure(record):
    store, patient, visits = record
    app = opened("privacy", patient_id=patient, visit_id=visits[0])
    app.number_input(key="idle_minutes").set_value(5).run()
    assert store.settings.get("idle_minutes") == 5
    app.number_input(key="retention_years").set_value(1).run()
    assert store.settings.get("retention_years") == 1
    app.selectbox(key="erase_whom").set_value(patient).run()
    erase = lambda: next(b for b in app.button if b.label == "Erase permanently")  # noqa: E731
    assert erase().disabled
    app.text_input(key="erase_typed").set_value("Ada *Sample*").run()
    erase().click().run()
    assert not app.exception
    assert store.patients.find() == []
    assert "patient_id" not in app.session_state


def test_settings_are_kept_and_used(record):
    store, patient, visits = record
    app = opened("settings")
    app.selectbox(key="set_language").select("de").run()
    with speaking(Speech("de")):
        keep_head, keep_room, level = (
            t("Save letterhead"),
            t("Save room set-up"),
            t("Shoulder level"),
        )
    with speaking(Speech("de")):  # AppTest asks the page's words here, outside its run
        app.selectbox(key="set_lengths.de").select("in").run()
        app.text_input(key="set_name").input("Praxis am Park")
        app.button(key=f"FormSubmitter:letterhead-{keep_head}").click().run()
        app.number_input(key="set_poster").set_value(800.0)
        app.selectbox(key="set_markers.de").select("none")
        app.button(key=f"FormSubmitter:room-{keep_room}").click().run()
        assert not app.exception
    kept = settings.of(store.settings.get)
    assert kept.speech == Speech("de", "in")
    assert kept.letterhead.name == "Praxis am Park"
    assert (kept.setup.poster_mm, kept.markers) == (800.0, "none")
    words = text(opened("visit", patient_id=patient, visit_id=visits[0]))
    assert level in words
    assert re.search(r"\d,\d in nach (links|rechts)", words)


def test_an_import_is_looked_at_before_it_is_done(record, tmp_path):
    store, _, _ = record
    folder = tmp_path / "old" / "Bea Old" / "2019-05-07"
    folder.mkdir(parents=True)
    (folder / "front.jpg").write_bytes((SAMPLES / NAME).read_bytes())
    (folder / "notes.txt").write_text("x")
    before = store.patients.counts()
    app = opened("import")
    app.text_input("import_source").set_value(str(tmp_path / "old")).run()
    look = next(b for b in app.button if b.label == "Preview")
    look.click().run()
    assert "no consent" in app.dataframe[0].value["Why"].str.cat()
    assert not [b for b in app.button if b.label == "Import"]
    app.text_input("import_consented").set_value("2019-05-07").run()
    next(b for b in app.button if b.label == "Preview").click().run()
    assert "**1** photos" in text(app)
    assert app.dataframe[0].value["Why"].tolist() == ["not a photo, judging by its file name"]
    assert store.patients.counts() == before
    next(b for b in app.button if b.label == "Import").click().run(timeout=60)
    assert "Imported **1** photos" in text(app)
    assert store.patients.counts() == (before[0] + 1, before[1] + 1)


def test_a_correction_of_the_note_outlives_the_page_and_ends_when_given_up(record, monkeypatch):
    store, patient, visits = record
    monkeypatch.setattr(browser_tab, "name", lambda: "one")

    def come() -> AppTest:
        return opened("visit", patient_id=patient, visit_id=visits[0], place_known=True)

    def field(app: AppTest, label: str):
        return next(f for f in (*app.text_input, *app.text_area) if f.label == label)

    app = press(come(), "Correct this visit")
    assert store.acting_as(OWNER).drafts.parts(f"note.{visits[0]}") == {}  # nothing was typed
    field(app, "Reason for correction").set_value("a slip of the pen").run()
    field(app, "Plan").set_value("heel lift").run()
    for again in (come(), come()):
        assert field(again, "Reason for correction").value == "a slip of the pen"
        assert field(again, "Plan").value == "heel lift"
    again = press(press(come(), "Discard correction"), "Correct this visit")
    assert field(again, "Reason for correction").value == ""
    save = next(b for b in again.button if b.label == "Save correction")
    assert save.disabled
    assert "needs a reason" in text(again)
    again = press(press(again, "Discard correction"), "Restore the discarded correction")
    assert field(again, "Reason for correction").value == "a slip of the pen"
    assert field(again, "Plan").value == "heel lift"
    again = press(press(again, "Discard correction"), "Correct this visit")
    assert field(again, "Plan").value != "heel lift"
    field(again, "Reason for correction").set_value("a slip of the pen").run()
    field(again, "Plan").set_value("heel lift").run()
    press(again, "Save correction")
    assert store.visits.get(visits[0]).notes[Stage.VISIT]["plan"] == "heel lift"
    assert store.acting_as(OWNER).drafts.parts(f"note.{visits[0]}") == {}


def test_the_list_reminds_of_a_backup_that_is_due(record):
    store, _, _ = record
    assert "No backup yet" in opened("patients").warning[0].value
    store.backups.set_last(datetime.now(UTC) - timedelta(days=8))
    assert "No backup since" in opened("patients").warning[0].value
    store.backups.set_last(datetime.now(UTC))
    assert not opened("patients").warning


def test_the_backup_page_warns_of_a_folder_that_is_copied_elsewhere(record, tmp_path):
    app = opened("backup")
    app.text_input(key="backup_folder").set_value(str(tmp_path / "disk")).run()
    assert not app.warning
    app.text_input(key="backup_folder").set_value(str(tmp_path / "Nextcloud" / "backups")).run()
    assert "synchronised by Nextcloud" in app.warning[0].value
