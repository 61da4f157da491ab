"""The landmark editor in a real browser: by mouse, by finger, by keyboard alone."""

import math
import re
from datetime import datetime

import pytest
from playwright.sync_api import expect
from support.fingers import Fingers, phone
from support.samples import (
    HEIGHT_CM,
    SAMPLES,
    TRUTH,
    assessed,
    open_store,
    true_pose,
    with_consent,
)
from support.waiting import until

from posture.landmarks import Landmark, Source
from posture.practice.sot import Stage
from posture.records import NewPhoto, NewVisit, PatientDetails

pytestmark = pytest.mark.browser

FRONT, SIDE, MARKED = "m1_visit1_anterior.jpg", "m1_visit1_left.jpg", "f1_visit1_left.jpg"


@pytest.fixture
def visit(home):
    """Save a visit with one photo from the front and one from the side, and return the record."""
    store = open_store(home)
    patient = with_consent(store, PatientDetails("Ada Sample", height_cm=HEIGHT_CM))
    photos = tuple(
        NewPhoto((SAMPLES / name).read_bytes(), stage, assessed(name, view), "image/jpeg")
        for name, view, stage in (
            (FRONT, "anterior", Stage.PRE),
            (SIDE, "left", Stage.PRE),
            (MARKED, "left", Stage.POST),
        )
    )
    store.visits.save(NewVisit(patient, datetime.fromisoformat("2026-09-07T09:00"), photos=photos))
    return store


def open_editor(page, photo: int) -> None:
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("heading", name="Visits")).to_be_visible()
    page.get_by_role("button", name="Open").click()
    buttons = page.get_by_role("button", name="Correct points")
    expect(buttons).to_have_count(3)
    buttons.nth(photo).click()
    expect(page.get_by_role("button", name="Whole picture")).to_be_visible()
    expect(page.locator("g.point").first).to_be_visible()


def measured(page, label: str):
    """Return where a measure's value stands in the editor's table."""
    return page.locator(".all tr").filter(has_text=label).locator("td")


def place_of(page, name: str) -> tuple[float, float]:
    """Return the middle of a point on the screen."""
    box = page.get_by_role("button", name=re.compile(f"^{name}, .* at ")).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def stored(store, photo: int):
    [patient] = store.patients.find()
    [visit] = store.visits.of(patient.id)
    return store.visits.get(visit.id).photos[photo].assessment


def test_a_point_dragged_by_mouse_and_saved(visit, page):
    open_editor(page, 0)
    expect(measured(page, "Shoulder level")).to_contain_text(re.compile(r"[34]\.\d° right"))
    page.locator(".stage").hover()
    page.mouse.wheel(0, -400)  # towards the place under the pointer
    page.get_by_role("button", name="Whole picture").click()
    before = stored(visit, 0).pose.points[Landmark.LEFT_ACROMION]
    x, y = place_of(page, "left acromion")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y - 10)
    page.mouse.move(x, y - 20)
    expect(page.locator(".glass")).to_be_visible()
    # It follows while the button is still down.
    expect(measured(page, "Shoulder level")).to_contain_text(re.compile("left side higher"))
    page.mouse.up()
    expect(page.locator(".glass")).to_be_hidden()
    expect(measured(page, "Shoulder level")).to_contain_text(re.compile(r"was \S+ right side"))
    page.get_by_role("button", name="Undo").click()
    expect(measured(page, "Shoulder level")).to_contain_text(re.compile(r"^\S+ right side"))
    page.get_by_role("button", name="Redo").click()
    expect(measured(page, "Shoulder level")).to_contain_text(re.compile(r"^\S+ left side"))
    # What can be undone and redone outlives the page, too
    page.get_by_role("button", name="Undo").click()
    expect(measured(page, "Shoulder level")).to_contain_text(re.compile(r"^\S+ right side"))
    page.reload()
    expect(page.get_by_text("were restored")).to_be_visible()
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    page.get_by_role("button", name="Redo").click()
    expect(measured(page, "Shoulder level")).to_contain_text(re.compile(r"^\S+ left side"))

    page.get_by_role("button", name="Save correction").click()
    expect(page.get_by_text("A correction needs a reason")).to_be_visible()
    page.get_by_label("Reason for correction").fill("palpated")
    page.get_by_role("button", name="Save correction").click()
    expect(page.get_by_text("Revisions of this visit")).to_be_visible()
    page.get_by_text("Points changed by hand (1)").click()
    row = page.get_by_role("row").filter(has_text="moved by hand")
    expect(row).to_contain_text("left acromion")
    expect(row).to_contain_text("owner")

    pose = stored(visit, 0).pose
    after = pose.points[Landmark.LEFT_ACROMION]
    assert after.source is Source.PLACED
    assert (after.x, after.y) == (pytest.approx(before.x, abs=2), pytest.approx(before.y, abs=80))
    assert before.y - after.y > 20
    assert (pose.found[Landmark.LEFT_ACROMION].x, pose.found[Landmark.LEFT_ACROMION].y) == (
        before.x,
        before.y,
    )
    assert page.refused == []


