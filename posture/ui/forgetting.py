"""Forgetting an erased patient: what open tabs hold of one beside the record, in this process.

A session keeps pictures, a page for the patient, changes and unsaved visits so that showing them
again takes no time. Erasing takes them away too. Each run of a page asks the record whether the
patients that its session had open are still there, and forgets those that are not. So that this
does not wait for somebody to come back, the tabs of this process that show the patient are run at
once, and the sessions of those that were cut off end.
"""

from collections.abc import Collection, MutableMapping
from contextlib import suppress
from typing import Any

from streamlit import runtime

from posture.records import Store
from posture.ui.place import EDITED_AT, PLACE

PREVIEWS, STORY, CHANGES, LINK = "previews", "story", "changes", "share_made"
CHARTS = "charts"
MADE = (PREVIEWS, STORY, CHANGES, LINK, CHARTS)
"""What a session has made of patients' photos; made again where it is needed."""

SHOWN = "shown"
"""Patients that a session had open, each with the visits that it had open."""

STAYS = ("session_id", "place_known", "practitioner", "drafts", SHOWN)
"""What a session that shows an erased patient keeps: nothing of the patient."""

State = MutableMapping[Any, Any]


def note_shown(state: State) -> None:
    """Note which patient and visit a session has open."""
    if patient_id := state.get("patient_id"):
        visits = state.setdefault(SHOWN, {}).setdefault(patient_id, set())
        visits |= {state["visit_id"]} if state.get("visit_id") else set()


def forget_erased(state: State, store: Store) -> None:
    """Forget the patients that a session had open and that are no longer in the record."""
    for patient_id in store.patients.missing(state.get(SHOWN, {})):
        forget_patient(state, patient_id)


def forget_patient(state: State, patient_id: str) -> None:
    """Empty a session's state of a patient."""
    draft = state.get("drafts", {}).pop(patient_id, None)
    if draft is not None:
        draft.stored.closed = True  # what is still being measured is not kept any more
    marks = {patient_id, *state.get(SHOWN, {}).pop(patient_id, ())}
    if state.get("patient_id") == patient_id:
        _drop(state, [key for key in state if key not in STAYS])
        return
    editing = state.get("desk")
    if editing is not None and editing.patient.id == patient_id:
        _drop(state, ["desk", EDITED_AT])
    _drop(state, [key for key in state if key in MADE or _mentions(key, marks)])
    if _mentions(state.get(PLACE), marks):
        _drop(state, [PLACE])


def forget_in_other_tabs(patient_id: str, mine: str) -> None:
    """Have the tabs of this process that show a patient run anew, and end those that are cut off.

    Streamlit has no public way to other sessions: where this one is not there, as in another
    version, the tabs' next runs do it.
    """
    server: Any = runtime.get_instance() if runtime.exists() else None
    manager = getattr(server, "_session_mgr", None)
    if manager is None:
        return
    loop = server._get_async_objs().eventloop
    for info in manager.list_sessions():
        other = info.session
        state = other.session_state.filtered_state
        if other.id == mine or patient_id not in state.get(SHOWN, {}):
            continue
        if info.client is None:
            loop.call_soon_threadsafe(server.close_session, other.id)
        elif state.get("patient_id") == patient_id:  # others may be in the middle of a word
            loop.call_soon_threadsafe(other.request_rerun, other._client_state)


def _mentions(value: object, marks: Collection[str]) -> bool:
    text = str(value)
    return any(mark in text for mark in marks)


def _drop(state: State, keys: Collection[Any]) -> None:
    for key in keys:
        with suppress(KeyError):  # a widget whose value is gone already
            del state[key]
