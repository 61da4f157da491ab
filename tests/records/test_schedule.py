"""Backups that make themselves, and which older ones stay."""

from datetime import UTC, datetime, timedelta

import pytest
from support.samples import open_store

from posture.records import PatientDetails, RecordError
from posture.records import schedule as days

pytestmark = pytest.mark.embedded


@pytest.fixture
def store(home):
    store = open_store(home)
    store.patients.add(PatientDetails("Ada"))
    yield store
    store.close()


def test_one_a_day_and_what_went_wrong_is_kept(store, tmp_path):
    folder = tmp_path / "disk"
    assert days.overdue(store)
    days.look(store)  # no folder is set: nothing is done
    assert store.backups.last() is None
    store.settings.save(days.FOLDER, str(folder))
    days.look(store)
    assert "Is its disk connected" in store.settings.get(days.FAILED)
    folder.mkdir()
    days.look(store)
    days.look(store)  # made a moment ago
    assert len(list(folder.iterdir())) == 1
    assert store.settings.get(days.FAILED) is None
    assert not days.overdue(store)
    store.backups.set_last(datetime.now(UTC) - timedelta(days=8))
    assert days.overdue(store)


def test_older_ones_go_but_the_newest_of_each_period(tmp_path):
    ours = "plumbline-0123abcd-"
    start = datetime(2025, 1, 1, 12, tzinfo=UTC)
    for day in range(400):
        for hour in (0, 6):
            stamp = (start + timedelta(days=day, hours=hour)).strftime(days.STAMP)
            (tmp_path / f"{ours}{stamp}{days.SUFFIX}").touch()
    others = {"plumbline-ffffffff-20200101-000000.plumbline", f"{ours}notes.plumbline", "x.txt"}
    for name in others:
        (tmp_path / name).touch()
    days.remove_old(tmp_path, ours)
    left = {path.name for path in tmp_path.iterdir() if path.is_file()}
    left.discard("passphrase")
    assert others <= left
    stamps = sorted(name[len(ours) : -len(days.SUFFIX)] for name in left - others)
    assert stamps[-1] == "20260204-180000"
    assert 18 <= len(stamps) <= 23
    assert stamps[0].startswith("202503")
    months = {stamp[:6] for stamp in stamps}
    assert len(months) == 12


def test_a_folder_that_is_not_there_is_told(store, tmp_path):
    with pytest.raises(RecordError, match="does not exist"):
        days.back_up_into(store, tmp_path / "unplugged")
