"""Take the pictures of the docs from the running demo: ``posture demo --no-browser`` beside it.

python tools/screenshots.py [http://localhost:8501]
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

IMAGES = Path(__file__).parents[1] / "docs" / "images"


def main() -> None:
    """Compare the first sample patient's visits and keep the picture."""
    url = sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8501"
    expect.set_options(timeout=30_000)
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1366, "height": 1620})
        page.goto(url)
        page.get_by_role("button", name="Open").last.click()
        page.get_by_role("button", name="Compare visits").click()
        expect(page.get_by_role("heading", name="Posterior view")).to_be_visible()
        expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
        page.wait_for_timeout(1000)
        page.screenshot(path=IMAGES / "compare.png")
        browser.close()


if __name__ == "__main__":
    main()
