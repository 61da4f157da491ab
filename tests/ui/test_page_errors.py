"""What goes wrong on a page stays in its card, in our words; Save and Discard stay in reach."""

import logging
from dataclasses import replace

import pytest
from support.samples import open_store, with_consent
from test_pages import NAME, brought, measured, opened, press, text

from posture.landmarks import Pose
from posture.records import PatientDetails, RecordError
from posture.ui import display, draft_choice, gallery, note_form, session

WORDS = "because of a fault in the program (code "


def fail(*_, **__):
    raise ZeroDivisionError("Ada Sample, born 1980")


@pytest.fixture
def visit(home):
    """Return a new visit of a patient, the record, and the patient's id."""
    store = open_store(home)
    patient = with_consent(store, PatientDetails("Ada Sample", height_cm=176.9))
    return opened("new_visit", patient_id=patient), store, patient


def ways_out(app) -> dict[str, bool]:
    """Return which of the two buttons are there, and whether they can be pressed."""
    return {b.label: not b.disabled for b in app.button if b.label in ("Save visit", "Discard")}


@pytest.mark.parametrize(
    ("place", "name"),
    [(display, "picture"), (display, "measurements"), (gallery, "combine"), (note_form, "edit"),
     (note_form, "vocabulary")],
)  # fmt: skip
def test_a_part_that_fails_leaves_the_others_and_save_and_discard(
    visit, monkeypatch, caplog, place, name
):
    app, _, _ = visit
    brought(app, NAME)
    monkeypatch.setattr(place, name, fail)
    app.run()
    assert not app.exception
    errors = [error.value for error in app.error]
    assert errors
    assert all(WORDS in error for error in errors)
    logged = [r.getMessage() for r in caplog.records if r.name == "posture.logs"]
    for error in errors:
        code = error.split("(code ")[1].split(" ")[0]
        assert any(f"error {code}: ZeroDivisionError" in line for line in logged)
    assert "Ada" not in caplog.text + text(app).replace("Ada Sample", "", 1)
    assert ways_out(app) == {"Save visit": True, "Discard": True}
    assert "SOT note" in text(app)
    if place is not note_form:
        assert any(area.key.endswith("visit.plan") for area in app.text_area)


@pytest.mark.parametrize("name", ["vocabulary", "edit"])
def test_an_error_that_explains_itself_stays_in_its_part(visit, monkeypatch, name):
    app, _, _ = visit

    def refuse(*_, **__):
        raise RecordError("The vocabulary cannot be read.")

    monkeypatch.setattr(note_form, name, refuse)
    app.run()
    assert [error.value for error in app.error] == ["The vocabulary cannot be read."]
    assert set(ways_out(app)) == {"Save visit", "Discard"}


def test_a_page_that_fails_says_so_in_our_words(visit, monkeypatch, caplog):
    app, _, _ = visit
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(draft_choice, "draft", fail)
    app.run()
    assert not app.exception
    assert [WORDS in error.value for error in app.error] == [True]
    assert "Ada" not in caplog.text


def test_photos_that_tell_nothing_are_shown_beside_a_good_one_and_saved(visit):
    app, store, patient = visit
    brought(app, NAME, "bad_two_people.jpg", "bad_no_person.jpg", "m1_visit2_anterior.jpg")
    draft = app.session_state["drafts"][patient]
    for photo in draft.photos:
        if photo.name == "m1_visit2_anterior.jpg":
            found = photo.assessment
            missing = tuple(
                replace(m, value=None, sd=None, mdc=None, reason="out of the picture")
                for m in found.measurements
            )
            photo.assessment = replace(found, pose=Pose({}), measurements=missing)
    app.run()
    for view in ("bad_two_people.jpg", "bad_no_person.jpg"):
        box = next(b for b in app.selectbox if b.label == f"View of {session.plain(view)}")
        if box.value != "anterior":
            box.set_value("anterior").run()
            measured(app)
    assert not app.exception
    assert any(
        error.value.startswith(session.plain("bad_two_people.jpg") + ": ") for error in app.error
    ), [error.value for error in app.error]
    assert any("Nothing could be measured on: bad" in caption.value for caption in app.caption)
    assert "right side higher" in text(app)
    assert ways_out(app) == {"Save visit": True, "Discard": True}
    press(app, "Save visit")
    assert len(store.visits.get(store.visits.of(patient)[0].id).photos) == 4
    visit = app.session_state["visit_id"]
    app = opened("visit", patient_id=patient, visit_id=visit)
    assert not app.exception
    assert any(session.plain("bad_two_people.jpg") + ": " in error.value for error in app.error)
    for page in ("patient", "compare", "history", "patient_view", "report"):
        assert not opened(page, patient_id=patient, visit_id=visit).exception
