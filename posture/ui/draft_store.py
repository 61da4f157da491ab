"""What a tab has begun, kept in the record: a lock or a page loaded anew takes nothing of it away.

Kept for each user, under ``at.TAB`` (where a tab is), ``visit.ID`` (an unsaved visit, with the tab
that writes it), ``visit.ID.SHA256`` (a photo of it: waiting to be measured, or what was measured
and by whose hand) and ``visit.ID.SHA256.file`` (the photo, sealed), ``points.PHOTO.TAB`` and
``note.VISIT.TAB`` (corrections of what is saved, not saved themselves). A tab is told apart by the
random name that the gate's script gives it.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import streamlit as st

from posture.errors import PostureError
from posture.gate.middleware import TAB_HEADER
from posture.records import RecordError, Store
from posture.records.drafts import KEPT, Discarded, DraftFullError

if TYPE_CHECKING:
    from posture.ui.draft import Draft, DraftPhoto, Waiting

PLACE = "place_kept"
"""In the session's state: the place that was last written, so that it is written once."""

DESK_AT = "desk_at"
"""In the session's state: whose points are edited."""


def tab_name() -> str:
    """Return the name of the browser's tab that this run is for."""
    return st.context.headers.get(TAB_HEADER) or ""


@dataclass
class Shelf:
    """Where one unsaved visit is kept, and what of it is kept already, by its keys.

    Nothing more is kept once it is ``closed``; ``discards`` once a photo was taken out of it. Who
    reads or writes it holds the visit's lock.
    """

    patient_id: str
    id: str = field(default_factory=lambda: uuid4().hex)
    tab: str = field(init=False)
    written: dict[str, dict[str, Any]] = field(default_factory=dict)
    closed: bool = False
    discards: bool = False

    def __post_init__(self) -> None:
        self.tab = tab_name()

    @property
    def key(self) -> str:
        """What the visit is kept under."""
        return f"visit.{self.id}"

    def photo_key(self, sha256: str) -> str:
        """Return what a photo is kept under."""
        return f"{self.key}.{sha256}"


@dataclass(frozen=True)
class Left:
    """An unsaved visit that no open tab is writing; kept until the day given."""

    key: str
    patient_id: str
    begun_at: datetime
    until: date
    tab: str | None
    photos: int
    has_note: bool


def place(store: Store) -> dict[str, Any]:
    """Return which patient and visit this tab was with before it was loaded anew."""
    return (store.draft(f"at.{tab_name()}") if tab_name() else None) or {}


def keep_place(store: Store, patient_id: str | None, visit_id: str | None) -> None:
    """Keep which patient and visit this tab is with, and whose points it edits."""
    if not tab_name() or not patient_id:
        return
    at = {"patient_id": patient_id, "visit_id": visit_id, DESK_AT: st.session_state.get(DESK_AT)}
    data = {name: value for name, value in at.items() if value}
    if st.session_state.get(PLACE) == data:
        return
    try:
        store.save_draft(f"at.{tab_name()}", data, patient_id=patient_id)
    except RecordError:  # the next run tries again
        return
    st.session_state[PLACE] = data


def keep_visit(store: Store, draft: "Draft") -> None:
    """Keep an unsaved visit and its photos, where something is not kept already."""
    shelf = draft.shelf
    with draft.lock:
        if not draft.begun:
            if shelf.key in shelf.written:
                if len(shelf.written) > 1 or shelf.discards:
                    store.discard_draft(shelf.key)  # its photos can be had back
                else:
                    store.drop_draft(shelf.key)
                shelf.written.clear()
            return
        _keep_whole(store, draft)
        for file in draft.files.values():
            with suppress(DraftFullError):  # it is in memory still
                keep_file(store, draft, file)


def keep_file(store: Store, draft: "Draft", file: "DraftPhoto | Waiting") -> None:
    """Keep a photo that is not saved yet: its file once, what was measured whenever it changes.

    Raises
    ------
    DraftFullError
        When the visit holds as many as it may.
    """
    shelf, row = draft.shelf, file.as_kept()
    key = shelf.photo_key(file.sha256)
    with draft.lock:
        if shelf.closed or shelf.written.get(key) == row:
            return
        if shelf.key not in shelf.written:  # a part without its whole would never be found
            _keep_whole(store, draft)
        if key not in shelf.written:  # the file first: what names it finds it
            try:
                store.save_draft_file(f"{key}.file", file.data, patient_id=shelf.patient_id)
            except DraftFullError:
                raise
            except RecordError:  # it is in memory still, and the next run tries again
                return
        _keep(store, shelf, key, row)


def as_it_stands(store: Store, shelf: Shelf, sha256: str) -> dict[str, Any] | None:
    """Return what is kept of a photo; None where it was dropped, nothing where it never was.

    Raises
    ------
    RecordError
        When the record cannot be read.
    """
    key = shelf.photo_key(sha256)
    return store.draft(key) if key in shelf.written else {}


def note_kept(shelf: Shelf, sha256: str, row: dict[str, Any]) -> None:
    """Note what is kept of a photo, as it stands in the record."""
    shelf.written[shelf.photo_key(sha256)] = row


def exchange_file(store: Store, draft: "Draft", file: "DraftPhoto | Waiting") -> bool:
    """Keep what became of a photo, unless somebody changed or dropped it meanwhile elsewhere.

    Raises
    ------
    RecordError
        When the record cannot be written.
    """
    shelf, row = draft.shelf, file.as_kept()
    key = shelf.photo_key(file.sha256)
    before = shelf.written.get(key)
    if before is None:
        keep_file(store, draft, file)
        return True
    stands = store.exchange_draft(key, before, row)
    if stands:
        shelf.written[key] = row
    return stands


