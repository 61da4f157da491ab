"""What is begun and not saved: kept for each user, gone with the patient."""

from datetime import timedelta

import pytest
from shared import open_store, with_consent

from posture.records import Actor, NoConsentError, PatientDetails, RecordError, Role, Scope
from posture.records import drafts as kept
from posture.records.erasure import Reason
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
    bea.save_draft("visit.a", {"notes": {"pre": {"pain": 3}}}, patient_id=patient)
    bea.save_draft("visit.a", {"notes": {"pre": {"pain": 4}}}, patient_id=patient)
    bea.save_draft_file("visit.a.1", b"a picture", patient_id=patient)
    bea.save_draft("visit.ab", {"other": True})
    assert store.acting_as(CAY).draft("visit.a") is None
    with pytest.raises(RecordError, match="no such photo"):
        store.acting_as(CAY).draft_file("visit.a.1")
    store.close()
    bea = open_store(store.home).acting_as(BEA)
    assert bea.draft("visit.a") == {"notes": {"pre": {"pain": 4}}}
    assert bea.draft_file("visit.a.1") == b"a picture"
    bea.save_draft("visit.a.2", {"view": "left"}, patient_id=patient)
    assert bea.draft_parts("visit.a") == {"visit.a.2": {"view": "left"}}
    bea.drop_draft("visit.a")
    assert bea.draft("visit.a") is None
    with pytest.raises(RecordError):
        bea.draft_file("visit.a.1")
    assert bea.draft("visit.ab") == {"other": True}
    bea.close()


def test_erasing_the_patient_takes_the_draft_along(store):
    patient = with_consent(store, PatientDetails("Ada"))
    store.save_draft("visit.a", {"plan": "told in confidence"}, patient_id=patient)
    store.save_draft("other", {})
    store.erase_patient(patient, Reason.REQUEST)
    assert store.draft("visit.a") is None
    assert store.draft("other") == {}
    with pytest.raises(RecordError, match="no such patient"):
        store.save_draft("visit.a", {}, patient_id=patient)


def test_no_photo_without_consent_not_even_for_a_moment(store):
    patient = with_consent(store, PatientDetails("Ada"), Scope.TEACHING)
    with pytest.raises(NoConsentError):
        store.save_draft_file("visit.a.1", b"a picture", patient_id=patient)


def test_what_nobody_touches_is_let_go(store, monkeypatch):
    store.save_draft("old", {})
    monkeypatch.setattr(kept, "KEPT", timedelta(seconds=-1))
    store.save_draft("new", {})
    assert store.draft("old") is None


def test_what_was_begun_is_listed_and_claimed_once(store):
    bea = store.acting_as(BEA)
    bea.save_draft("visit.a", {"tab": "one"})
    bea.save_draft("visit.b", {"tab": "two"})
    bea.save_draft("visit.a.1", {"view": "left"})
    assert [one.key for one in bea.begun("visit")] == ["visit.a", "visit.b"]
    assert store.acting_as(CAY).begun("visit") == []
    assert bea.claim_draft("visit.a", of="one", tab="two")
    assert not bea.claim_draft("visit.a", of="one", tab="three")
    assert bea.draft("visit.a") == {"tab": "two"}


def test_an_open_tab_is_one_that_was_heard_of_and_did_not_leave(store, monkeypatch):
    gate = Sessions(store)
    gate.tabs_seen([(BEA.name, "one"), (BEA.name, "two"), (CAY.name, "three")])
    assert store.acting_as(BEA).open_tabs() == {"one", "two"}
    gate.tab_left(BEA.name, "one")
    assert store.acting_as(BEA).open_tabs() == {"two"}
    monkeypatch.setattr(kept, "TAB_SEEN", timedelta(0))
    assert store.acting_as(BEA).open_tabs() == set()


def test_an_unsaved_visit_holds_so_many_photos_and_so_much(store, monkeypatch):
    patient = with_consent(store, PatientDetails("Ada"))
    monkeypatch.setattr(kept, "MOST_PHOTOS", 2)
    for number in (1, 2, 2):  # the same again takes no more room
        store.save_draft_file(f"visit.a.{number}.file", b"photo", patient_id=patient)
    store.save_draft_file("visit.b.1.file", b"photo", patient_id=patient)
    with pytest.raises(kept.DraftFullError, match="at most 2 photos"):
        store.save_draft_file("visit.a.3.file", b"photo", patient_id=patient)
    monkeypatch.setattr(kept, "MOST_BYTES", 50)
    with pytest.raises(kept.DraftFullError, match="Save the visit"):
        store.save_draft_file("visit.b.2.file", b"x" * 50, patient_id=patient)


def test_a_draft_is_exchanged_only_as_long_as_nobody_changed_or_dropped_it(store):
    store.save_draft("visit.a", {"waiting": True})
    assert store.exchange_draft("visit.a", {"waiting": True}, {"measured": 1})
    assert not store.exchange_draft("visit.a", {"waiting": True}, {"measured": 2})
    assert store.draft("visit.a") == {"measured": 1}
    store.drop_draft("visit.a")
    assert not store.exchange_draft("visit.a", {"measured": 1}, {"measured": 3})
    assert store.draft("visit.a") is None
