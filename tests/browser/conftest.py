"""A dashboard served for each test, and one browser for all; its camera shows a sample patient."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright
from support.browsers import chromium, entered, with_camera
from support.cameras import as_video
from support.network_watch import watching
from support.samples import SAMPLES, assessed, open_store, with_consent
from support.serving import serving

from posture.practice.sot import Stage
from posture.records import NewPhoto, NewVisit, PatientDetails, Scope


@pytest.fixture(scope="package")
def play() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture
def launch(play) -> Iterator[Callable[..., Browser]]:
    """Start a browser with flags of its own; it is closed after the test."""
    with ExitStack() as stack:

        def start(*flags: str) -> Browser:
            browser = chromium(play, *flags)
            stack.callback(browser.close)
            return browser

        yield start


@pytest.fixture(scope="package")
def shared_browser(play, tmp_path_factory) -> Iterator[Browser]:
    folder = tmp_path_factory.mktemp("camera")
    video = as_video([SAMPLES / "m1_visit1_anterior.jpg"], folder / "camera.y4m")
    browser = chromium(play, *with_camera(video))
    yield browser
    browser.close()


@pytest.fixture
def browser(shared_browser) -> Iterator[Browser]:
    """A browser whose camera shows a sample patient; its windows are this test's alone."""
    yield shared_browser
    for context in shared_browser.contexts:
        context.close()


@pytest.fixture
def network_log(tmp_path) -> Path:
    return tmp_path / "calls"


@pytest.fixture
def dashboard(home, request):
    """Serve the dashboard on this test's record and return its address.

    It is watched, which slows it, where the test asks for the log of what it turns to.
    """
    watched = "network_log" in request.fixturenames
    log = request.getfixturevalue("network_log") if watched else None
    with serving(wrap=partial(watching, log) if watched else None) as url:
        yield url


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
        store.visits.save(NewVisit(patient, when, "Dr. B", photos, notes))
    store.close()
