"""An unsaved visit: its photos, what was measured on them, and the SOT note.

A photo waits until it is measured in the background (``measure_queue.py``), and waits again after
its view or the patient's height changes. Adding, changing or removing a photo takes the draft's
lock and stores the change in the record first; what a page shows follows from ``files`` alone.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from threading import RLock
from typing import Any
from uuid import uuid4

from posture import __version__, logs
from posture.capture.capture_session import CaptureSession
from posture.errors import PhotoError, PostureError
from posture.landmarks import View
from posture.practice import settings
from posture.practice.protocols import Protocol, from_json, to_json
from posture.practice.sot import Stage
from posture.records import NewPhoto, NewVisit, RecordError, Store
from posture.ui import draft_store, session
from posture.ui.draft_photos import (
    DraftPhoto,
    RefusedFile,
    WaitingPhoto,
    file_hash,
    photo_from,
    waiting_photo_from,
)
from posture.ui.measure_queue import queue
from posture.ui.page_errors import FaultError
from posture.ui.stored_draft import StoredDraft
from posture.words import Message, message_from_json, messages_to_json


@dataclass
class Draft:
    """The unsaved visit of a patient; with ``visit_id`` it adds to a saved one.

    ``files`` has every photo of it by its hash, in the order in which they came, and is replaced
    as a whole, so that a reader needs no lock.
    """

    patient_id: str
    height_cm: float | None
    visit_id: str | None = None
    seen: int | None = None  # the revision of it that is added to
    visited_at: datetime = field(default_factory=lambda: datetime.now().replace(second=0))  # noqa: DTZ005
    practitioner: str = ""
    files: dict[str, DraftPhoto | WaitingPhoto] = field(default_factory=dict)
    notes: dict[Stage, dict[str, Any]] = field(default_factory=dict)
    opened: str = field(default_factory=lambda: uuid4().hex)  # distinguishes this draft's widgets
    refused: tuple[RefusedFile, ...] = ()
    uploaded: set[str] = field(
        default_factory=set
    )  # files of the upload widget that were processed
    protocol: Protocol | None = None
    capture: CaptureSession | None = None
    round: int = 0  # a new one gives the choice of views a fresh start
    record: Callable[[], Store] = field(default_factory=session.standing_store, repr=False)
    lock: Any = field(default_factory=RLock, repr=False)
    stored: StoredDraft = field(init=False)

    def __post_init__(self) -> None:
        self.stored = StoredDraft(self.patient_id)

    @property
    def photos(self) -> list[DraftPhoto]:
        """The photos that are measured."""
        return [file for file in self.files.values() if isinstance(file, DraftPhoto)]

    @property
    def waiting(self) -> list[WaitingPhoto]:
        """The photos that are not measured yet, for whatever reason."""
        return [file for file in self.files.values() if isinstance(file, WaitingPhoto)]

    @property
    def to_measure(self) -> list[WaitingPhoto]:
        """The photos that are about to be measured."""
        return [file for file in self.waiting if file.trouble is None]

    @property
    def state(self) -> tuple[object, ...]:
        """A page is drawn anew when this changes."""
        return *((id(file), type(file)) for file in self.files.values()), self.refused

    @property
    def begun(self) -> bool:
        """Whether it holds anything that could be lost."""
        return bool(self.files) or any(self.notes.values())

    def as_row(self) -> dict[str, Any]:
        """Return all but the photos as plain data."""
        return {
            "visit_id": self.visit_id,
            "seen": self.seen,
            "visited_at": self.visited_at.isoformat(),
            "practitioner": self.practitioner,
            "opened": self.opened,
            "notes": {str(stage): findings for stage, findings in self.notes.items()},
            "protocol": self.protocol and to_json(self.protocol),
            "order": list(self.files),
            "refused": [[file.name, str(file.why)] for file in self.refused],
            "messages": messages_to_json(file.why for file in self.refused),
        }

    def restore(self, row: dict[str, Any]) -> None:
        """Restore everything but the photos from its row."""
        self.visit_id, self.seen = row["visit_id"], row["seen"]
        self.visited_at = datetime.fromisoformat(row["visited_at"])
        self.practitioner, self.opened = row["practitioner"], row["opened"]
        self.notes = {Stage(stage): findings for stage, findings in row["notes"].items()}
        protocol = row.get("protocol")  # the first drafts had none
        self.protocol = from_json(protocol) if protocol else None
        self.refused = tuple(
            RefusedFile(name, message_from_json(why, row.get("messages")))
            for name, why in row.get("refused", [])
        )

    def restore_photo(self, row: dict[str, Any], data: bytes) -> None:
        """Add a stored photo; it is measured again only if version or height have changed."""
        if not row.get("waiting"):
            photo = photo_from(row, data)
            if row["measured_with"] != [__version__, self.height_cm]:
                self._put(photo.again(photo.view, self.height_cm))
            else:
                self._put(photo)
            return
        self._put(waiting_photo_from(row, data, self.height_cm))

    def take_in(self, data: bytes, name: str, stage: Stage, view: View | None = None) -> None:
        """Add a file, store it, and have it measured; a refusal is shown, not raised.

        Parameters
        ----------
        data : bytes
        name : str
        stage : Stage
        view : View, optional
            The side that the camera sees, if known.
        """
        file = WaitingPhoto(
            name, data, stage, file_hash(data), self.height_cm, view, guessed=view is None
        )
        with self.lock:
            try:
                if self.stored.closed:
                    raise RecordError(
                        Message(
                            "The visit was saved or discarded in the meantime. Add the photo again."
                        )
                    )
                if file.sha256 in self.files:
                    raise RecordError(Message("This visit already has this photo."))
                draft_store.store_file(self.record(), self, file)
            except RecordError as error:
                self.refuse(name, error.message)
                return
            self._put(file)
        self.measure_waiting()

    def is_new(self, file_id: str) -> bool:
        """Return whether an uploaded file is new; from now on it counts as processed.

        Two runs of a page may see it at once: only one of them adds it.
        """
        with self.lock:
            new = file_id not in self.uploaded
            self.uploaded.add(file_id)
            return new

    def refuse(self, name: str, why: str) -> None:
        """Note that a file was refused."""
        with self.lock:
            self.refused = (*self.refused, RefusedFile(name, why))

    def read(self, refused: RefusedFile) -> None:
        """Dismiss a refusal that somebody has read."""
        with self.lock:
            self.refused = tuple(each for each in self.refused if each is not refused)

    def remove(self, file: DraftPhoto | WaitingPhoto) -> None:
        """Remove a photo, measured or not; it can be put back for a day.

        Raises
        ------
        RecordError
            When the record cannot be written; the photo stays.
        """
        with self.lock:
            draft_store.discard_photo(self.record(), self.stored, file.sha256)
            self.files = {sha: each for sha, each in self.files.items() if sha != file.sha256}

    def confirm_views(self) -> None:
        """Mark the guessed views as confirmed."""
        with self.lock:
            for photo in self.photos:
                if photo.assessment.view is not None:
                    photo.assessment = replace(photo.assessment, view_source="given")

    def see_as(self, photo: DraftPhoto, view: View) -> None:
        """Have a photo measured again as one of another view."""
        with self.lock:
            if self.files.get(photo.sha256) is photo:
                self._ask_again(photo.again(view, self.height_cm))
        self.measure_waiting()

    def try_again(self, file: WaitingPhoto) -> None:
        """Have a photo measured that failed before."""
        with self.lock:
            if self.files.get(file.sha256) is file:
                self._ask_again(replace(file, trouble=None))
        self.measure_waiting()

    def of_height(self, height_cm: float | None) -> None:
        """Have all photos measured again with another height of the patient."""
        with self.lock:
            self.height_cm = height_cm
            again = (
                replace(file, height_cm=height_cm, trouble=None)
                if isinstance(file, WaitingPhoto)
                else file.again(file.view, height_cm)
                for file in self.files.values()
            )
            self._ask_again(*again)

    def measure_waiting(self) -> None:
        """Have the waiting photos measured, unless that was already requested."""
        for file in self.to_measure:
            queue.ask(file, partial(self._measure, file))

    def as_visit(self) -> NewVisit:
        """Return what is to be saved."""
        return NewVisit(
            patient_id=self.patient_id,
            visited_at=self.visited_at,
            practitioner=self.practitioner,
            photos=tuple(
                NewPhoto(p.data, p.stage, p.assessment, p.media_type, p.taken_at)
                for p in self.photos
            ),
            notes=self.notes,
            protocol=self.protocol if self.photos else None,
        )

    def _measure(self, file: WaitingPhoto) -> None:
        """Measure a photo that still waits, and store the result before it is shown.

        If the record is locked or busy, the photo goes on waiting.
        """
        stored = self.stored
        if not self._stands(file, stored):
            return
        try:
            store = self.record()
            row = draft_store.stored_row(store, stored, file.sha256)
            if row is None:
                return  # removed in another tab; the page notices that for the whole visit
            done = self._found_in(row, file)
            if done is not None:
                with self.lock:
                    if self._stands(file, stored):
                        draft_store.note_written(stored, file.sha256, row)
                        self._put(done)
                return
            done = file.measured(settings.of(store.settings.get).assessment_options)
        except RecordError:
            return
        except PhotoError as error:
            self._give_back(file, stored, error.message)
        except PostureError as error:
            self._settle(file, stored, replace(file, trouble=error.message))
        except Exception as error:  # a fault of the program must not lose the photo
            why = FaultError(
                Message(
                    "It could not be measured because of a fault in the program (code {note} in "
                    "its log). The photo is kept.",
                    note=logs.note(error),
                )
            )
            self._settle(file, stored, replace(file, trouble=why.message))
        else:
            self._settle(file, stored, done)

    def _found_in(self, row: dict[str, Any], file: WaitingPhoto) -> DraftPhoto | None:
        """Return what another tab has measured meanwhile, with the same view and height."""
        alike = row.get("measured_with") == [__version__, file.height_cm]
        if not alike or (file.view and row["view"] != str(file.view)):
            return None
        return replace(photo_from(row, file.data), id=file.id)

    def _settle(
        self, file: WaitingPhoto, stored: StoredDraft, done: DraftPhoto | WaitingPhoto
    ) -> None:
        """Replace a photo that still waits with what became of it."""
        with self.lock:
            if self._stands(file, stored) and self._is_stored(done):
                self._put(done)

    def _is_stored(self, done: DraftPhoto | WaitingPhoto) -> bool:
        try:
            return draft_store.exchange_file(self.record(), self, done)
        except RecordError:
            return False

    def _give_back(self, file: WaitingPhoto, stored: StoredDraft, why: str) -> None:
        """Refuse a file that is not a photo."""
        with self.lock:
            if self._stands(file, stored):
                try:
                    self.remove(file)
                except RecordError:
                    return  # the file goes on waiting, and is refused next time
                self.refuse(file.name, why)
                draft_store.store_visit(self.record(), self)

    def _stands(self, file: WaitingPhoto, stored: StoredDraft) -> bool:
        """Whether this photo still waits, in a visit that is still open."""
        mine = self.files.get(file.sha256) is file and self.stored is stored
        return mine and not stored.closed

    def _ask_again(self, *files: WaitingPhoto) -> None:
        for file in files:
            self._put(file)
        draft_store.store_visit(self.record(), self)

    def _put(self, file: DraftPhoto | WaitingPhoto) -> None:
        self.files = self.files | {file.sha256: file}
