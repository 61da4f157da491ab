"""Old photos and tables come in once, whole, and nothing is guessed silently."""

import csv
import os
import shutil
import signal
import sys
from datetime import date, datetime

import pytest
from support.samples import SAMPLES, assessed, open_store, with_consent

from posture.export import tidy
from posture.imaging.scene import Setup
from posture.imports import Outcome, carry_out, read_folder, read_table
from posture.imports.plan import ImportFailedError
from posture.landmarks import Source
from posture.practice import settings
from posture.practice.settings import Practice
from posture.practice.sot import Stage
from posture.records import PatientDetails

CONSENT = date(2019, 1, 1)


@pytest.fixture
def photos(tmp_path):
    """Return a folder of two patients' photos, and of what does not belong there."""
    folder = tmp_path / "old"
    for name, sample in {
        "Ada_Sample (R1)/2019-05-07/front.jpg": "m1_visit1_anterior.jpg",
        "Ada_Sample (R1)/2019-05-07/left after.jpg": "m1_visit1_left.jpg",
        "Ada_Sample (R1)/7.6.2019 front.jpg": "m1_visit2_anterior.jpg",
        "Ada_Sample (R1)/7.6.2019/copy of front.jpg": "m1_visit2_anterior.jpg",
        "Bea/back 20190508.jpg": "m1_visit1_posterior.jpg",
        "Bea/undated.jpg": "m1_visit3_posterior.jpg",
        "Bea/2019-05-08 left right.jpg": "m1_visit1_right.jpg",
        "alone 2019-05-08.jpg": "m1_visit1_right.jpg",
        "Bea/2019-05-09/nobody.jpg": "bad_no_person.jpg",
    }.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(SAMPLES / sample, target)
    (folder / "Bea" / "letter.txt").write_text("Dear Bea")
    (folder / "Bea" / "2019-05-08 broken.jpg").write_bytes(b"\xff\xd8\xff broken")
    return folder


def counts(outcome: Outcome) -> tuple[int, int, int, int]:
    return outcome.patients, outcome.visits, outcome.photos, outcome.values


def test_a_folder_becomes_visits_and_says_what_it_left_out(home, photos):
    store = open_store(home)
    dry = carry_out(read_folder(photos), store, dry=True, consented_on=CONSENT)
    assert counts(dry) == (2, 4, 5, 0)  # of nobody.jpg only measuring finds that nobody is on it
    assert store.patients.counts() == (0, 0)
    done = carry_out(read_folder(photos), store, dry=False, consented_on=CONSENT)
    assert counts(done) == (2, 3, 4, 0)
    why = {skip.what.rpartition("/")[2]: skip.why for skip in done.skipped}
    for name, words in {
        "7.6.2019 front.jpg": "already in the record",
        "undated.jpg": "no date",
        "2019-05-08 left right.jpg": "several views",
        "alone 2019-05-08.jpg": "not in a patient's folder",
        "letter.txt": "not a photo",
        "2019-05-08 broken.jpg": "not a readable image",
        "nobody.jpg": "no person in the photo",
    }.items():
        assert words in why.pop(name)
    assert why == {}
    [ada] = store.patients.find("R1")
    later, first = [store.visits.get(visit.id) for visit in store.visits.of(ada.id)]
    assert (ada.details.name, later.visited_at) == ("Ada Sample", datetime(2019, 6, 7))  # noqa: DTZ001
    assert [(p.assessment.view, p.stage) for p in first.photos] == [
        ("anterior", Stage.PRE),
        ("left", Stage.POST),
    ]
    assert store.photos.get(later.photos[0].id) == (SAMPLES / "m1_visit2_anterior.jpg").read_bytes()

    again = carry_out(read_folder(photos), store, dry=False, consented_on=CONSENT)
    assert counts(again) == (0, 0, 0, 0)
    assert store.patients.counts() == (2, 3)


