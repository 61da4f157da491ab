"""Links for patients: one page each, sealed, logged, ending by time, by hand or by consent."""

import time
from datetime import date

import pytest
from sqlalchemy import select, update
from support.samples import open_store, with_consent

from posture.records import NoConsentError, PatientDetails, RecordError, Scope
from posture.records.audit import Action
from posture.records.erasure import ErasureReason
from posture.records.shared_pages import Ended, SharedPages
from posture.records.tables import ShareRow

PAGE = b"<p>Your posture, before and now</p>"


@pytest.fixture
def store(home):
    store = open_store(home)
    yield store
    store.close()


@pytest.fixture
def patient(store) -> str:
    return with_consent(store, PatientDetails("Ada"), Scope.RECORD, Scope.SHARING)


def row_of(store) -> ShareRow:
    with store.database.reading() as session:
        return session.scalars(select(ShareRow)).one()


def test_a_link_opens_its_page_and_only_its_hash_is_kept(store, patient):
    token = store.shares.add(patient, PAGE, "two visits", 14)
    row = row_of(store)
    assert token not in (row.token_sha256, row.label)
    assert PAGE not in row.page
    assert SharedPages(store).open(token) == PAGE
    assert SharedPages(store).open("x" * 43) is None
    [share] = store.shares.of(patient)
    assert (share.label, share.opened, share.holds) == ("two visits", 1, True)
    trail = store.audit.entries(patient_id=patient)
    assert (trail[0].actor, trail[0].action, trail[0].what) == (
        "who has the link", Action.SEEN, "shared page",
    )  # fmt: skip
    assert token not in str(trail)


def test_an_expired_link_opens_no_more_and_its_page_goes(store, patient):
    token = store.shares.add(patient, PAGE, "two visits", 1)
    with store.database.writing() as session:
        session.execute(update(ShareRow).values(expires_at=time.time() - 1))
    assert SharedPages(store).open(token) is Ended.EXPIRED
    assert row_of(store).page is None
    assert store.audit.entries()[0].detail["why"] == "expired"


def test_a_withdrawn_link_opens_no_more_and_its_page_goes(store, patient):
    token = store.shares.add(patient, PAGE, "two visits", 1)
    [share] = store.shares.of(patient)
    store.shares.withdraw(share.id)
    assert row_of(store).page is None
    assert SharedPages(store).open(token) is Ended.WITHDRAWN
    assert not store.shares.of(patient)[0].holds


def test_withdrawing_the_consent_ends_its_links(store, patient):
    token = store.shares.add(patient, PAGE, "two visits", 1)
    store.consents.withdraw(patient, Scope.SHARING)
    assert SharedPages(store).open(token) is Ended.WITHDRAWN


def test_nothing_is_shared_without_consent_that_covers_photos(store):
    patient = with_consent(store, PatientDetails("Bea"))
    for attempt in (
        lambda: store.shares.add(patient, PAGE, "x", 1),
        lambda: store.shares.log_file(patient),
    ):
        with pytest.raises(NoConsentError, match="not consented to sharing"):
            attempt()
    store.consents.give(patient, [Scope.SHARING], date(2026, 1, 1), "plumbline-1")
    with pytest.raises(NoConsentError, match="excludes photos"):
        store.shares.add(patient, PAGE, "x", 1)


@pytest.mark.parametrize("days", [0, 91])
def test_a_link_lasts_a_time_that_makes_sense(store, patient, days):
    with pytest.raises(RecordError, match="1 to 90 days"):
        store.shares.add(patient, PAGE, "x", days)


def test_an_erased_patients_links_are_gone(store, patient):
    token = store.shares.add(patient, PAGE, "x", 1)
    store.erasure.erase_patient(patient, ErasureReason.REQUEST)
    assert SharedPages(store).open(token) is None
