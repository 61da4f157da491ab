"""What lies on the disk, and how: docs/privacy.md says it, these prove it."""

import json
import runpy
import subprocess
import sys
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from support.samples import PASSPHRASE, open_store
from test_backup import add_visit
from test_faults import migrate_to

from posture.records import KeyFile, Role, Store, WrongSecretError, keys
from posture.records.backups import back_up
from posture.records.engine import BEFORE, KEPT_BEFORE, engine_of

pytestmark = pytest.mark.embedded


@pytest.fixture
def store(home):
    store = open_store(home)
    yield store
    store.close()


def posture(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "posture.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_each_page_of_the_database_is_sealed_and_nothing_goes_to_temporary_files(store):
    with store.database.engine.connect() as connection:
        told = {row[0] for row in connection.execute(text("PRAGMA cipher_settings"))}
        assert connection.execute(text("PRAGMA temp_store")).scalar() == 2  # memory
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
    assert "PRAGMA cipher_use_hmac = 1;" in told
    assert "PRAGMA cipher_hmac_algorithm = HMAC_SHA512;" in told
    for name in ("posture.db", "posture.db-wal"):
        assert b"CREATE TABLE" not in (store.home / name).read_bytes()


def test_a_guess_costs_what_is_promised_and_the_recovery_key_cannot_be_guessed():
    told = runpy.run_path(keys.__file__)  # as it is outside of tests, where guessing is quick
    assert told["COST"] == {"iterations": 3, "lanes": 4, "memory_cost": 64 * 1024}
    assert told["RECOVERY_BYTES"] * 8 == 160


def test_changing_the_passphrase_or_the_recovery_key_rewrites_the_key_file_only(store):
    add_visit(store)
    file = KeyFile(store.home)
    before = bytes_of(store.home)
    file.set_passphrase(store.keys, "a different one entirely")
    file.new_recovery_key(store.keys)
    after = bytes_of(store.home)
    assert before.keys() == after.keys()
    assert [name for name in after if after[name] != before[name]] == ["key.json"]


def test_a_backup_holds_the_same_bytes_and_the_key_file_of_its_day(store, tmp_path):
    add_visit(store)
    back_up(store, target := tmp_path / "b")
    there = bytes_of(store.home)
    with tarfile.open(target) as tar:
        for member in tar:
            if member.name.startswith("photos/"):
                name = member.name.removeprefix("photos/")
                assert tar.extractfile(member).read() == there[f"photos/{name[:2]}/{name}"]
        assert tar.extractfile("key.json").read() == there["key.json"]


def test_what_is_not_encrypted_is_what_is_said(store):
    add_visit(store)
    with pytest.raises(WrongSecretError):
        KeyFile(store.home).open("not the passphrase")
    there = bytes_of(store.home)
    plain = {name for name in there if not name.startswith(("photos/", "posture.db"))}
    assert plain == {"key.json", "tries.json", "in-use", "opening", "writers"}
    assert there["in-use"] == b""
    counted = json.loads(there["tries.json"])
    numbers = [counted.pop("count"), counted.pop("last"), *counted.pop("untold")]
    assert counted == {}
    assert all(isinstance(number, int | float) for number in numbers)
    assert json.loads(there["key.json"]).keys() == {"format", "record", "slots"}


def test_the_last_three_copies_before_a_migration_stay(home):
    keys_ = KeyFile(home).begin(PASSPHRASE)
    (home / BEFORE).mkdir()
    for day in range(1, 6):
        (home / BEFORE / f"2020010{day}-000000-schema-0001.db").write_bytes(b"encrypted")
    engine = engine_of(home / "posture.db", keys_)
    migrate_to("0003", engine)
    engine.dispose()
    Store.open(home, keys_).close()
    left = sorted(path.name for path in (home / BEFORE).iterdir())
    assert len(left) == KEPT_BEFORE == 3
    assert left[-1].endswith("-schema-0003.db")


HARDENED = """
import ctypes, resource
from posture.hardening import no_core_dumps
no_core_dumps()
print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux")
def test_no_crash_writes_memory():
    told = subprocess.run(
        [sys.executable, "-c", HARDENED], capture_output=True, text=True, check=True
    ).stdout
    assert told.split() == ["(0,", "0)", "0"]
    assert (
        "no_core_dumps()" in Path(__file__).parents[2].joinpath("posture/cli/main.py").read_text()
    )


def test_the_doctors_exit_code_says_whether_something_is_bad(store):
    visit = store.visits.get(add_visit(store))
    store.backups.set_last(datetime.now(UTC))
    assert posture("doctor").returncode == 0
    for path in (store.home / "photos").glob("??/*"):
        path.unlink()
    assert visit.photos
    told = posture("doctor")
    assert told.returncode == 1
    assert "--photos-only" in told.stderr


def test_the_first_owner_is_invited_at_the_terminal(store):
    told = posture("user", "invite", "Ola@Clinic.example", "--role", "owner")
    assert told.returncode == 0, told.stderr
    [user] = store.users.all()
    assert (user.email, user.role) == ("ola@clinic.example", Role.OWNER)


def test_what_is_begun_is_not_on_the_trail(store):
    rows = len(store.audit.entries())
    store.drafts.save("visit.x", {"words": "begun"})
    store.drafts.get("visit.x")
    store.drafts.drop("visit.x")
    assert len(store.audit.entries()) == rows
