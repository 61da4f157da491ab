"""What is typed stays: before the idle lock people are warned, and nothing of the draft is lost."""

import json

import pytest
from playwright.sync_api import expect
from support.browsers import entered
from support.page_ready import settled, watched
from support.samples import (
    PASSPHRASE,
    SAMPLES,
    free_port,
    kept_photos,
    left_alone,
    open_store,
    with_consent,
)
from support.serving import serving
from support.waiting import until

from posture.landmarks import Landmark, Source
from posture.records import PatientDetails
from posture.records.sessions import OWNER

pytestmark = pytest.mark.browser
PHOTO = SAMPLES / "m1_visit1_left.jpg"
NOTE = "Blocks, again in two weeks"


def test_a_draft_outlives_a_reload_and_the_idle_lock(page, dashboard, home):
    store = open_store(home)
    store.patients.add(PatientDetails("Ada Sample"))
    page.reload()
    page.get_by_role("button", name="Open").click()
    page.get_by_role("button", name="New visit").click()
    page.get_by_role("tab", name="Visit", exact=True).click()
    page.get_by_label("Plan").press_sequentially(NOTE)  # and the field is not left
    owner = store.acting_as(OWNER)

    until(lambda: owner.drafts.of_kind("visit"))
    assert owner.drafts.of_kind("visit")[0].data["notes"] == {
        "pre": {},
        "post": {},
        "visit": {"plan": NOTE},
    }

    page.reload()
    expect(page.get_by_role("heading", name="New visit")).to_be_visible()
    page.get_by_role("tab", name="Visit", exact=True).click()
    expect(page.get_by_label("Plan")).to_have_value(NOTE)

    # A second tab, made by duplicating this one, is apart from it; closed, what it had is offered
    copied = page.evaluate("() => sessionStorage")
    other = watched(page.context.new_page())
    other.add_init_script(
        "if (!sessionStorage.copied) Object.assign(sessionStorage, "
        f"{{ tab: {json.dumps(copied['tab'])}, copied: 1 }})"
    )
    other.goto(dashboard)
    # It notices the copied name after a moment, and is loaded anew with one of its own.
    other.wait_for_function(
        "copied => sessionStorage.tab && sessionStorage.tab !== copied", arg=copied["tab"]
    )
    settled(other)
    other.get_by_role("button", name="Open").click()  # it does not know the patient
    other.get_by_role("button", name="New visit").click()
    expect(other.get_by_text("unsaved visit open elsewhere")).to_be_visible()
    other.get_by_role("tab", name="Visit", exact=True).click()
    expect(other.get_by_label("Plan")).to_have_value("")
    other.get_by_label("Plan").press_sequentially("Of the other tab")
    until(lambda: len(owner.drafts.of_kind("visit")) == 2)
    other.close()
    page.reload()
    expect(page.get_by_text("An unsaved visit of Ada Sample")).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    settled(page)
    page.get_by_role("tab", name="Visit", exact=True).click()
    expect(page.get_by_label("Plan")).to_have_value("Of the other tab")
    page.get_by_role("button", name="Resume").click()
    settled(page)
    page.get_by_role("tab", name="Visit", exact=True).click()
    expect(page.get_by_label("Plan")).to_have_value(NOTE)
    page.get_by_role("button", name="Discard").first.click()
    expect(page.get_by_role("button", name="Resume")).to_have_count(0)

    page.get_by_label("Plan").press_sequentially(", and more")
    left_alone(store.database, 14.5)
    warning = page.get_by_role("alertdialog").filter(has_text="Locking in")
    expect(warning).to_contain_text("Locking in")
    warning.get_by_role("button", name="Keep working").click()
    expect(warning).to_have_count(0)
    left_alone(store.database, 16)
    expect(page.get_by_role("heading", name="The record is locked")).to_be_visible()
    assert "Ada" not in page.content()
    page.get_by_label("Passphrase").fill(PASSPHRASE)
    page.get_by_role("button", name="Unlock").click()
    expect(page.get_by_role("heading", name="New visit")).to_be_visible()
    page.get_by_role("tab", name="Visit", exact=True).click()
    expect(page.get_by_label("Plan")).to_have_value(f"{NOTE}, and more")
    page.get_by_role("button", name="Save visit").click()
    expect(page.get_by_role("heading", name="Visit of")).to_be_visible()
    expect(page.get_by_text(f"{NOTE}, and more")).to_be_visible()
    assert owner.drafts.of_kind("visit") == []


