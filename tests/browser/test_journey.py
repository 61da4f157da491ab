"""The main job as a practitioner does it, in a real browser with a (fake) camera."""

import io
import re
import urllib.parse
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import expect
from support.network_watch import strangers
from support.page_ready import settled
from support.samples import SAMPLES, open_store

pytestmark = pytest.mark.browser


def heading(page, name: str):
    return page.get_by_role("heading", name=name, exact=True)


def csv_of(page, name: str) -> pd.DataFrame:
    with page.expect_download() as download:
        page.get_by_role("button", name=name).click()
    return pd.read_csv(io.BytesIO(Path(download.value.path()).read_bytes()))


def test_two_visits_compared_and_taken_home(page, dashboard, home, network_log):
    # A patient
    expect(page.get_by_text("There are no patients yet")).to_be_visible()
    settled(page)
    page.get_by_text("Add a patient").click()
    page.get_by_label("Name or code").fill("Ada Sample")
    page.get_by_label("Height in cm").fill("176.9")
    # By the keyboard: the form still opens in motion, and moves away from under a robot's pointer.
    page.get_by_role("button", name="Add patient").press("Enter")
    expect(heading(page, "Ada Sample")).to_be_visible()
    settled(page)

    # The first visit: a photo by camera, a note
    page.get_by_role("button", name="New visit").click()
    page.get_by_role("button", name="The patient consents").click()
    expect(page.get_by_role("button", name="The patient consents")).to_have_count(0)
    page.get_by_role("button", name="Start guided capture").click()
    expect(page.get_by_text("Turn your left side to the camera")).to_be_visible()
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_text("Photos and their views")).to_be_visible()
    expect(page.get_by_role("cell", name=re.compile("[34]\\.\\d° right side"))).to_be_visible()
    settled(page)
    page.get_by_role("radio", name="lateral").first.click()
    settled(page)
    page.get_by_role("tab", name="Visit").click()
    page.get_by_label("Plan").fill("Blocks, again in two weeks")
    page.get_by_label("Plan").blur()
    settled(page)
    page.get_by_role("button", name="Save visit").click()
    expect(page.get_by_text("Blocks, again in two weeks")).to_be_visible()
    expect(page.get_by_role("cell", name="lateral")).to_be_visible()
    settled(page)

    # The second: a photo by upload, levelled by a plumb line and unlevelled again
    page.get_by_role("link", name="New visit").click()
    expect(heading(page, "New visit")).to_be_visible()
    page.get_by_role("tab", name="Upload").click()
    page.locator("input[type=file]").first.set_input_files(SAMPLES / "m1_visit3_anterior.jpg")
    expect(page.get_by_text("View of m1_visit3_anterior")).to_be_visible()
    page.get_by_role("button", name="Views are right").click()
    expect(page.get_by_text("Photos and their views (1)")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Check and place points").click()
    page.get_by_role("button", name="plumb line, top, not placed").click()
    for place in ((0.8, 0.1), (0.8, 0.9)):
        box = page.locator(".stage").bounding_box()
        page.mouse.click(box["x"] + place[0] * box["width"], box["y"] + place[1] * box["height"])
    expect(page.get_by_text("Levelled by the plumb line")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Levelled by the wall poster; scale")).to_be_visible()
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_text("Photos and their views (1)")).to_be_visible()
    expect(page.get_by_text("Levelled by the wall poster; scale")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Save visit").click()
    expect(heading(page, "SOT note")).to_be_visible()
    expect(page.get_by_text("No note.")).to_be_visible()
    settled(page)

    # Compare them
    page.get_by_role("button", name="Compare").click()
    row = page.get_by_role("row").filter(has_text="Shoulder level, anterior")
    expect(row).to_contain_text(re.compile(r"° less tilt|left side up by [\d.]+°"))
    expect(page.get_by_role("img", name="Photo, anterior view")).to_have_count(2)
    settled(page)

    # Their history, drawn under the page's content security policy
    page.get_by_role("link", name="History").click()
    expect(
        page.get_by_test_id("stVegaLiteChart").first.locator("canvas, svg").first
    ).to_be_visible()
    settled(page)

    # Take the figures home
    page.get_by_role("link", name="Overview").click()
    expect(heading(page, "Export")).to_be_visible()
    settled(page)
    frame = csv_of(page, "Measurements (CSV)")
    assert set(frame["patient_name"]) == {"Ada Sample"}
    assert frame["visit_id"].nunique() == 2
    shoulders = frame[frame["key"] == "shoulder_level"]["value"].tolist()
    assert shoulders[0] == pytest.approx(-3.9, abs=0.8)
    assert shoulders[-1] == pytest.approx(-0.3, abs=0.8)
    notes = csv_of(page, "SOT notes (CSV)").set_index("field")
    assert notes.loc["standing_sway", "value"] == "lateral"
    assert len(csv_of(page, "Data dictionary (CSV)")) > 30

    # The record holds the photos as given; nothing was asked of, or told to, anybody else
    store = open_store(home)
    [ada] = store.patients.find()
    saved = [store.visits.get(visit.id) for visit in store.visits.of(ada.id)]
    assert store.photos.get(saved[0].photos[0].id) == (
        (SAMPLES / "m1_visit3_anterior.jpg").read_bytes()
    )
    assert saved[1].photos[0].assessment.image_size == (1920, 1080)
    hosts = {urllib.parse.urlsplit(url).hostname for url in page.asked} - {None}
    assert hosts <= {"127.0.0.1"}
    assert not any("Ada" in url for url in page.asked)
    assert strangers(network_log) == []
    assert page.refused == []
