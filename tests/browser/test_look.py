"""Every page, light and dark: what axe finds, what the Tab key reaches, and that it all fits.

With POSTURE_SCREENSHOTS=docs/images the same run makes the pictures for the docs.
"""

import os
from functools import partial
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from support.keyboard import tabbed
from support.page_ready import settled
from support.waiting import until

pytestmark = pytest.mark.browser

PAGES = {
    "Overview": "overview", "New visit": "new_visit", "Visit": "visit", "Compare": "compare",
    "History": "history", "For the patient": "patient_view", "Report": "report",
    "Export": "export", "Backup": "backup", "Import": "import", "Settings": "settings",
    "Privacy": "privacy", "Users": "users", "Audit trail": "audit",
}  # fmt: skip
SIZES = {"laptop": (1280, 800), "tablet": (820, 1180), "phone": (390, 844)}
SERIOUS = {"serious", "critical"}


def seen(page: Page, name: str, scheme: str) -> list[tuple[str, str, str, str]]:
    """Return what axe finds, and keep the picture where pictures are wanted."""
    if (folder := os.environ.get("POSTURE_SCREENSHOTS")) and scheme == "light":
        page.screenshot(path=Path(folder) / f"{name}.png")
    return [
        (scheme, name, finding["id"], str(node["target"][-1]))
        for finding in Axe().run(page).response["violations"]
        if finding["impact"] in SERIOUS
        for node in finding["nodes"]
    ]


def walked(
    page: Page, name: str, scheme: str, within: str = ".stMain"
) -> list[tuple[str, str, str, str]]:
    """Return what the Tab key does not reach, or not to be seen, and how many h1 if not one.

    Walked in one scheme only: where the ring is clipped or missing, it is so in both.
    """
    if scheme == "dark":
        return []
    headings = page.locator("h1:visible").count()
    wrong = [] if headings == 1 else [f"{headings} h1"]
    return [(scheme, name, "keyboard", each) for each in tabbed(page, within=within) + wrong]


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_passes_axe_and_is_walked_by_tab(filled, page, scheme):
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(color_scheme=scheme)
    settled(page)
    found = seen(page, "patients", scheme) + walked(page, "patients", scheme, "body")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("heading", name="Ada Sample")).to_be_visible()
    for title, name in PAGES.items():
        if title == "Visit":
            page.get_by_role("link", name="Overview", exact=True).click()
            settled(page)
            page.get_by_role("button", name="Open").first.click()
        elif title != "Overview":
            page.get_by_role("link", name=title, exact=True).click()
        settled(page)
        found += seen(page, name, scheme) + walked(page, name, scheme)
    page.get_by_role("link", name="Visit", exact=True).click()
    settled(page)
    page.get_by_role("button", name="Correct points").first.click()
    expect(page.locator("g.point").first).to_be_visible()
    settled(page)
    found += seen(page, "points", scheme) + walked(page, "points", scheme)
    page.get_by_role("button", name="Lock").click()
    expect(page.get_by_role("heading", name="The record is locked")).to_be_visible()
    found += seen(page, "unlock", scheme) + walked(page, "unlock", scheme, "body")
    print(f"{scheme}: {len(PAGES) + 3} pages, {len(found)} serious findings")
    assert not found, "\n".join(map(str, found))


@pytest.mark.parametrize("size", ["tablet", "phone"])
def test_no_page_is_wider_than_its_screen(filled, page, size):
    width, height = SIZES[size]
    wide = partial(page.evaluate, "document.querySelector('.stMain').scrollWidth")
    settled(page)
    page.get_by_role("button", name="Open").click()
    settled(page)
    for title in ("Compare", "For the patient", "Visit"):
        page.set_viewport_size({"width": 1280, "height": height})
        page.get_by_role("link", name=title, exact=True).click()
        settled(page)
        page.set_viewport_size({"width": width, "height": height})
        until(lambda: wide() <= width, told=wide)  # laid out anew
    if size == "phone":  # where the menu is put away
        page.reload()
        settled(page)
        assert tabbed(page) == []
        page.get_by_role("button", name="Expand sidebar").press("Enter")
        expect(page.get_by_role("link", name="Patients", exact=True)).to_be_focused()
