"""Every public method of the store, by every role; and consent before the first photo."""

import inspect
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from support.samples import SAMPLES, assessed, open_store, with_consent

from posture.practice.sot import Stage
from posture.records import (
    Actor,
    Correction,
    NewPhoto,
    NewVisit,
    NoConsentError,
    NotAllowedError,
    PatientDetails,
    RecordError,
    Role,
    Scope,
    Store,
)
from posture.records.audit import Action
from posture.records.erasure import Reason, WhyRemoved
from posture.records.file_checks import SealedFile, sealed_files

WHEN = datetime(2026, 9, 7, 9, 0)  # noqa: DTZ001
NAME = "m1_visit1_anterior.jpg"
OWNER, PRACTITIONER, ASSISTANT, READER = Role
ALL = set(Role)
FREE = {"acting_as", "close", "demand"}
"""Public, but not a way to the record: they need no right."""

ALLOWED = {
    "setting": ALL,
    "patients": ALL,
    "missing_patients": ALL,
    "counts": ALL,
    "known_content": ALL,
    "has_visit": ALL,
    "check_reachable": ALL,
    "patient": ALL,
    "visits": ALL,
    "visit": ALL,
    "history": ALL,
    "photo": ALL,
    "consents": ALL,
    "consent_words": ALL,
    "save_consent_words": {OWNER},
    "consented": ALL,
    "add_patient": ALL - {READER},
    "update_patient": ALL - {READER},
    "archive_patient": ALL - {READER},
    "save_visit": ALL - {READER},
    "add_to_visit": ALL - {READER},
    "correct_visit": ALL - {READER},
    "revisions": ALL,
    "give_consent": ALL - {READER},
    "withdraw_consent": ALL - {READER},
    "who_consents": ALL,
    "export": {OWNER, PRACTITIONER},
    "share": {OWNER, PRACTITIONER},
    "hand_over": {OWNER, PRACTITIONER},
    "share_page": {OWNER, PRACTITIONER},
    "shares": ALL,
    "withdraw_share": {OWNER, PRACTITIONER},
    "users": {OWNER},
    "invite": {OWNER},
    "change_user": {OWNER},
    "erase_patient": {OWNER},
    "likely_same": ALL,
    "remove_visit": {OWNER, PRACTITIONER},
    "due_for_erasure": {OWNER},
    "save_setting": {OWNER},
    "bad_settings": {OWNER},
    "secret": {OWNER},
    "audit_trail": {OWNER},
    "verify_audit": {OWNER},
    "save_draft": ALL,
    "exchange_draft": ALL,
    "save_draft_file": ALL - {READER},
    "draft": ALL,
    "draft_file": ALL,
    "draft_parts": ALL,
    "begun": ALL,
    "claim_draft": ALL,
    "open_tabs": ALL,
    "drop_draft": ALL,
    "discard_draft": ALL,
    "discarded": ALL,
    "restore_draft": ALL,
    "thumbnail": ALL,
    "last_backup": ALL,
    "schema": ALL,
    "snapshot": {OWNER},
    "sealed": {OWNER},
    "broken_files": {OWNER},
    "stray_files": {OWNER},
    "put_back": {OWNER},
    "note_backup": {OWNER},
    "count_files": {OWNER},
    "check_database": {OWNER},
}


def new_photo() -> NewPhoto:
    return NewPhoto(
        (SAMPLES / NAME).read_bytes(), Stage.PRE, assessed(NAME, "anterior"), "image/jpeg"
    )