def test_photos_and_points_outlive_a_reload_and_the_idle_lock(page, dashboard, home):
    store = open_store(home)
    patient = with_consent(store, PatientDetails("Ada Sample", height_cm=176.9))
    owner = store.acting_as(OWNER)

    def until_kept(enough) -> None:
        until(lambda: enough(kept_photos(owner).values()))

    page.reload()
    page.get_by_role("button", name="Open").click()
    page.get_by_role("button", name="New visit").click()
    page.get_by_role("button", name="Start guided capture").click()
    until_kept(lambda photos: photos)  # a still that never came to the visit
    page.reload()
    expect(page.get_by_text("Anterior · Before the adjustment")).to_be_visible()

    page.get_by_role("tab", name="Upload").click()
    page.locator("input[type=file]").first.set_input_files(PHOTO)
    expect(page.get_by_text("Left · Before the adjustment")).to_be_visible()
    page.get_by_role("button", name="Check and place points").last.click()
    page.get_by_role("button", name="left ASIS, not placed").press("Enter")
    page.get_by_role("button", name="Place in the middle").press("Enter")
    until_kept(lambda photos: any("left_asis" in p["assessment"]["points"] for p in photos))

    left_alone(store.database, 16)
    expect(page.get_by_role("heading", name="The record is locked")).to_be_visible()
    page.get_by_label("Passphrase").fill(PASSPHRASE)
    page.get_by_role("button", name="Unlock").click()
    page.get_by_role("button", name="Undo").click()  # it is the same photo's editor again
    page.get_by_role("button", name="Redo").click()
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_text("Left · Before the adjustment")).to_be_visible()
    page.get_by_role("button", name="Save visit").click()
    expect(page.get_by_role("heading", name="Visit of")).to_be_visible()
    photos = {
        p.assessment.photo: p for p in store.visits.get(store.visits.of(patient)[0].id).photos
    }
    uploaded = photos.pop(PHOTO.name)
    assert uploaded.assessment.pose.points[Landmark.LEFT_ASIS].source is Source.PLACED
    assert store.photos.get(uploaded.id) == PHOTO.read_bytes()
    assert photos
    assert all(store.photos.get(still.id) for still in photos.values())
    assert owner.drafts.of_kind("visit") == []


def test_a_lost_connection_is_told_and_what_was_typed_is_sent_once_it_is_back(browser, home):
    store = open_store(home)
    store.patients.add(PatientDetails("Ada Sample"))
    owner = store.acting_as(OWNER)
    port = free_port()

    def until_kept(words: str) -> None:
        def kept() -> list[str]:
            return [one.data["notes"]["visit"].get("plan") for one in owner.drafts.of_kind("visit")]

        until(lambda: kept() == [words], told=kept)

    with serving(port=port) as url:
        page = entered(browser, url)
        page.get_by_role("button", name="Open").click()
        page.get_by_role("button", name="New visit").click()
        page.get_by_role("tab", name="Visit", exact=True).click()
        plan = page.get_by_label("Plan")
        plan.press_sequentially(NOTE)
        until_kept(NOTE)
        plan.press_sequentially(", and more")
    lost = page.get_by_role("alert").filter(has_text="The connection to Plumbline is lost")
    expect(lost).to_be_visible()
    expect(plan).to_be_disabled()
    # Streamlit says it too, in its own words, after a while: nobody sees that.
    expect(page.get_by_test_id("stDialog")).to_be_attached()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(plan).to_have_value(f"{NOTE}, and more")
    with serving(port=port):
        expect(lost).to_have_count(0)
        until_kept(f"{NOTE}, and more")
        expect(page.get_by_role("heading", name="New visit")).to_be_visible()
