"""Links for patients: one page each, sealed, logged, ending by time, by hand or by consent."""

import time
from datetime import date

import pytest
from sqlalchemy import select, update
from support.samples import open_store, with_consent

from posture.records import NoConsentError, PatientDetails, RecordError, Scope
from posture.records.audit import Action
from posture.records.erasure import Reason
from posture.records.shares import Ended, Shares
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
    with store._reading() as session:
        return session.scalars(select(ShareRow)).one()


def test_a_link_opens_its_page_and_only_its_hash_is_kept(store, patient):
    token = store.share_page(patient, PAGE, "two visits", 14)
    row = row_of(store)
    assert token not in (row.token_sha256, row.label)
    assert PAGE not in row.page
    assert Shares(store).open(token) == PAGE
    assert Shares(store).open("x" * 43) is None
    [share] = store.shares(patient)
    assert (share.label, share.opened, share.holds) == ("two visits", 1, True)
    trail = store.audit_trail(patient_id=patient)
    assert (trail[0].actor, trail[0].action, trail[0].what) == (
        "who has the link", Action.SEEN, "shared page",
    )  # fmt: skip
    assert token not in str(trail)


def test_an_expired_link_opens_no_more_and_its_page_goes(store, patient):
    token = store.share_page(patient, PAGE, "two visits", 1)
    with store._writing() as session:
        session.execute(update(ShareRow).values(expires_at=time.time() - 1))
    assert Shares(store).open(token) is Ended.EXPIRED
    assert row_of(store).page is None
    assert store.audit_trail()[0].detail["why"] == "expired"


def test_a_withdrawn_link_opens_no_more_and_its_page_goes(store, patient):
    token = store.share_page(patient, PAGE, "two visits", 1)
    [share] = store.shares(patient)
    store.withdraw_share(share.id)
    assert row_of(store).page is None
    assert Shares(store).open(token) is Ended.WITHDRAWN
    assert not store.shares(patient)[0].holds


def test_withdrawing_the_consent_ends_its_links(store, patient):
    token = store.share_page(patient, PAGE, "two visits", 1)
    store.withdraw_consent(patient, Scope.SHARING)
    assert Shares(store).open(token) is Ended.WITHDRAWN


def test_nothing_is_shared_without_consent_that_covers_photos(store):
    patient = with_consent(store, PatientDetails("Bea"))
    for attempt in (
        lambda: store.share_page(patient, PAGE, "x", 1),
        lambda: store.hand_over(patient),
    ):
        with pytest.raises(NoConsentError, match="not consented to sharing"):
            attempt()
    store.give_consent(patient, [Scope.SHARING], date(2026, 1, 1), "plumbline-1")
    with pytest.raises(NoConsentError, match="leave photos out"):
        store.share_page(patient, PAGE, "x", 1)


@pytest.mark.parametrize("days", [0, 91])
def test_a_link_lasts_a_time_that_makes_sense(store, patient, days):
    with pytest.raises(RecordError, match="1 to 90 days"):
        store.share_page(patient, PAGE, "x", days)


def test_an_erased_patients_links_are_gone(store, patient):
    token = store.share_page(patient, PAGE, "x", 1)
    store.erase_patient(patient, Reason.REQUEST)
    assert Shares(store).open(token) is None
