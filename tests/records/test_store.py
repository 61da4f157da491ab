from datetime import date, datetime, timedelta

import pytest
from support.samples import SAMPLES, assessed, open_store, with_consent

from posture.landmarks import View
from posture.practice.protocols import standard
from posture.practice.sot import Stage
from posture.records import (
    NewPhoto,
    NewVisit,
    PatientDetails,
    RecordError,
    Store,
    photo_filing,
    rows,
)

WHEN = datetime(2026, 9, 7, 9, 0)  # noqa: DTZ001 - the practice's local time
NAME = "m1_visit1_anterior.jpg"


def new_photo(name: str = NAME, stage: Stage = Stage.PRE) -> NewPhoto:
    view = name.removesuffix(".jpg").split("_")[-1]
    return NewPhoto((SAMPLES / name).read_bytes(), stage, assessed(name, view), "image/jpeg", "t")


@pytest.fixture
def store(home):
    store = open_store(home)
    yield store
    store.close()


def files(store: Store) -> list:
    return [p for p in (store.home / "photos").rglob("*") if p.is_file()]


def test_a_visit_comes_back_as_it_went_in(store):
    patient = with_consent(store, PatientDetails("A", date(1980, 2, 29), 176.9, "17", "x\ny"))
    notes = {
        Stage.PRE: {"category": {"I": "left", "II": "right"}, "pain": 4},
        Stage.VISIT: {"plan": "Blöcke", "rc_factors": [{"pair": "C1–L5", "pain_before": 7}]},
    }
    visit_id = store.visits.save(NewVisit(patient, WHEN, " B ", (new_photo(),), notes))
    store.close()

    again = open_store(store.home)
    visit = again.visits.get(visit_id)
    assert (visit.patient_id, visit.visited_at, visit.practitioner) == (patient, WHEN, "B")
    assert visit.notes == notes
    [photo] = visit.photos
    given = new_photo()
    assert again.photos.get(photo.id) == given.data
    assert (photo.stage, photo.taken_at) == (Stage.PRE, "t")
    found, expected = photo.assessment, given.assessment
    assert found.measurements == expected.measurements
    assert found.issues == expected.issues
    assert found.scene == expected.scene
    assert found.pose.points.keys() == expected.pose.points.keys()
    assert (found.model, found.passes, found.view) == ("full", 8, "anterior")
    assert again.patients.get(patient).details.date_of_birth == date(1980, 2, 29)
    again.close()


def test_the_protocol_is_kept_with_the_visit_and_repeats_are_one(store):
    patient = with_consent(store, PatientDetails("A"))
    usual, quick, *_ = standard()
    one, other = new_photo(), new_photo("m1_visit2_anterior.jpg")
    visit_id = store.visits.save(NewVisit(patient, WHEN, photos=(one, other), protocol=usual))
    store.visits.add_to(visit_id, NewVisit(patient, WHEN, photos=(one,), protocol=quick))
    visit = store.visits.get(visit_id)
    assert visit.protocol == usual
    both = visit.of_view(Stage.PRE, View.ANTERIOR)
    assert both is not None
    assert both.sha256 in {p.sha256 for p in visit.photos}
    values = [p.assessment.measurements[0].value for p in visit.photos]
    combined = both.assessment.measurements[0]
    assert (combined.repeats, combined.value) == (3, pytest.approx(sum(values) / 3))
    assert visit.of_view(Stage.POST, View.ANTERIOR) is None
    assert visit.by_view == (both,)

    plain = store.visits.save(NewVisit(patient, WHEN))
    assert store.visits.get(plain).protocol is None
    store.visits.add_to(plain, NewVisit(patient, WHEN, photos=(one,), protocol=quick))
    assert store.visits.get(plain).protocol == quick


def test_patients_are_found_edited_and_archived(store):
    anna = store.patients.add(PatientDetails("Anna 100%_sure", record_number="A-7"))
    store.patients.add(PatientDetails("Bert"))
    names = lambda **k: [p.details.name for p in store.patients.find(**k)]  # noqa: E731
    assert names() == ["Anna 100%_sure", "Bert"]
    assert names(search="ann SURE") == ["Anna 100%_sure"]
    assert names(search="a-7") == ["Anna 100%_sure"]
    assert names(search="%") == ["Anna 100%_sure"]  # a letter like others, no wildcard
    assert names(search="nobody") == []
    store.patients.update(anna, PatientDetails("Anne", height_cm=170))
    store.patients.archive(anna)
    assert names() == ["Bert"]
    assert names(archived=True) == ["Anne"]
    store.patients.archive(anna, archived=False)
    assert names() == ["Anne", "Bert"]


def test_accents_and_case_do_not_hide_a_patient(store):
    store.patients.add(PatientDetails("Ünal Großmann"))
    store.patients.add(PatientDetails("Zoë"))
    for search in ("UNAL", "ünal", "grossM", "ß", "n gro"):
        assert [p.details.name for p in store.patients.find(search)] == ["Ünal Großmann"]
    assert [p.details.name for p in store.patients.find("e")] == ["Zoë"]


@pytest.mark.parametrize("few", [200, 3])
def test_a_long_list_comes_page_by_page(store, monkeypatch, few):
    """Both ways of finding, by the index of parts and along the list, give the same."""
    monkeypatch.setattr("posture.records.search.FEW", few)
    names = [f"Ann {'AaBb'[n % 4]}{n:02}" for n in range(11)]
    for name in names:
        store.patients.add(PatientDetails(name))
    whole = [p.details.name for p in store.patients.find("nn 0 a")]
    assert whole == sorted((n for n in names if "0" in n), key=str.lower)
    pages, last = [], None
    while page := store.patients.find("nn 0 a", limit=2, after=last):
        assert len(page) <= 2
        pages += [p.details.name for p in page]
        last = page[-1].id
    assert pages == whole
    assert store.patients.counts() == (11, 0)


