"""Before and after in a real browser: wipe, side by side, fade, and all visits of a view."""

import io
import re
from datetime import datetime, timedelta

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from support.fingers import Fingers, phone
from support.page_ready import settled
from support.samples import HEIGHT_CM, SAMPLES, assessed, open_store, with_consent
from support.waiting import until

from posture.practice.sot import Stage
from posture.records import NewPhoto, NewVisit, PatientDetails

pytestmark = pytest.mark.browser

FIRST = datetime.fromisoformat("2026-09-07T09:00")


@pytest.fixture
def visits(home):
    """Save three visits from the front, the last with a photo after the adjustment."""
    store = open_store(home)
    patient = with_consent(store, PatientDetails("Ada Sample", height_cm=HEIGHT_CM))
    for n, stages in enumerate(([Stage.PRE], [Stage.PRE], [Stage.PRE, Stage.POST]), 1):
        name = f"m1_visit{n}_anterior.jpg"
        photos = tuple(
            NewPhoto((SAMPLES / f).read_bytes(), stage, assessed(f, "anterior"), "image/jpeg")
            for f, stage in zip((name, "m1_visit1_anterior.jpg"), stages, strict=False)
        )
        store.visits.save(NewVisit(patient, FIRST + timedelta(n), photos=photos))
    return store


def pixels(page) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(page.locator(".sheet").screenshot())).convert("RGB"))


def same(one: np.ndarray, other: np.ndarray) -> bool:
    return bool(np.abs(one.astype(int) - other).mean() < 1.0)


def test_before_and_after(visits, page):
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("heading", name="Visits")).to_be_visible()
    page.get_by_role("link", name="Compare").click()
    changed = page.get_by_role("table").first.get_by_role("row")
    page.get_by_text("After", exact=True).first.wait_for()
    page.get_by_role("combobox").nth(1).click()
    page.get_by_role("option").nth(2).click()  # the last visit, before the adjustment
    expect(changed.filter(has_text="Shoulder level")).to_contain_text(
        re.compile(r"° less tilt|left side up by [\d.]+°")
    )
    expect(page.get_by_text("Within measuring error (")).to_be_visible()
    expect(page.get_by_text("Aligned at the ankles")).to_be_visible()
    images = page.locator(".sheet img")
    expect(images).to_have_count(2)
    for n in range(2):
        expect(images.nth(n)).to_have_js_property("complete", value=True)

    # The wipe by keyboard: at one end one photo, at the other the other one
    handle = page.get_by_role("slider", name="Wipe between before and after")
    handle.press("End")
    expect(handle).to_have_attribute("aria-valuenow", "100")
    before = pixels(page)
    handle.press("Home")
    after = pixels(page)
    assert not same(before[:, 30:-30], after[:, 30:-30])
    # By mouse: left of the handle before, right of it after
    box = page.locator(".sheet").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 3
    page.mouse.move(box["x"] + 40, middle[1])
    page.mouse.down()
    page.mouse.move(*middle)
    page.mouse.up()
    assert 48 <= int(handle.get_attribute("aria-valuenow")) <= 52
    both, half, head = pixels(page), before.shape[1] // 2, before.shape[0] // 10
    assert same(both[head:, 30 : half - 30], before[head:, 30 : half - 30])
    assert same(both[head:, half + 30 : -30], after[head:, half + 30 : -30])
    # Overlays go
    page.get_by_label("Plumb line").uncheck()
    page.get_by_label("Lines").uncheck()
    assert page.locator(".sheet polyline, .sheet line").count() == 0
    drawn = np.abs(pixels(page)[head:, 30:-30].astype(int) - both[head:, 30:-30])
    assert (drawn.max(axis=2) > 60).mean() > 0.002

    page.get_by_role("radio", name="Fade").check(force=True)
    page.get_by_label("Before to after").fill("0")
    page.get_by_role("radio", name="Side by side").check(force=True)
    expect(images).to_have_count(2)
    page.get_by_role("radio", name="All visits").check(force=True)
    strip = page.get_by_role("group", name="All visits")
    expect(strip.get_by_role("img")).to_have_count(4)
    expect(strip).to_contain_text("after the adjustment")
    assert page.refused == []


def test_a_finger_wipes_and_still_scrolls_the_page(visits, browser, dashboard):
    page = phone(browser, dashboard)
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("heading", name="Visits")).to_be_visible()
    page.get_by_role("button", name="Compare visits").click()
    handle = page.get_by_role("slider", name="Wipe between before and after")
    expect(handle).to_be_visible()
    settled(page)
    handle.scroll_into_view_if_needed()
    main = page.get_by_test_id("stMain")

    def at() -> int:
        return int(handle.get_attribute("aria-valuenow"))

    def scrolled() -> float:
        return main.evaluate("(main) => main.scrollTop")

    fingers = Fingers(page)
    for off_the_handle in (0, 60):
        box = page.locator(".sheet").bounding_box()
        y = max(box["y"], 80) + 60
        before = scrolled()
        middle = box["x"] + at() / 100 * box["width"] - off_the_handle
        fingers.swipe((middle, y), (box["x"] + 0.8 * box["width"], y + 4))
        assert at() == pytest.approx(80, abs=2)
        assert scrolled() == before
    wiped = at()
    for part in (wiped / 100, 0.1):  # on the handle, and off it
        x = box["x"] + part * box["width"]
        goal = scrolled() + 60
        fingers.swipe((x, y + 200), (x + 4, y + 80))
        until(lambda goal=goal: scrolled() > goal)
        assert at() == wiped
