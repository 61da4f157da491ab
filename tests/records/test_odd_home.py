"""Whatever lies in the data folder in a file's place, people are told in words."""

import shutil

import pytest
from support.samples import PASSPHRASE, open_store

from posture.errors import PostureError
from posture.records import record_access
from posture.records.doctor import examine

pytestmark = pytest.mark.embedded
NAMES = (
    "key.json", "posture.db", "posture.db-wal", "in-use", "restoring.to", "restoring", "photos",
    "before-migration", "sot.toml", "tries.json",
)  # fmt: skip


def put(home, name: str, kind: str) -> None:
    place = home / name
    if place.is_dir():
        shutil.rmtree(place)
    place.unlink(missing_ok=True)
    if kind == "folder":
        place.mkdir()
        (place / "something").write_text("in it")
    elif kind == "empty":
        place.write_bytes(b"")
    else:
        place.write_bytes(b"\xff\x00{[" * 50)


@pytest.mark.parametrize("kind", ["folder", "empty", "garbage"])
@pytest.mark.parametrize("name", NAMES)
def test_opening_ends_or_is_told_in_words(home, name, kind, monkeypatch):
    monkeypatch.delenv("POSTURE_PASSPHRASE_FILE")
    store = open_store(home)
    keys = store.keys
    store.close()
    put(home, name, kind)
    access = record_access(home)
    said = []
    for use in (lambda: access.state, lambda: access.unlock(PASSPHRASE), access.store):
        try:
            use()
        except PostureError as error:
            said.append(str(error))
    access.lock()
    found = [finding.found for finding in examine(home, keys)]
    assert found
    assert all(str(home) in words or "locked" in words or "Try again" in words for words in said)
