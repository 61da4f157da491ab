"""Erased is gone: from every table, from the disk, also when killed in the middle."""

import os
import signal
from datetime import datetime, timedelta

import pytest
from sqlalchemy import inspect, text
from support.samples import SAMPLES, assessed, open_store, with_consent

from posture.practice.sot import Stage
from posture.records import (
    ConflictError,
    Correction,
    NewPhoto,
    NewVisit,
    PatientDetails,
    RecordError,
    Scope,
)
from posture.records import erasure as erasing
from posture.records.audit import Action
from posture.records.erasure import RETENTION_SETTING, ErasureReason, RemovalReason
from posture.records.photo_filing import PhotoFiling
from posture.records.shared_pages import Ended, SharedPages

WHEN = datetime(2026, 9, 7, 9, 0)  # noqa: DTZ001
NAME = "m1_visit1_anterior.jpg"


def new_visit(patient: str, when: datetime = WHEN) -> NewVisit:
    photo = NewPhoto(
        (SAMPLES / NAME).read_bytes(), Stage.PRE, assessed(NAME, "anterior"), "image/jpeg"
    )
    return NewVisit(patient, when, "Dr. B", (photo,), {Stage.PRE: {"plan": "told in confidence"}})


@pytest.fixture
def store(home):
    store = open_store(home)
    yield store
    store.close()


def photos(store) -> list:
    return [path for path in (store.home / "photos").rglob("*") if path.is_file()]


def everything(store) -> dict[str, list]:
    """Return all rows of all tables."""
    with store.database.engine.connect() as connection:
        return {
            table: [tuple(row) for row in connection.execute(text(f"SELECT * FROM {table}"))]
            for table in inspect(connection).get_table_names()
        }


def test_erased_is_gone_and_others_stay(store):
    kept = with_consent(store, PatientDetails("Bert"))
    kept_visit = store.visits.save(new_visit(kept))
    ada = with_consent(store, PatientDetails("Ada Secret"), *Scope)
    before = photos(store)
    visit = store.visits.save(new_visit(ada))
    picture = store.visits.get(visit).photos[0]
    assert len(photos(store)) > len(before)

    store.erasure.erase_patient(ada, ErasureReason.REQUEST)
    for ask in (lambda: store.patients.get(ada), lambda: store.visits.get(visit),
                lambda: store.photos.get(picture.id)):  # fmt: skip
        with pytest.raises(RecordError, match=r"no such|not in the record"):
            ask()
    assert photos(store) == before
    rows = everything(store)
    assert all(found for found in (rows["patients"], rows["photos"], rows["measurements"]))
    trail = rows.pop("audit")
    assert "Ada" not in str(rows)
    assert "in confidence" in str(rows)  # Bert's
    assert ada not in str(rows)
    assert visit not in str(rows)
    assert "Ada" not in str(trail)
    told = store.audit.entries()[0]
    assert (told.action, told.patient_id) == (Action.ERASED, ada)
    assert told.detail == {"reason": "asked for by the patient", "visits": 1, "photos": 1}
    assert store.audit.verify().findings == ()
    assert (
        store.photos.get(store.visits.get(kept_visit).photos[0].id) == (SAMPLES / NAME).read_bytes()
    )


def test_nothing_is_left_in_free_pages_or_beside_the_database(store):
    ada = with_consent(store, PatientDetails("Ada Secret", remarks="x" * 50_000))
    store.visits.save(new_visit(ada))
    if store.database.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL writes its tables anew by VACUUM FULL; its files are its own")
    store.erasure.erase_patient(ada, ErasureReason.MISTAKE)
    with store.database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA freelist_count").scalar() == 0
        assert connection.exec_driver_sql("PRAGMA secure_delete").scalar() == 1
    assert not store.settings.get(erasing.SCRUB_SETTING)


def test_a_scrub_that_somebody_hindered_is_made_up_for(store, monkeypatch):
    ada = with_consent(store, PatientDetails("Ada"))
    monkeypatch.setattr(erasing, "scrub", lambda _engine: False)
    store.erasure.erase_patient(ada, ErasureReason.REQUEST)
    assert store.settings.get(erasing.SCRUB_SETTING)
    monkeypatch.undo()
    store.close()
    again = open_store(store.home)
    assert not again.settings.get(erasing.SCRUB_SETTING)
    again.close()


