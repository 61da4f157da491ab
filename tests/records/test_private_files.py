"""Whatever the program writes in the data folder or as a backup, only its owner can read."""

import os
from pathlib import Path

import pytest
from support.samples import PASSPHRASE, open_store
from test_backup import add_visit
from test_faults import migrate_to, plain_record

from posture.records import KeyFile, Store, WrongSecretError, record_access
from posture.records.backups import back_up, keys_of
from posture.records.doctor import examine
from posture.records.engine import engine_of
from posture.records.restoring import mend_photos, restore
from posture.records.schedule import back_up_into

pytestmark = [
    pytest.mark.embedded,
    pytest.mark.skipif(os.name != "posix", reason="no such modes elsewhere"),
]


@pytest.fixture(autouse=True)
def careless():
    """Work where the system would let everybody read what is new."""
    before = os.umask(0)
    yield
    os.umask(before)


def open_to_others(*folders: Path) -> list[str]:
    """Return what others than the owner may read or look into, with its mode."""
    there = [path for folder in folders for path in (folder, *folder.rglob("*"))]
    assert any(path.is_file() for path in there)
    modes = {path: path.stat().st_mode & 0o777 for path in there}
    return [f"{path} {mode:o}" for path, mode in modes.items() if mode & 0o077]


def test_record_backups_and_what_is_restored(home, tmp_path):
    disk, one, other = tmp_path / "disk", tmp_path / "one", tmp_path / "other"
    for folder in (disk, one):
        folder.mkdir(mode=0o700)
    store = open_store(home)
    add_visit(store)
    store.drafts.save("visit.x", {"words": "begun"})
    with pytest.raises(WrongSecretError):
        KeyFile(home).open("not the passphrase")
    (home / "sot.toml").write_text("", encoding="utf-8")  # the practice's own
    back_up(store, target := one / "backup")
    back_up_into(store, disk)
    assert not open_to_others(disk, one)
    assert open_to_others(home) == [f"{home / 'sot.toml'} 666"]
    for path in (home / "photos").glob("??/*"):
        path.unlink()
    assert mend_photos(target, store) == (1, 0)
    list(examine(home, store.keys))
    store.close()
    keys = keys_of(target, PASSPHRASE)
    restore(target, other, keys)
    assert not open_to_others(other)
    open_store(other).close()
    restore(target, home, keys, replace=True)
    open_store(home).close()
    assert [row for row in open_to_others(home, other) if "replaced-" not in row] == []
    assert not [row for row in open_to_others(home) if "sot.toml" not in row]


def test_the_copy_before_a_migration(home):
    keys = KeyFile(home).begin(PASSPHRASE)
    engine = engine_of(home / "posture.db", keys)
    migrate_to("0003", engine)
    engine.dispose()
    Store.open(home, keys).close()
    assert list((home / "before-migration").glob("*.db"))
    assert not open_to_others(home)


def test_a_record_that_was_not_encrypted(tmp_path):
    home = plain_record(tmp_path / "home")
    home.chmod(0o700)
    access = record_access(home)
    access.store()
    access.lock()
    assert not open_to_others(home)


def test_what_earlier_versions_left_readable_is_closed_by_opening(home):
    store = open_store(home)
    add_visit(store)
    store.close()
    for path in home.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    (home / "before-migration").mkdir(mode=0o755)
    open_store(home).close()
    left = open_to_others(home)
    # The photos' own files, encrypted, in folders into which nobody else can look.
    assert all(Path(row).parent.parent == home / "photos" for row in left)
