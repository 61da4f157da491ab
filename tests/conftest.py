"""A record of its own for each test."""

from pathlib import Path

import pytest
from shared import PASSPHRASE

from posture.records import door_to, keys


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch) -> Path:
    """Keep every test's record apart, and away from the real one; its passphrase is at hand."""
    folder = tmp_path / "records"
    passphrase = tmp_path / "passphrase"
    passphrase.write_text(PASSPHRASE)
    monkeypatch.setenv("POSTURE_HOME", str(folder))
    monkeypatch.setenv("POSTURE_PASSPHRASE_FILE", str(passphrase))
    monkeypatch.setitem(keys.COST, "memory_cost", 64)  # guessing need not be slow here
    monkeypatch.setitem(keys.COST, "iterations", 1)
    yield folder
    door_to(folder).lock()
