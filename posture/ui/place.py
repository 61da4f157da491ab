"""Where a tab is: its patient, visit and photo, so that a reloaded page opens at the same place."""

from typing import Any

from posture.records import RecordError, Store
from posture.ui import browser_tab
from posture.ui.state import EDITED_AT, PATIENT_ID, STORED_PLACE, VISIT_ID


def stored_place(store: Store) -> dict[str, Any]:
    """Return where the tab was before it was reloaded, by the names of the session's keys."""
    return (store.drafts.get(f"at.{browser_tab.name()}") if browser_tab.name() else None) or {}


def store_place(store: Store) -> None:
    """Store which patient and visit this tab shows, and whose points it edits."""
    patient_id = PATIENT_ID.get()
    if not browser_tab.name() or not patient_id:
        return
    data = {key.name: found for key in (PATIENT_ID, VISIT_ID, EDITED_AT) if (found := key.get())}
    if STORED_PLACE.get() == data:
        return
    try:
        store.drafts.save(f"at.{browser_tab.name()}", data, patient_id=patient_id)
    except RecordError:  # the next run tries again
        return
    STORED_PLACE.put(data)
