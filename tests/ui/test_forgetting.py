"""Nothing of an erased patient stays in a session, whatever it holds."""

import pytest

from posture.ui import forgetting
from posture.ui.state import DRAFTS, KEYS, PATIENT_ID, SHOWN, VISIT_ID, About

ADA, BEA, VISIT = "id-of-ada", "id-of-bea", "visit-of-ada"


class Unsaved:
    """An unsaved visit, as far as forgetting it goes."""

    def __init__(self):
        self.stored = self
        self.closed = False


def session(on_screen: str) -> dict:
    """Return a session in which every key holds something of Ada, and of Bea where it can."""
    state = {key.name: f"of {ADA}" for key in KEYS if key.about in (About.SHOWN, About.DERIVED)}
    state |= {key.name: "of nobody" for key in KEYS if key.about is About.NOBODY}
    state[SHOWN.name] = {ADA: {VISIT}, BEA: set()}
    state[DRAFTS.name] = {ADA: Unsaved(), BEA: Unsaved()}
    state |= {f"note.{ADA}.pre": "typed", f"correct.{VISIT}": 1, "search": "typed"}
    state[PATIENT_ID.name] = on_screen
    state[VISIT_ID.name] = VISIT if on_screen == ADA else "visit-of-bea"
    return state


@pytest.mark.parametrize("on_screen", [ADA, BEA])
def test_nothing_of_an_erased_patient_stays(on_screen):
    state = session(on_screen)
    unsaved = state[DRAFTS.name][ADA]
    forgetting.forget_patient(state, ADA)
    assert not [name for name in state if ADA in f"{name} {state[name]}" or VISIT in name]
    assert unsaved.closed
    assert not [key.name for key in KEYS if key.about is About.DERIVED and key.name in state]
    assert [key.name for key in KEYS if key.about is About.NOBODY and key.name not in state] == []
    assert list(state[DRAFTS.name]) == [BEA]
    assert not state[DRAFTS.name][BEA].closed
    assert (PATIENT_ID.name in state) is (on_screen == BEA)
    assert ("search" in state) is (on_screen == BEA)


def test_every_key_has_a_name_of_its_own():
    assert len({key.name for key in KEYS}) == len(KEYS)
