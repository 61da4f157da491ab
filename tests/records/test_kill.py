"""A save killed at any line of ours: afterwards the visit is there whole, or nothing of it is."""

import os
import signal
import sys
from datetime import datetime, timedelta

from support.kills import ALL, counting
from support.samples import SAMPLES, assessed, open_store, with_consent

from posture.practice.sot import Stage
from posture.records import NewPhoto, NewVisit, PatientDetails


def new_visit(patient: str) -> NewVisit:
    photos = tuple(
        NewPhoto((SAMPLES / name).read_bytes(), Stage.PRE, assessed(name, view), "image/jpeg")
        for name, view in (
            ("m1_visit1_anterior.jpg", "anterior"),
            ("m1_visit1_left.jpg", "left"),
        )
    )
    notes = {Stage.PRE: {"pain": 3}, Stage.VISIT: {"plan": "again"}}
    return NewVisit(patient, datetime(2026, 9, 7, 9, 0), photos=photos, notes=notes)  # noqa: DTZ001


def save_and_die(home, visit: NewVisit, after: int) -> int:
    """Save in a child process that is killed after so many lines; return how it ended.

    Lines of ours and of the database layer count, so that kills fall between its statements too.
    """
    child = os.fork()
    if child == 0:
        store = open_store(home)
        left = after

        def count(frame, event, _argument):
            nonlocal left
            if event == "line":
                left -= 1
                if left <= 0:
                    os.kill(os.getpid(), signal.SIGKILL)
            return count

        def watch(frame, _event, _argument):
            name = frame.f_code.co_filename
            ours = "/posture/records/" in name or "/sqlalchemy/engine/" in name
            return count if ours else None

        sys.settrace(watch)
        store.visits.save(visit)
        sys.settrace(None)
        os._exit(0)
    return os.waitpid(child, 0)[1]


def test_killed_in_mid_save(home, monkeypatch):
    monkeypatch.setattr("posture.records.photo_filing.SAVE_LIFE", timedelta(0))
    store = open_store(home)
    patient = with_consent(store, PatientDetails("A"))
    store.close()
    visit = new_visit(patient)
    saved = 0
    lines = 3  # grows until a save gets through, so kills cover it from first to last
    growth = 1.25 if ALL else 2.0
    with counting("killed at a line of a save") as fault:
        while True:
            status = save_and_die(home, visit, lines)
            store = open_store(home)
            visits = store.visits.of(patient)
            photos = [p for p in (home / "photos").rglob("*") if p.is_file()]
            with fault.checking():
                if len(visits) == saved:
                    assert len(photos) == 2 * saved, f"killed after {lines} lines"
                else:
                    saved += 1
                    assert len(visits) == saved
                    whole = store.visits.get(visits[0].id)
                    assert [p.assessment for p in whole.photos] != []
                    assert len(whole.photos) == 2
                    assert whole.notes.keys() == visit.notes.keys()
                    assert all(store.photos.get(p.id) for p in whole.photos)
                    assert len(photos) == 2 * saved  # killed after the last word, too, it is there
            store.close()
            if os.WIFEXITED(status):
                break
            fault.injected += 1
            lines = int(lines * growth) + 1
    assert fault.injected >= (20 if ALL else 5)
    assert saved >= 1
