"""What a patient is told of two moments: which changes, and in which words."""

from dataclasses import replace
from datetime import datetime

import pytest
from support.samples import assessed

from posture.landmarks import View
from posture.measuring.measures import BY_KEY
from posture.practice.sot import Stage
from posture.records import Visit
from posture.records.types import StoredPhoto
from posture.report import patient
from posture.report.document import Figure
from posture.report.patient import summarise, summary_body
from posture.words import Speech, speaking

NAME, SHOULDERS, HEAD = "m1_visit1_anterior.jpg", "shoulder_level", "head_shift"


def moment(key: str, value: float, mdc: float) -> tuple[Visit, Stage]:
    """Return a visit in which one thing was measured."""
    usual = assessed(NAME, "anterior")
    row = next(m for m in usual.measurements if m.key == SHOULDERS)
    found = replace(
        row, key=key, unit=BY_KEY[key].unit, value=value, sd=mdc / 2.8, mdc=mdc, reason=None,
        method="acromion:placed",
    )  # fmt: skip
    assessment = replace(usual, measurements=(found,))
    photo = StoredPhoto(NAME, usual.photo_sha256, Stage.PRE, "image/jpeg", None, assessment)
    when = datetime(2026, 9, 7, 9, 30)  # noqa: DTZ001
    return Visit("v", "p", when, "", (photo,), {}), Stage.PRE


@pytest.fixture(autouse=True)
def without_pictures(monkeypatch):
    monkeypatch.setattr(patient, "photo_figure", lambda *_, **__: Figure(b"", "", ""))


LEFT, RIGHT, UP = "left shoulder {} higher", "right shoulder {} higher", "{} shoulder {} further up"


@pytest.mark.parametrize(
    ("key", "lengths", "before", "now", "mdc", "told"),
    [
        # Beyond the error, but of no size: about the same.
        (SHOULDERS, "mm", 0.21, 0.24, 0.01, None),
        (SHOULDERS, "mm", 0.4, 0.6, 0.1, None),
        (SHOULDERS, "mm", -0.04, 0.04, 0.01, None),
        (HEAD, "mm", 2.4, 3.2, 0.2, None),
        (HEAD, "in", 2.4, 3.2, 0.2, None),
        # Within the error, however large.
        (SHOULDERS, "mm", -3.0, 3.0, 7.0, None),
        # Whole numbers where they keep the change, as many decimals as it needs elsewhere.
        (SHOULDERS, "mm", -3.2, 2.9, 2.0,
         (UP.format("left", "6°"), RIGHT.format("3°"), LEFT.format("3°"))),
        (SHOULDERS, "mm", -3.2, -0.3, 2.0, ("3° less tilt", RIGHT.format("3°"), "level")),
        # … and where the values would differ by something else than the change
        (SHOULDERS, "mm", 3.6, 2.4, 1.0,
         ("1.2° less tilt", LEFT.format("3.6°"), LEFT.format("2.4°"))),
        (SHOULDERS, "mm", 1.5, 2.5, 0.5,
         ("1.0° more tilt", LEFT.format("1.5°"), LEFT.format("2.5°"))),
        (SHOULDERS, "mm", 1.4, 2.1, 0.5,
         ("0.7° more tilt", LEFT.format("1.4°"), LEFT.format("2.1°"))),
        (SHOULDERS, "mm", -0.3, 0.4, 0.5,
         (UP.format("left", "0.7°"), RIGHT.format("0.3°"), LEFT.format("0.4°"))),
        (HEAD, "mm", 4.0, 9.4, 3.0, ("5 mm further left", "4 mm to the left", "9 mm to the left")),
        (HEAD, "mm", 9.4, 4.0, 3.0, ("5 mm further right", "9 mm to the left", "4 mm to the left")),
        (HEAD, "in", 25.4, 76.2, 3.0,
         ("2.0 in further left", "1.0 in to the left", "3.0 in to the left")),
        (HEAD, "in", 25.4, 26.6, 1.0,
         ("0.05 in further left", "1.00 in to the left", "1.05 in to the left")),
    ],
)  # fmt: skip
def test_a_change_reads_as_one(key, lengths, before, now, mdc, told):
    with speaking(Speech("en", lengths)):
        story = summarise(
            (moment(key, before, mdc), moment(key, now, mdc)), str.encode, hide_face=False
        )
    [side] = story.sides
    said = [(row.change, row.before, row.now) for row in side.changed]
    assert said == ([(f"{told[0]} than before", *told[1:])] if told else [])
    assert len(side.same) == (told is None)


def seen(head: float, *, behind: float) -> tuple[Visit, Stage]:
    """Return a visit in which the head's tilt was measured from the front and from behind."""
    front, stage = moment("head_tilt", head, 1.0)
    back, _ = moment("head_tilt", behind, 0.6)
    [one], [other] = front.photos, back.photos
    photos = tuple(
        replace(
            photo,
            id=str(view),
            assessment=replace(
                photo.assessment,
                view=view,
                measurements=tuple(
                    replace(m, method=method) for m in photo.assessment.measurements
                ),
            ),
        )
        for photo, view, method in (
            (one, View.ANTERIOR, "eye:refined"), (other, View.POSTERIOR, "ear:detected"),
        )
    )  # fmt: skip
    return replace(front, photos=photos), stage


@pytest.mark.parametrize(
    ("language", "told", "never"),
    [
        ("en", "2° less tilt than before", ("measuring error", "compared with before")),
        ("de", "2° weniger Neigung als vorher", ("Messfehler", "gegenüber vorher")),
    ],
)
def test_front_and_back_do_not_contradict_each_other(language, told, never):
    with speaking(Speech(language)):
        story = summarise(
            (seen(4.0, behind=-1.0), seen(2.0, behind=-3.0)), str.encode, hide_face=False
        )
        body = summary_body(story)
    front, back = story.sides
    assert [row.change for row in front.changed] == [told]
    assert (back.changed, back.same) == ((), ())
    page = body.split("<footer>")[0]
    assert told in page
    assert not [words for words in never if words in page]


def test_what_does_not_compare_is_not_called_unchanged():
    one, other = moment(SHOULDERS, 3.0, 1.0), moment(SHOULDERS, 1.0, 1.0)
    [photo] = other[0].photos
    [found] = photo.assessment.measurements
    hidden = replace(found, value=None, reason="hidden")
    photo = replace(photo, assessment=replace(photo.assessment, measurements=(hidden,)))
    story = summarise(
        (one, (replace(other[0], photos=(photo,)), other[1])), str.encode, hide_face=False
    )
    assert "cannot be compared" in summary_body(story)
    assert "Nothing changed" not in summary_body(story)
