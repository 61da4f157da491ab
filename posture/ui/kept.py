"""What a tab has begun, kept in the record: a lock or a page loaded anew takes nothing of it away.

Kept for each user, under ``at.TAB`` (where a tab is) and ``visit.PATIENT`` (the unsaved
visit). A tab is told apart by the random name that the gate's script gives it.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import streamlit as st

from posture.gate.guard import TAB_HEADER
from posture.records import RecordError, Store
from posture.sot import Stage

if TYPE_CHECKING:
    from posture.ui.session import Draft

KEPT = "kept"
"""In the session's state: what was last written under each key, so that it is written once."""


def _tab() -> str:
    return st.context.headers.get(TAB_HEADER) or ""


def place(store: Store) -> dict[str, str]:
    """Return which patient and visit this tab was with before it was loaded anew."""
    return (store.draft(f"at.{_tab()}") if _tab() else None) or {}


def keep_place(store: Store, patient_id: str | None, visit_id: str | None) -> None:
    """Keep which patient and visit this tab is with."""
    if _tab() and patient_id:
        data = {"patient_id": patient_id} | ({"visit_id": visit_id} if visit_id else {})
        _keep(store, f"at.{_tab()}", data, patient_id)


def keep_visit(store: Store, draft: "Draft") -> None:
    """Keep an unsaved visit, where something was written that is not kept already."""
    key = f"visit.{draft.patient_id}"
    if any(draft.notes.values()):
        _keep(store, key, _begun(draft), draft.patient_id)
    elif key in st.session_state.get(KEPT, {}):
        drop_visit(store, draft.patient_id)


def take_up_visit(store: Store, draft: "Draft") -> None:
    """Fill an unsaved visit with what was kept of it."""
    key = f"visit.{draft.patient_id}"
    found = store.draft(key)
    if found is None:
        return
    draft.visit_id, draft.seen = found["visit_id"], found["seen"]
    draft.visited_at = datetime.fromisoformat(found["visited_at"])
    draft.practitioner, draft.opened = found["practitioner"], found["opened"]
    draft.notes = {Stage(stage): findings for stage, findings in found["notes"].items()}
    st.session_state.setdefault(KEPT, {})[key] = found


def drop_visit(store: Store, patient_id: str) -> None:
    """Forget an unsaved visit: it is saved, or not wanted."""
    key = f"visit.{patient_id}"
    if st.session_state.setdefault(KEPT, {}).pop(key, None) is not None or store.draft(key):
        store.drop_draft(key)


def _begun(draft: "Draft") -> dict[str, Any]:
    return {
        "visit_id": draft.visit_id,
        "seen": draft.seen,
        "visited_at": draft.visited_at.isoformat(),
        "practitioner": draft.practitioner,
        "opened": draft.opened,
        "notes": {str(stage): findings for stage, findings in draft.notes.items()},
    }


def _keep(store: Store, key: str, data: dict[str, Any], patient_id: str) -> None:
    written: dict[str, Any] = st.session_state.setdefault(KEPT, {})
    if written.get(key) == data:
        return
    try:
        store.save_draft(key, data, patient_id=patient_id)
    except RecordError:  # it is on the screen still, and the next run tries again
        return
    written[key] = data