def _keep_whole(store: Store, draft: "Draft") -> None:
    shelf = draft.shelf
    _keep(store, shelf, shelf.key, draft.as_kept() | {"tab": shelf.tab})


def _keep(store: Store, shelf: Shelf, key: str, data: dict[str, Any]) -> None:
    if shelf.closed or shelf.written.get(key) == data:
        return
    try:
        store.save_draft(key, data, patient_id=shelf.patient_id)
    except RecordError:  # it is on the screen still, and the next run tries again
        return
    shelf.written[key] = data


def drop_photo(store: Store, shelf: Shelf, sha256: str) -> None:
    """Forget a file that came to a visit and is no photo."""
    key = shelf.photo_key(sha256)
    store.drop_draft(key)
    shelf.written.pop(key, None)


def discard_photo(store: Store, shelf: Shelf, sha256: str) -> None:
    """Take a photo out of its visit; for a day it can be had back."""
    key = shelf.photo_key(sha256)
    store.discard_draft(key)
    shelf.written.pop(key, None)
    shelf.discards = True


def discard_visit(store: Store, shelf: Shelf) -> None:
    """Put away an unsaved visit with its photos; for a day it can be had back."""
    store.discard_draft(shelf.key)
    shelf.closed = True


def of_this_tab(store: Store, patient_id: str) -> str | None:
    """Return the key of the patient's unsaved visit that this tab was writing, the newest."""
    mine = (
        one.key
        for one in store.begun("visit")
        if one.patient_id == patient_id and one.data.get("tab") == tab_name()
    )
    return next(mine, None)


def left(store: Store) -> list[Left]:
    """Return the unsaved visits whose tabs are gone, the newest first."""
    open_now = store.open_tabs() | {tab_name()}
    return [
        Left(
            one.key,
            one.patient_id,
            one.changed_at.astimezone(),
            (one.changed_at + KEPT).astimezone().date(),
            one.data.get("tab"),
            one.photos,
            any(one.data.get("notes", {}).values()),
        )
        for one in store.begun("visit")
        if one.patient_id and one.data.get("tab") not in open_now
    ]


def is_elsewhere(store: Store, patient_id: str) -> bool:
    """Whether another open tab writes an unsaved visit of the patient."""
    others = store.open_tabs() - {tab_name()}
    return any(
        one.patient_id == patient_id and one.data.get("tab") in others
        for one in store.begun("visit")
    )


def still_mine(store: Store, shelf: Shelf) -> bool:
    """Whether what was kept is still there, and this tab's: another may have taken it on."""
    if shelf.key not in shelf.written:
        return True
    found = store.draft(shelf.key)
    return found is not None and found.get("tab") == shelf.tab


def take_up_visit(store: Store, draft: "Draft", key: str) -> None:
    """Fill an unsaved visit with what was kept of it under this key."""
    found = store.draft(key)
    if found is None:
        return
    draft.shelf.id = key.removeprefix("visit.")
    if "visited_at" in found:
        draft.take_up(found)
    draft.shelf.written[key] = found
    places = {sha256: place for place, sha256 in enumerate(found.get("order", []))}
    parts = store.draft_parts(key).items()
    for part, photo in sorted(parts, key=lambda row: places.get(row[0][-64:], len(places))):
        try:
            draft.take_up_photo(photo, store.draft_file(f"{part}.file"))
        except PostureError as error:
            draft.refuse(photo.get("name", ""), str(error))
        else:
            draft.shelf.written[part] = photo


def keep_correction(store: Store, what: str, data: dict[str, Any], patient_id: str) -> None:
    """Keep what this tab has corrected of something saved: ``points.PHOTO`` or ``note.VISIT``."""
    with suppress(RecordError):  # it is on the screen still, and the next step tries again
        store.save_draft(_mine(what), data | {"tab": tab_name()}, patient_id=patient_id)


def correction(store: Store, what: str, patient_id: str) -> dict[str, Any] | None:
    """Return what this tab has begun to correct and did not save.

    Where it has nothing, it takes on the newest that a closed tab left.
    """
    rows = list(store.draft_parts(what).values())
    mine = [row for row in rows if row["tab"] == tab_name()]
    if mine:
        return mine[-1]
    open_now = store.open_tabs()
    left_over = [row for row in rows if row["tab"] not in open_now]
    if not left_over:
        return None
    keep_correction(store, what, left_over[-1], patient_id)
    store.drop_draft(f"{what}.{left_over[-1]['tab'] or '-'}")
    return left_over[-1]


def drop_correction(store: Store, what: str) -> None:
    """Forget what this tab has begun to correct: it is saved."""
    store.drop_draft(_mine(what))


def discard_correction(store: Store, what: str, patient_id: str) -> None:
    """Put away what this tab has begun to correct; for a day it can be had back.

    It gets a name of its own: another correction may be begun here meanwhile.
    """
    row = store.draft(_mine(what))
    if row is not None:
        aside = f"{what}.{uuid4().hex}"
        store.save_draft(aside, row, patient_id=patient_id)
        store.discard_draft(aside)
        store.drop_draft(_mine(what))


def restore_correction(store: Store, what: str, found: Discarded, patient_id: str) -> None:
    """Go on with a correction that was discarded."""
    store.save_draft(_mine(what), found.data | {"tab": tab_name()}, patient_id=patient_id)
    if store.restore_draft(found.key):
        store.drop_draft(found.key)


def _mine(what: str) -> str:
    return f"{what}.{tab_name() or '-'}"
