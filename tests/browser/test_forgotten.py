"""An erased patient is gone from what this process holds, in every tab of everybody.

The dashboard runs in a thread of the test, so that what it holds can be looked through.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Page, expect
from streamlit import runtime
from streamlit.web import bootstrap
from support.browsers import entered
from support.page_ready import settled
from support.samples import SAMPLES, assessed, free_port, open_store, with_consent
from support.waiting import until

from posture.gate.options import Options
from posture.practice.sot import Stage
from posture.records import NewPhoto, NewVisit, PatientDetails, Scope
from posture.serve import server

pytestmark = pytest.mark.browser
NAME, OTHER = "Xaverine Quillfeather", "Bea Other"


@contextmanager
def served_here(home) -> Iterator[str]:
    """Serve the dashboard in a thread of this process."""
    port = free_port()
    options = {"server.address": "127.0.0.1", "server.port": port, "server.headless": True}
    flags = {**server.SETTINGS, **options}
    bootstrap.load_config_options({name.replace(".", "_"): value for name, value in flags.items()})
    app = server.gated(home, Options(port=port))
    config = uvicorn.Config(app, "127.0.0.1", port, ws="websockets-sansio", log_level="error")
    serving = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(serving.serve()), daemon=True)
    thread.start()
    until(lambda: serving.started)
    yield f"http://127.0.0.1:{port}"
    serving.should_exit = True
    thread.join(30)


def sessions() -> list[Any]:
    return runtime.get_instance()._session_mgr.list_sessions()


def held(marks: set[str]) -> dict[str, list[str]]:
    """Return where in this process's caches something is of a patient: each place, and what."""
    there = runtime.get_instance()
    media = there.media_file_mgr
    found = {
        f"session {number}": [
            f"{key}: {type(value).__name__}"
            for key, value in info.session.session_state.filtered_state.items()
            if mentions((key, value), marks)
        ]
        for number, info in enumerate(sessions())
    }
    found["pictures"] = [
        file_id for file_id, file in media._storage._files_by_id.items()
        if "image" in file.mimetype or "html" in file.mimetype
    ]  # fmt: skip
    of_patients = (str(each["filename"]) for each in media._deferred_callables.values())
    found["downloads"] = [name for name in of_patients if name != "posture_deidentified.zip"]
    found["uploads"] = [str(each) for each in there.uploaded_file_mgr.file_storage.values() if each]
    return {place: what for place, what in found.items() if what}


def mentions(value: Any, marks: set[str], depth: int = 12) -> bool:
    """Whether a value, or anything that it is made of, has one of these words in it."""
    if isinstance(value, str | bytes):
        return any(mark in str(value) for mark in marks)
    if depth == 0:
        return False
    parts = [value] if isinstance(value, dict | list | tuple | set | frozenset) else []
    inner = [*value.items()] if isinstance(value, dict) else list(*parts)
    if not parts and (fields := getattr(value, "__dict__", None) or {}):
        inner = list(fields.values())
    return any(mentions(each, marks, depth - 1) for each in inner)


def fill(home) -> set[str]:
    """Put two patients into the record; return by what the first is known."""
    store = open_store(home)
    made = []
    for person in (NAME, OTHER):
        patient = with_consent(store, PatientDetails(person, height_cm=176.9), *Scope)
        for number in (1, 3):
            name = f"m1_visit{number}_anterior.jpg"
            photo = NewPhoto(
                (SAMPLES / name).read_bytes(), Stage.PRE, assessed(name, "anterior"), "image/jpeg"
            )
            when = datetime(2026, 8 + number, 7, 9)  # noqa: DTZ001
            store.visits.save(NewVisit(patient, when, "Dr. B", (photo,)))
        made.append(patient)
    marks = {NAME, made[0], *(visit.id for visit in store.visits.of(made[0]))}
    store.close()
    return marks


def opened(page: Page, name: str) -> None:
    """Open a patient's overview from the list."""
    page.get_by_role("link", name="Patients", exact=True).click()
    expect(page.get_by_role("heading", name="Patients", exact=True)).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Open").nth(0 if name == OTHER else 1).click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    settled(page)


def test_an_erased_patient_is_gone_from_every_tab_and_cache(browser, home, monkeypatch):
    monkeypatch.delenv("POSTURE_PASSPHRASE_FILE")
    marks = fill(home)
    with served_here(home) as url:
        looks, cut, works, erases = pages = [entered(browser, url) for _ in range(4)]
        for page in pages[:3]:
            opened(page, NAME)
            for title in ("Compare", "For the patient"):
                page.get_by_role("link", name=title, exact=True).click()
                settled(page)
        opened(works, OTHER)
        cut.close()
        until(lambda: sum(info.client is None for info in sessions()) == 1)
        before = held(marks)
        stories = [what for what in before.values() if "story: tuple" in what]
        assert len(stories) == 3, before
        assert before["pictures"]

        erases.get_by_role("link", name="Privacy").click()
        erases.get_by_role("combobox", name="Patient", exact=True).click()
        erases.get_by_role("option", name=NAME).click()
        typed = erases.get_by_label("Type the patient's name")
        typed.fill(NAME)
        typed.press("Enter")
        erases.get_by_role("button", name="Erase permanently").click()
        expect(erases.get_by_text("Patient erased")).to_be_visible()
        expect(looks.get_by_text(NAME)).to_have_count(0)  # by itself
        works.get_by_role("link", name="History", exact=True).click()
        settled(works)
        expect(works.get_by_text(OTHER).first).to_be_visible()  # it was at work, and goes on
        until(lambda: not held(marks), told=lambda: held(marks))
