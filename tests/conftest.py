"""A record of its own for each test, and what the run reports at its end."""

from collections import Counter
from pathlib import Path

import pytest
from support.kills import TABLE
from support.samples import PASSPHRASE, TRIED

from posture.records import keys, record_access


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
    record_access(folder).lock()


def pytest_sessionfinish(session):
    """Where several processes run the tests: hand this one's tables to the one that prints."""
    if (output := getattr(session.config, "workeroutput", None)) is not None:
        output["faults"] = [tuple(row) for row in TABLE]
        output["tried"] = list(TRIED.items())


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    """Gather the tables of a process that has run its share of the tests."""
    output = getattr(node, "workeroutput", {})
    TABLE.extend(output.get("faults", ()))
    TRIED.update(Counter(dict(output.get("tried", ()))))


def pytest_terminal_summary(terminalreporter):
    """Print which faults were injected, how often, and what was lost; and what was tried."""
    if TRIED:
        terminalreporter.section("odd arguments: exit code 0, 1, 2")
        for command in sorted({command for command, _ in TRIED}):
            counts = " ".join(f"{TRIED[command, code]:4}" for code in (0, 1, 2))
            terminalreporter.write_line(f"{command:20} {counts}")
    if TABLE:
        terminalreporter.section("faults: times injected, lost, message seen")
        for name, injected, lost, message in sorted(TABLE):
            terminalreporter.write_line(f"{name:40} {injected:4} {lost:3}  {message}")