@dataclass
class Used:
    """A store with a patient, a visit with photo and note."""

    store: Store
    patient: str
    visit: str
    photo: str
    file: SealedFile
    user: str
    shared: str

    def call(self, store: Store, method: str):
        """Call a method of the store with what fits this record; return what it gives."""
        given = {
            "setting": ("idle_minutes",),
            "save_draft": ("visit", {"pain": 3}),
            "exchange_draft": ("visit", {"pain": 3}, {"pain": 4}),
            "save_draft_file": ("visit.photo", b"photo"),
            "draft": ("visit",),
            "draft_file": ("visit.photo",),
            "draft_parts": ("visit",),
            "begun": ("visit",),
            "claim_draft": ("visit.x",),
            "drop_draft": ("visit",),
            "discard_draft": ("visit",),
            "discarded": ("visit.",),
            "likely_same": (PatientDetails("Ada"),),
            "restore_draft": ("visit",),
            "remove_visit": (self.visit, WhyRemoved.TWICE),
            "save_setting": ("idle_minutes", 5),
            "secret": ("signing", lambda: "made"),
            "missing_patients": ([self.patient],),
            "patient": (self.patient,),
            "visits": (self.patient,),
            "known_content": (self.patient,),
            "has_visit": (self.visit,),
            "visit": (self.visit,),
            "photo": (self.photo,),
            "consents": (self.patient,),
            "consent_words": (Scope.RECORD,),
            "save_consent_words": (Scope.RECORD, "Photos of me are kept."),
            "consented": (self.patient,),
            "add_patient": (PatientDetails("Bea"),),
            "update_patient": (self.patient, PatientDetails("Ada L.")),
            "archive_patient": (self.patient,),
            "save_visit": (NewVisit(self.patient, WHEN, photos=(new_photo(),)),),
            "add_to_visit": (self.visit, NewVisit(self.patient, WHEN, photos=(new_photo(),))),
            "correct_visit": (self.visit, Correction("typing error", practitioner="B")),
            "revisions": (self.visit,),
            "thumbnail": (self.photo, bytes),
            "snapshot": (self.store.home / "copy",),
            "sealed": (self.file.id,),
            "put_back": (self.file, self.store.sealed(self.file.id)),
            "note_backup": (datetime.now(UTC),),
            "give_consent": (self.patient, [Scope.TEACHING]),
            "withdraw_consent": (self.patient, Scope.RECORD),
            "who_consents": (Scope.RECORD,),
            "share": (Scope.RECORD,),
            "hand_over": (self.patient,),
            "share_page": (self.patient, b"<p>page</p>", "two visits", 3),
            "shares": (self.patient,),
            "withdraw_share": (self.shared,),
            "change_user": (self.user,),
            "invite": ("reader@clinic.example", Role.READER),
            "erase_patient": (self.patient, Reason.REQUEST),
        }.get(method, ())
        named = {
            "correct_visit": {"seen": 1},
            "remove_visit": {"seen": 1},
            "change_user": {"role": Role.OWNER, "active": True},
            "save_draft_file": {"patient_id": self.patient},
            "claim_draft": {"of": None, "tab": "x"},
        }.get(method, {})
        try:
            result = getattr(store, method)(*given, **named)
        except RecordError as error:
            # It is backed up by its own means; nobody has a draft here.
            if not any(words in str(error) for words in ("PostgreSQL", "not saved yet")):
                raise
            return None
        return list(result) if inspect.isgenerator(result) else result


@pytest.fixture
def used(home):
    store = open_store(home)
    patient = with_consent(store, PatientDetails("Ada"), Scope.RECORD, Scope.SHARING)
    visit = store.save_visit(
        NewVisit(patient, WHEN, photos=(new_photo(),), notes={Stage.PRE: {"pain": 3}})
    )
    store.share_page(patient, b"<p>page</p>", "two visits", 3)
    [shared] = store.shares(patient)
    with store._reading() as session:
        [file] = sealed_files(session)
    user = store.invite("owner@clinic.example", Role.OWNER)
    yield Used(store, patient, visit, file.photo_id, file, user, shared.id)
    store.close()


def public() -> list[str]:
    return sorted(
        name
        for name, member in inspect.getmembers(Store, inspect.isfunction)
        if not name.startswith("_") and name not in FREE
    )


def test_every_public_method_needs_a_right_and_is_in_the_table():
    assert [name for name in public() if not hasattr(getattr(Store, name), "right")] == []
    assert public() == sorted(ALLOWED)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("method", public())
