"""Licences of what is installed: the table is that of the lock files, with nothing unknown."""

import platform
import sys
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))
import licences

LINUX = (sys.platform, platform.machine()) == ("linux", "x86_64")


@pytest.mark.skipif(not LINUX, reason="the table tells of the wheels for Linux on x86-64")
def test_the_table_is_that_of_the_lock_files_and_all_of_it_is_allowed():
    """When this fails: ``python tools/licences.py``, and look into what is new."""
    rows = licences.rows()
    assert list(licences.findings(rows)) == []
    assert licences.TARGET.read_text(encoding="utf-8") == licences.page(rows)
    by_name = {row.name: row for row in rows}
    assert by_name["opencv-python-headless"].carried
    assert by_name["psycopg"].clinic
    assert not by_name["numpy"].clinic


@pytest.mark.parametrize(
    ("expression", "ok"),
    [
        ("MIT", True),
        ("LGPL-3.0-only", True),
        ("Apache-2.0 OR GPL-2.0-only", True),
        ("(MIT OR Apache-2.0) AND Unicode-3.0", True),
        ("GPL-3.0-or-later WITH GCC-exception-3.1", True),
        ("GPL-3.0-or-later", False),
        ("GPL-2.0-only", False),
        ("AGPL-3.0-only", False),
        ("MIT AND GPL-2.0-or-later", False),
        ("Proprietary", False),
        ("unknown", False),
        ("", False),
    ],
)
def test_what_is_allowed(expression, ok):
    assert licences.allowed(expression) is ok
    row = licences.Row("x", ("1",), clinic=False, licence=expression)
    assert bool(list(licences.findings([row]))) is not ok


def test_what_a_wheel_carries_counts_as_the_work_itself_does():
    carried = licences.Row("x", ("1",), False, "MIT", (("x265", "GPL-2.0-or-later"),))
    crates = licences.Row("x", ("1",), False, "MIT", crates=Counter({"MIT": 9, "AGPL-3.0-only": 1}))
    for row, work in ((carried, "x265"), (crates, "a crate of x")):
        [found] = licences.findings([row])
        assert found.startswith(f"{work}: ")


def test_the_encoder_that_is_not_to_be_installed_is_found(tmp_path, monkeypatch):
    """pillow-heif, a tool of these tests, has x265 in its wheel: the table would not take it."""
    for lock in licences.LOCKS.values():
        (tmp_path / lock).write_text("pillow-heif==1.0.0 \\\n    --hash=sha256:00\n")
    monkeypatch.setattr(licences, "ROOT", tmp_path)
    found = "\n".join(licences.findings(licences.rows()))
    assert "pillow-heif carries libx265, which nobody has looked at." in found
    assert "is not the locked one" in found
