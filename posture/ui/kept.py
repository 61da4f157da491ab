"""What a tab has begun, kept in the record: a lock or a page loaded anew takes nothing of it away.

Kept for each user, under ``at.TAB`` (where a tab is), ``visit.PATIENT`` (the unsaved visit),
``visit.PATIENT.SHA256`` (what was measured on a photo of it, and by whose hand) and
``visit.PATIENT.SHA256.file`` (the photo, sealed). A tab is told apart by the random name that the
gate's script gives it.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import streamlit as st

from posture.errors import PostureError
from posture.gate.guard import TAB_HEADER
from posture.protocols import from_json, to_json
from posture.records import RecordError, Store
from posture.sot import Stage

if TYPE_CHECKING:
    from posture.ui.session import Draft

KEPT = "kept"
"""In the session's state: what was last written under each key, so that it is written once."""


@dataclass
class Shelf:
    """What of an unsaved visit's photos is kept already, by their SHA-256.

    A guided capture puts stills here from another thread; none once it is ``closed``.
    """

    patient_id: str
    written: dict[str, dict[str, Any]] = field(default_factory=dict)
    closed: bool = False

    def key(self, sha256: str) -> str:
        """Return what a photo is kept under."""
        return f"visit.{self.patient_id}.{sha256}"


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
    """Keep an unsaved visit and its photos, where something is not kept already."""
    key = f"visit.{draft.patient_id}"
    if draft.begun:
        _keep(store, key, _begun(draft), draft.patient_id)
        for photo in draft.photos:
            keep_photo(store, draft.shelf, photo.as_kept(draft.height_cm), photo.data)
    elif key in st.session_state.get(KEPT, {}):
        drop_visit(store, draft.patient_id)


def keep_photo(store: Store, shelf: Shelf, photo: dict[str, Any], data: bytes) -> None:
    """Keep a photo that is not saved yet: its file once, what was measured whenever it changes."""
    sha256 = photo["assessment"]["photo_sha256"]
    if shelf.closed or shelf.written.get(sha256) == photo:
        return
    key = shelf.key(sha256)
    try:
        if sha256 not in shelf.written:  # the file first: what names it finds it
            store.save_draft_file(f"{key}.file", data, patient_id=shelf.patient_id)
        store.save_draft(key, photo, patient_id=shelf.patient_id)
    except RecordError:  # it is in memory still, and the next run tries again
        return
    shelf.written[sha256] = photo


def drop_photo(store: Store, shelf: Shelf, sha256: str) -> None:
    """Forget a photo that was taken out of its visit."""
    store.drop_draft(shelf.key(sha256))
    shelf.written.pop(sha256, None)


def take_up_visit(store: Store, draft: "Draft") -> None:
    """Fill an unsaved visit with what was kept of it."""
    key = f"visit.{draft.patient_id}"
    found = store.draft(key)
    if found is not None:
        draft.visit_id, draft.seen = found["visit_id"], found["seen"]
        draft.visited_at = datetime.fromisoformat(found["visited_at"])
        draft.practitioner, draft.opened = found["practitioner"], found["opened"]
        draft.notes = {Stage(stage): findings for stage, findings in found["notes"].items()}
        protocol = found.get("protocol")  # the first drafts had none
        draft.protocol = from_json(protocol) if protocol else None
        st.session_state.setdefault(KEPT, {})[key] = found
    for part, photo in store.draft_parts(key).items():
        try:
            draft.take_up(photo, store.draft_file(f"{part}.file"))
        except PostureError as error:
            draft.refused.append(str(error))
        else:
            draft.shelf.written[photo["assessment"]["photo_sha256"]] = photo


def drop_visit(store: Store, patient_id: str) -> None:
    """Forget an unsaved visit with its photos: it is saved, or not wanted."""
    key = f"visit.{patient_id}"
    st.session_state.setdefault(KEPT, {}).pop(key, None)
    store.drop_draft(key)


def _begun(draft: "Draft") -> dict[str, Any]:
    return {
        "visit_id": draft.visit_id,
        "seen": draft.seen,
        "visited_at": draft.visited_at.isoformat(),
        "practitioner": draft.practitioner,
        "opened": draft.opened,
        "notes": {str(stage): findings for stage, findings in draft.notes.items()},
        "protocol": draft.protocol and to_json(draft.protocol),
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
