"""The queue of what is to be measured, and what becomes of a draft's photos, with faults put in."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from support.samples import PASSPHRASE, SAMPLES, assessed, kept_photos, with_consent

from posture.errors import ModelError
from posture.landmarks import View
from posture.practice.sot import Stage
from posture.records import PatientDetails, RecordError, drafts, record_access
from posture.records.drafts import Drafts
from posture.records.sessions import OWNER
from posture.ui import browser_tab, draft_photos, draft_store
from posture.ui.draft import Draft
from posture.ui.draft_photos import DraftPhoto
from posture.ui.measure_queue import MeasureQueue, queue

NAME = "m1_visit1_anterior.jpg"
PHOTO = (SAMPLES / NAME).read_bytes()


@pytest.fixture(autouse=True)
def _a_tab(monkeypatch):
    monkeypatch.setattr(browser_tab, "name", lambda: "tab")


@pytest.fixture
def measuring(monkeypatch) -> Iterator[threading.Event]:
    """Measure by what a sample gave, once the event is set; afterwards none is left."""
    go = threading.Event()

    def assess(photo, view, **_):
        assert go.wait(60)
        found = replace(assessed(NAME), photo=photo.name, photo_sha256=photo.sha256)
        return replace(found, view=view, view_source="given") if view else found

    monkeypatch.setattr(draft_photos, "assess", assess)
    yield go
    go.set()
    assert queue.wait(60)


@pytest.fixture
def draft(home) -> Draft:
    """Return an unsaved visit in an open record."""
    access = record_access(home)
    access.store()
    patient = with_consent(access.store(), PatientDetails("Ada Sample", height_cm=176.9))
    return of(access, patient)


def of(access, patient: str) -> Draft:
    return Draft(patient, 176.9, record=lambda: access.opened().acting_as(OWNER))


def again(draft: Draft) -> Draft:
    """Return the same visit as another page takes it up."""
    other = Draft(draft.patient_id, draft.height_cm, record=draft.record)
    draft_store.restore_visit(draft.record(), other, draft.stored.key)
    return other


def photo(number: int) -> bytes:
    return PHOTO + bytes([number])  # a JPEG ends where it says so


def bring(draft: Draft, *numbers: int) -> None:
    for number in numbers:
        draft.take_in(photo(number), f"{number}.jpg", Stage.PRE)


def names(draft: Draft) -> list[str]:
    return [each.name for each in draft.photos]


def rows(draft: Draft) -> dict[str, bool]:
    """Return whether each kept photo waits, by its name."""
    found = kept_photos(draft.record()).values()
    return {row["name"]: bool(row.get("waiting")) for row in found}


def test_jobs_are_done_once_each_in_order_and_one_that_fails_stops_no_other():
    jobs, done, go = MeasureQueue(), [], threading.Event()
    things = [object() for _ in range(4)]

    def job(number: int) -> None:
        assert go.wait(60)
        done.append(number)
        if number == 1:
            raise ZeroDivisionError

    for _ in range(3):
        for number, thing in enumerate(things):
            jobs.ask(thing, lambda number=number: job(number))
    go.set()
    assert jobs.wait(60)
    assert done == [0, 1, 2, 3]
    jobs.ask(things[2], lambda: job(2))
    assert jobs.wait(60)
    assert done == [0, 1, 2, 3, 2]


def test_each_photo_is_kept_before_it_is_measured_and_measured_before_it_is_shown(draft, measuring):
    bring(draft, 1, 2, 3)
    assert rows(draft) == {"1.jpg": True, "2.jpg": True, "3.jpg": True}
    assert draft.photos == []
    shown = []
    put = draft._put
    draft._put = lambda done: (shown.append(rows(draft)[done.name]), put(done))
    measuring.set()
    assert queue.wait(60)
    assert shown == [False] * 3
    assert names(draft) == ["1.jpg", "2.jpg", "3.jpg"]
    assert names(again(draft)) == ["1.jpg", "2.jpg", "3.jpg"]


def test_many_pages_ask_at_once_and_none_comes_twice_or_not_at_all(draft, measuring):
    measuring.set()

    def work() -> None:
        for number in range(20):
            if draft.is_new(f"file {number}"):
                bring(draft, number)
            draft.measure_waiting()
            draft_store.store_visit(draft.record(), draft)

    pages = [threading.Thread(target=work) for _ in range(4)]
    for page in pages:
        page.start()
    for page in pages:
        page.join(60)
    assert queue.wait(60)
    assert sorted(names(draft)) == sorted(f"{number}.jpg" for number in range(20))
    assert draft.refused == ()
    assert rows(draft) == {f"{number}.jpg": False for number in range(20)}


def test_a_page_loaded_anew_gets_what_the_one_before_had_ordered(draft, measuring, monkeypatch):
    bring(draft, 3, 1, 2)
    draft_store.store_visit(draft.record(), draft)
    other = again(draft)
    other.measure_waiting()
    measured = []
    real = draft_photos.assess
    monkeypatch.setattr(
        draft_photos, "assess", lambda *a, **k: (measured.append(a[0].name), real(*a, **k))[1]
    )
    measuring.set()
    assert queue.wait(60)
    assert names(other) == names(again(other)) == ["3.jpg", "1.jpg", "2.jpg"]  # as they came
    assert measured == ["1.jpg", "2.jpg"]  # the first was under way already
    draft_store.store_visit(other.record(), other)
    assert rows(other) == {"1.jpg": False, "2.jpg": False, "3.jpg": False}


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_a_lock_leaves_photos_waiting_until_the_visit_is_taken_up_again(
    draft, measuring, home, when
):
    access = record_access(home)
    if when == "meanwhile":
        bring(draft, 1, 2)
        access.lock()
    else:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(queue, "ask", lambda *_: None)
            bring(draft, 1, 2)
        access.lock()
        draft.measure_waiting()
    measuring.set()
    assert queue.wait(60)
    assert draft.photos == []
    access.unlock(PASSPHRASE)
    assert rows(draft) == {"1.jpg": True, "2.jpg": True}
    other = again(draft)
    other.measure_waiting()
    assert queue.wait(60)
    assert names(other) == ["1.jpg", "2.jpg"]


def test_what_is_removed_or_discarded_meanwhile_does_not_come_back(draft, measuring):
    bring(draft, 1, 2, 3)
    draft.remove(draft.waiting[0])  # under way
    draft.remove(draft.waiting[1])  # still to come
    measuring.set()
    assert queue.wait(60)
    assert names(draft) == ["2.jpg"]
    assert rows(draft) == {"2.jpg": False}
    measuring.clear()
    bring(draft, 4)
    draft_store.discard_visit(draft.record(), draft.stored)
    measuring.set()
    assert queue.wait(60)
    assert kept_photos(draft.record()) == {}
    bring(draft, 5)
    assert draft.refused[-1].name == "5.jpg"
    assert kept_photos(draft.record()) == {}


def test_an_erased_patient_is_not_written_to(draft, measuring):
    bring(draft, 1)
    draft.record().erasure.erase_patient(draft.patient_id, "request")
    measuring.set()
    assert queue.wait(60)
    assert draft.photos == []
    assert kept_photos(draft.record()) == {}


def test_another_view_or_height_is_measured_again_and_the_first_order_is_void(draft, measuring):
    bring(draft, 1)
    draft.of_height(150.0)  # under way
    measuring.set()
    assert queue.wait(60)
    draft.measure_waiting()
    assert queue.wait(60)
    [found] = draft.photos
    assert (found.height_cm, found.assessment.view_source) == (150.0, "guessed")
    draft.see_as(found, View.POSTERIOR)
    assert draft.photos == []
    assert queue.wait(60)
    [seen] = draft.photos
    assert (seen.id, seen.view, seen.assessment.view_source) == (found.id, "posterior", "given")
    assert [type(each) for each in again(draft).files.values()] == [DraftPhoto]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ModelError("The model bundle is altered."), "The model bundle is altered."),
        (ZeroDivisionError("Ada Sample"), "a fault in the program"),
    ],
)
def test_a_photo_outlives_what_goes_wrong_with_measuring_it(
    draft, measuring, monkeypatch, caplog, error, told
):
    real = draft_photos.assess

    def fail(photo, *_, **__):
        raise error

    monkeypatch.setattr(draft_photos, "assess", fail)
    measuring.set()
    bring(draft, 1)
    assert queue.wait(60)
    [file] = draft.waiting
    assert told in file.trouble
    assert "Ada" not in file.trouble + caplog.text
    assert rows(draft) == {"1.jpg": True}
    monkeypatch.setattr(draft_photos, "assess", real)
    draft.try_again(file)
    assert queue.wait(60)
    assert names(draft) == ["1.jpg"]


def test_what_is_no_photo_comes_twice_or_is_too_much_is_told_with_its_name(
    draft, measuring, monkeypatch
):
    measuring.set()
    monkeypatch.setattr(drafts, "MOST_PHOTOS", 2)
    draft.take_in(b"Dear sir", "letter.jpg", Stage.PRE)
    assert queue.wait(60)
    bring(draft, 1, 1, 2, 3)
    assert queue.wait(60)
    told = {refused.name: refused.why for refused in draft.refused}
    assert "not a readable image" in told["letter.jpg"]
    assert "already has this photo" in told["1.jpg"]
    assert "at most 2 photos" in told["3.jpg"]
    assert names(draft) == ["1.jpg", "2.jpg"]
    draft_store.store_visit(draft.record(), draft)
    assert again(draft).refused == draft.refused
    draft.read(draft.refused[1])
    assert [each.name for each in draft.refused] == ["letter.jpg", "3.jpg"]


def test_a_busy_record_keeps_nothing_from_being_measured_later(draft, measuring, monkeypatch):
    measuring.set()
    with monkeypatch.context() as patch:

        def busy(*_, **__):
            raise RecordError("It could not be saved: database is locked.")

        patch.setattr(Drafts, "exchange", busy)
        bring(draft, 1)
        assert queue.wait(60)
    assert draft.photos == []
    draft.measure_waiting()
    assert queue.wait(60)
    assert names(draft) == ["1.jpg"]
