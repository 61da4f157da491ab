"""A served dashboard, watched, and a browser whose camera shows a sample patient."""

import shutil
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from serving import serving
from shared import PASSPHRASE, SAMPLES
from watched import watching

PATIENCE_MS = 30_000  # measuring a photo takes a second; a busy machine many
expect.set_options(timeout=PATIENCE_MS)

QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip


@pytest.fixture
def network_log(tmp_path) -> Path:
    return tmp_path / "calls"


@pytest.fixture
def dashboard(home, network_log):
    """Serve the dashboard on this test's record and return its address."""
    with serving(wrap=partial(watching, network_log)) as url:
        yield url


def as_video(photo: Path, video: Path) -> Path:
    """Write a photo as the 1080p video that Chromium takes for its camera."""
    picture = cv2.imread(str(photo))
    picture = cv2.resize(picture, (720, 1080), interpolation=cv2.INTER_AREA)
    frame = np.full((1080, 1920, 3), picture[5, 5], np.uint8)
    frame[:, 600:1320] = picture
    planes = cv2.cvtColor(frame, cv2.COLOR_BGR2YUV_I420).tobytes()
    header = b"YUV4MPEG2 W1920 H1080 F10:1 Ip A1:1 C420jpeg\n"
    video.write_bytes(header + (b"FRAME\n" + planes) * 5)
    return video


@pytest.fixture
def browser(tmp_path) -> Browser:
    video = as_video(SAMPLES / "m1_visit1_anterior.jpg", tmp_path / "camera.y4m")
    camera = [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={video}",
    ]
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=[*QUIET, *camera])
        yield browser
        browser.close()


@pytest.fixture
def page(browser, dashboard) -> Page:
    """Open the dashboard and unlock it; what the page asks for is kept in ``page.asked``.

    What its content security policy refuses is kept in ``page.refused``.
    """
    context = browser.new_context(
        viewport={"width": 1366, "height": 1400}, permissions=["camera"], accept_downloads=True
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
    page.goto(dashboard)
    page.get_by_label("Passphrase").fill(PASSPHRASE)
    page.get_by_role("button", name="Unlock").click()
    return page
