"""Photos that tell little or nothing go through everything that takes an assessment."""

from dataclasses import replace
from datetime import date, datetime
from html import unescape
from itertools import permutations

import pytest
from support.samples import SAMPLES, assessed, open_store, with_consent

from posture.changes.align import align
from posture.changes.compare import compare, notes
from posture.export import deidentified, tidy
from posture.export.portable import patient_zip
from posture.imaging.photo import load_photo
from posture.imaging.scene import Scene
from posture.issues import Severity
from posture.landmarks import Landmark, Pose
from posture.measuring.amend import Edits, amended, edits_of
from posture.measuring.assessment import Assessment
from posture.measuring.repeats import combine
from posture.measuring.values import measure
from posture.practice.settings import Letterhead
from posture.practice.sot import Stage, standard_vocabulary
from posture.present import phrases
from posture.present.faces import pixelated
from posture.present.overlay import overlay, shapes
from posture.present.serialise import assessment_from_record, assessment_to_record, to_json
from posture.records import NewPhoto, NewVisit, Patient, PatientDetails, Scope, Visit
from posture.records.types import StoredPhoto
from posture.report import ReportOptions, comparison_report, to_html, to_pdf, visit_report
from posture.report.patient import summarise, summary_page
from posture.ui.components import editor
from posture.words import Speech, speaking, t

NAME = "m1_visit1_anterior.jpg"
PHOTO = (SAMPLES / NAME).read_bytes()
GOOD = assessed(NAME, "anterior")


def with_points(*marks: Landmark, scene: Scene = GOOD.scene) -> Assessment:
    """Return the good photo's assessment with these points only, all others withheld."""
    pose = Pose({mark: GOOD.pose.points[mark] for mark in marks})
    withheld = dict.fromkeys((m for m in GOOD.pose.points if m not in marks), "out of the picture")
    found = measure(pose, scene, GOOD.view, withheld)
    return replace(GOOD, pose=pose, scene=scene, withheld=withheld, measurements=found)


POOR = {
    "all points withheld": with_points(),
    "one point": with_points(Landmark.NOSE),
    "feet only": with_points(Landmark.LEFT_ANKLE, Landmark.RIGHT_ANKLE),
    "no scale": replace(with_points(*GOOD.pose.points, scene=Scene())),
    "two people": assessed("bad_two_people.jpg", "anterior"),
    "nobody": assessed("bad_no_person.jpg", "anterior"),
    "nobody, view unknown": assessed("bad_no_person.jpg"),
}


def as_of_good(found: Assessment) -> Assessment:
    """Return an assessment as one of the good photo's file."""
    return replace(found, photo_sha256=GOOD.photo_sha256, image_size=GOOD.image_size)


SAME_VIEW = [name for name in POOR if "unknown" not in name]


@pytest.fixture(params=POOR)
def poor(request) -> Assessment:
    return POOR[request.param]


def test_what_is_drawn(poor):
    photo = load_photo(SAMPLES / NAME)
    assert max(overlay(photo.pixels, replace(poor, image_size=photo.size)).shape[:2]) <= 1400 * 1.5
    drawn = shapes(poor)
    assert not drawn.points or poor.pose.points
    assert pixelated(photo.pixels, poor.pose) is None or poor.pose.points


def test_what_is_kept_and_changed_by_hand(poor):
    again = assessment_from_record(assessment_to_record(poor))
    assert again.measurements == poor.measurements
    assert again.active_issues == poor.active_issues
    assert to_json(poor)["issues"] == to_json(again)["issues"]
    assert edits_of(poor) == Edits()
    placed = amended(poor, Edits({Landmark.C7: (500.0, 300.0)}))
    assert placed.view is None or placed.pose.points[Landmark.C7].x == 500
    assert editor._body(poor) is None or poor.pose.points


@pytest.mark.parametrize("order", [1, -1])
def test_what_is_compared_and_laid_over_each_other(poor, order):
    pair = (poor, GOOD)[::order]
    for one, other in (pair, (poor, poor)):
        if one.view is not other.view:
            continue
        changes = compare(one, other)
        if poor.view is not None:
            assert {c.key for c in changes} == {m.key for m in GOOD.measurements}
        assert all(phrases.why_not(c) for c in changes if c.difference is None)
        notes(one, other)
        assert align((one, other)) is None or one.pose.points


def test_tables(poor):
    frame = tidy.of_assessments([poor, GOOD])
    assert len(frame) == len(poor.measurements) + len(GOOD.measurements)
    missing = frame[frame["value"].isna()]
    assert missing["reason"].notna().all()
    assert tidy.to_csv(frame).count(b"\n") == len(frame) + 1