def test_a_removed_visit_is_gone_with_its_links_and_the_others_stay(store):
    ada = with_consent(store, PatientDetails("Ada"), *Scope)
    kept = store.visits.save(new_visit(ada))
    before, rows_before = photos(store), everything(store)
    gone = store.visits.save(new_visit(ada, WHEN.replace(day=8)))
    store.revisions.correct(
        gone, Correction("side", notes={Stage.PRE: {"plan": "no secret"}}), seen=1
    )
    picture = store.visits.get(gone).photos[0]
    store.photos.thumbnail(picture.id, lambda data: data[:100])
    tokens = {of: store.shares.add(ada, b"page", "x", 3, of) for of in ((gone, kept), (kept,), ())}
    store.drafts.save(f"note.{gone}.tab", {"notes": "no secret"}, patient_id=ada)
    store.drafts.save(f"points.{picture.id}.tab", {}, patient_id=ada)
    store.drafts.save("visit.a", {"plan": "of another visit"}, patient_id=ada)
    with pytest.raises(ConflictError):
        store.erasure.remove_visit(gone, RemovalReason.TWICE, seen=1)
    assert store.visits.get(gone)

    store.erasure.remove_visit(gone, RemovalReason.TWICE, seen=2)
    for ask in (lambda: store.visits.get(gone), lambda: store.photos.get(picture.id),
                lambda: store.erasure.remove_visit(gone, RemovalReason.TWICE, seen=2)):  # fmt: skip
        with pytest.raises(RecordError, match=r"no such|not in the record"):
            ask()
    assert photos(store) == before
    rows = everything(store)
    shares = rows.pop("shares")
    drafts = rows.pop("drafts")
    trail = rows.pop("audit")
    for changed in ("shares", "drafts", "audit", "audit_head", "settings"):
        rows.pop(changed, None)
        rows_before.pop(changed)
    assert rows == rows_before
    assert len(shares) == 3
    assert [row[1] for row in drafts] == ["visit.a"]
    assert "secret" not in str((drafts, trail))
    opens = {of: SharedPages(store).open(token) for of, token in tokens.items()}
    assert opens == {(gone, kept): Ended.WITHDRAWN, (kept,): b"page", (): Ended.WITHDRAWN}
    [told] = store.audit.entries(action=Action.ERASED)
    assert (told.what, told.patient_id) == ("visit", ada)
    assert told.detail == {"visit": gone, "reason": "it was saved twice", "photos": 1}
    assert [visit.id for _, visit in store.visits.export()] == [kept]
    assert store.audit.verify().findings == ()
    assert store.photos.get(store.visits.get(kept).photos[0].id) == (SAMPLES / NAME).read_bytes()
    assert not store.settings.get(erasing.SCRUB_SETTING)


@pytest.mark.parametrize("what", ["patient", "visit"])
@pytest.mark.parametrize("moment", ["before the commit", "after the commit"])
def test_killed_while_erasing(store, moment, what):
    """It is whole, or it is erased with its photos at the next opening."""
    ada = with_consent(store, PatientDetails("Ada"))
    visit = store.visits.save(new_visit(ada))
    store.close()
    child = os.fork()
    if child == 0:  # whatever happens, it must not go on as a second test run
        try:
            mine = open_store(store.home)

            def die(*_anything, **_more):
                os.kill(os.getpid(), signal.SIGKILL)

            if moment == "before the commit":
                mine.database.log = die
            else:
                PhotoFiling.give_up = die
            if what == "patient":
                mine.erasure.erase_patient(ada, ErasureReason.REQUEST)
            else:
                mine.erasure.remove_visit(visit, RemovalReason.MISTAKE, seen=1)
        finally:
            os._exit(0)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
    after = open_store(store.home)
    if moment == "before the commit":
        assert after.photos.get(after.visits.get(visit).photos[0].id)
    else:
        assert len(after.patients.find()) == (what == "visit")
        assert list(after.visits.history()) == []
        assert photos(after) == []
    after.close()


def test_those_whose_time_is_over_are_listed(store):
    now = datetime.now()  # noqa: DTZ005
    ids = {}
    for years in (1, 9.9, 10.1, 30):
        ids[years] = with_consent(store, PatientDetails(f"seen {years} years ago"))
        when = now - timedelta(days=365.25 * years)
        store.visits.save(NewVisit(ids[years], when, notes={Stage.PRE: {"pain": 1}}))
    store.patients.add(PatientDetails("never seen"))
    assert store.erasure.due() == []
    store.settings.save(RETENTION_SETTING, 10)
    assert [patient for patient, _ in store.erasure.due()] == [ids[30], ids[10.1]]
    store.visits.save(NewVisit(ids[30], now, notes={Stage.PRE: {"pain": 1}}))
    assert [patient for patient, _ in store.erasure.due()] == [ids[10.1]]
