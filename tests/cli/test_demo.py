import json
from dataclasses import replace

import pytest
from support.samples import SAMPLES, assessed

from posture.cli import demo
from posture.landmarks import View
from posture.records import record_access


def test_who_stops_the_demo_while_it_measures_gets_all_of_it_the_next_time(home, monkeypatch):
    one = assessed("m1_visit1_anterior.jpg", "anterior")
    calls = []

    def quick(photo, view, **_):
        return replace(one, photo_sha256=photo.sha256, view=view)

    def stopped(photo, view, **_):
        calls.append(view)
        if len(calls) > len(View):  # in the second visit
            raise KeyboardInterrupt
        return quick(photo, view)

    monkeypatch.setattr(demo, "assess", stopped)
    with pytest.raises(KeyboardInterrupt):
        demo.fill(home, str)
    monkeypatch.setattr(demo, "assess", quick)
    demo.fill(home, str)
    patients = json.loads((SAMPLES / "demo.json").read_text())
    visits = sum(len(patient["visits"]) for patient in patients)
    assert record_access(home).store().patients.counts() == (len(patients), visits)
