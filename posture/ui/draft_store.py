"""Unsaved visits in the record: a lock, or a page loaded again, loses nothing of them.

Each is stored for its user under ``visit.ID`` (the visit, with the tab that writes it),
``visit.ID.SHA256`` (a photo: waiting to be measured, or its measurements) and
``visit.ID.SHA256.file`` (the photo's file, encrypted).
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from posture.errors import PostureError
from posture.records import RecordError, Store
from posture.records.drafts import KEPT, DraftFullError
from posture.ui import browser_tab
from posture.ui.stored_draft import StoredDraft


class StoredFile(Protocol):
    """A photo of an unsaved visit, as far as storing it goes."""

    @property
    def data(self) -> bytes: ...  # noqa: D102

    @property
    def sha256(self) -> str: ...  # noqa: D102

    def as_row(self) -> dict[str, Any]: ...  # noqa: D102


class VisitDraft(Protocol):
    """An unsaved visit, as far as storing it goes."""

    stored: StoredDraft
    lock: AbstractContextManager[Any]

    @property
    def files(self) -> Mapping[str, StoredFile]: ...  # noqa: D102

    @property
    def begun(self) -> bool: ...  # noqa: D102

    def as_row(self) -> dict[str, Any]: ...  # noqa: D102

    def restore(self, row: dict[str, Any]) -> None: ...  # noqa: D102

    def restore_photo(self, row: dict[str, Any], data: bytes) -> None: ...  # noqa: D102

    def refuse(self, name: str, why: str) -> None: ...  # noqa: D102


@dataclass(frozen=True)
class AbandonedVisit:
    """An unsaved visit whose tab is closed; it is kept until the day given."""

    key: str
    patient_id: str
    begun_at: datetime
    until: date
    tab: str | None
    photos: int
    has_note: bool


def store_visit(store: Store, draft: VisitDraft) -> None:
    """Store an unsaved visit and its photos, as far as they have changed."""
    stored = draft.stored
    with draft.lock:
        if not draft.begun:
            if stored.key in stored.written:
                if len(stored.written) > 1 or stored.has_discarded_photos:
                    store.drafts.discard(stored.key)  # its photos can be restored
                else:
                    store.drafts.drop(stored.key)
                stored.written.clear()
            return
        _store_whole(store, draft)
        for file in draft.files.values():
            with suppress(DraftFullError):  # it is still in memory
                store_file(store, draft, file)


def store_file(store: Store, draft: VisitDraft, file: StoredFile) -> None:
    """Store an unsaved photo: its file once, its row whenever it changes.

    Raises
    ------
    DraftFullError
        If the visit has as many photos as it may.
    """
    stored, row = draft.stored, file.as_row()
    key = stored.photo_key(file.sha256)
    with draft.lock:
        if stored.closed or stored.written.get(key) == row:
            return
        if stored.key not in stored.written:  # a photo without its visit would never be found
            _store_whole(store, draft)
        if key not in stored.written:  # the file first, so that its row never points to nothing
            try:
                store.drafts.save_file(f"{key}.file", file.data, patient_id=stored.patient_id)
            except DraftFullError:
                raise
            except RecordError:  # it is still in memory, and the next run tries again
                return
        _store(store, stored, key, row)


def stored_row(store: Store, stored: StoredDraft, sha256: str) -> dict[str, Any] | None:
    """Return the stored row of a photo; None if it was removed, empty if it never was stored.

    Raises
    ------
    RecordError
        If the record cannot be read.
    """
    key = stored.photo_key(sha256)
    return store.drafts.get(key) if key in stored.written else {}


def note_written(stored: StoredDraft, sha256: str, row: dict[str, Any]) -> None:
    """Note the row of a photo as it is in the record."""
    stored.written[stored.photo_key(sha256)] = row


def exchange_file(store: Store, draft: VisitDraft, file: StoredFile) -> bool:
    """Store a photo's new row, unless another tab has changed or removed it; return whether.

    Raises
    ------
    RecordError
        If the record cannot be written.
    """
    stored, row = draft.stored, file.as_row()
    key = stored.photo_key(file.sha256)
    before = stored.written.get(key)
    if before is None:
        store_file(store, draft, file)
        return True
    stands = store.drafts.exchange(key, before, row)
    if stands:
        stored.written[key] = row
    return stands


def _store_whole(store: Store, draft: VisitDraft) -> None:
    stored = draft.stored
    _store(store, stored, stored.key, draft.as_row() | {"tab": stored.tab})


def _store(store: Store, stored: StoredDraft, key: str, data: dict[str, Any]) -> None:
    if stored.closed or stored.written.get(key) == data:
        return
    try:
        store.drafts.save(key, data, patient_id=stored.patient_id)
    except RecordError:  # it is still on the screen, and the next run tries again
        return
    stored.written[key] = data


def discard_photo(store: Store, stored: StoredDraft, sha256: str) -> None:
    """Remove a photo from its visit; it can be restored for a day."""
    key = stored.photo_key(sha256)
    store.drafts.discard(key)
    stored.written.pop(key, None)
    stored.has_discarded_photos = True


def discard_visit(store: Store, stored: StoredDraft) -> None:
    """Discard an unsaved visit with its photos; it can be restored for a day."""
    store.drafts.discard(stored.key)
    stored.closed = True


def visit_of_this_tab(store: Store, patient_id: str) -> str | None:
    """Return the key of this tab's newest unsaved visit of the patient."""
    mine = (
        one.key
        for one in store.drafts.of_kind("visit")
        if one.patient_id == patient_id and one.data.get("tab") == browser_tab.name()
    )
    return next(mine, None)


def abandoned_visits(store: Store) -> list[AbandonedVisit]:
    """Return the unsaved visits whose tabs are closed, newest first."""
    open_now = store.drafts.open_tabs() | {browser_tab.name()}
    return [
        AbandonedVisit(
            one.key,
            one.patient_id,
            one.changed_at.astimezone(),
            (one.changed_at + KEPT).astimezone().date(),
            one.data.get("tab"),
            one.photos,
            any(one.data.get("notes", {}).values()),
        )
        for one in store.drafts.of_kind("visit")
        if one.patient_id and one.data.get("tab") not in open_now
    ]


def is_open_elsewhere(store: Store, patient_id: str) -> bool:
    """Whether another open tab writes an unsaved visit of the patient."""
    others = store.drafts.open_tabs() - {browser_tab.name()}
    return any(
        one.patient_id == patient_id and one.data.get("tab") in others
        for one in store.drafts.of_kind("visit")
    )


def still_mine(store: Store, stored: StoredDraft) -> bool:
    """Whether the stored visit still exists and is this tab's; another may have resumed it."""
    if stored.key not in stored.written:
        return True
    found = store.drafts.get(stored.key)
    return found is not None and found.get("tab") == stored.tab


def restore_visit(store: Store, draft: VisitDraft, key: str) -> None:
    """Fill an unsaved visit from what is stored under a key."""
    found = store.drafts.get(key)
    if found is None:
        return
    draft.stored.id = key.removeprefix("visit.")
    if "visited_at" in found:
        draft.restore(found)
    draft.stored.written[key] = found
    places = {sha256: place for place, sha256 in enumerate(found.get("order", []))}
    parts = store.drafts.parts(key).items()
    for part, photo in sorted(parts, key=lambda row: places.get(row[0][-64:], len(places))):
        try:
            draft.restore_photo(photo, store.drafts.file(f"{part}.file"))
        except PostureError as error:
            draft.refuse(photo.get("name", ""), error.message)
        else:
            draft.stored.written[part] = photo
