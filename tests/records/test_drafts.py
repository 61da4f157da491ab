"""What is begun and not saved: kept for each user, gone with the patient."""

from datetime import timedelta

import pytest
from shared import open_store, with_consent

from posture.records import Actor, NoConsentError, PatientDetails, RecordError, Role, Scope
from posture.records import drafts as kept
from posture.records.erasure import Reason

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
