"""Browsers as the tests start them, and the dashboard as somebody opens it in one."""

import shutil
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright, expect

from support.page_ready import watched
from support.samples import PASSPHRASE

PATIENCE_MS = 30_000  # measuring a photo takes a second; a busy machine many
expect.set_options(timeout=PATIENCE_MS)

QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip


def chromium(play: Playwright, *flags: str) -> Browser:
    """Start a browser that asks nobody else."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    return play.chromium.launch(executable_path=found, args=[*QUIET, *flags])


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
    page = watched(context.new_page())
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
