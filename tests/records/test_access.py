"""Every public method of the store, by every role; and consent before the first photo."""

import inspect
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from operator import attrgetter
from typing import get_type_hints

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
    Right,
    Role,
    Scope,
    Store,
)
from posture.records.audit import Action
from posture.records.erasure import ErasureReason, RemovalReason
from posture.records.file_checks import FileEntry, file_entries
from posture.words import Speech, speaking, t

WHEN = datetime(2026, 9, 7, 9, 0)  # noqa: DTZ001
NAME = "m1_visit1_anterior.jpg"
OWNER, PRACTITIONER, ASSISTANT, READER = Role
ALL = set(Role)
STORE = {"acting_as", "check_reachable", "close", "open"}
"""Methods of the store itself: none of them reads or writes the record."""
SECRET = {"database", "keys"}
PROPERTIES = SECRET | {"actor", "embedded", "home", "trouble"}

ALLOWED = {
    "settings.get": ALL,
    "patients.find": ALL,
    "patients.missing": ALL,
    "patients.counts": ALL,
    "visits.known_content": ALL,
    "visits.exists": ALL,
    "patients.get": ALL,
    "visits.of": ALL,
    "visits.get": ALL,
    "visits.history": ALL,
    "photos.get": ALL,
    "consents.of": ALL,
    "consents.words": ALL,
    "consents.save_words": {OWNER},
    "consents.holds": ALL,
    "patients.add": ALL - {READER},
    "patients.update": ALL - {READER},
    "patients.archive": ALL - {READER},
    "visits.save": ALL - {READER},
    "visits.add_to": ALL - {READER},
    "revisions.correct": ALL - {READER},
    "revisions.of": ALL,
    "consents.give": ALL - {READER},
    "consents.withdraw": ALL - {READER},
    "consents.patients_with": ALL,
    "visits.export": {OWNER, PRACTITIONER},
    "visits.share": {OWNER, PRACTITIONER},
    "shares.log_file": {OWNER, PRACTITIONER},
    "shares.add": {OWNER, PRACTITIONER},
    "shares.of": ALL,
    "shares.withdraw": {OWNER, PRACTITIONER},
    "users.all": {OWNER},
    "users.invite": {OWNER},
    "users.change": {OWNER},
    "erasure.erase_patient": {OWNER},
    "patients.likely_same": ALL,
    "erasure.remove_visit": {OWNER, PRACTITIONER},
    "erasure.due": {OWNER},
    "settings.save": {OWNER},
    "settings.invalid": {OWNER},
    "secrets.get": {OWNER},
    "audit.entries": {OWNER},
    "audit.verify": {OWNER},
    "drafts.save": ALL,
    "drafts.exchange": ALL,
    "drafts.save_file": ALL - {READER},
    "drafts.get": ALL,
    "drafts.file": ALL,
    "drafts.parts": ALL,
    "drafts.of_kind": ALL,
    "drafts.claim": ALL,
    "drafts.open_tabs": ALL,
    "drafts.drop": ALL,
    "drafts.discard": ALL,
    "drafts.discarded": ALL,
    "drafts.restore": ALL,
    "photos.thumbnail": ALL,
    "backups.last": ALL,
    "backups.schema": ALL,
    "backups.snapshot": {OWNER},
    "backups.encrypted_file": {OWNER},
    "backups.broken_files": {OWNER},
    "backups.stray_files": {OWNER},
    "backups.put_back": {OWNER},
    "backups.set_last": {OWNER},
    "backups.count_files": {OWNER},
    "backups.check_database": {OWNER},
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
    file: FileEntry
    user: str
    shared: str

    def call(self, store: Store, method: str):
        """Call a method of the store with what fits this record; return what it gives."""
        given = {
            "settings.get": ("idle_minutes",),
            "drafts.save": ("visit", {"pain": 3}),
            "drafts.exchange": ("visit", {"pain": 3}, {"pain": 4}),
            "drafts.save_file": ("visit.photo", b"photo"),
            "drafts.get": ("visit",),
            "drafts.file": ("visit.photo",),
            "drafts.parts": ("visit",),
            "drafts.of_kind": ("visit",),
            "drafts.claim": ("visit.x",),
            "drafts.drop": ("visit",),
            "drafts.discard": ("visit",),
            "drafts.discarded": ("visit.",),
            "patients.likely_same": (PatientDetails("Ada"),),
            "drafts.restore": ("visit",),
            "erasure.remove_visit": (self.visit, RemovalReason.TWICE),
            "settings.save": ("idle_minutes", 5),
            "secrets.get": ("signing", lambda: "made"),
            "patients.missing": ([self.patient],),
            "patients.get": (self.patient,),
            "visits.of": (self.patient,),
            "visits.known_content": (self.patient,),
            "visits.exists": (self.visit,),
            "visits.get": (self.visit,),
            "photos.get": (self.photo,),
            "consents.of": (self.patient,),
            "consents.words": (Scope.RECORD,),
            "consents.save_words": (Scope.RECORD, "Photos of me are kept."),
            "consents.holds": (self.patient,),
            "patients.add": (PatientDetails("Bea"),),
            "patients.update": (self.patient, PatientDetails("Ada L.")),
            "patients.archive": (self.patient,),
            "visits.save": (NewVisit(self.patient, WHEN, photos=(new_photo(),)),),
            "visits.add_to": (self.visit, NewVisit(self.patient, WHEN, photos=(new_photo(),))),
            "revisions.correct": (self.visit, Correction("typing error", practitioner="B")),
            "revisions.of": (self.visit,),
            "photos.thumbnail": (self.photo, bytes),
            "backups.snapshot": (self.store.home / "copy",),
            "backups.encrypted_file": (self.file.id,),
            "backups.put_back": (self.file, self.store.backups.encrypted_file(self.file.id)),
            "backups.set_last": (datetime.now(UTC),),
            "consents.give": (self.patient, [Scope.TEACHING]),
            "consents.withdraw": (self.patient, Scope.RECORD),
            "consents.patients_with": (Scope.RECORD,),
            "visits.share": (Scope.RECORD,),
            "shares.log_file": (self.patient,),
            "shares.add": (self.patient, b"<p>page</p>", "two visits", 3),
            "shares.of": (self.patient,),
            "shares.withdraw": (self.shared,),
            "users.change": (self.user,),
            "users.invite": ("reader@clinic.example", Role.READER),
            "erasure.erase_patient": (self.patient, ErasureReason.REQUEST),
        }.get(method, ())
        named = {
            "revisions.correct": {"seen": 1},
            "erasure.remove_visit": {"seen": 1},
            "users.change": {"role": Role.OWNER, "active": True},
            "drafts.save_file": {"patient_id": self.patient},
            "drafts.claim": {"of": None, "tab": "x"},
        }.get(method, {})
        try:
            result = attrgetter(method)(store)(*given, **named)
        except RecordError as error:
            # It is backed up by its own means; nobody has a draft here.
            if not any(words in str(error) for words in ("PostgreSQL", "unsaved")):
                raise
            return None
        return list(result) if inspect.isgenerator(result) else result


@pytest.fixture
def used(home):
    store = open_store(home)
    patient = with_consent(store, PatientDetails("Ada"), Scope.RECORD, Scope.SHARING)
    visit = store.visits.save(
        NewVisit(patient, WHEN, photos=(new_photo(),), notes={Stage.PRE: {"pain": 3}})
    )
    store.shares.add(patient, b"<p>page</p>", "two visits", 3)
    [shared] = store.shares.of(patient)
    with store.database.reading() as session:
        [file] = file_entries(session)
    user = store.users.invite("owner@clinic.example", Role.OWNER)
    yield Used(store, patient, visit, file.photo_id, file, user, shared.id)
    store.close()


PARTS = get_type_hints(Store)
"""The classes of the store's parts, by the names of its attributes."""


def public(of: type) -> list[str]:
    """Return the names of what a class shows, methods and everything else."""
    return [name for name, _ in inspect.getmembers(of) if not name.startswith("_")]


METHODS = sorted(f"{part}.{name}" for part, of in PARTS.items() for name in public(of))


def right_of(method: str) -> Right | None:
    part, name = method.split(".")
    return getattr(getattr(PARTS[part], name), "right", None)


def test_every_public_method_of_every_part_needs_a_right_and_is_in_the_table():
    assert [method for method in METHODS if right_of(method) is None] == []
    assert sorted(ALLOWED) == METHODS


def test_the_store_shows_its_parts_and_nothing_that_goes_past_them(used):
    store = used.store
    shown = {name for name in vars(store) if not name.startswith("_")}
    assert shown == set(PARTS)
    for part in shown:
        assert type(getattr(store, part)) is PARTS[part]
        assert [name for name in vars(getattr(store, part)) if not name.startswith("_")] == []
    assert set(public(Store)) == STORE | PROPERTIES
    reader = store.acting_as(Actor("somebody", Role.PRACTITIONER))
    for name in SECRET:
        with pytest.raises(NotAllowedError, match="use the record's secrets"):
            getattr(reader, name)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("method", METHODS)
def test_each_role_may_what_the_table_says(used, method, role):
    store = used.store.acting_as(Actor("somebody", role))
    if role in ALLOWED[method]:
        used.call(store, method)
        return
    doing = attrgetter(method)(store).doing
    before = used.store.audit.verify().rows
    with pytest.raises(NotAllowedError, match=role):
        used.call(store, method)
    entry = used.store.audit.entries()[0]
    assert (entry.action, entry.what, entry.actor) == (Action.REFUSED, doing, "somebody")
    assert used.store.audit.verify().rows == before + 1  # the refusal, and nothing else


def test_an_assistant_neither_reads_nor_writes_notes(used):
    store = used.store.acting_as(Actor("assistant", Role.ASSISTANT))
    assert used.store.visits.get(used.visit).notes == {Stage.PRE: {"pain": 3}}
    assert store.visits.get(used.visit).notes == {}
    assert [visit.notes for _, visit in store.visits.history(used.patient)] == [{}]
    noted = NewVisit(used.patient, WHEN, notes={Stage.POST: {"pain": 1}})
    with pytest.raises(NotAllowedError, match="write notes"):
        store.visits.save(noted)
    with pytest.raises(NotAllowedError, match="write notes"):
        store.visits.add_to(used.visit, noted)
    assert len(used.store.visits.of(used.patient)) == 1


def test_no_photo_without_consent(home):
    store = open_store(home)
    patient = store.patients.add(PatientDetails("Ada"))
    with_photo = NewVisit(patient, WHEN, photos=(new_photo(),))
    with pytest.raises(NoConsentError, match="not consented"):
        store.visits.save(with_photo)
    visit = store.visits.save(NewVisit(patient, WHEN, notes={Stage.PRE: {"pain": 3}}))
    with pytest.raises(NoConsentError):
        store.visits.add_to(visit, with_photo)
    assert [p for p in (home / "photos").rglob("*") if p.is_file()] == []

    store.consents.give(patient, [Scope.TEACHING])  # not the one that is needed
    with pytest.raises(NoConsentError):
        store.visits.save(with_photo)
    store.consents.give(patient, [Scope.RECORD], date(2026, 1, 2))
    store.consents.give(patient, [Scope.RECORD])  # holds already
    store.visits.add_to(visit, with_photo)
    assert store.consents.holds(patient)

    store.consents.withdraw(patient, Scope.RECORD)
    with pytest.raises(NoConsentError):
        store.visits.save(with_photo)
    first, second = store.consents.of(patient)
    assert (first.scope, first.given_on, first.withdrawn_on is None) == (
        Scope.RECORD, date(2026, 1, 2), False,
    )  # fmt: skip
    assert (second.scope, second.holds) == (Scope.TEACHING, True)
    store.consents.give(patient)
    assert store.visits.save(with_photo)


def test_consent_is_not_given_in_advance(home):
    store = open_store(home)
    patient = store.patients.add(PatientDetails("Ada"))
    with pytest.raises(RecordError, match="future date"):
        store.consents.give(patient, given_on=date.today() + timedelta(days=2))  # noqa: DTZ011


def test_a_practices_own_words_have_a_version_of_their_own(home):
    store = open_store(home)
    ada, bea, cay = (store.patients.add(PatientDetails(name)) for name in ("Ada", "Bea", "Cay"))
    store.consents.give(ada)
    store.consents.save_words(Scope.RECORD, "Photos of me are kept.")
    assert store.consents.words(Scope.RECORD) == "Photos of me are kept."
    assert store.consents.words(Scope.TEACHING) == Scope.TEACHING.words
    store.consents.give(bea, list(Scope))
    store.consents.save_words(Scope.RECORD, "")
    store.consents.give(cay)
    [first], own, [last] = (store.consents.of(patient) for patient in (ada, bea, cay))
    versions = {consent.scope: consent.text_version for consent in own}
    assert first.text_version == last.text_version == versions[Scope.TEACHING]
    assert versions[Scope.RECORD].startswith("own-")
    kept = store.settings.get("consent_words_kept")
    assert kept == {versions[Scope.RECORD]: "Photos of me are kept."}


def test_a_refusal_is_told_in_the_readers_language(used):
    reader = used.store.acting_as(Actor("somebody", Role.READER))
    with pytest.raises(NotAllowedError) as refused:
        reader.users.all()
    with speaking(Speech("de")):
        told = t(refused.value.message)
        assert t(Right.MANAGE.value) in told
    assert Right.MANAGE.value not in told
