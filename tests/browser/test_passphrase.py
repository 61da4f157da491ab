"""Choosing the passphrase and unlocking by keyboard alone, seeing what is typed where wanted."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from support.samples import PASSPHRASE
from support.serving import serving

pytestmark = pytest.mark.browser
SHOW = "Show passphrase"


def findings(page: Page) -> list[str]:
    return [finding["id"] for finding in Axe().run(page).response["violations"]]


def test_what_is_typed_is_shown_and_hidden_by_the_keyboard(browser, home):
    with serving(without=("POSTURE_PASSPHRASE_FILE",)) as url:
        page = browser.new_context(reduced_motion="reduce").new_page()
        told: list[str] = []
        page.on("console", lambda message: told.append(message.text))
        page.goto(url)
        first = page.get_by_label("Passphrase", exact=True)
        again = page.get_by_label("Repeat passphrase")
        show = page.get_by_role("button", name=SHOW)
        expect(first).to_be_focused()
        page.keyboard.type("password1234")
        page.keyboard.press("Tab")
        page.keyboard.type("password1234")
        page.keyboard.press("Tab")
        expect(show).to_be_focused()
        expect(show).to_have_attribute("aria-pressed", "false")
        page.keyboard.press("Space")
        expect(page.get_by_role("button", name=SHOW, pressed=True)).to_be_focused()
        for field in (first, again):
            expect(field).to_have_attribute("type", "text")
            expect(field).to_have_value("password1234")
        assert findings(page) == []
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name=SHOW, pressed=False)).to_be_focused()
        expect(first).to_have_attribute("type", "password")
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        with page.expect_request("**/gate/begin") as sent:
            page.keyboard.press("Enter")
        assert "password1234" in (sent.value.post_data or "")
        expect(page.get_by_role("alert")).to_contain_text("a very common password")
        expect(first).to_have_attribute("type", "password")

        first.fill(PASSPHRASE)
        again.fill(PASSPHRASE)
        again.press("Enter")  # the first button of the form is not the one that shows
        page.get_by_role("link", name="I have saved it").click()
        page.get_by_role("button", name="Lock").click()
        expect(page.get_by_role("heading", name="The record is locked")).to_be_visible()
        show.press("Space")
        expect(first).to_have_attribute("type", "text")
        assert findings(page) == []
        policy = page.request.get(url, headers={"accept": "text/html"}).headers[
            "content-security-policy"
        ]
        assert "script-src 'sha256-" in policy
        assert "'self'" not in policy.partition("script-src ")[2].partition(";")[0]
        refused = page.evaluate(
            """() => new Promise((done) => {
                const told = (event) => done(event.violatedDirective);
                addEventListener("securitypolicyviolation", told);
                const script = document.createElement("script");
                script.src = "/gate/static/tab.js";
                document.body.append(script);
            })"""
        )
        assert refused == "script-src-elem"
        assert not [line for line in told[:-1] if "Content Security" in line]


def test_without_script_there_is_no_button_and_everything_works(browser, home):
    with serving(without=("POSTURE_PASSPHRASE_FILE",)) as url:
        page = browser.new_context(java_script_enabled=False).new_page()
        page.goto(url)
        expect(page.get_by_role("button", name=SHOW)).to_be_hidden()
        page.get_by_label("Passphrase", exact=True).fill(PASSPHRASE)
        page.get_by_label("Repeat passphrase").fill(PASSPHRASE)
        page.get_by_role("button", name="Set passphrase").click()
        expect(page.get_by_role("heading", name="The recovery key")).to_be_visible()