def visit(*photos: Assessment, day: int = 1) -> Visit:
    stored = tuple(
        StoredPhoto(str(n), each.photo_sha256, Stage.PRE, "image/jpeg", None, each)
        for n, each in enumerate(photos)
    )
    return Visit(f"v{day}", "p", datetime(2026, 1, day), "Dr. B", stored, {})  # noqa: DTZ001


def test_reports_and_what_leaves_the_practice(poor):
    person = Patient("p", PatientDetails("Ada Sample", date(1980, 5, 4)), False, 2, None)
    wanted, fields = ReportOptions(Letterhead()), standard_vocabulary()
    one, other = visit(poor), visit(GOOD, day=2)
    with speaking(Speech("de")):
        made = [visit_report(person, one, lambda _: PHOTO, fields, wanted)]
        for moments in permutations([(one, Stage.PRE), (other, Stage.PRE)]):
            made.append(comparison_report(person, moments, lambda _: PHOTO, fields, wanted))
            summary_page(summarise(moments, lambda _: PHOTO, hide_face=True))
        for document in made:
            assert to_html(document)
        compared = unescape(to_html(made[1]).decode())  # the poor one before, the good one after
        for issue in poor.active_issues if poor.view else ():
            if issue.severity is not Severity.NOTE:
                assert t(issue.message) in compared
        assert to_pdf(made[0])[:4] == b"%PDF"
    tidy.of_visits([(person, one), (person, other)])
    deidentified.frames([(person, one), (person, other)])


@pytest.mark.parametrize("name", SAME_VIEW)
def test_the_record_and_the_whole_of_it_to_take_along(home, name):
    store = open_store(home)
    patient = with_consent(store, PatientDetails("Ada Sample"), *Scope)
    photo = NewPhoto(PHOTO, Stage.PRE, as_of_good(POOR[name]), "image/jpeg")
    saved = store.visits.get(
        store.visits.save(NewVisit(patient, datetime(2026, 1, 1), "", (photo,)))  # noqa: DTZ001
    )
    assert saved.photos[0].assessment.active_issues == POOR[name].active_issues
    for hide_faces in (False, True):
        assert patient_zip(store, patient, hide_faces=hide_faces)[:2] == b"PK"


@pytest.mark.parametrize("name", SAME_VIEW)
@pytest.mark.parametrize("order", [1, -1])
def test_combined_with_a_good_photo_it_gives_no_value_and_keeps_what_is_wrong(name, order):
    poor = replace(POOR[name], photo="poor.jpg", photo_sha256="poor")
    good = replace(GOOD, issues=())
    found = combine((poor, good)[::order])
    assert found.measured
    told = {(issue.code, issue.severity, issue.photo) for issue in found.active_issues}
    assert told == {(issue.code, issue.severity, "poor.jpg") for issue in poor.active_issues}
    assert combine([poor]) is poor
    by_key = {m.key: m for m in found.measurements}
    for good_value in GOOD.measurements:
        if any(issue.severity is Severity.ERROR for issue in poor.active_issues):
            assert by_key[good_value.key].value == good_value.value
        if good_value.value is not None:
            assert by_key[good_value.key].value is not None


def test_what_is_wrong_with_every_photo_is_said_once_and_mending_counts_for_its_own_alone():
    two = assessed("bad_two_people.jpg", "anterior")
    both = combine([two, replace(two, photo="again.jpg", photo_sha256="b")])
    assert both.issues == two.active_issues
    assert not both.measured
    hidden = replace(two.active_issues[0], severity=Severity.WARNING, mended_by=(Landmark.C7,))
    marked = amended(GOOD, Edits({Landmark.C7: (500.0, 300.0)}))
    mended = replace(marked, issues=(hidden,), photo="mended.jpg")
    open_ = replace(GOOD, issues=(hidden,), photo="open.jpg", photo_sha256="open")
    assert [issue.photo for issue in combine([mended, open_]).active_issues] == ["open.jpg"]


def test_a_value_of_other_photos_is_not_drawn_where_this_one_has_no_points():
    value = GOOD.measurements[0]
    lacking = with_points(Landmark.LEFT_ANKLE, Landmark.RIGHT_ANKLE)
    mixed = replace(lacking, measurements=(value, *lacking.measurements[1:]))
    assert shapes(mixed).lines == ()
    overlay(load_photo(SAMPLES / NAME).pixels, mixed)