def test_a_patient_needs_a_name(store):
    with pytest.raises(RecordError, match="name"):
        store.patients.add(PatientDetails("  "))
    assert store.patients.find() == []


def test_visits_are_listed_and_counted(store):
    patient = with_consent(store, PatientDetails("A"))
    store.visits.save(NewVisit(patient, WHEN, photos=(new_photo(),)))
    store.visits.save(NewVisit(patient, WHEN.replace(month=10), notes={Stage.PRE: {"pain": 1}}))
    latest, first = store.visits.of(patient)
    assert (latest.photos, latest.has_note) == (0, True)
    assert (first.photos, first.has_note) == (1, False)
    assert store.patients.get(patient).visits == 2
    assert store.patients.get(patient).last_visit == WHEN.replace(month=10)


def test_photos_and_a_note_can_be_added_but_nothing_is_overwritten(store):
    patient = with_consent(store, PatientDetails("A"))
    visit_id = store.visits.save(
        NewVisit(patient, WHEN, photos=(new_photo(),), notes={Stage.PRE: {"pain": 5}})
    )
    after = new_photo("m1_visit3_anterior.jpg", Stage.POST)
    store.visits.add_to(
        visit_id, NewVisit(patient, WHEN, photos=(after,), notes={Stage.POST: {"pain": 2}})
    )
    visit = store.visits.get(visit_id)
    assert [photo.stage for photo in visit.photos] == [Stage.PRE, Stage.POST]
    assert visit.notes == {Stage.PRE: {"pain": 5}, Stage.POST: {"pain": 2}}
    with pytest.raises(RecordError, match="already has other values: Pain"):
        store.visits.add_to(visit_id, NewVisit(patient, WHEN, notes={Stage.PRE: {"pain": 0}}))
    assert store.visits.get(visit_id) == visit


def test_a_failed_save_leaves_nothing(store, monkeypatch):
    patient = with_consent(store, PatientDetails("A"))
    kept = store.visits.save(NewVisit(patient, WHEN, photos=(new_photo(),)))
    before = files(store)

    def full(*_arguments, **_options):
        raise OSError(28, "No space left on device")

    broken = NewVisit(patient, WHEN, photos=(new_photo(), new_photo("m1_visit1_left.jpg")))
    monkeypatch.setattr("posture.files.os.fsync", full)
    with pytest.raises(RecordError, match="the disk is full"):
        store.visits.save(broken)
    monkeypatch.undo()
    assert [visit.id for visit in store.visits.of(patient)] == [kept]
    assert files(store) == before  # also the photo that the kept visit shares
    assert store.visits.save(broken)


def test_a_start_whose_clock_is_ahead_ends_a_save_under_way_and_loses_nothing(store, monkeypatch):
    patient = with_consent(store, PatientDetails("A"))
    kept = store.visits.save(NewVisit(patient, WHEN, photos=(new_photo(),)))
    before = files(store)
    real = store.database.files.write

    def write(name: str, data: bytes) -> None:
        real(name, data)
        with monkeypatch.context() as patch:
            patch.setattr(photo_filing, "now", lambda: rows.now() + timedelta(days=90))
            other = open_store(store.home)
            other.close()

    monkeypatch.setattr(store.database.files, "write", write)
    new = NewVisit(patient, WHEN, photos=(new_photo("m1_visit1_left.jpg"),))
    with pytest.raises(RecordError, match=r"cancelled\. Save again"):
        store.visits.save(new)
    monkeypatch.undo()
    assert files(store) == before
    assert store.photos.get(store.visits.get(kept).photos[0].id) == new_photo().data
    saved = store.visits.get(store.visits.save(new))
    assert store.photos.get(saved.photos[0].id) == new.photos[0].data


def test_a_photo_that_was_not_measured_is_refused(store):
    patient = with_consent(store, PatientDetails("A"))
    other = NewPhoto(b"other bytes", Stage.PRE, new_photo().assessment, "image/jpeg")
    with pytest.raises(RecordError, match="not the one"):
        store.visits.save(NewVisit(patient, WHEN, photos=(other,)))
    assert store.visits.of(patient) == []
    assert files(store) == []


def test_damaged_and_missing_files_are_told(store):
    patient = with_consent(store, PatientDetails("A"))
    visit = store.visits.get(store.visits.save(NewVisit(patient, WHEN, photos=(new_photo(),))))
    [path] = files(store)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(RecordError, match="damaged"):
        store.photos.get(visit.photos[0].id)
    path.unlink()
    with pytest.raises(RecordError, match="missing"):
        store.photos.get(visit.photos[0].id)


def test_unknown_ids_are_told(store):
    for ask in (store.patients.get, store.visits.get):
        with pytest.raises(RecordError, match="no such"):
            ask("0" * 32)
    with pytest.raises(RecordError, match="no such"):
        store.visits.save(NewVisit("0" * 32, WHEN))


def test_a_folder_that_cannot_be_used_is_told(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RecordError, match="cannot be opened"):
        open_store(tmp_path / "file")


def test_errors_do_not_quote_patients(store):
    """A database error's text must not carry the values it was about."""
    from sqlalchemy import text

    with pytest.raises(Exception) as error, store.database.engine.connect() as connection:  # noqa: PT011
        connection.execute(text("insert into nowhere values (:name)"), {"name": "Anna Secret"})
    assert "Anna Secret" not in str(error.value)
