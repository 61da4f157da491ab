"""Every kind of target keeps, lists and forgets in the same way."""

import os

import pytest

from posture.records.file_store import Folder, open_target


@pytest.fixture(params=["folder", "s3"])
def target(request, tmp_path):
    if request.param == "folder":
        return open_target(tmp_path / "photos")
    return open_target(request.getfixturevalue("s3"))


def test_puts_gets_lists_and_deletes(target):
    assert target.names() == []
    target.put("ab/abc", b"one")
    target.put("saving/x", b"two")
    target.put("ab/abc", b"another")
    assert target.get("ab/abc") == b"another"
    assert target.exists("ab/abc")
    assert not target.exists("ab")
    assert target.names() == ["ab/abc", "saving/x"]
    assert target.names("saving") == ["saving/x"]
    assert target.names("nowhere") == []
    target.delete("ab/abc")
    target.delete("ab/abc")
    assert target.names() == ["saving/x"]
    with pytest.raises(FileNotFoundError):
        target.get("ab/abc")


def test_a_full_disk_leaves_the_old_bytes(tmp_path, monkeypatch):
    target = Folder(tmp_path)
    target.put("a", b"old")

    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("posture.files.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        target.put("a", b"new")
    assert target.get("a") == b"old"
    assert list((tmp_path / "parts").iterdir()) == []


def test_what_a_killed_write_left_is_swept(tmp_path):
    target = Folder(tmp_path / "photos")
    target.put("a", b"kept")
    for name in ("half", "under_way"):
        (tmp_path / "photos" / "parts" / name).write_bytes(b"hal")
    os.utime(tmp_path / "photos" / "parts" / "half", (0, 0))
    assert target.names() == ["a"]
    target.sweep()
    assert [p.name for p in (tmp_path / "photos" / "parts").iterdir()] == ["under_way"]
    assert target.get("a") == b"kept"


def test_a_store_that_cannot_be_reached_or_has_no_library_is_told(s3, monkeypatch):
    lost = open_target("s3://no-such-bucket/x")
    with pytest.raises(OSError, match="no-such-bucket"):
        lost.put("a", b"1")
    with pytest.raises(OSError, match="clinic extra"):
        open_target("gs://bucket/prefix")
