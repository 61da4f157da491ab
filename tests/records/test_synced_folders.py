"""Folders that are copied to somebody's servers are known by their name or by what lies in them."""

import os
from pathlib import Path

import pytest
from support.samples import open_store

from posture.records.doctor import Grade, examine
from posture.records.schedule import FOLDER, back_up_into
from posture.records.synced_folders import synced_by

pytestmark = pytest.mark.embedded

BY_PATH = {
    "Dropbox/practice": "Dropbox",
    "Dropbox (Personal)": "Dropbox",
    "OneDrive/Documents/backups": "OneDrive",
    "OneDrive - Park Practice/x": "OneDrive",
    "Library/Mobile Documents/com~apple~CloudDocs/x": "iCloud",
    "iCloudDrive/x": "iCloud",
    "Library/CloudStorage/GoogleDrive-me@example.com/My Drive": "Google Drive",
    "Library/CloudStorage/Something/x": "a cloud service",
    "Google Drive/x": "Google Drive",
    "Nextcloud/x": "Nextcloud",
    "ownCloud/x": "ownCloud",
    "pCloudDrive/x": "pCloud",
}
BY_FILE = {
    ".dropbox.cache/": "Dropbox",
    ".stfolder/": "Syncthing",
    ".sync_0a1b2c.db": "Nextcloud",
    ".nextcloudsync.log": "Nextcloud",
    ".tmp.drivedownload/": "Google Drive",
    ".sync/ID": "Resilio Sync",
}
FREE = ["disk", "backups/dropped", "boxes", "Documents/megaphone", "cloud", "sync", "Drive"]


@pytest.mark.parametrize(("path", "service"), BY_PATH.items())
def test_known_by_its_name_whether_it_is_there_or_not(tmp_path, path, service):
    assert synced_by(tmp_path / path) == service


@pytest.mark.parametrize(("mark", "service"), BY_FILE.items())
def test_known_by_what_lies_in_it_or_above(tmp_path, mark, service):
    place = tmp_path / "any" / mark
    (place if mark.endswith("/") else place.parent).mkdir(parents=True)
    if not mark.endswith("/"):
        place.write_bytes(b"")
    assert synced_by(tmp_path / "any") == service
    assert synced_by(tmp_path / "any" / "below" / "further") == service
    (tmp_path / "link").symlink_to(tmp_path / "any")
    assert synced_by(tmp_path / "link") == service
    assert synced_by(tmp_path) is None


def test_known_by_what_windows_says(tmp_path, monkeypatch):
    monkeypatch.setenv("OneDriveCommercial", str(tmp_path / "Work"))
    assert synced_by(tmp_path / "Work" / "x") == "OneDrive"


@pytest.mark.parametrize("path", FREE)
def test_others_are_not(tmp_path, path):
    (tmp_path / path).mkdir(parents=True)
    assert synced_by(tmp_path / path) is None
    assert synced_by(Path("relative") / path) is None


def test_the_doctor_warns_of_both_folders_and_of_files_that_others_can_read(home, tmp_path):
    store = open_store(home)
    disk = tmp_path / "Nextcloud"
    disk.mkdir()
    back_up_into(store, disk)
    store.settings.save(FOLDER, str(disk))

    def found() -> dict[str, str]:
        cares = [f for f in examine(home, store.keys) if f.grade is Grade.CARE]
        return {f.check: f"{f.found} {f.mend}" for f in cares if f.check != "libraries"}

    assert found().keys() == {"key file", "backup folder"}
    assert "Nextcloud" in found()["backup folder"]
    (home / ".dropbox").write_text("")
    assert "Dropbox" in found()["folder"]
    if os.name == "posix":
        for path in (home / "key.json", *disk.iterdir()):
            path.chmod(0o644)
        assert "key.json" in found()["key files"]
        assert f"chmod -R go= {disk}" in found()["backup files"]
