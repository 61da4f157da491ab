"""Guided live capture in a real browser, before a camera that shows a sample patient.

With POSTURE_SCREENSHOTS=docs/images the docs' picture of it is made.
"""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect
from support.browsers import entered, with_camera
from support.cameras import as_video
from support.page_ready import settled
from support.samples import SAMPLES, open_store, with_consent

from posture.landmarks import View
from posture.practice.protocols import standard
from posture.practice.sot import Stage
from posture.records import PatientDetails

pytestmark = pytest.mark.browser

TURNING = [SAMPLES / f"m1_visit1_{view}.jpg" for view in standard()[0].views]
PART = 100_000  # bytes
NOTE_SIZES = """() => {
  globalThis.sizes = []
  const { send } = WebSocket.prototype
  WebSocket.prototype.send = function (data) {
    if (data instanceof Blob) sizes.push(data.size)
    return send.call(this, data)
  }
}"""
A_LOOP_MS = 150_000  # of the video, and what a busy machine adds


@pytest.fixture
def patient(home) -> str:
    store = open_store(home)
    patient = with_consent(store, PatientDetails("Ada Sample", height_cm=176.9))
    store.close()
    return patient


def to_new_visit(page) -> None:
    page.get_by_role("button", name="Open").click()
    page.get_by_role("button", name="New visit").click()
    expect(page.get_by_role("button", name="Start guided capture")).to_be_enabled()


@pytest.mark.slow
def test_four_views_without_a_hand_to_a_saved_visit(patient, launch, dashboard, home, tmp_path):
    video = as_video(TURNING, tmp_path / "turning.y4m", seconds=8, size=(1280, 720))
    page = entered(launch(*with_camera(video)), dashboard, permissions=["camera"])
    page.evaluate(NOTE_SIZES)
    to_new_visit(page)
    page.get_by_role("button", name="Start guided capture").click()
    stage = page.get_by_role("dialog", name="Guided capture")
    expect(stage).to_be_visible()
    expect(stage.locator(".outline")).to_be_visible()
    expect(stage.locator(".plumb, .level")).to_have_count(2)
    expect(stage.locator(".count")).to_have_text(re.compile("[123]"))
    if folder := os.environ.get("POSTURE_SCREENSHOTS"):
        stage.locator(".cameras option").evaluate("(one) => { one.textContent = 'Webcam' }")
        page.set_viewport_size({"width": 1366, "height": 768})
        page.screenshot(path=Path(folder) / "live.png")
    expect(stage).to_be_hidden(timeout=A_LOOP_MS)  # by itself, when all four are taken
    expect(page.get_by_text("Photos and their views")).to_be_visible()
    for view in View:
        title = f"{view.capitalize()} · Before the adjustment"
        expect(page.get_by_text(title)).to_be_visible()
    expect(page.get_by_text("views were detected")).to_have_count(0)
    page.get_by_role("button", name="Save visit").click()
    expect(page.get_by_text("No note.")).to_be_visible()
    assert page.refused == []
    sizes = page.evaluate("sizes")
    assert PART + 1 in sizes  # a still comes part by part
    assert max(sizes) == PART + 1

    store = open_store(home)
    visit = store.visits.get(store.visits.of(patient)[0].id)
    assert visit.protocol == standard()[0]
    assert {photo.assessment.view for photo in visit.photos} == set(View)
    assert {photo.assessment.image_size for photo in visit.photos} == {(1280, 720)}
    assert all(photo.assessment.view_source == "given" for photo in visit.photos)
    together = visit.of_view(Stage.PRE, View.ANTERIOR).assessment
    [shoulders] = [m for m in together.measurements if m.key == "shoulder_level"]
    assert shoulders.value == pytest.approx(-3.9, abs=0.8)
    fronts = [p.assessment for p in visit.photos if p.assessment.view is View.ANTERIOR]
    ways = [
        (each.scene.vertical_source, m.method)
        for each in fronts
        for m in each.measurements
        if m.key == "shoulder_level"
    ]
    # All that were measured the same way, on the same vertical
    assert shoulders.repeats == ways.count((together.scene.vertical_source, shoulders.method)) > 1


def test_a_camera_that_cannot_be_used(patient, launch, dashboard):
    page = entered(launch(), dashboard)  # nobody allows it
    to_new_visit(page)
    page.get_by_role("button", name="Start guided capture").click()
    trouble = page.get_by_role("alert")
    expect(trouble.get_by_role("heading")).to_have_text(
        re.compile("Camera access was refused|No camera found")
    )
    for error, title in (
        ("NotAllowedError", "Camera access was refused"),
        ("NotFoundError", "No camera found"),
        ("NotReadableError", "The camera is in use"),
    ):
        page.evaluate(
            "(name) => { navigator.mediaDevices.getUserMedia = "
            "() => Promise.reject(new DOMException('', name)) }",
            error,
        )
        trouble.get_by_role("button", name="Try again").click()
        expect(trouble.get_by_role("heading")).to_have_text(title)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    settled(page)  # the page is drawn anew once the camera is put away, its tabs too
    page.get_by_role("tab", name="Upload").click()
    uploader = page.get_by_text("Photos of this visit, several at once")
    expect(uploader).to_have_count(1)  # the one of the run before goes first
    expect(uploader).to_be_visible()