def test_asis_and_psis_placed_by_keyboard_alone_give_pelvic_tilt(visit, page):
    open_editor(page, 1)
    expect(measured(page, "Pelvic tilt")).to_contain_text("place ASIS and PSIS")
    truth = true_pose(TRUTH[SIDE]).points
    for name, mark in (("left ASIS", Landmark.LEFT_ASIS), ("left PSIS", Landmark.LEFT_PSIS)):
        page.get_by_role("button", name=f"{name}, not placed").press("Enter")
        page.get_by_role("button", name="Place in the middle").press("Enter")
        point = page.get_by_role("button", name=re.compile(f"^{name}, placed by hand, at "))
        expect(point).to_be_focused()
        x, y = map(int, re.findall(r"\d+", point.get_attribute("aria-label"))[-2:])
        for off, keys in ((truth[mark].x - x, "Right Left"), (truth[mark].y - y, "Down Up")):
            key = "Arrow" + keys.split()[off < 0]
            for _ in range(round(abs(off)) // 10):
                page.keyboard.press(f"Shift+{key}")
            for _ in range(round(abs(off)) % 10):
                page.keyboard.press(key)
    asis, psis = truth[Landmark.LEFT_ASIS], truth[Landmark.LEFT_PSIS]
    tilt = math.degrees(math.atan2(asis.y - psis.y, psis.x - asis.x))
    side = "anterior" if tilt > 0 else "posterior"
    near = (f"{abs(tilt) + tenths / 10:.1f}" for tenths in range(-8, 9))
    settled = re.compile(f"^({'|'.join(map(re.escape, near))})° {side}")
    expect(measured(page, "Pelvic tilt")).to_contain_text(settled)
    page.keyboard.press("Control+z")  # a row of arrow keys is one step
    page.keyboard.press("Control+z")
    expect(measured(page, "Pelvic tilt")).to_contain_text("place ASIS and PSIS")


def test_after_a_point_only_the_other_one_of_its_measure_is_asked_for(visit, page):
    open_editor(page, 1)
    stage = page.locator(".stage")
    hint, pressed = page.locator(".hint span"), page.locator('.points [aria-pressed="true"]')
    placed = page.get_by_role("button", name=re.compile(r", placed by hand, at \d"))

    def click(across: float, down: float) -> None:
        box = stage.bounding_box()
        page.mouse.click(box["x"] + across * box["width"], box["y"] + down * box["height"])

    page.get_by_role("button", name="left ASIS, not placed").click()
    click(0.44, 0.45)
    expect(pressed).to_have_attribute("aria-label", "left PSIS, not placed")
    expect(hint).to_contain_text("left PSIS: click")
    click(0.56, 0.44)
    expect(pressed).to_have_attribute("aria-label", "left PSIS, placed by hand")
    expect(measured(page, "Pelvic tilt")).not_to_contain_text("place ASIS and PSIS")
    click(0.5, 0.7)  # a stray one
    expect(placed).to_have_count(2)

    # What was undone is not asked for again, nor what stood beside it
    page.get_by_role("button", name="Undo").click()
    expect(placed).to_have_count(1)
    page.get_by_role("button", name="left PSIS, not placed").click()
    page.get_by_role("button", name="Undo").click()
    expect(placed).to_have_count(0)
    click(0.56, 0.44)
    expect(placed).to_have_count(0)

    # A point that nothing else goes with leaves nothing to be placed
    page.get_by_role("button", name="left greater trochanter, not placed").click()
    click(0.5, 0.5)
    expect(pressed).to_have_attribute("aria-label", "left greater trochanter, placed by hand")
    click(0.5, 0.7)
    expect(placed).to_have_count(1)


def test_what_a_marker_lacked_is_told_until_its_point_is_placed(visit, page):
    open_editor(page, 2)
    lacking = page.get_by_text("The marker of the left PSIS is partly hidden")
    expect(lacking).to_be_visible()
    page.get_by_role("button", name="left PSIS, not placed").press("Enter")
    page.get_by_role("button", name="Place in the middle").press("Enter")
    expect(lacking).to_be_hidden()
    page.keyboard.press("Control+z")
    expect(lacking).to_be_visible()


def test_a_marker_is_rejected_and_a_known_length_scales(visit, page):
    open_editor(page, 2)
    expect(page.get_by_text("Skin markers found:")).to_be_visible()
    page.get_by_role("button", name="left tragus, skin marker", exact=True).click()
    expect(page.locator(".figure .spot.here")).to_have_count(1)
    page.get_by_role("button", name="Not a marker").click()
    expect(measured(page, "Craniovertebral angle")).to_contain_text("its skin marker was rejected")
    page.get_by_role("button", name="They are right").click()
    expect(page.get_by_text("Skin markers found:")).to_be_hidden()

    page.get_by_role("button", name="known length, one end, not placed").click()
    for down in (0.2, 0.8):
        box = page.locator(".stage").bounding_box()
        page.mouse.click(box["x"] + 0.1 * box["width"], box["y"] + down * box["height"])
    page.get_by_label("Length:").fill("5")
    page.get_by_label("Length:").blur()
    expect(page.get_by_text("cannot be right")).to_be_visible()
    page.get_by_label("Length:").fill("1000")
    page.get_by_label("Length:").blur()
    expect(page.get_by_text("scale from a known length")).to_be_visible()
    page.get_by_label("Reason for correction").fill("a marker fell off")
    page.get_by_role("button", name="Save correction").click()
    expect(page.get_by_text("Revisions of this visit")).to_be_visible()
    expect(page.get_by_text("The skin markers found were checked")).to_be_visible()
    saved = stored(visit, 2)
    assert Landmark.LEFT_TRAGUS not in saved.pose.points
    assert Landmark.LEFT_TRAGUS in saved.pose.found
    assert saved.scene.ruler.mm == 1000


def test_the_chosen_point_stays_chosen_when_the_page_is_built_anew(visit, page):
    open_editor(page, 2)
    page.get_by_role("button", name="left tragus, skin marker", exact=True).click()
    expect(page.get_by_role("button", name="Not a marker")).to_be_visible()
    page.get_by_role("link", name="Overview").click()
    expect(page.get_by_role("heading", name="Visits")).to_be_visible()  # not merely drawn anew
    expect(page.locator(".stage")).to_have_count(0)
    page.go_back()
    expect(page.locator(".stage")).to_be_visible()
    expect(page.get_by_role("button", name="Not a marker")).to_be_visible()


def test_a_finger_drags_and_two_zoom(visit, browser, dashboard):
    page = phone(browser, dashboard)
    open_editor(page, 0)
    fingers = Fingers(page)
    stage = page.locator(".stage")
    stage.scroll_into_view_if_needed()

    def scrolled() -> float:
        return page.get_by_test_id("stMain").evaluate("(main) => main.scrollTop")

    at_first = scrolled()
    for name in ("left acromion", "right ankle"):  # one high in the picture, one low
        before = place_of(page, name)
        x, y = before
        fingers.down((x + 8, y - 8))  # beside it: a finger is no needle
        fingers.move((x + 8, y - 20))
        fingers.move((x + 8, y - 28))
        glass = page.locator(".glass")
        expect(glass).to_be_visible()
        seen, picture = glass.bounding_box(), stage.bounding_box()
        below = seen["y"] + seen["height"]
        beside = seen["x"] > x + 8 + 30 or seen["x"] + seen["width"] < x + 8 - 30
        assert below < y - 28 or beside  # never under the finger
        assert seen["x"] >= picture["x"]
        assert seen["x"] + seen["width"] <= picture["x"] + picture["width"]
        if name == "left acromion":
            expect(measured(page, "Shoulder level")).to_contain_text("left side higher")
        fingers.up()
        expect(glass).to_be_hidden()
        assert place_of(page, name)[1] == pytest.approx(y - 20, abs=1)
    assert scrolled() == at_first

    apart = place_of(page, "left knee")[1] - place_of(page, "left acromion")[1]
    box = stage.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    fingers.down((x - 20, y), (x + 20, y))
    for wide in (25, 30, 35, 40):
        fingers.move((x - wide, y), (x + wide, y))
    fingers.up()
    assert place_of(page, "left knee")[1] - place_of(page, "left acromion")[1] == pytest.approx(
        2 * apart, rel=0.05
    )
    assert scrolled() == at_first
    # The zoomed picture follows a finger; the whole one leaves the swipe to the page
    shoulder = place_of(page, "left acromion")[1]
    free = (box["x"] + 12, box["y"] + 0.6 * box["height"])
    fingers.swipe(free, (free[0], free[1] - 60))
    assert place_of(page, "left acromion")[1] == pytest.approx(shoulder - 60, abs=12)
    assert scrolled() == at_first
    page.get_by_role("button", name="Whole picture").click()
    at_first = scrolled()
    box = stage.bounding_box()
    free = (box["x"] + 12, box["y"] + 0.6 * box["height"])
    fingers.swipe(free, (free[0], free[1] - 120))
    until(lambda: scrolled() > at_first + 50)
