"""A practice's choices, kept as JSON and read back."""

import json

from posture.imaging.scene import Setup
from posture.measuring.options import AssessmentOptions
from posture.practice import settings
from posture.practice.settings import Letterhead, Paper, Practice
from posture.words import Speech

CHOSEN = Practice(
    Letterhead("Park Practice", "1 Park Road\n\nTown", b"\x89PNG..."),
    Speech("de", "in"),
    Paper.LETTER,
    "none",
    Setup(800.0, 300.0, 2500.0),
)


def test_what_is_kept_is_read_back():
    kept = {settings.SETTING: json.loads(json.dumps(settings.to_json(CHOSEN)))}
    assert settings.of(kept.get) == CHOSEN
    assert CHOSEN.letterhead.lines == ("1 Park Road", "Town")
    assert CHOSEN.assessment_options == AssessmentOptions(setup=CHOSEN.setup, markers=None)


def test_nothing_kept_or_nonsense_is_the_default():
    assert settings.of(lambda _name: None) == Practice()
    assert settings.from_json({"language": "xx", "paper": "A0", "lengths": "furlong"}) == Practice()
