"""Corrections of saved visits that are not saved yet, in the record: a lock or a reload loses none.

Each is stored for its user under ``points.PHOTO.TAB`` or ``note.VISIT.TAB``.
"""

from contextlib import suppress
from typing import Any
from uuid import uuid4

from posture.records import RecordError, Store
from posture.records.drafts import DiscardedDraft
from posture.ui import browser_tab


def store_correction(store: Store, what: str, data: dict[str, Any], patient_id: str) -> None:
    """Store this tab's unsaved correction of ``points.PHOTO`` or ``note.VISIT``."""
    with suppress(RecordError):  # it is still on the screen, and the next step tries again
        store.drafts.save(correction_key(what), _mine(data), patient_id=patient_id)


def begun_correction(store: Store, what: str, patient_id: str) -> dict[str, Any] | None:
    """Return this tab's unsaved correction; otherwise take over the newest from a closed tab."""
    rows = list(store.drafts.parts(what).values())
    mine = [row for row in rows if row["tab"] == browser_tab.name()]
    if mine:
        return mine[-1]
    open_now = store.drafts.open_tabs()
    left_over = [row for row in rows if row["tab"] not in open_now]
    if not left_over:
        return None
    store_correction(store, what, left_over[-1], patient_id)
    store.drafts.drop(f"{what}.{left_over[-1]['tab'] or '-'}")
    return left_over[-1]


def discard_correction(store: Store, what: str, patient_id: str) -> None:
    """Discard this tab's unsaved correction; it can be restored for a day.

    It moves to a key of its own, because the tab may begin another correction meanwhile.
    """
    row = store.drafts.get(correction_key(what))
    if row is not None:
        aside = f"{what}.{uuid4().hex}"
        store.drafts.save(aside, row, patient_id=patient_id)
        store.drafts.discard(aside)
        store.drafts.drop(correction_key(what))


def restore_correction(store: Store, what: str, found: DiscardedDraft, patient_id: str) -> None:
    """Restore a discarded correction as this tab's."""
    store.drafts.save(correction_key(what), _mine(found.data), patient_id=patient_id)
    if store.drafts.restore(found.key):
        store.drafts.drop(found.key)


def correction_key(what: str) -> str:
    """Return the key under which this tab stores a correction."""
    return f"{what}.{browser_tab.name() or '-'}"


def _mine(data: dict[str, Any]) -> dict[str, Any]:
    return data | {"tab": browser_tab.name()}
