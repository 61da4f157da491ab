"""What leaves the record: one person's whole record, and figures that name nobody."""

import io
import json
import re
import zipfile
from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from support.samples import SAMPLES, assessed, open_store, with_consent

from posture.export import deidentified
from posture.export.portable import patient_zip
from posture.imaging.photo import decode_photo
from posture.practice.sot import Stage
from posture.records import (
    Actor,
    Correction,
    NewPhoto,
    NewVisit,
    NotAllowedError,
    PatientDetails,
    Role,
    Scope,
)
from posture.records.audit import Action

NAME = "m1_visit1_anterior.jpg"
SECRETS = (
    "Anna", "Secret", "A-4711", "1931", "02-28", "2026-0", "Dr. Bore", "Mother of Bert", "Berlin",
    "m1_visit1", "09:17", "Cousin", "her own test",
)  # fmt: skip
"""Whatever of the patient could be read in a de-identified export."""


def photo(name: str = NAME) -> NewPhoto:
    view = name.removesuffix(".jpg").split("_")[-1]
    return NewPhoto((SAMPLES / name).read_bytes(), Stage.PRE, assessed(name, view), "image/jpeg")


@pytest.fixture
def record(home):
    """Return a store with a patient full of what identifies, and her id."""
    store = open_store(home)
    details = PatientDetails(
        "Anna Secret", date(1931, 2, 28), 176.9, "A-4711", "Mother of Bert, from Berlin"
    )
    patient = with_consent(store, details, Scope.RECORD, Scope.SHARING)
    notes = {
        Stage.PRE: {
            "pain": 6,
            "category": {"II": "right", "Cousin of Anna": "left"},
            "standing_sway": "lateral",
            "her own test": "Anna said so",
            "rc_factors": [{"pair": "C1–L5", "pain_before": 7, "remark": "Anna's neck"}],
        },
        Stage.VISIT: {"subjective": "Anna Secret of Berlin", "plan": "Blocks"},
    }
    when = datetime(2025, 3, 7, 9, 17)  # noqa: DTZ001
    store.visits.save(NewVisit(patient, when, "Dr. Bore", (photo(),), notes))
    store.visits.save(NewVisit(patient, when.replace(year=2026), "Dr. Bore", (photo(),)))
    return store, patient


