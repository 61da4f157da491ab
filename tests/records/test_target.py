"""Every kind of target keeps, lists and forgets in the same way."""

import pytest

from posture.records.target import Folder, open_target


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
    assert not target.litter()


def test_a_full_disk_leaves_the_old_bytes(tmp_path, monkeypatch):
    target = Folder(tmp_path)
    target.put("a", b"old")

    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("posture.records.target.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        target.put("a", b"new")
    assert target.get("a") == b"old"
    assert not target.litter()


def test_what_a_killed_write_left_is_swept(tmp_path):
    target = Folder(tmp_path)
    target.put("a", b"kept")
    (tmp_path / "parts" / "half").write_bytes(b"hal")
    assert target.litter()
    assert target.names() == ["a"]
    target.sweep()
    assert not target.litter()
    assert target.get("a") == b"kept"


def test_a_store_that_cannot_be_reached_or_has_no_library_is_told(s3, monkeypatch):
    lost = open_target("s3://no-such-bucket/x")
    with pytest.raises(OSError, match="no-such-bucket"):
        lost.put("a", b"1")
    with pytest.raises(OSError, match="clinic extra"):
        open_target("gs://bucket/prefix")
