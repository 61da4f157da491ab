"""Nothing that a real session writes can be read: every byte of every write is scanned."""

import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import expect
from support.leaks import SAID, dumping, needles, readable, written
from support.page_ready import unfold
from support.samples import PASSPHRASE, SAMPLES
from support.serving import serving

from posture.records import record_access

pytestmark = pytest.mark.browser
NAME, NOTE, FIELD = "Xaverine Quillfeather", "blocked sphenoid zyx", "Dr. Wobblethorpe"
PHOTO = SAMPLES / "m1_visit1_posterior.jpg"


def test_the_scan_finds_what_is_readable(tmp_path):
    log = tmp_path / "log"
    code = f"""
import pathlib, shutil, tempfile
data = pathlib.Path({str(PHOTO)!r}).read_bytes()
with tempfile.TemporaryFile() as file:
    file.write(data)
pathlib.Path("note").write_text({NAME!r})
pathlib.Path("note").unlink()
"""
    subprocess.run(dumping(log, [sys.executable, "-c", code]), check=True, cwd=tmp_path)
    found = readable(written(log), needles(PHOTO.read_bytes(), NAME, NOTE))
    assert sum("photo from byte" in line for line in found) > 150
    assert any("JPEG header" in line for line in found)
    assert any(NAME in line and "note" in line for line in found)
    assert not any(NOTE in line for line in found)


def test_nothing_that_a_session_writes_is_readable(browser, home, tmp_path):
    log, disk = tmp_path / "log", tmp_path / "disk"
    disk.mkdir()
    with serving(wrap=partial(dumping, log), POSTURE_LOG="json", TMPDIR=str(tmp_path)) as url:
        page = browser.new_context(reduced_motion="reduce").new_page()
        page.set_default_timeout(60_000)
        page.goto(url)
        page.get_by_label("Passphrase").fill(PASSPHRASE)
        page.get_by_role("button", name="Unlock").click()
        unfold(page, "Add a patient", "Name or code")
        page.get_by_label("Name or code").fill(NAME)
        page.get_by_role("button", name="Add patient").press("Enter")
        expect(page.get_by_role("heading", name=NAME)).to_be_visible()
        page.get_by_role("button", name="New visit").click()
        page.get_by_role("button", name="The patient consents").click()
        expect(page.get_by_role("button", name="The patient consents")).to_have_count(0)
        page.get_by_label("Practitioner", exact=True).first.fill(FIELD)
        page.locator("input[type=file]").set_input_files(PHOTO)
        expect(page.get_by_text(f"View of {PHOTO.name}")).to_be_visible(timeout=60_000)
        page.get_by_role("tab", name="Visit", exact=True).click()
        page.get_by_label("Plan").fill(NOTE)
        page.get_by_label("Plan").blur()
        page.get_by_role("button", name="Save visit").click()
        expect(page.get_by_text(NOTE)).to_be_visible()
        expect(page.get_by_role("heading", name="Visit of")).to_be_visible()
        page.get_by_role("link", name="Backup").click()
        page.get_by_label("Backup folder").fill(str(disk))
        page.get_by_label("Backup folder").press("Enter")
        page.get_by_role("button", name="Back up now").click()
        expect(page.get_by_text("read back and complete")).to_be_visible()
    for command in (["backup", str(tmp_path / "b")], ["doctor"]):
        one = tmp_path / f"log-{command[0]}"
        run = subprocess.run(
            dumping(one, [sys.executable, "-m", "posture.cli", *command]), check=False,
            capture_output=True, text=True,
        )  # fmt: skip
        assert run.returncode == 0, run.stderr
        log.write_bytes(log.read_bytes() + one.read_bytes())
        one.unlink()

    store = record_access(home).store()
    [(person, visit)] = store.visits.history()
    assert (person.details.name, visit.practitioner, len(visit.photos)) == (NAME, FIELD, 1)
    assert store.photos.get(visit.photos[0].id) == PHOTO.read_bytes()

    content = written(log)
    log.unlink()
    kept = (str(tmp_path), SAID.decode())
    outside = {path for path in content if not path.startswith(kept)}
    assert not {path for path in outside if not path.endswith(".pyc")}, "written elsewhere"
    content = {path: data for path, data in content.items() if path not in outside}
    for path in tmp_path.rglob("*"):  # and whatever got there by other ways
        if path.is_file() and path.suffix not in (".y4m",):
            content[f"{path} at the end"] = path.read_bytes()
    content["names of files"] = "\n".join(content).encode()
    assert list(disk.iterdir())
    assert any(Path(path).name.startswith("posture.db-wal") for path in content)
    assert sum(map(len, content.values())) > 2 * PHOTO.stat().st_size
    sought = needles(PHOTO.read_bytes(), NAME, NOTE, FIELD, *NAME.split(), PHOTO.name)
    del sought["SQLite header"]  # the lock file that says who has the record open is one, empty
    assert readable(content, sought) == []
    total = sum(map(len, content.values()))
    print(f"scanned {total} bytes in {len(content)} files for {len(sought)} signs")
