"""Numbers that cannot be right are refused by the library, and never kept in settings."""

import pytest
from support.samples import open_store

from posture import ranges
from posture.errors import PointsError
from posture.imaging.scene import Setup
from posture.measuring.placed import load_placed
from posture.practice import settings
from posture.practice.settings import DISTANCES, Practice
from posture.ranges import Range
from posture.records import PatientDetails, RecordError

ODD = [float("nan"), float("inf"), float("-inf"), 1e308, -1.0, 10**400]
ALL = {name: found for name, found in vars(ranges).items() if isinstance(found, Range)}


@pytest.mark.parametrize("name", ALL)
def test_every_range_is_finite_and_takes_its_ends(name):
    found = ALL[name]
    assert [value for value in ODD if value in found] == []
    assert found.least in found
    assert found.most in found
    assert None not in found
    assert "1" not in found


@pytest.mark.parametrize("name", DISTANCES)
@pytest.mark.parametrize("odd", ODD[:-1])
def test_distances(name, odd):
    with pytest.raises(PointsError, match="cannot be right"):
        Setup(**{name: odd})
    assert settings.from_json({name: odd}) == Practice()
    assert settings.from_json({name: "far"}) == Practice()


@pytest.mark.parametrize("odd", [7.0, *ODD[:-1]])
def test_heights(home, odd):
    store = open_store(home)
    with pytest.raises(RecordError, match="cannot be right"):
        store.patients.add(PatientDetails("Ada", height_cm=odd))
    assert store.patients.find() == []
    store.close()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"c7": [1, 2], "c7": [3, 4]}', "'c7' is in it twice"),
        ('{"x.jpg": {"c7": [1, 2], "c7": [3, 4]}}', "'c7' is in it twice"),
        ('{"left_asis": [1, 2], "asis_left": [3, 4]}', "left_asis appears twice"),
        ('{"c7": [1, ' + "9" * 400 + "]}", "must be"),
        ('{"c7": [1, 1e308]}', "must be"),
        ('{"c7": [NaN, 1]}', "NaN is not a number"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_points_that_cannot_be(tmp_path, text, words):
    file = tmp_path / "points.json"
    file.write_text(text)
    with pytest.raises(PointsError, match=words):
        load_placed(file, ["x.jpg"])