def test_old_photos_are_measured_in_the_room_that_the_practice_has_set(home, tmp_path):
    store = open_store(home)
    near = Practice(markers="none", setup=Setup(wall_mm=600.0, camera_mm=3500.0))
    store.settings.save(settings.SETTING, settings.to_json(near))
    file = tmp_path / "old" / "Ada" / "2019-05-07 back.jpg"
    file.parent.mkdir(parents=True)
    shutil.copy(SAMPLES / "f1_visit1_posterior.jpg", file)
    carry_out(read_folder(tmp_path / "old"), store, dry=False, consented_on=CONSENT)
    [(_, visit)] = store.visits.history()
    found = visit.photos[0].assessment
    usual = assessed("f1_visit1_posterior.jpg", "posterior")
    assert found.scene.mm_per_px == pytest.approx(
        usual.scene.wall_mm * (1 + 250 / 3300) / (1 + 600 / 3500), rel=0.01
    )
    assert Source.MARKER in {point.source for point in usual.pose.points.values()}
    assert Source.MARKER not in {point.source for point in found.pose.points.values()}


def test_photos_without_consent_stay_out(home, photos):
    store = open_store(home)
    with_consent(store, PatientDetails("Bea"))
    done = carry_out(read_folder(photos), store, dry=True)
    assert counts(done) == (0, 2, 2, 0)
    assert any("consent" in skip.why and "Ada" in skip.what for skip in done.skipped)


def test_two_of_one_name_are_not_guessed(home, photos):
    store = open_store(home)
    for _ in range(2):
        with_consent(store, PatientDetails("béa"))
    done = carry_out(read_folder(photos), store, dry=True)
    assert any("several patients" in skip.why for skip in done.skipped)


def write(path, rows, separator=";") -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=separator).writerows(rows)


def test_a_mapped_table_with_a_column_for_each_measure(home, tmp_path):
    store = open_store(home)
    file = tmp_path / "old.csv"
    write(
        file,
        [
            ["Name", "Datum", "Schulter", "head_tilt"],
            ["'=Ada", "7.5.2019", "-3,9", "2"],
            ["'=Ada", "2019-06-07", "oops", ""],
            ["", "2019-06-07", "1", "1"],
            ["Bea", "never", "1", "1"],
        ],
    )
    names = {"patient_name": "Name", "visited_at": "Datum", "shoulder_level": "Schulter"}
    plan = read_table(file, names)
    done = carry_out(plan, store, dry=False)
    assert counts(done) == (1, 1, 0, 2)
    assert len(done.skipped) == 6
    [ada] = store.patients.find()
    assert ada.details.name == "=Ada"
    visit = store.visits.get(store.visits.of(ada.id)[0].id)
    level, tilt = sorted((v.measurement for v in visit.imported), key=lambda m: m.value)
    assert (level.key, level.value, level.sd, level.mdc) == ("shoulder_level", -3.9, None, None)
    assert level.method == "imported:table"
    assert tilt.value == 2
    assert counts(carry_out(read_table(file, names), store, dry=False)) == (0, 0, 0, 0)


def test_our_own_export_comes_back_in_another_record_but_not_in_its_own(home, tmp_path, photos):
    store = open_store(home / "one")
    carry_out(read_folder(photos), store, dry=False, consented_on=CONSENT)
    file = tmp_path / "export.csv"
    frame = tidy.of_visits(store.visits.history())
    file.write_bytes(tidy.to_csv(frame, for_spreadsheet=True))
    here = read_table(file, own=store.visits.exists)
    assert here.visits == []
    assert {skip.why for skip in here.skipped} == {"already measured in this record"}

    other = open_store(home / "other")
    done = carry_out(read_table(file), other, dry=False)
    assert counts(done) == (2, 3, 0, int(frame["value"].notna().sum()))
    back = tidy.of_visits(other.visits.history())
    assert set(back["method"].str.split(":").str[0]) == {"imported"}
    assert back["sd"].isna().all()
    assert sorted(back["value"]) == sorted(frame["value"].dropna())
    assert set(back["view"]) == set(frame["view"])