def test_each_role_may_what_the_table_says(used, method, role):
    store = used.store.acting_as(Actor("somebody", role))
    if role in ALLOWED[method]:
        used.call(store, method)
        return
    before = used.store.verify_audit().rows
    with pytest.raises(NotAllowedError, match=role):
        used.call(store, method)
    entry = used.store.audit_trail()[0]
    assert (entry.action, entry.what, entry.actor) == (Action.REFUSED, method, "somebody")
    assert used.store.verify_audit().rows == before + 1  # the refusal, and nothing else


def test_an_assistant_neither_reads_nor_writes_notes(used):
    store = used.store.acting_as(Actor("assistant", Role.ASSISTANT))
    assert used.store.visit(used.visit).notes == {Stage.PRE: {"pain": 3}}
    assert store.visit(used.visit).notes == {}
    assert [visit.notes for _, visit in store.history(used.patient)] == [{}]
    noted = NewVisit(used.patient, WHEN, notes={Stage.POST: {"pain": 1}})
    with pytest.raises(NotAllowedError, match="write notes"):
        store.save_visit(noted)
    with pytest.raises(NotAllowedError, match="write notes"):
        store.add_to_visit(used.visit, noted)
    assert len(used.store.visits(used.patient)) == 1


def test_no_photo_without_consent(home):
    store = open_store(home)
    patient = store.add_patient(PatientDetails("Ada"))
    with_photo = NewVisit(patient, WHEN, photos=(new_photo(),))
    with pytest.raises(NoConsentError, match="not consented"):
        store.save_visit(with_photo)
    visit = store.save_visit(NewVisit(patient, WHEN, notes={Stage.PRE: {"pain": 3}}))
    with pytest.raises(NoConsentError):
        store.add_to_visit(visit, with_photo)
    assert [p for p in (home / "photos").rglob("*") if p.is_file()] == []

    store.give_consent(patient, [Scope.TEACHING])  # not the one that is needed
    with pytest.raises(NoConsentError):
        store.save_visit(with_photo)
    store.give_consent(patient, [Scope.RECORD], date(2026, 1, 2))
    store.give_consent(patient, [Scope.RECORD])  # holds already
    store.add_to_visit(visit, with_photo)
    assert store.consented(patient)

    store.withdraw_consent(patient, Scope.RECORD)
    with pytest.raises(NoConsentError):
        store.save_visit(with_photo)
    first, second = store.consents(patient)
    assert (first.scope, first.given_on, first.withdrawn_on is None) == (
        Scope.RECORD, date(2026, 1, 2), False,
    )  # fmt: skip
    assert (second.scope, second.holds) == (Scope.TEACHING, True)
    store.give_consent(patient)
    assert store.save_visit(with_photo)


def test_consent_is_not_given_in_advance(home):
    store = open_store(home)
    patient = store.add_patient(PatientDetails("Ada"))
    with pytest.raises(RecordError, match="day to come"):
        store.give_consent(patient, given_on=date.today() + timedelta(days=2))  # noqa: DTZ011


def test_a_practices_own_words_have_a_version_of_their_own(home):
    store = open_store(home)
    ada, bea, cay = (store.add_patient(PatientDetails(name)) for name in ("Ada", "Bea", "Cay"))
    store.give_consent(ada)
    store.save_consent_words(Scope.RECORD, "Photos of me are kept.")
    assert store.consent_words(Scope.RECORD) == "Photos of me are kept."
    assert store.consent_words(Scope.TEACHING) == Scope.TEACHING.words
    store.give_consent(bea, list(Scope))
    store.save_consent_words(Scope.RECORD, "")
    store.give_consent(cay)
    [first], own, [last] = (store.consents(patient) for patient in (ada, bea, cay))
    versions = {consent.scope: consent.text_version for consent in own}
    assert first.text_version == last.text_version == versions[Scope.TEACHING]
    assert versions[Scope.RECORD].startswith("own-")
    kept = store.setting("consent_words_kept")
    assert kept == {versions[Scope.RECORD]: "Photos of me are kept."}
