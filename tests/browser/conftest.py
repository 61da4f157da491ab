"""A served dashboard, watched, and a browser whose camera shows a sample patient."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from support.browsers import chromium, entered, with_camera
from support.cameras import as_video
from support.network_watch import watching
from support.samples import SAMPLES, assessed, open_store, with_consent
from support.serving import serving

from posture.practice.sot import Stage
from posture.records import NewPhoto, NewVisit, PatientDetails, Scope


@pytest.fixture
def network_log(tmp_path) -> Path:
    return tmp_path / "calls"


@pytest.fixture
def dashboard(home, network_log):
    """Serve the dashboard on this test's record and return its address."""
    with serving(wrap=partial(watching, network_log)) as url:
        yield url


@pytest.fixture
def browser(tmp_path) -> Iterator[Browser]:
    video = as_video([SAMPLES / "m1_visit1_anterior.jpg"], tmp_path / "camera.y4m")
    with chromium(*with_camera(video)) as started:
        yield started


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
