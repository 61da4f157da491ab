import io
from dataclasses import replace
from datetime import datetime

import pandas as pd
import pytest
from support.samples import SAMPLES, assessed, open_store, with_consent

from posture.export import columns, tidy
from posture.export.deidentified import frames
from posture.landmarks import View
from posture.measuring.measures import MEASURES, in_view
from posture.practice.sot import Stage
from posture.records import NewPhoto, NewVisit, Patient, PatientDetails, Store, Visit
from posture.records.types import StoredPhoto

EVIL = '=HYPERLINK("http://x","y")'


@pytest.fixture
def store(home) -> Store:
    store = open_store(home)
    patient = with_consent(store, PatientDetails(EVIL, record_number="+49 1", height_cm=176.9))
    name = "m1_visit1_anterior.jpg"
    photo = NewPhoto(
        (SAMPLES / name).read_bytes(), Stage.PRE, assessed(name, "anterior"), "image/jpeg"
    )
    notes = {
        Stage.PRE: {
            "category": {"I": "", "II": "left"},
            "pain": 4,
            "sway_conditions": ["eyes open"],
        },
        Stage.VISIT: {"plan": "@home", "blocks": [{"side": "left", "minutes": 5}]},
    }
    store.visits.save(
        NewVisit(patient, datetime(2026, 9, 7, 9, 0), "-Dr. Ä", (photo,), notes)  # noqa: DTZ001
    )
    return store


def test_measurements_read_back_with_pandas(store):
    data = tidy.to_csv(tidy.of_visits(store.visits.history()), for_spreadsheet=True)
    frame = pd.read_csv(io.BytesIO(data))
    assert list(frame.columns) == [column.name for column in columns.COLUMNS]
    assert list(frame["key"]) == [measure.key for measure in in_view(View.ANTERIOR)]
    assert set(frame["visited_at"]) == {"2026-09-07T09:00:00"}
    assert set(frame["stage"]) == {"pre"}
    row = frame.set_index("key").loc["shoulder_level"]
    stored = next(iter(store.visits.history()))[1].photos[0].assessment.measurements[0]
    assert row["value"] == pytest.approx(stored.value, abs=1e-3)
    assert (row["unit"], row["method"]) == ("deg", "acromion:refined")
    assert "right side higher" in row["words"]
    share = frame.set_index("key")["share_shown"]
    assert share["hip_line"] < 0.5 < 0.9 < share["shoulder_level"]
    missing = frame.set_index("key").loc["pelvic_obliquity"]
    assert pd.isna(missing["value"])
    assert "place both ASIS" in missing["reason"]


def test_repeats_are_told_apart_and_combined(home):
    name = "m1_visit1_anterior.jpg"
    usual = assessed(name, "anterior")
    photos = []
    for off in (0.0, 1.0, 5.0):  # degrees
        moved = [
            m if m.value is None else replace(m, value=m.value + off) for m in usual.measurements
        ]
        found = replace(usual, measurements=tuple(moved), photo_sha256=f"{off:064}")
        photos.append(StoredPhoto(str(off), found.photo_sha256, Stage.PRE, "", None, found))
    when = datetime(2026, 9, 7, 9, 0)  # noqa: DTZ001
    visit = Visit("v", "p", when, "", tuple(photos), {})
    person = Patient("p", PatientDetails("Ada"), False, 1, None)

    frame = tidy.of_visits([(person, visit)])
    rows = frame[frame["key"] == "shoulder_level"]
    first = next(m.value for m in usual.measurements if m.key == "shoulder_level")
    assert list(rows["repeat"]) == [1, 2, 3]
    assert list(rows["value"]) == pytest.approx([first, first + 1, first + 5], abs=1e-3)
    assert list(rows["visit_value"]) == pytest.approx([first + 2] * 3, abs=1e-3)
    assert set(rows["visit_method"]) == set(rows["method"])
    assert (rows["visit_sd"] <= rows["sd"]).all()
    # The record's one value: what history draws, and what is shared.
    once = {m.key: m.value for _, _, m in visit.values}
    assert len(once) == len(visit.values)
    assert once["shoulder_level"] == pytest.approx(first + 2)
    shared, _ = frames([(person, visit)])
    assert sorted(shared["key"]) == sorted(once)


def test_formulas_are_neutralised_but_numbers_stay_numbers(store):
    frame = pd.read_csv(io.BytesIO(tidy.to_csv(tidy.of_visits(store.visits.history()))))
    assert set(frame["patient_name"]) == {"'" + EVIL}
    assert set(frame["record_number"]) == {"'+49 1"}
    assert set(frame["practitioner"]) == {"'-Dr. Ä"}
    assert frame["value"].min() < 0


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", " =", "＝"])
def test_every_start_of_a_formula(start):
    data = tidy.to_csv(pd.DataFrame({"a": [f"{start}1+1"]})).decode()
    assert "'" + start in data


def test_notes_are_tidy_too(store):
    frame = pd.read_csv(
        io.BytesIO(tidy.to_csv(tidy.notes_of_visits(store.visits.history()))), keep_default_na=False
    )
    found = {tuple(row) for row in frame[["stage", "field", "row", "part", "value"]].to_numpy()}
    assert found == {
        ("pre", "category", "", "I", "found"),
        ("pre", "category", "", "II", "left"),
        ("pre", "pain", "", "", "4"),
        ("pre", "sway_conditions", "1.0", "", "eyes open"),
        ("visit", "plan", "", "", "'@home"),
        ("visit", "blocks", "1.0", "side", "left"),
        ("visit", "blocks", "1.0", "minutes", "5"),
    }


def test_the_dictionary_explains_every_column_and_measure():
    explained = set(tidy.dictionary()["name"])
    known = {c.name for c in columns.COLUMNS} | {m.key for m in MEASURES}
    assert explained == known | {tidy.GUARD}


def test_nothing_to_export_is_a_header(home):
    frame = pd.read_csv(io.BytesIO(tidy.to_csv(tidy.of_visits(open_store(home).visits.history()))))
    assert len(frame) == 0
    assert len(frame.columns) == len(columns.COLUMNS)
