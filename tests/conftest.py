"""A record of its own for each test."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch) -> Path:
    """Keep every test's record apart, and away from the real one."""
    folder = tmp_path / "records"
    monkeypatch.setenv("POSTURE_HOME", str(folder))
    return folder
