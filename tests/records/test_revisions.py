"""A saved visit is corrected by a new revision; two people never overwrite each other."""

from datetime import datetime
from threading import Barrier, Thread

import pytest
from support.samples import SAMPLES, assessed, open_store, with_consent

from posture.imaging.photo import load_photo
from posture.landmarks import Landmark
from posture.measuring.assess import assess
from posture.practice.sot import Stage
from posture.records import (
    Actor,
    ConflictError,
    Correction,
    NewPhoto,
    NewVisit,
    PatientDetails,
    RecordError,
    Role,
)

WHEN = datetime(2026, 9, 7, 9, 0)  # noqa: DTZ001
NAME = "f1_visit1_left.jpg"


@pytest.fixture
def saved(home):
    """Return a store, and the visit saved in it."""
    store = open_store(home)
    patient = with_consent(store, PatientDetails("Ada"))
    photo = NewPhoto((SAMPLES / NAME).read_bytes(), Stage.PRE, assessed(NAME, "left"), "image/jpeg")
    notes = {Stage.PRE: {"pain": 3}, Stage.VISIT: {"plan": "again"}}
    visit_id = store.visits.save(NewVisit(patient, WHEN, "Dr. A", (photo,), notes))
    yield store, store.visits.get(visit_id)
    store.close()


def test_both_revisions_are_kept_with_who_and_why(saved):
    store, first = saved
    [photo] = first.photos
    placed = {Landmark.LEFT_ASIS: (437.0, 811.0), Landmark.LEFT_PSIS: (549.0, 801.0)}
    again = assess(load_photo(SAMPLES / NAME), "left", points=placed)
    store.acting_as(Actor("Dr. B", Role.PRACTITIONER)).revisions.correct(
        first.id,
        Correction(
            " wrong day, wrong side ",
            visited_at=WHEN.replace(day=8),
            practitioner="Dr. B",
            notes={Stage.PRE: {"pain": 6}, Stage.POST: {"pain": 1}},
            assessments={photo.id: again},
        ),
        seen=1,
    )
    now = store.visits.get(first.id)
    assert (now.revision, now.visited_at, now.practitioner) == (2, WHEN.replace(day=8), "Dr. B")
    assert now.notes == {
        Stage.PRE: {"pain": 6}, Stage.POST: {"pain": 1}, Stage.VISIT: {"plan": "again"},
    }  # fmt: skip
    assert now.photos[0].assessment.measurements == again.measurements
    assert store.visits.get(first.id, 1) == first
    assert [(r.number, r.made_by, r.reason) for r in store.revisions.of(first.id)] == [
        (1, "this computer", ""),
        (2, "Dr. B", "wrong day, wrong side"),
    ]
    assert [v.visited_at for v in store.visits.of(first.patient_id)] == [WHEN.replace(day=8)]
    [(_, told)] = store.visits.history(first.patient_id)
    assert told == now


def test_an_unsaved_correction_ends_with_the_saved_one_or_stays(saved):
    store, first = saved
    key, correction = f"note.{first.id}.tab", Correction("slip", practitioner="Dr. B")
    store.drafts.save(key, {"tab": "tab"}, patient_id=first.patient_id)
    with pytest.raises(ConflictError):
        store.revisions.correct(first.id, correction, seen=7, draft=key)
    assert store.drafts.get(key)
    store.revisions.correct(first.id, correction, seen=1, draft=key)
    assert store.drafts.get(key) is None


def test_a_note_can_be_taken_back_and_written_anew(saved):
    store, first = saved
    store.revisions.correct(first.id, Correction("of another", notes={Stage.PRE: {}}), seen=1)
    assert store.visits.get(first.id).notes == {Stage.VISIT: {"plan": "again"}}
    later = NewVisit(first.patient_id, WHEN, notes={Stage.PRE: {"pain": 2}})
    store.visits.add_to(first.id, later, seen=2)
    assert store.visits.get(first.id).notes[Stage.PRE] == {"pain": 2}
    assert store.visits.get(first.id, 2).notes == {Stage.VISIT: {"plan": "again"}}
    assert store.visits.get(first.id, 1) == first


def test_findings_are_added_to_a_stage_that_has_some_and_none_is_changed(saved):
    store, first = saved
    more = {Stage.PRE: {"sway": "x"}, Stage.POST: {"pain": 1}, Stage.VISIT: {"assessment": "done"}}
    store.visits.add_to(first.id, NewVisit(first.patient_id, WHEN, notes=more), seen=1)
    again = {Stage.PRE: {"pain": 3}, Stage.POST: {"dollar_sign": "left"}}  # the same is no change
    store.visits.add_to(first.id, NewVisit(first.patient_id, WHEN, notes=again), seen=2)
    now = store.visits.get(first.id)
    assert now.notes == {
        Stage.PRE: {"pain": 3, "sway": "x"},
        Stage.POST: {"pain": 1, "dollar_sign": "left"},
        Stage.VISIT: {"plan": "again", "assessment": "done"},
    }
    assert store.visits.get(first.id, 1).notes == first.notes
    assert store.visits.get(first.id, 2).notes[Stage.POST] == {"pain": 1}
    other = {Stage.POST: {"pain": 2, "short_leg": "left"}}
    with pytest.raises(
        RecordError, match=r"already has other values: Pain now.*Correct this visit"
    ):
        store.visits.add_to(first.id, NewVisit(first.patient_id, WHEN, notes=other), seen=3)
    assert store.visits.get(first.id) == now


def test_the_second_of_two_is_told_and_overwrites_nothing(saved):
    store, first = saved
    store.acting_as(Actor("Dr. B", Role.OWNER)).revisions.correct(
        first.id, Correction("first", practitioner="B"), seen=1
    )
    then = store.visits.get(first.id)
    with pytest.raises(ConflictError, match=r"Dr\. B changed this visit .*\(first\)"):
        store.revisions.correct(first.id, Correction("second", practitioner="C"), seen=1)
    more = NewVisit(first.patient_id, WHEN, notes={Stage.POST: {"pain": 0}})
    with pytest.raises(ConflictError, match="meanwhile"):
        store.visits.add_to(first.id, more, seen=1)
    assert store.visits.get(first.id) == then


def test_of_many_at_the_same_moment_one_gets_through(saved, home):
    store, first = saved
    start, told, through = Barrier(4), [], []

    def correct(name: str) -> None:
        start.wait()
        try:
            store.revisions.correct(first.id, Correction("race", practitioner=name), seen=1)
            through.append(name)
        except ConflictError as error:
            told.append(str(error))

    rooms = [Thread(target=correct, args=(f"Dr. {n}",)) for n in range(4)]
    for room in rooms:
        room.start()
    for room in rooms:
        room.join()
    assert (len(through), len(told)) == (1, 3)
    assert store.visits.get(first.id).practitioner == through[0]
    assert len(store.revisions.of(first.id)) == 2


def test_what_cannot_be_a_correction_is_refused(saved):
    store, first = saved
    with pytest.raises(RecordError, match="reason"):
        store.revisions.correct(first.id, Correction("  ", practitioner="B"), seen=1)
    other = assessed("m1_visit1_left.jpg", "left")
    wrong = Correction("x", assessments={first.photos[0].id: other})
    with pytest.raises(RecordError, match="not belong to this photo"):
        store.revisions.correct(first.id, wrong, seen=1)
    with pytest.raises(RecordError, match="no such photo"):
        store.revisions.correct(first.id, Correction("x", assessments={"0" * 32: other}), seen=1)
    assert store.visits.get(first.id) == first
