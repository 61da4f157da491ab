"""What a patient is told of two moments: which changes, and in which words."""

from dataclasses import replace
from datetime import datetime

import pytest
from shared import assessed

from posture.measures import BY_KEY
from posture.records import Visit
from posture.records.types import StoredPhoto
from posture.report import patient
from posture.report.document import Picture
from posture.report.patient import tell
from posture.sot import Stage
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
    monkeypatch.setattr(patient, "picture", lambda *_, **__: Picture(b"", "", ""))


LEFT, RIGHT = "left shoulder {} higher", "right shoulder {} higher"


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
        (SHOULDERS, "mm", -3.2, 2.9, 2.0, (RIGHT.format("3°"), LEFT.format("3°"))),
        (SHOULDERS, "mm", -3.2, 0.3, 2.0, (RIGHT.format("3°"), "level")),
        (SHOULDERS, "mm", 1.5, 2.5, 0.5, (LEFT.format("1.5°"), LEFT.format("2.5°"))),
        (SHOULDERS, "mm", 1.4, 2.1, 0.5, (LEFT.format("1.4°"), LEFT.format("2.1°"))),
        (SHOULDERS, "mm", -0.3, 0.4, 0.5, (RIGHT.format("0.3°"), LEFT.format("0.4°"))),
        (HEAD, "mm", 4.0, 9.4, 3.0, ("4 mm to the left", "9 mm to the left")),
        (HEAD, "in", 25.4, 76.2, 3.0, ("1.0 in to the left", "3.0 in to the left")),
        (HEAD, "in", 25.4, 26.6, 1.0, ("1.00 in to the left", "1.05 in to the left")),
    ],
)
def test_a_change_reads_as_one(key, lengths, before, now, mdc, told):
    with speaking(Speech("en", lengths)):
        story = tell((moment(key, before, mdc), moment(key, now, mdc)), str.encode, hide_face=False)
    [side] = story.sides
    assert [(row.before, row.now) for row in side.changed] == ([told] if told else [])
    assert len(side.same) == (told is None)
