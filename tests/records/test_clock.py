"""A time from the future counts as none: whatever a wrong clock noted holds nothing up."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from support.samples import open_store, with_consent

from posture.practice.sot import Stage
from posture.records import NewVisit, PatientDetails, Scope, clock
from posture.records import schedule as days
from posture.records.doctor import Grade, _backup
from posture.records.drafts import DraftRow
from posture.records.engine import WRITES
from posture.records.erasure import RETENTION_SETTING
from posture.records.sessions import Sessions
from posture.records.shared_pages import Ended, SharedPages
from posture.records.tables import VisitRow

NOW = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)
YEARS = timedelta(days=4 * 365)


@pytest.mark.parametrize(
    ("noted", "counts"),
    [
        (None, False),
        (datetime(2030, 9, 7, 9, 0, tzinfo=UTC), False),
        (datetime(2026, 9, 7, 9, 6, tzinfo=UTC), False),
        (datetime(2026, 9, 7, 9, 5, tzinfo=UTC), True),
        (datetime(2026, 9, 7, 9, 0, tzinfo=UTC), True),
        (datetime(2026, 9, 7, 8, 0, tzinfo=UTC), True),
        (datetime(1990, 1, 1, tzinfo=UTC), True),
    ],
)
def test_a_noted_time_counts_unless_it_is_still_to_come(noted, counts):
    assert clock.passed(noted, NOW) == (noted if counts else None)


@pytest.fixture
def store(home):
    store = open_store(home)
    yield store
    store.close()


def write(store, statement: str, **values) -> None:
    with (
        store.database.engine.connect().execution_options(**WRITES) as connection,
        connection.begin(),
    ):
        connection.execute(text(statement), values)


@pytest.mark.embedded
def test_a_backup_from_the_future_keeps_none_from_being_made(store, tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    store.settings.save(days.FOLDER, str(folder))
    store.backups.set_last(datetime.now(UTC) + YEARS)
    assert days.overdue(store)
    [finding] = _backup(store)
    assert finding.grade is Grade.CARE
    assert "a day to come" in finding.found
    days.look(store)
    assert len(list(folder.iterdir())) == 1
    assert not days.overdue(store)
    [finding] = _backup(store)
    assert finding.grade is Grade.GOOD


def test_backups_from_the_future_push_none_out(tmp_path):
    now = datetime.now(UTC)
    good = [now - timedelta(days=n) for n in range(7)]
    ahead = [now + YEARS + timedelta(days=31 * n) for n in range(14)]

    def path(when: datetime) -> Path:
        return tmp_path / f"ours-{when.strftime(days.STAMP)}{days.SUFFIX}"

    for when in (*good, *ahead):
        path(when).touch()
    days.remove_old(tmp_path, "ours-")
    assert all(path(when).exists() for when in (*good, *ahead))


@pytest.mark.parametrize("column", ["active_at", "began_at"])
def test_a_session_from_the_future_does_not_hold(store, column):
    sessions = Sessions(store)
    token = sessions.begin(None, "test")
    live = sessions.find(token)
    assert sessions.holding([live.id])
    write(store, f"UPDATE sessions SET {column} = {column} + :s", s=YEARS.total_seconds())
    assert sessions.find(token) is None
    assert sessions.holding([live.id]) == {}
    assert not sessions.any_hold()


def test_a_link_from_the_future_does_not_open_and_keeps_its_page(store):
    patient = with_consent(store, PatientDetails("Ada"), Scope.RECORD, Scope.SHARING)
    token = store.shares.add(patient, b"page", "page", 7)
    at = datetime.now(UTC)
    ahead = {"at": at + YEARS, "s": YEARS.total_seconds()}
    write(store, "UPDATE shares SET made_at = :at, expires_at = expires_at + :s", **ahead)
    [share] = store.shares.of(patient)
    assert not share.holds
    assert SharedPages(store).open(token) is Ended.EXPIRED
    back = {"at": at, "s": YEARS.total_seconds()}
    write(store, "UPDATE shares SET made_at = :at, expires_at = expires_at - :s", **back)
    assert (
        SharedPages(store).open(token) == b"page"
    )  # the clock of the asking may have been the wrong


def test_a_tab_seen_in_the_future_is_not_open(store):
    with store.database.writing() as session:
        for tab, ahead in (("now", timedelta()), ("later", YEARS)):
            changed = datetime.now(UTC) + ahead
            row = DraftRow(owner=store.actor.name, key=f"tab.{tab}", data={}, changed_at=changed)
            session.add(row)
    assert store.drafts.open_tabs() == {"now"}


def test_a_visit_in_the_future_keeps_nobody_for_years(store):
    store.settings.save(RETENTION_SETTING, 10)
    patient = store.patients.add(PatientDetails("Ada"))
    now = datetime.now()  # noqa: DTZ005 - as visits
    for ahead in (-3 * YEARS, YEARS):
        note = {Stage.PRE: {"pain": 3}}
        visit = store.visits.save(NewVisit(patient, now - 3 * YEARS, notes=note))
        with (
            store.database.writing() as session
        ):  # as a version that did not refuse it has saved it
            session.get(VisitRow, visit).visited_at = now + ahead
    assert store.erasure.due() == [(patient, (now - 3 * YEARS).date())]
