"""A served dashboard, watched, and a browser whose camera shows a sample patient."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest
from cameras import as_video
from playwright.sync_api import Browser, Page, expect, sync_playwright
from serving import serving
from shared import PASSPHRASE, SAMPLES, assessed, open_store, with_consent
from watched import watching

from posture.records import NewPhoto, NewVisit, PatientDetails, Scope
from posture.sot import Stage

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


@pytest.fixture
def browser(tmp_path) -> Iterator[Browser]:
    video = as_video([SAMPLES / "m1_visit1_anterior.jpg"], tmp_path / "camera.y4m")
    with chromium(*with_camera(video)) as started:
        yield started


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


@pytest.fixture
def page(browser, dashboard) -> Page:
    return entered(browser, dashboard, permissions=["camera"])


@pytest.fixture
def filled(home):
    """Fill the record with one patient and two visits before it is served."""
    store = open_store(home)
    patient = with_consent(store, PatientDetails("Ada Sample", height_cm=176.9), *Scope)
    for number in (1, 3):
        photos = tuple(
            NewPhoto((SAMPLES / name).read_bytes(), Stage.PRE, assessed(name, view), "image/jpeg")
            for view in ("anterior", "left")
            for name in [f"m1_visit{number}_{view}.jpg"]
        )
        notes = {Stage.PRE: {"pain": 7 - 2 * number}, Stage.VISIT: {"plan": "Walk every day"}}
        when = datetime(2026, 8 + number, 7, 9, 0)  # noqa: DTZ001
        store.save_visit(NewVisit(patient, when, "Dr. B", photos, notes))
    store.close()
