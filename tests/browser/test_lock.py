"""First start, work, lock: in a real browser, with two tabs."""

import re

import pytest
from playwright.sync_api import expect
from support.page_ready import unfold
from support.samples import PASSPHRASE, left_alone
from support.serving import serving

from posture.records.unlocking import record_access

pytestmark = pytest.mark.browser


def test_first_start_work_and_lock_in_every_tab(browser, home):
    with serving(without=("POSTURE_PASSPHRASE_FILE",)) as url:
        context = browser.new_context(reduced_motion="reduce")
        one = context.new_page()
        one.goto(url)
        expect(one.get_by_role("heading", name="Choose a passphrase")).to_be_visible()
        one.get_by_label("Passphrase", exact=True).fill(PASSPHRASE)
        one.get_by_label("Repeat passphrase").fill("something else")
        one.get_by_role("button", name="Set passphrase").click()
        expect(one.get_by_role("alert")).to_contain_text("do not match")
        one.get_by_label("Passphrase", exact=True).fill(PASSPHRASE)
        one.get_by_label("Repeat passphrase").fill(PASSPHRASE)
        one.get_by_role("button", name="Set passphrase").click()
        expect(one.get_by_text(re.compile(r"^[0-9A-Z]{4}(-[0-9A-Z]{4})+$"))).to_be_visible()
        one.get_by_role("link", name="I have saved it").click()

        unfold(one, "Add a patient", "Name or code")
        one.get_by_label("Name or code").fill("Ada Sample")
        one.get_by_role("button", name="Add patient").press("Enter")
        expect(one.get_by_role("heading", name="Ada Sample")).to_be_visible()
        two = context.new_page()
        two.goto(url)
        expect(two.get_by_text("Ada Sample")).to_be_visible()

        one.get_by_role("button", name="Lock").click()
        for tab in (one, two):
            expect(tab.get_by_role("heading", name="The record is locked")).to_be_visible()
            assert "Ada" not in tab.content()
        two.go_back()
        assert "Ada" not in two.content()
        two.goto(url)

        two.get_by_label("Passphrase").fill("not the passphrase")
        two.get_by_role("button", name="Unlock").click()
        expect(two.get_by_role("alert")).to_contain_text("neither the passphrase")
        two.get_by_label("Passphrase").fill(PASSPHRASE)
        two.get_by_role("button", name="Unlock").click()
        expect(two.get_by_text("Ada Sample")).to_be_visible()


def test_a_tab_without_anybody_at_work_locks_itself(page, home):
    expect(page.get_by_text("There are no patients yet")).to_be_visible()
    left_alone(record_access(home).store().database, 16)
    expect(page.get_by_role("heading", name="The record is locked")).to_be_visible()
