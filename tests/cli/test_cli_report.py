"""``posture report``: from the record to a file."""

import io
import subprocess
import sys
from datetime import datetime

import pypdf
from support.samples import SAMPLES, assessed, open_store, with_consent

from posture.practice.sot import Stage
from posture.records import NewPhoto, NewVisit, PatientDetails
from posture.records.audit import Action


def posture(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "posture.cli", "report", *arguments],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_report_from_the_record(home, tmp_path):
    store = open_store(home)
    patient = with_consent(store, PatientDetails("Ada", height_cm=176.9, record_number="A-7"))
    for number in (1, 3):
        name = f"m1_visit{number}_anterior.jpg"
        photo = NewPhoto(
            (SAMPLES / name).read_bytes(), Stage.PRE, assessed(name, "anterior"), "image/jpeg"
        )
        when = datetime(2026, 8 + number, 7, 9, 0)  # noqa: DTZ001
        store.visits.save(NewVisit(patient, when, "Dr. B", (photo,)))

    file = tmp_path / "report.pdf"
    done = posture("A-7", str(file), "--against", "2026-09-07", "--language", "de", "--hide-face")
    assert done.returncode == 0, done.stderr
    pages = pypdf.PdfReader(io.BytesIO(file.read_bytes())).pages
    assert "Haltung: vorher und nachher" in pages[0].extract_text()
    assert len(pages[0].images) == 2
    assert store.audit.entries(action=Action.EXPORTED)[0].patient_id == patient

    for arguments, words in (
        (("Nobody", "x.pdf"), "No patient matches"),
        (("A-7", "x.doc"), "End its name in .pdf or .html"),
        (("A-7", "x.pdf", "--visit", "2020-01-01"), "Visits: 2026-09-07, 2026-11-07"),
    ):
        failed = posture(*arguments)
        assert failed.returncode == 1
        assert words in failed.stderr.replace("\n", " ")
    store.close()
