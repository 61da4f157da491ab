"""What is typed stays: before the idle lock people are warned, and nothing of the draft is lost."""

import pytest
from playwright.sync_api import expect
from shared import PASSPHRASE, open_store

from posture.records import PatientDetails
from posture.records.sessions import IDLE_SETTING, OWNER

pytestmark = pytest.mark.browser
NOTE = "Blocks, again in two weeks"


def test_a_draft_outlives_a_reload_and_the_idle_lock(page, dashboard, home):
    store = open_store(home)
    store.add_patient(PatientDetails("Ada Sample"))
    page.reload()
    page.get_by_role("button", name="Open").click()
    page.get_by_role("button", name="New visit").click()
    page.get_by_role("tab", name="Visit", exact=True).click()
    page.get_by_label("Plan").press_sequentially(NOTE)  # and the field is not left
    key = f"visit.{store.patients()[0].id}"
    owner = store.acting_as(OWNER)
    for _ in range(100):
        if owner.draft(key):
            break
        page.wait_for_timeout(200)
    assert owner.draft(key)["notes"] == {"pre": {}, "post": {}, "visit": {"plan": NOTE}}

    page.reload()
    expect(page.get_by_role("heading", name="New visit")).to_be_visible()
    page.get_by_role("tab", name="Visit", exact=True).click()
    expect(page.get_by_label("Plan")).to_have_value(NOTE)

    page.get_by_label("Plan").press_sequentially(", and more")
    store.save_setting(IDLE_SETTING, 0.5)
    warning = page.get_by_role("alertdialog")
    expect(warning).to_contain_text("Locking in")
    warning.get_by_role("button", name="Stay").click()
    expect(warning).to_have_count(0)
    store.save_setting(IDLE_SETTING, 0.05)
    expect(page.get_by_role("heading", name="The record is locked")).to_be_visible()
    assert "Ada" not in page.content()
    store.save_setting(IDLE_SETTING, 15)
    page.get_by_label("Passphrase").fill(PASSPHRASE)
    page.get_by_role("button", name="Unlock").click()
    expect(page.get_by_role("heading", name="New visit")).to_be_visible()
    page.get_by_role("tab", name="Visit", exact=True).click()
    expect(page.get_by_label("Plan")).to_have_value(f"{NOTE}, and more")
    page.get_by_role("button", name="Save visit").click()
    expect(page.get_by_role("heading", name="Visit of")).to_be_visible()
    expect(page.get_by_text(f"{NOTE}, and more")).to_be_visible()
    assert owner.draft(key) is None
