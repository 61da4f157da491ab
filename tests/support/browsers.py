"""Browsers as the tests start them, and the dashboard as somebody opens it in one."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from support.samples import PASSPHRASE

PATIENCE_MS = 30_000  # measuring a photo takes a second; a busy machine many
expect.set_options(timeout=PATIENCE_MS)

QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    """Start a browser that asks nobody else."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=found, args=[*QUIET, *flags])
        yield browser
        browser.close()


def with_camera(video: Path) -> tuple[str, ...]:
    """Return the flags that make a browser take a video for its camera."""
    return (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={video}",
    )


def entered(browser: Browser, url: str, **options) -> Page:
    """Open the dashboard in a new window and unlock it; options are the window's.

    What the page asks for is kept in ``page.asked``, what its content security policy refuses in
    ``page.refused``.
    """
    context = browser.new_context(
        **{"viewport": {"width": 1366, "height": 1400}, "accept_downloads": True} | options
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.asked = []
    page.on("request", lambda request: page.asked.append(request.url))
    page.refused = []
    page.on(
        "console",
        lambda line: page.refused.append(line.text) if "Content Security" in line.text else None,
    )
    page.goto(url)
    page.get_by_label("Passphrase").fill(PASSPHRASE)
    page.get_by_role("button", name="Unlock").click()
    return page


def settled(page) -> None:
    """Wait until the dashboard has answered."""
    page.wait_for_timeout(400)
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
