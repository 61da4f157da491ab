"""What a patient takes home: a report as PDF, a page by a link in another browser."""

import io
import re
import zipfile
from pathlib import Path

import pypdf
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from sqlalchemy import update
from support.page_ready import settled
from support.samples import open_store

from posture.records.audit import Action
from posture.records.tables import ShareRow

pytestmark = pytest.mark.browser


def opened(page, title: str) -> None:
    settled(page)
    page.get_by_role("button", name="Open").first.click()
    settled(page)
    page.get_by_role("link", name=title, exact=True).click()
    settled(page)


def test_a_report_is_downloaded_with_its_photos_and_values(filled, page):
    opened(page, "Report")
    page.get_by_text("Blur the face").click()
    settled(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Report (PDF)").click()
    pdf = pypdf.PdfReader(io.BytesIO(Path(download.value.path()).read_bytes()))
    words = re.sub(r"\s+", " ", " ".join(p.extract_text() for p in pdf.pages))
    for part in (
        "Posture: before and after",
        "Ada Sample",
        "Shoulder level",
        "change",
        "How the photos",
    ):
        assert part in words, part
    pictures = [image.image for p in pdf.pages for image in p.images]
    assert len(pictures) == 4
    assert all(min(picture.size) > 500 for picture in pictures)


def test_a_whole_record_that_cannot_be_made_says_why_until_it_is_asked_for_again(
    filled, page, home
):
    # Before the page makes thumbnails, which are files beside the photos.
    lost = next(path for path in (home / "photos").rglob("*") if path.is_file())
    content = lost.read_bytes()
    settled(page)
    page.get_by_role("button", name="Open").first.click()
    settled(page)
    lost.unlink()
    page.get_by_role("button", name="Whole record with photos").click()
    why = page.get_by_role("alert").filter(has_text="is missing. The measurements are still there")
    expect(why).to_be_visible()
    expect(page.get_by_test_id("stDownloadButtonError")).to_have_count(0)  # Streamlit's has gone
    expect(why).to_be_visible()
    lost.write_bytes(content)
    with page.expect_download() as download:
        page.get_by_role("button", name="Whole record with photos").click()
    expect(why).to_have_count(0)
    with zipfile.ZipFile(Path(download.value.path())) as archive:
        assert len([name for name in archive.namelist() if name.startswith("photos/")]) == 4


def test_a_link_opens_in_another_browser_until_it_ends(filled, page, browser, home):
    opened(page, "For the patient")
    expect(page.get_by_text("Your posture, before and now")).to_be_visible()
    page.get_by_role("button", name="Create a link").click()
    link = page.locator("code", has_text="/share/").first.inner_text().strip()
    settled(page)

    elsewhere = browser.new_context(viewport={"width": 390, "height": 844})
    phone = elsewhere.new_page()
    asked = []
    phone.on("request", lambda request: asked.append(request.url))
    assert phone.goto(link).status == 200
    expect(phone.get_by_role("heading", name="Your posture, before and now")).to_be_visible()
    assert phone.locator("img").count() == 4
    # Three letters are found by chance in the pictures' own.
    assert "Ada" not in re.sub(r"data:[^\"]*", "", phone.content())
    assert [url for url in asked if not url.startswith("data:")] == [link]
    found = Axe().run(phone).response["violations"]
    assert [f["id"] for f in found if f["impact"] in ("serious", "critical")] == []
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    assert phone.goto(link.rsplit("/share/", 1)[0]).status == 401, "the link opens nothing else"

    store = open_store(home)
    with store.database.writing() as session:
        session.execute(update(ShareRow).values(expires_at=1.0))
    assert phone.goto(link).status == 410
    expect(phone.get_by_text("This link has expired")).to_be_visible()

    page.get_by_role("button", name="Create a link").click()
    settled(page)
    second = page.locator("code", has_text="/share/").first.inner_text().strip()
    assert second != link
    assert phone.goto(second).status == 200
    page.get_by_role("button", name="Withdraw").click()
    page.get_by_role("button", name="Withdraw the link").click()
    settled(page)
    assert phone.goto(second).status == 410
    expect(phone.get_by_text("This link has been withdrawn")).to_be_visible()
    trail = [(entry.action, entry.what) for entry in store.audit.entries()]
    assert trail.count((Action.SEEN, "shared page")) == 2
    assert trail.count((Action.SHARED, "link")) == 2
    assert trail.count((Action.SHARED, "link withdrawn")) == 1
    assert trail.count((Action.REFUSED, "link")) == 2
    store.close()
