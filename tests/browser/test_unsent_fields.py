"""What stands in a field outlives Back, a page loaded anew and a link, before the field is left."""

import pytest
from playwright.sync_api import expect
from support.page_ready import settled
from support.samples import open_store

from posture.records import PatientDetails
from posture.records.sessions import OWNER

pytestmark = pytest.mark.browser
WORDS = "Blocks, again in two weeks"


def come(page, name: str) -> None:
    settled(page)
    page.get_by_role("link", name=name, exact=True).click()
    settled(page)


def test_what_is_typed_outlives_back_a_reload_and_a_link(page, dashboard, home):
    store = open_store(home)
    store.patients.add(PatientDetails("Ada Sample"))
    page.reload()
    page.get_by_role("button", name="Open").click()
    settled(page)
    come(page, "New visit")

    leaving = {
        "Back": page.go_back,
        "a page loaded anew": page.reload,
        "a link": lambda: page.get_by_role("link", name="Overview", exact=True).click(),
    }
    so_far = ""
    for number, (way, leave) in enumerate(leaving.items()):
        page.get_by_role("tab", name="Visit", exact=True).click()
        plan = page.get_by_label("Plan")
        expect(plan).to_have_value(so_far)
        plan.press("End")
        plan.press_sequentially(f"{WORDS} {number} ")
        so_far += f"{WORDS} {number} "
        leave()
        settled(page)
        if page.get_by_role("heading", name="New visit", exact=True).count() == 0:
            come(page, "New visit")
        page.get_by_role("tab", name="Visit", exact=True).click()
        expect(page.get_by_label("Plan"), way).to_have_value(so_far)
    # A number by its buttons; a field of one line; and some in a form, which sends nothing before
    # its button is pressed
    page.get_by_role("tab", name="Before", exact=True).click()
    pain = page.get_by_label("Pain now, 0 to 10").first
    pain.fill("4")
    box = page.get_by_test_id("stNumberInput").filter(has=page.get_by_label("Pain now, 0 to 10"))
    box.first.get_by_test_id("stNumberInputStepUp").click()
    expect(pain).to_have_value("5")
    leaving["a link"]()
    come(page, "New visit")
    expect(page.get_by_label("Pain now, 0 to 10").first).to_have_value("5")
    by = page.get_by_role("textbox", name="Practitioner")
    by.fill("Dr. B")
    page.reload()
    expect(by).to_have_value("Dr. B")
    come(page, "Overview")
    page.get_by_text("Edit details").click()
    page.get_by_label("Remarks").press_sequentially("Allergic to nickel")
    page.get_by_label("Height in cm").fill("176.5")
    page.reload()
    settled(page)
    page.get_by_text("Edit details").click()
    expect(page.get_by_label("Remarks")).to_have_value("Allergic to nickel")
    expect(page.get_by_label("Height in cm")).to_have_value("176.5")
    page.get_by_role("button", name="Save details").press("Enter")
    expect(page.get_by_text("176.5 cm tall")).to_be_visible()
    [ada] = store.patients.find()
    assert (ada.details.remarks, ada.details.height_cm) == ("Allergic to nickel", 176.5)

    # Discarded, it can be had back; saved, nothing of it comes again
    come(page, "New visit")
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_text("You can restore it for a day")).to_be_visible()
    page.get_by_text("Discarded visits that can be restored").click()
    page.get_by_role("button", name="Restore").click()
    settled(page)
    page.get_by_role("tab", name="Visit", exact=True).click()
    expect(page.get_by_label("Plan")).to_have_value(so_far.strip())  # as the note keeps it
    page.get_by_role("button", name="Save visit").click()
    expect(page.get_by_role("heading", name="Visit of")).to_be_visible()
    come(page, "New visit")
    page.get_by_role("tab", name="Visit", exact=True).click()
    expect(page.get_by_label("Plan")).to_have_value("")
    assert store.acting_as(OWNER).drafts.of_kind("visit") == []

    # What cannot be right is said in sight, and the reason stands beside the button
    day = page.get_by_role("textbox", name="Date")
    day.fill("1980-02-31")
    day.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="1980-02-31 is not a day")).to_be_visible()
    bar = page.locator(".st-key-save_bar")
    expect(bar).to_contain_text("1980-02-31 is not a day")
    expect(bar).to_be_in_viewport()
    expect(bar.get_by_role("button", name="Save visit")).to_be_disabled()

    # A visit is removed after the question; nothing on the way there does it
    come(page, "Overview")
    page.get_by_role("button", name="Open").click()
    page.get_by_role("button", name="Remove this visit").click()
    expect(page.get_by_text("removed permanently")).to_be_visible()
    sure = page.get_by_role("button", name="Remove permanently")
    expect(sure).to_be_disabled()
    page.get_by_role("combobox", name="Reason for removal").click()
    page.get_by_role("option", name="it was saved by mistake").click()
    sure.click()
    expect(page.get_by_text("Visit removed.")).to_be_visible()
    assert store.visits.of(ada.id) == []
    assert page.refused == []
