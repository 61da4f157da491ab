"""Where a tab is: its patient, visit and photo, so that a reloaded page opens at the same place."""

from typing import Any

import streamlit as st

from posture.records import RecordError, Store
from posture.ui import browser_tab

PLACE = "place_kept"
"""In the session's state: the place that was last written, so that it is written once."""

EDITED_AT = "desk_at"
"""In the session's state: whose points are edited."""


def stored_place(store: Store) -> dict[str, Any]:
    """Return the patient and visit that this tab showed before it was reloaded."""
    return (store.drafts.get(f"at.{browser_tab.name()}") if browser_tab.name() else None) or {}


def store_place(store: Store, patient_id: str | None, visit_id: str | None) -> None:
    """Store which patient and visit this tab shows, and whose points it edits."""
    if not browser_tab.name() or not patient_id:
        return
    at = {"patient_id": patient_id, "visit_id": visit_id}
    at[EDITED_AT] = st.session_state.get(EDITED_AT)
    data = {name: value for name, value in at.items() if value}
    if st.session_state.get(PLACE) == data:
        return
    try:
        store.drafts.save(f"at.{browser_tab.name()}", data, patient_id=patient_id)
    except RecordError:  # the next run tries again
        return
    st.session_state[PLACE] = data