def contents(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_one_persons_whole_record(record):
    store, patient = record
    files = contents(patient_zip(store, patient))
    whole = json.loads(files["patient.json"])
    assert whole["patient"]["name"] == "Anna Secret"
    assert whole["patient"]["date_of_birth"] == "1931-02-28"
    assert {consent["scope"] for consent in whole["consents"]} == {"record", "sharing"}
    first, second = whole["visits"]
    assert first["notes"]["visit"]["subjective"] == "Anna Secret of Berlin"
    assert first["visited_at"] == "2025-03-07T09:17:00"
    [picture] = first["photos"]
    assert files[picture["file"]] == (SAMPLES / NAME).read_bytes()
    assert picture["assessment"]["measurements"][0]["key"] == "shoulder_level"
    assert picture["assessment"]["landmarks"]
    assert second["photos"][0]["file"] in files
    assert [revision["number"] for revision in first["revisions"]] == [1]
    measured = pd.read_csv(io.BytesIO(files["measurements.csv"]))
    assert set(measured["visited_at"]) == {"2025-03-07T09:17:00", "2026-03-07T09:17:00"}
    assert "Blocks" in set(pd.read_csv(io.BytesIO(files["notes.csv"]))["value"])
    assert len(pd.read_csv(io.BytesIO(files["consents.csv"]))) == 2
    assert len(pd.read_csv(io.BytesIO(files["data_dictionary.csv"]))) > 30
    told = store.audit.entries(action=Action.EXPORTED)[0]
    assert (told.patient_id, told.detail) == (patient, {"form": "ZIP"})
    with pytest.raises(NotAllowedError):
        patient_zip(store.acting_as(Actor("assistant", Role.ASSISTANT)), patient)


def test_what_was_corrected_is_in_the_whole_record_too(record):
    store, patient = record
    visit = store.visits.get(store.visits.of(patient)[-1].id)
    store.revisions.correct(visit.id, Correction("mistyped", notes={Stage.VISIT: {}}), seen=1)
    first, _ = json.loads(contents(patient_zip(store, patient))["patient.json"])["visits"]
    before, now = first["revisions"]
    assert (now["reason"], now["made_by"]) == ("mistyped", "this computer")
    assert "was" not in now
    assert not first["notes"].get("visit")
    assert before["was"]["notes"]["visit"]["subjective"] == "Anna Secret of Berlin"
    assert before["was"]["photos"] == first["photos"]


def test_shared_figures_identify_nobody(record):
    store, patient = record
    visits = store.visits.of(patient)
    files = contents(deidentified.as_zip(store.visits.share(Scope.SHARING)))
    assert set(files) == {"README.txt", "measurements.csv", "findings.csv"}
    everything = b"\n".join(files[name] for name in ("measurements.csv", "findings.csv")).decode()
    for secret in (*SECRETS, patient, *(visit.id for visit in visits)):
        assert secret not in everything, secret
    assert not re.search(r"\d{4}-\d{2}", everything), "a date finer than a year"
    assert not re.search("[0-9a-f]{17}", everything), "a hash or an identifier of the record"

    measured = pd.read_csv(io.BytesIO(files["measurements.csv"]))
    assert set(measured["year"]) == {2025, 2026}
    assert set(measured["age"]) == {"90+"}
    assert set(measured["visit_number"]) == {1, 2}
    shoulders = measured[measured["key"] == "shoulder_level"].iloc[0]
    own = next(m for m in assessed(NAME, "anterior").measurements if m.key == "shoulder_level")
    assert shoulders["value"] == pytest.approx(own.value, abs=0.001)
    found = pd.read_csv(io.BytesIO(files["findings.csv"]))
    kept = {(row.field, row.part if isinstance(row.part, str) else "", str(row.value))
            for row in found.itertuples()}  # fmt: skip
    assert kept == {
        ("pain", "", "6"), ("category", "II", "right"), ("standing_sway", "", "lateral"),
        ("rc_factors", "pair", "C1–L5"), ("rc_factors", "pain_before", "7"),
    }  # fmt: skip


def test_nobody_is_recognised_from_one_export_to_the_next(record):
    store, _ = record
    persons = [
        set(deidentified.frames(store.visits.share(Scope.SHARING))[0]["person"]) for _ in range(2)
    ]
    assert len(persons[0]) == 1
    assert persons[0].isdisjoint(persons[1])


def test_only_who_consented_is_shared(record):
    store, patient = record
    other = with_consent(store, PatientDetails("Bert"))
    store.visits.save(NewVisit(other, datetime(2026, 1, 1, 9, 0), photos=(photo(),)))  # noqa: DTZ001
    assert {found.id for found, _ in store.visits.share(Scope.SHARING)} == {patient}
    assert list(store.visits.share(Scope.TEACHING)) == []
    told = store.audit.entries(action=Action.SHARED)
    assert [entry.detail for entry in told] == [
        {"scope": "teaching", "of": 0}, {"scope": "sharing", "of": 1},
    ]  # fmt: skip
    store.consents.withdraw(patient, Scope.SHARING)
    assert list(store.visits.share(Scope.SHARING)) == []


@pytest.mark.parametrize(
    ("born", "on", "age"),
    [
        (date(1990, 6, 15), date(2026, 6, 14), "35"),
        (date(1990, 6, 15), date(2026, 6, 15), "36"),
        (date(1937, 1, 1), date(2026, 12, 31), "89"),
        (date(1936, 12, 31), date(2026, 12, 31), "90+"),
        (date(1900, 1, 1), date(2026, 1, 1), "90+"),
        (None, date(2026, 1, 1), ""),
    ],
)
def test_ages_from_ninety_on_are_one_group(born, on, age):
    assert deidentified._age(born, on) == age


def test_faces_can_be_hidden_in_the_whole_record(record):
    store, patient = record
    files = contents(patient_zip(store, patient, hide_faces=True))
    photos = [data for name, data in files.items() if name.startswith("photos/")]
    assert len(photos) == 2
    given, hidden = decode_photo((SAMPLES / NAME).read_bytes(), NAME), decode_photo(photos[0], "x")
    nose = assessed(NAME, "anterior").pose.points["nose"]
    x, y = round(nose.x), round(nose.y)
    part = np.s_[y - 10 : y + 10, x - 10 : x + 10]
    assert hidden.size == given.size
    detail = [np.abs(np.diff(p.pixels[part].astype(int), axis=0)) for p in (given, hidden)]
    assert np.median(detail[0]) > 1 >= np.median(detail[1])
