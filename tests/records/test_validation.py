"""What cannot be right is refused in words, and nothing is saved until it is."""

from datetime import date, datetime, timedelta

import pytest
from support.samples import open_store, with_consent

from posture.imports import carry_out, read_table
from posture.practice.sot import Stage, standard_vocabulary
from posture.records import Correction, NewVisit, PatientDetails, RecordError
from posture.records.duplicates import likely_same
from posture.records.validation import (
    WrongError,
    out_of_range,
    read_day,
    wrong_birth,
    wrong_consent_day,
    wrong_height,
    wrong_moment,
    wrong_value,
)

TODAY = date(2026, 11, 28)
NOW = datetime(2026, 11, 28, 14, 0)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1980-02-29", date(1980, 2, 29)),
        (" 1980-2-9 ", date(1980, 2, 9)),
        ("29.2.1980", date(1980, 2, 29)),
        ("29. 02. 1980", date(1980, 2, 29)),
        ("1980-02-31", "1980-02-31 is not a day"),
        ("1981-02-29", "not a day"),
        ("31.04.1980", "not a day"),
        ("1980-13-01", "not a day"),
        ("0000-01-01", "not a day"),
        ("80-02-28", "not a date"),
        ("02/28/1980", "not a date"),
        ("1980", "not a date"),
        ("yesterday", "not a date"),
        ("1980-02-28 or so", "not a date"),
    ],
)
def test_a_day_is_read_as_written_or_refused_never_put_right(text, day):
    if isinstance(day, date):
        assert read_day(text) == day
    else:
        with pytest.raises(WrongError, match=day):
            read_day(text)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (wrong_birth(date(1980, 2, 29), TODAY), None),
        (wrong_birth(TODAY, TODAY), None),
        (wrong_birth(date(1900, 1, 1), TODAY), None),
        (wrong_birth(date(2026, 11, 29), TODAY), "in the future"),
        (wrong_birth(date(2030, 1, 1), TODAY), "in the future"),
        (wrong_birth(date(1850, 1, 1), TODAY), "before 1900"),
        (wrong_birth(date(2020, 1, 2), TODAY, date(2020, 1, 1)), "a visit on 2020-01-01"),
        (wrong_birth(date(2020, 1, 1), TODAY, date(2020, 1, 1)), None),
        (wrong_height(50.0), None),
        (wrong_height(260.0), None),
        (wrong_height(7.0), "7 cm cannot be right. It is 50 to 260"),
        (wrong_height(1.76), "1.76 cm"),
        (wrong_height(1760.0), "1760 cm"),
        (wrong_height(float("nan")), "cannot be right"),
        (wrong_moment(NOW, NOW), None),
        (wrong_moment(NOW + timedelta(minutes=10), NOW), None),
        (wrong_moment(NOW + timedelta(minutes=11), NOW), "in the future. This computer's clock"),
        (wrong_moment(NOW.replace(year=2030), NOW), "2030-11-28, 14:00 cannot be right"),
        (wrong_moment(NOW.replace(year=1899), NOW), "before 1900"),
        (wrong_moment(NOW, NOW, TODAY), None),
        (wrong_moment(NOW - timedelta(1), NOW, TODAY), "was born on 2026-11-28"),
        (wrong_consent_day(TODAY, TODAY), None),
        (wrong_consent_day(TODAY + timedelta(1), TODAY), "future date"),
        (wrong_consent_day(date(1019, 5, 7), TODAY), "before 1900"),
        (wrong_value(-180.0, "deg"), None),
        (wrong_value(180.5, "deg"), "180.5 deg"),
        (wrong_value(3001.0, "mm"), "cannot be right"),
        (wrong_value(float("nan"), "mm"), "cannot be right"),
    ],
)
def test_what_cannot_be_right_is_said(wrong, words):
    assert (wrong is None) if words is None else (words in wrong)


@pytest.mark.parametrize(
    ("findings", "words"),
    [
        ({"pain": 10, "oswestry_pct": 0}, []),
        ({"pain": 11}, ["Pain now, 0 to 10: 11 is not between 0 and 10."]),
        ({"pain": -0.5, "short_leg_mm": 101}, ["100", "10"]),
        ({"rc_factors": [{"pain_before": 3}, {"pain_before": 12, "pain_after": 40}]}, ["12", "40"]),
        ({"pain": None, "rc_factors": [{}], "of_another_day": 900, "plan": "900"}, []),
    ],
)
def test_numbers_of_a_note_are_within_what_their_field_takes(findings, words):
    found = [one.message for one in out_of_range(findings, standard_vocabulary())]
    assert len(found) == len(words)
    assert all(word in text for word, text in zip(words, found, strict=True))


