"""What is begun and not saved: kept for each user, gone with the patient."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from support.samples import open_store, with_consent

from posture.practice.sot import Stage
from posture.records import (
    Actor,
    ConflictError,
    NewVisit,
    NoConsentError,
    PatientDetails,
    RecordError,
    Role,
    Scope,
)  # fmt: skip
from posture.records import drafts as kept
from posture.records.erasure import ErasureReason
from posture.records.sessions import Sessions

BEA, CAY = (Actor(f"{name}@clinic.example", Role.PRACTITIONER) for name in ("bea", "cay"))


@pytest.fixture
def store(home):
    store = open_store(home)
    yield store
    store.close()


def test_a_draft_is_its_users_own_and_outlives_the_process(store):
    patient = with_consent(store, PatientDetails("Ada"))
    bea = store.acting_as(BEA)
    bea.drafts.save("visit.a", {"notes": {"pre": {"pain": 3}}}, patient_id=patient)
    bea.drafts.save("visit.a", {"notes": {"pre": {"pain": 4}}}, patient_id=patient)
    bea.drafts.save_file("visit.a.1", b"a picture", patient_id=patient)
    bea.drafts.save("visit.ab", {"other": True})
    assert store.acting_as(CAY).drafts.get("visit.a") is None
    with pytest.raises(RecordError, match="not among the unsaved"):
        store.acting_as(CAY).drafts.file("visit.a.1")
    store.close()
    bea = open_store(store.home).acting_as(BEA)
    assert bea.drafts.get("visit.a") == {"notes": {"pre": {"pain": 4}}}
    assert bea.drafts.file("visit.a.1") == b"a picture"
    bea.drafts.save("visit.a.2", {"view": "left"}, patient_id=patient)
    assert bea.drafts.parts("visit.a") == {"visit.a.2": {"view": "left"}}
    bea.drafts.drop("visit.a")
    assert bea.drafts.get("visit.a") is None
    with pytest.raises(RecordError):
        bea.drafts.file("visit.a.1")
    assert bea.drafts.get("visit.ab") == {"other": True}
    bea.close()


def test_a_draft_goes_with_the_save_and_stays_where_the_save_fails(store):
    patient = with_consent(store, PatientDetails("Ada"))
    visit = NewVisit(patient, datetime(2026, 9, 7, 9, 0), notes={Stage.PRE: {"pain": 3}})  # noqa: DTZ001
    store.drafts.save("visit.a", {"notes": {"pre": {"pain": 3}}}, patient_id=patient)
    store.drafts.save("visit.ab", {"other": True}, patient_id=patient)
    with pytest.raises(RecordError):
        store.visits.save(replace(visit, visited_at=datetime(2099, 1, 1)), draft="visit.a")  # noqa: DTZ001
    saved = store.visits.save(visit)
    with pytest.raises(ConflictError):
        store.visits.add_to(saved, visit, seen=7, draft="visit.a")
    assert store.drafts.get("visit.a") is not None
    store.visits.add_to(saved, visit, seen=1, draft="visit.a")
    assert store.drafts.get("visit.a") is None
    assert store.drafts.get("visit.ab") == {"other": True}


def test_erasing_the_patient_takes_the_draft_along(store):
    patient = with_consent(store, PatientDetails("Ada"))
    store.drafts.save("visit.a", {"plan": "told in confidence"}, patient_id=patient)
    store.drafts.save("other", {})
    store.erasure.erase_patient(patient, ErasureReason.REQUEST)
    assert store.drafts.get("visit.a") is None
    assert store.drafts.get("other") == {}
    with pytest.raises(RecordError, match="no such patient"):
        store.drafts.save("visit.a", {}, patient_id=patient)


def test_no_photo_without_consent_not_even_for_a_moment(store):
    patient = with_consent(store, PatientDetails("Ada"), Scope.TEACHING)
    with pytest.raises(NoConsentError):
        store.drafts.save_file("visit.a.1", b"a picture", patient_id=patient)


@pytest.fixture
def clock(monkeypatch):
    """Return what sets the clock so many days off."""
    real = kept.now

    def off(days: float) -> None:
        monkeypatch.setattr(kept, "now", lambda: real() + timedelta(days))

    return off


def test_what_nobody_touches_is_removed_once_two_looks_far_apart_agree(store, clock):
    store.drafts.save("old", {})
    for days, there in ((89, True), (91, True), (104, True), (106, False)):
        clock(days)
        store.drafts.save("new", {})
        assert (store.drafts.get("old") is not None) == there, days


@pytest.mark.parametrize("wrong", [90.5, 5000, -5000])
def test_a_clock_that_is_wrong_for_a_moment_removes_nothing(store, clock, wrong):
    """Nor does it when it is right again, whatever was written while it was wrong."""
    patient = with_consent(store, PatientDetails("Ada"))
    bea = store.acting_as(BEA)
    bea.drafts.save("visit.a", {"plan": "heel lift"}, patient_id=patient)
    bea.drafts.save("visit.b", {"plan": "rest"}, patient_id=patient)
    bea.drafts.discard("visit.b")
    clock(wrong)
    store.drafts.save("visit.c", {"plan": "written meanwhile"}, patient_id=patient)
    for days in (0, 0.5, 1.5, 13):
        clock(days)
        store.drafts.save("x", {})
        assert bea.drafts.get("visit.a") == {"plan": "heel lift"}
        assert store.drafts.get("visit.c") == {"plan": "written meanwhile"}
        if days < 1:
            assert bea.drafts.restore("visit.b")
            bea.drafts.discard("visit.b")


def test_a_tab_that_a_wrong_clock_saw_is_not_open(store, clock):
    gate = Sessions(store)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("posture.records.sessions.now", lambda: kept.now() + timedelta(90))
        gate.tabs_seen([(BEA.name, "one")])
    assert store.acting_as(BEA).drafts.open_tabs() == set()


def test_what_is_discarded_can_be_had_back_for_a_day_and_then_goes(store, clock):
    patient = with_consent(store, PatientDetails("Ada"))
    bea = store.acting_as(BEA)
    for key in ("visit.a", "visit.a.1", "visit.a.3", "visit.a.2"):
        bea.drafts.save(key, {"is": key}, patient_id=patient)
    for key in ("visit.a.1.file", "visit.a.2.file"):
        bea.drafts.save_file(key, b"a picture", patient_id=patient)
    bea.drafts.discard("visit.a.1")  # a photo is taken out of the visit
    assert list(bea.drafts.parts("visit.a")) == ["visit.a.3", "visit.a.2"]
    assert [one.photos for one in bea.drafts.of_kind("visit")] == [1]
    assert bea.drafts.file("visit.a.1.file", discarded=True) == b"a picture"
    with pytest.raises(RecordError, match="not among the unsaved"):
        bea.drafts.file("visit.a.1.file")
    bea.drafts.discard("visit.a")
    assert bea.drafts.of_kind("visit") == []
    assert bea.drafts.get("visit.a") is None
    assert not bea.drafts.claim("visit.a", of=None, tab="x")
    assert [(d.key, d.photos) for d in bea.drafts.discarded("visit.")] == [
        ("visit.a", 1), ("visit.a.1", 1),
    ]  # fmt: skip
    assert store.acting_as(CAY).drafts.discarded("visit.") == []
    assert not store.acting_as(CAY).drafts.restore("visit.a")

    assert bea.drafts.restore("visit.a")
    assert not bea.drafts.restore("visit.a")
    # The other one stays taken out, and these in their order.
    assert list(bea.drafts.parts("visit.a")) == ["visit.a.3", "visit.a.2"]
    assert bea.drafts.file("visit.a.2.file") == b"a picture"
    bea.drafts.drop("visit.a")  # it is saved
    assert [d.key for d in bea.drafts.discarded("visit.")] == ["visit.a.1"]
    bea.drafts.save("visit.b", {}, patient_id=patient)
    bea.drafts.discard("visit.b")
    for days, there in ((0.9, True), (1.1, True), (2.2, False)):
        clock(days)
        bea.drafts.save("x", {})
        assert ("visit.b" in [d.key for d in bea.drafts.discarded("visit.")]) == there, days
    clock(0)
    bea.drafts.save("visit.c", {"plan": "told in confidence"}, patient_id=patient)
    bea.drafts.discard("visit.c")
    store.erasure.erase_patient(patient, ErasureReason.REQUEST)
    assert bea.drafts.discarded("visit.") == []


def test_what_was_begun_is_listed_and_claimed_once(store):
    bea = store.acting_as(BEA)
    bea.drafts.save("visit.a", {"tab": "one"})
    bea.drafts.save("visit.b", {"tab": "two"})
    bea.drafts.save("visit.a.1", {"view": "left"})
    assert [one.key for one in bea.drafts.of_kind("visit")] == ["visit.a", "visit.b"]
    assert store.acting_as(CAY).drafts.of_kind("visit") == []
    assert bea.drafts.claim("visit.a", of="one", tab="two")
    assert not bea.drafts.claim("visit.a", of="one", tab="three")
    assert bea.drafts.get("visit.a") == {"tab": "two"}


def test_an_open_tab_is_one_that_was_heard_of_and_did_not_leave(store, monkeypatch):
    gate = Sessions(store)
    gate.tabs_seen([(BEA.name, "one"), (BEA.name, "two"), (CAY.name, "three")])
    assert store.acting_as(BEA).drafts.open_tabs() == {"one", "two"}
    gate.tab_left(BEA.name, "one")
    assert store.acting_as(BEA).drafts.open_tabs() == {"two"}
    monkeypatch.setattr(kept, "TAB_SEEN", timedelta(0))
    assert store.acting_as(BEA).drafts.open_tabs() == set()


def test_an_unsaved_visit_holds_so_many_photos_and_so_much(store, monkeypatch):
    patient = with_consent(store, PatientDetails("Ada"))
    monkeypatch.setattr(kept, "MOST_PHOTOS", 2)
    for number in (1, 2, 2):  # the same again takes no more room
        store.drafts.save_file(f"visit.a.{number}.file", b"photo", patient_id=patient)
    store.drafts.save_file("visit.b.1.file", b"photo", patient_id=patient)
    with pytest.raises(kept.DraftFullError, match="at most 2 photos"):
        store.drafts.save_file("visit.a.3.file", b"photo", patient_id=patient)
    monkeypatch.setattr(kept, "MOST_BYTES", 50)
    with pytest.raises(kept.DraftFullError, match="Save the visit"):
        store.drafts.save_file("visit.b.2.file", b"x" * 50, patient_id=patient)


def test_a_draft_is_exchanged_only_as_long_as_nobody_changed_or_dropped_it(store):
    store.drafts.save("visit.a", {"waiting": True})
    assert store.drafts.exchange("visit.a", {"waiting": True}, {"measured": 1})
    assert not store.drafts.exchange("visit.a", {"waiting": True}, {"measured": 2})
    assert store.drafts.get("visit.a") == {"measured": 1}
    store.drafts.drop("visit.a")
    assert not store.drafts.exchange("visit.a", {"measured": 1}, {"measured": 3})
    assert store.drafts.get("visit.a") is None
