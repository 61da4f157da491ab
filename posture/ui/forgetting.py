"""Forgetting an erased patient: what open tabs hold of one beside the record, in this process.

A session keeps pictures, a page for the patient, changes and unsaved visits, so that showing them
again takes no time. Erasing takes them away too. Each run of a page asks the record whether the
patients that its session had open still exist, and forgets those that do not. So that this does
not wait until somebody uses the tab again, the tabs of this process that show the patient are run
at once, and the sessions of disconnected ones end.
"""

from collections.abc import Collection
from contextlib import suppress
from typing import Any

from streamlit import runtime

from posture.records import Store
from posture.ui import state as keys
from posture.ui.state import KEYS, About, State


def note_shown(state: State) -> None:
    """Note which patient and visit a session has open."""
    patient_id, visit_id = keys.PATIENT_ID.get(state), keys.VISIT_ID.get(state)
    if patient_id:
        visits = keys.SHOWN.setdefault({}, state).setdefault(patient_id, set())
        visits |= {visit_id} if visit_id else set()


def forget_erased(state: State, store: Store) -> None:
    """Forget the patients that a session had open and that are no longer in the record."""
    for patient_id in store.patients.missing(keys.SHOWN.get(state) or {}):
        forget_patient(state, patient_id)


def forget_patient(state: State, patient_id: str) -> None:
    """Empty a session of everything that belongs to a patient."""
    draft = (keys.DRAFTS.get(state) or {}).get(patient_id)
    if draft is not None:
        draft.stored.closed = True  # what is still being measured is not stored any more
    marks = {patient_id, *(keys.SHOWN.get(state) or {}).get(patient_id, ())}
    shows_it = keys.PATIENT_ID.get(state) == patient_id
    typed = {key.name: key for key in KEYS}
    for name in list(state):
        key = typed.get(name)
        if key is None:  # a field's
            if shows_it or _mentions(name, marks):
                _drop(state, name)
        elif key.about is About.BY_PATIENT:
            state[name].pop(patient_id, None)
        elif key.about is About.DERIVED or (
            key.about is About.SHOWN and (shows_it or _mentions(state[name], marks))
        ):
            _drop(state, name)


def forget_in_other_tabs(patient_id: str, mine: str) -> None:
    """Run the tabs of this process that show a patient, and end those that are disconnected.

    Streamlit has no public way to other sessions: where this one does not exist, as in another
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
        if other.id == mine or patient_id not in (keys.SHOWN.get(state) or {}):
            continue
        if info.client is None:
            loop.call_soon_threadsafe(server.close_session, other.id)
        elif keys.PATIENT_ID.get(state) == patient_id:  # in others somebody may be typing
            loop.call_soon_threadsafe(other.request_rerun, other._client_state)


def forget_everything(state: State) -> None:
    """Empty a session."""
    for name in list(state):
        _drop(state, name)


def _mentions(value: object, marks: Collection[str]) -> bool:
    text = str(value)
    return any(mark in text for mark in marks)


def _drop(state: State, name: Any) -> None:
    # One by one: the state's own clear() stops at the first widget whose value is gone already.
    with suppress(KeyError):
        del state[name]