@pytest.mark.parametrize(
    ("rows", "names", "told"),
    [
        ([["a", "b"]], {}, "needs columns"),
        ([["a"]], {"visited_at": "b"}, "no column b"),
        ([["a"]], {"weight": "a"}, "weight cannot be mapped"),
        ([], {}, "empty"),
    ],
)
def test_a_table_that_makes_no_sense_is_told(tmp_path, rows, names, told):
    write(tmp_path / "x.csv", rows)
    with pytest.raises(ImportFailedError, match=told):
        read_table(tmp_path / "x.csv", names)


def test_a_folder_whose_name_is_no_text_ends_no_import(home, photos):
    odd = photos / os.fsdecode(b"Caf\xe9") / "2019-05-07"
    odd.mkdir(parents=True)
    shutil.copy(SAMPLES / "m1_visit1_anterior.jpg", odd / "front.jpg")
    dry = carry_out(read_folder(photos), open_store(home), dry=True, consented_on=CONSENT)
    assert counts(dry) == (2, 4, 5, 0)
    [why] = [skip.why for skip in dry.skipped if skip.what.startswith(r"Caf\udce9")]
    assert "rename" in why


def test_a_photo_that_went_away_is_left_out_alone(home, photos):
    plan = read_folder(photos)
    (photos / "Ada_Sample (R1)/2019-05-07/front.jpg").unlink()
    dry = carry_out(plan, open_store(home), dry=True, consented_on=CONSENT)
    assert counts(dry) == (2, 4, 4, 0)
    assert any("There is no file" in skip.why for skip in dry.skipped)


TABLE = "patient_name;visited_at;head_tilt\nBjörn;2019-05-07;1\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_table_as_people_save_it(tmp_path, encoding):
    file = tmp_path / "old.csv"
    file.write_bytes(TABLE.encode(encoding))
    [visit] = read_table(file).visits
    assert visit.patient.name == "Björn"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (TABLE.encode("cp1252"), "line 2 is in another encoding.*Excel as “CSV UTF-8”"),
        (TABLE.encode().replace(b";1", b";" + b"1" * 140_000), "field limit.*line 2"),
        (b"patient_name,visited_at,head_tilt,head_tilt\n", "head_tilt twice"),
    ],
)
def test_a_table_that_cannot_be_read_is_told(tmp_path, data, told):
    file = tmp_path / "old.csv"
    file.write_bytes(data)
    with pytest.raises(ImportFailedError, match=told):
        read_table(file)


def test_killed_at_any_moment_and_run_again(home, tmp_path):
    """Each run is killed after more and more lines; what is there is whole, and nothing twice."""
    file = tmp_path / "old.csv"
    rows = [
        [name, f"2019-0{month}-07", str(month), "1"]
        for name in ("Ada", "Bea")
        for month in (1, 2, 3)
    ]
    write(file, [["patient_name", "visited_at", "shoulder_level", "head_tilt"], *rows])
    plan = read_table(file)
    open_store(home).close()

    def killed(lines: int) -> bool:
        child = os.fork()
        if child == 0:
            left = lines

            def count(_frame, event, _argument):
                nonlocal left
                left -= event == "line"
                if left <= 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                return count

            def watch(frame, _event, _argument):
                name = frame.f_code.co_filename
                ours = "/posture/records/" in name or "/posture/imports/" in name
                return count if ours else None

            store = open_store(home)
            sys.settrace(watch)
            carry_out(plan, store, dry=False)
            sys.settrace(None)
            os._exit(0)
        return os.WIFSIGNALED(os.waitpid(child, 0)[1])

    kills, lines = 0, 5
    while killed(lines):
        kills += 1
        store = open_store(home)
        visits = [visit for _, visit in store.visits.history()]
        assert all(len(visit.imported) == 2 for visit in visits)
        assert len({(v.patient_id, v.visited_at) for v in visits}) == len(visits)
        store.close()
        lines = int(lines * 1.15) + 20
    assert kills >= 10
    store = open_store(home)
    assert store.patients.counts() == (2, 6)
    assert sorted(p.details.name for p in store.patients.find()) == ["Ada", "Bea"]
    assert store.audit.verify().findings == ()