BORN = date(1980, 2, 29)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (PatientDetails("Ada Sample"), PatientDetails(" ada  SAMPLE"), True),
        (PatientDetails("Zoë Groß"), PatientDetails("Zoe Gross"), True),
        (PatientDetails("Sample, Ada"), PatientDetails("Ada Sample"), True),
        (PatientDetails("Ada Sample", BORN), PatientDetails("Ada Sample", date(1950, 1, 1)), True),
        (PatientDetails("Ada Sample", BORN), PatientDetails("Ada Sampel", BORN), True),
        (PatientDetails("Ada Sample"), PatientDetails("Ada Sampel"), False),
        (PatientDetails("Ada Sample", BORN), PatientDetails("Bert Other", BORN), False),
        (
            PatientDetails("A", record_number="R-17"),
            PatientDetails("B", record_number="r-17"),
            True,
        ),
        (PatientDetails("A"), PatientDetails("B"), False),
    ],
)
def test_who_is_likely_the_same(one, other, same):
    assert likely_same(one, other) == likely_same(other, one) == same


PAIN = {"pain": -1}


def test_the_store_refuses_what_cannot_be_right_whoever_saves(home, tmp_path):
    store = open_store(home)
    tomorrow = datetime.now() + timedelta(1)  # noqa: DTZ005
    wrong = [
        PatientDetails(" "),
        PatientDetails("Ada", height_cm=7),
        PatientDetails("Ada", tomorrow.date()),
        PatientDetails("Ada", date(1850, 1, 1)),
    ]
    for details in wrong:
        with pytest.raises(WrongError):
            store.patients.add(details)
    assert store.patients.counts() == (0, 0)

    ada = with_consent(store, PatientDetails("Ada", BORN))
    when = datetime(2026, 9, 7, 9, 0)  # noqa: DTZ001
    visit = store.visits.save(NewVisit(ada, when, notes={Stage.PRE: {"pain": 3}}))
    kept = store.patients.get(ada), store.visits.get(visit)
    actions = [
        *((lambda d=d: store.patients.update(ada, d)) for d in wrong),
        lambda: store.patients.update(ada, PatientDetails("Ada", date(2026, 9, 8))),
        lambda: store.visits.save(NewVisit(ada, tomorrow)),
        lambda: store.visits.save(NewVisit(ada, datetime(1980, 2, 28))),  # noqa: DTZ001
        lambda: store.visits.save(NewVisit(ada, when, notes={Stage.PRE: {"pain": 11}})),
        lambda: store.visits.add_to(visit, NewVisit(ada, when, notes={Stage.POST: {"pain": 11}})),
        lambda: store.revisions.correct(visit, Correction("x", visited_at=tomorrow), seen=1),
        lambda: store.revisions.correct(
            visit, Correction("x", notes={Stage.PRE: {"pain": -1}}), seen=1
        ),
        lambda: store.consents.give(ada, given_on=tomorrow.date()),
    ]
    for action in actions:
        with pytest.raises(WrongError):
            action()
    assert (store.patients.get(ada), store.visits.get(visit)) == kept

    table = tmp_path / "old.csv"
    rows = ("2030-01-01,1", "1850-01-01,1", "2019-05-07,900", "2019-05-07,1")
    table.write_text(
        "patient_name,visited_at,key,value\n"
        + "".join(f"Bea,{day},head_tilt,{value}\n" for day, value in (r.split(",") for r in rows))
    )
    for dry in (True, False):
        outcome = carry_out(read_table(table), store, dry=dry)
        assert (outcome.visits, outcome.values) == (1, 1)
        told = " ".join(skip.why for skip in outcome.skipped)
        assert all(words in told for words in ("in the future", "before 1900", "900 deg"))
    assert store.patients.counts() == (2, 2)


def test_likely_the_same_patient_is_found_in_the_archive_too(home):
    store = open_store(home)
    ada = store.patients.add(PatientDetails("Ada Sample", BORN, record_number="R17"))
    store.patients.add(PatientDetails("Bea"))
    store.patients.archive(ada)
    for details in (PatientDetails("Sample Ada"), PatientDetails("A. Sample", record_number="r17")):
        assert [person.id for person in store.patients.likely_same(details)] == [ada]
        assert store.patients.likely_same(details, besides=ada) == []
    assert store.patients.likely_same(PatientDetails("Cay")) == []
    with pytest.raises(RecordError):
        store.patients.add(PatientDetails(""))
