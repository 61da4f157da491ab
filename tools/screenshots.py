"""Take the pictures of the docs from the running demo: ``posture demo --no-browser`` beside it.

The camera of the guided capture shows a sample patient.

python tools/screenshots.py [http://localhost:8501]
"""

import re
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
sys.path += [str(ROOT / "tests"), str(ROOT / "tests" / "browser")]

from browsers import with_camera  # noqa: E402
from cameras import as_video  # noqa: E402


def main() -> None:
    """Compare the first sample patient's visits and keep the picture."""
    url = sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8501"
    expect.set_options(timeout=30_000)
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", *with_camera(_video())],
        )
        page = browser.new_page(viewport={"width": 1366, "height": 1620})
        page.goto(url)
        page.get_by_role("button", name="Open").last.click()
        page.get_by_role("button", name="Compare visits").click()
        expect(page.get_by_role("heading", name="Posterior view")).to_be_visible()
        expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
        page.wait_for_timeout(1000)
        page.screenshot(path=IMAGES / "compare.png")
        _live(page)
        browser.close()


def _live(page: Page) -> None:
    """Begin a guided capture and keep the picture of its countdown."""
    page.context.grant_permissions(["camera"])
    page.set_viewport_size({"width": 1366, "height": 768})
    page.get_by_role("link", name="New visit").click()
    page.get_by_role("button", name="Begin guided capture").click()
    stage = page.get_by_role("dialog", name="Guided capture")
    expect(stage.locator(".count")).to_have_text(re.compile("[23]"))
    stage.locator(".cameras option").evaluate("(one) => { one.textContent = 'Webcam' }")
    stage.locator(".pace").evaluate("(one) => { one.textContent = '' }")
    page.screenshot(path=IMAGES / "live.png")
    page.keyboard.press("Escape")


def _video() -> Path:
    folder = Path(tempfile.mkdtemp())
    return as_video([ROOT / "samples" / "f1_visit1_anterior.jpg"], folder / "camera.y4m")


if __name__ == "__main__":
    main()
