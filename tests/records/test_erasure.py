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
from posture.records.erasure import RETENTION_SETTING, Reason, WhyRemoved
from posture.records.shares import Ended, Shares

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
    with store._engine.connect() as connection:
        return {
            table: [tuple(row) for row in connection.execute(text(f"SELECT * FROM {table}"))]
            for table in inspect(connection).get_table_names()
        }


def test_erased_is_gone_and_others_stay(store):
    kept = with_consent(store, PatientDetails("Bert"))
    kept_visit = store.save_visit(new_visit(kept))
    ada = with_consent(store, PatientDetails("Ada Secret"), *Scope)
    before = photos(store)
    visit = store.save_visit(new_visit(ada))
    picture = store.visit(visit).photos[0]
    assert len(photos(store)) > len(before)

    store.erase_patient(ada, Reason.REQUEST)
    for ask in (lambda: store.patient(ada), lambda: store.visit(visit),
                lambda: store.photo(picture.id)):  # fmt: skip
        with pytest.raises(RecordError, match="no such"):
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
    told = store.audit_trail()[0]
    assert (told.action, told.patient_id) == (Action.ERASED, ada)
    assert told.detail == {"reason": "asked for by the patient", "visits": 1, "photos": 1}
    assert store.verify_audit().findings == ()
    assert store.photo(store.visit(kept_visit).photos[0].id) == (SAMPLES / NAME).read_bytes()


def test_nothing_is_left_in_free_pages_or_beside_the_database(store):
    ada = with_consent(store, PatientDetails("Ada Secret", remarks="x" * 50_000))
    store.save_visit(new_visit(ada))
    if store._engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL writes its tables anew by VACUUM FULL; its files are its own")
    store.erase_patient(ada, Reason.MISTAKE)
    with store._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA freelist_count").scalar() == 0
        assert connection.exec_driver_sql("PRAGMA secure_delete").scalar() == 1
    assert not store.setting(erasing.SCRUB_SETTING)


def test_a_scrub_that_somebody_hindered_is_made_up_for(store, monkeypatch):
    ada = with_consent(store, PatientDetails("Ada"))
    monkeypatch.setattr(erasing, "scrub", lambda _engine: False)
    store.erase_patient(ada, Reason.REQUEST)
    assert store.setting(erasing.SCRUB_SETTING)
    monkeypatch.undo()
    store.close()
    again = open_store(store.home)
    assert not again.setting(erasing.SCRUB_SETTING)
    again.close()


def test_a_removed_visit_is_gone_with_its_links_and_the_others_stay(store):
    ada = with_consent(store, PatientDetails("Ada"), *Scope)
    kept = store.save_visit(new_visit(ada))
    before, rows_before = photos(store), everything(store)
    gone = store.save_visit(new_visit(ada, WHEN.replace(day=8)))
    store.correct_visit(gone, Correction("side", notes={Stage.PRE: {"plan": "no secret"}}), seen=1)
    picture = store.visit(gone).photos[0]
    store.thumbnail(picture.id, lambda data: data[:100])
    tokens = {of: store.share_page(ada, b"page", "x", 3, of) for of in ((gone, kept), (kept,), ())}
    store.save_draft(f"note.{gone}.tab", {"notes": "no secret"}, patient_id=ada)
    store.save_draft(f"points.{picture.id}.tab", {}, patient_id=ada)
    store.save_draft("visit.a", {"plan": "of another visit"}, patient_id=ada)
    with pytest.raises(ConflictError):
        store.remove_visit(gone, WhyRemoved.TWICE, seen=1)
    assert store.visit(gone)

    store.remove_visit(gone, WhyRemoved.TWICE, seen=2)
    for ask in (lambda: store.visit(gone), lambda: store.photo(picture.id),
                lambda: store.remove_visit(gone, WhyRemoved.TWICE, seen=2)):  # fmt: skip
        with pytest.raises(RecordError, match="no such"):
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
    opens = {of: Shares(store).open(token) for of, token in tokens.items()}
    assert opens == {(gone, kept): Ended.WITHDRAWN, (kept,): b"page", (): Ended.WITHDRAWN}
    [told] = store.audit_trail(action=Action.ERASED)
    assert (told.what, told.patient_id) == ("visit", ada)
    assert told.detail == {"visit": gone, "reason": "it was saved twice", "photos": 1}
    assert [visit.id for _, visit in store.export()] == [kept]
    assert store.verify_audit().findings == ()
    assert store.photo(store.visit(kept).photos[0].id) == (SAMPLES / NAME).read_bytes()
    assert not store.setting(erasing.SCRUB_SETTING)


@pytest.mark.parametrize("what", ["patient", "visit"])
@pytest.mark.parametrize("moment", ["before the commit", "after the commit"])
def test_killed_while_erasing(store, moment, what):
    """It is whole, or it is erased with its photos at the next opening."""
    ada = with_consent(store, PatientDetails("Ada"))
    visit = store.save_visit(new_visit(ada))
    store.close()
    child = os.fork()
    if child == 0:  # whatever happens, it must not go on as a second test run
        try:
            mine = open_store(store.home)

            def die(*_anything, **_more):
                os.kill(os.getpid(), signal.SIGKILL)

            setattr(mine, "_log" if moment == "before the commit" else "_give_up", die)
            if what == "patient":
                mine.erase_patient(ada, Reason.REQUEST)
            else:
                mine.remove_visit(visit, WhyRemoved.MISTAKE, seen=1)
        finally:
            os._exit(0)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
    after = open_store(store.home)
    if moment == "before the commit":
        assert after.photo(after.visit(visit).photos[0].id)
    else:
        assert len(after.patients()) == (what == "visit")
        assert list(after.history()) == []
        assert photos(after) == []
    after.close()


def test_those_whose_time_is_over_are_listed(store):
    now = datetime.now()  # noqa: DTZ005
    ids = {}
    for years in (1, 9.9, 10.1, 30):
        ids[years] = with_consent(store, PatientDetails(f"seen {years} years ago"))
        when = now - timedelta(days=365.25 * years)
        store.save_visit(NewVisit(ids[years], when, notes={Stage.PRE: {"pain": 1}}))
    store.add_patient(PatientDetails("never seen"))
    assert store.due_for_erasure() == []
    store.save_setting(RETENTION_SETTING, 10)
    assert [patient for patient, _ in store.due_for_erasure()] == [ids[30], ids[10.1]]
    store.save_visit(NewVisit(ids[30], now, notes={Stage.PRE: {"pain": 1}}))
    assert [patient for patient, _ in store.due_for_erasure()] == [ids[10.1]]
