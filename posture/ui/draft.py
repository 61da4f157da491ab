"""What an unsaved visit holds: its photos, what was measured on them, and the SOT note.

A photo waits until it is measured, in the background (``measure_queue.py``), and waits again once
its view or the patient's height is another. Whoever adds, changes or removes one holds the draft's
lock, and keeps it in the record first; what a page shows follows from ``files`` alone.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from threading import RLock
from typing import Any
from uuid import uuid4

from posture import __version__, logs
from posture.capture.capture_session import Tray
from posture.errors import PhotoError, PostureError
from posture.imaging.photo import decode_photo
from posture.landmarks import View
from posture.measuring.amend import Edits, amended, edits_of
from posture.measuring.assess import assess
from posture.measuring.assessment import Assessment
from posture.measuring.steps import Steps, edits_from_json, edits_to_json, steps_from_json
from posture.practice import settings
from posture.practice.protocols import Protocol, from_json, to_json
from posture.practice.sot import Stage
from posture.present.serialise import assessment_from_record, assessment_to_record, view_from_json
from posture.records import NewPhoto, NewVisit, RecordError, Store
from posture.ui import draft_store, session
from posture.ui.draft_store import Shelf
from posture.ui.measure_queue import queue
from posture.ui.page_errors import FaultError
from posture.words import Message


@dataclass
class DraftPhoto:
    """A photo of the unsaved visit, as given, and what was measured on it."""

    name: str
    data: bytes
    media_type: str
    taken_at: str | None
    stage: Stage
    assessment: Assessment
    height_cm: float | None
    view: View | None = None
    edits: Edits = field(default_factory=Edits)
    steps: Steps = field(default_factory=Steps)
    id: str = field(default_factory=lambda: uuid4().hex)

    @property
    def sha256(self) -> str:
        """What the photo is known by."""
        return self.assessment.photo_sha256

    def as_kept(self) -> dict[str, Any]:
        """Return all but the file as plain data; what hands changed stands in the assessment."""
        return {
            "name": self.name,
            "media_type": self.media_type,
            "taken_at": self.taken_at,
            "stage": str(self.stage),
            "view": self.view and str(self.view),
            "assessment": assessment_to_record(self.assessment),
            "measured_with": [__version__, self.height_cm],
            "steps": self.steps.as_json(),
        }

    def again(self, view: View | None, height_cm: float | None) -> "Waiting":
        """Return the photo as it waits to be measured again, with what hands changed.

        A view is taken for given where it is another than was guessed.
        """
        guessed = self.assessment.view_source == "guessed" and view is self.view
        return Waiting(
            self.name, self.data, self.stage, self.sha256, height_cm,
            view, guessed, self.edits, self.steps, self.id,
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Waiting:
    """A photo that waits to be measured, and how: where anything of that changes, it is another.

    ``view`` is None where it is to be guessed; ``guessed`` where nobody has confirmed it.
    ``trouble`` says why it could not be measured; then it waits until somebody asks again.
    """

    name: str
    data: bytes
    stage: Stage
    sha256: str
    height_cm: float | None
    view: View | None = None
    guessed: bool = True
    edits: Edits = field(default_factory=Edits)
    steps: Steps = field(default_factory=Steps)
    id: str = field(default_factory=lambda: uuid4().hex)
    trouble: str | None = None

    def as_kept(self) -> dict[str, Any]:
        """Return all but the file as plain data."""
        return {
            "name": self.name,
            "stage": str(self.stage),
            "waiting": True,
            "view": self.view and str(self.view),
            "guessed": self.guessed,
            "edits": edits_to_json(self.edits),
            "steps": self.steps.as_json(),
        }

    def measured(self, room: dict[str, Any]) -> DraftPhoto:
        """Return the photo with what was measured on it.

        Raises
        ------
        PostureError
            When it cannot be read as a photo, or not be measured.
        """
        photo = decode_photo(self.data, self.name)
        found = assess(
            photo,
            self.view,
            height_cm=self.height_cm,
            plumb_line=self.edits.plumb_line,
            **room,
        )
        if self.edits != Edits():
            found = amended(found, self.edits)
        if self.guessed:
            found = replace(found, view_source="guessed")
        return DraftPhoto(
            self.name, self.data, photo.media_type, photo.taken_at, self.stage, found,
            self.height_cm, found.view, self.edits, self.steps, self.id,
        )  # fmt: skip


@dataclass(frozen=True)
class Refused:
    """A file that the visit did not take in, and why; said until somebody has read it."""

    name: str
    why: str


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
    files: dict[str, DraftPhoto | Waiting] = field(default_factory=dict)
    notes: dict[Stage, dict[str, Any]] = field(default_factory=dict)
    opened: str = field(default_factory=lambda: uuid4().hex)  # tells this draft's widgets apart
    refused: tuple[Refused, ...] = ()
    uploaded: set[str] = field(default_factory=set)  # files of the upload widget dealt with
    protocol: Protocol | None = None
    tray: Tray | None = None  # of the guided capture
    round: int = 0  # a new one gives the choice of views a fresh start
    record: Callable[[], Store] = field(default_factory=session.standing_store, repr=False)
    lock: Any = field(default_factory=RLock, repr=False)
    shelf: Shelf = field(init=False)

    def __post_init__(self) -> None:
        self.shelf = Shelf(self.patient_id)

    @property
    def photos(self) -> list[DraftPhoto]:
        """The photos that are measured."""
        return [file for file in self.files.values() if isinstance(file, DraftPhoto)]

    @property
    def waiting(self) -> list[Waiting]:
        """The photos that are not measured, for whatever reason."""
        return [file for file in self.files.values() if isinstance(file, Waiting)]

    @property
    def to_measure(self) -> list[Waiting]:
        """The photos that are about to be measured."""
        return [file for file in self.waiting if file.trouble is None]

    @property
    def state(self) -> tuple[object, ...]:
        """What a page is drawn anew for when it is another."""
        return *((id(file), type(file)) for file in self.files.values()), self.refused

    @property
    def begun(self) -> bool:
        """Whether there is anything in it that could be lost."""
        return bool(self.files) or any(self.notes.values())

    def as_kept(self) -> dict[str, Any]:
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
            "refused": [[file.name, file.why] for file in self.refused],
        }

    def take_up(self, row: dict[str, Any]) -> None:
        """Take over what was kept, less the photos."""
        self.visit_id, self.seen = row["visit_id"], row["seen"]
        self.visited_at = datetime.fromisoformat(row["visited_at"])
        self.practitioner, self.opened = row["practitioner"], row["opened"]
        self.notes = {Stage(stage): findings for stage, findings in row["notes"].items()}
        protocol = row.get("protocol")  # the first drafts had none
        self.protocol = from_json(protocol) if protocol else None
        self.refused = tuple(Refused(*file) for file in row.get("refused", []))

    def take_up_photo(self, row: dict[str, Any], data: bytes) -> None:
        """Add a photo that was kept; measured again only where its grounds have changed."""
        if not row.get("waiting"):
            photo = _photo_from(row, data)
            if row["measured_with"] != [__version__, self.height_cm]:
                self._put(photo.again(photo.view, self.height_cm))
            else:
                self._put(photo)
            return
        waiting = Waiting(row["name"], data, Stage(row["stage"]), _hash(data), self.height_cm)
        if "edits" in row:  # the first that waited had none
            waiting = replace(
                waiting,
                view=view_from_json(row["view"]),
                guessed=row["guessed"],
                edits=edits_from_json(row["edits"]),
                steps=steps_from_json(row["steps"]),
            )
        self._put(waiting)

    def take_in(self, data: bytes, name: str, stage: Stage, view: View | None = None) -> None:
        """Take in a file, kept in the record and measured next; a refusal is told, not raised.

        Parameters
        ----------
        data : bytes
        name : str
        stage : Stage
        view : View, optional
            Which side the camera sees, where that is known.
        """
        file = Waiting(name, data, stage, _hash(data), self.height_cm, view, guessed=view is None)
        with self.lock:
            try:
                if self.shelf.closed:
                    raise RecordError(
                        Message("The visit was saved or discarded meanwhile. Add it again.")
                    )
                if file.sha256 in self.files:
                    raise RecordError(Message("It is already among the photos of this visit."))
                draft_store.keep_file(self.record(), self, file)
            except RecordError as error:
                self.refuse(name, str(error))
                return
            self._put(file)
        self.measure_waiting()

    def is_new(self, file_id: str) -> bool:
        """Whether an uploaded file was not dealt with yet; from now on it is.

        Two runs of a page may see it at once: one of them takes it in.
        """
        with self.lock:
            new = file_id not in self.uploaded
            self.uploaded.add(file_id)
            return new

    def refuse(self, name: str, why: str) -> None:
        """Tell that a file is not taken in."""
        with self.lock:
            self.refused = (*self.refused, Refused(name, why))

    def read(self, refused: Refused) -> None:
        """Tell no longer that a file was not taken in: somebody has read it."""
        with self.lock:
            self.refused = tuple(each for each in self.refused if each is not refused)

    def remove(self, file: DraftPhoto | Waiting) -> None:
        """Take a photo out of the visit, measured or not; for a day it can be put back.

        Raises
        ------
        RecordError
            When the record cannot be written; the photo stays.
        """
        with self.lock:
            draft_store.discard_photo(self.record(), self.shelf, file.sha256)
            self.files = {sha: each for sha, each in self.files.items() if sha != file.sha256}

    def confirm_views(self) -> None:
        """Take the guessed views for given: somebody looked at them."""
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

    def try_again(self, file: Waiting) -> None:
        """Have a photo measured that could not be."""
        with self.lock:
            if self.files.get(file.sha256) is file:
                self._ask_again(replace(file, trouble=None))
        self.measure_waiting()

    def of_height(self, height_cm: float | None) -> None:
        """Have all measured again with another height of the patient."""
        with self.lock:
            self.height_cm = height_cm
            again = (
                replace(file, height_cm=height_cm, trouble=None)
                if isinstance(file, Waiting)
                else file.again(file.view, height_cm)
                for file in self.files.values()
            )
            self._ask_again(*again)

    def measure_waiting(self) -> None:
        """Have the photos that wait measured, unless that was asked for already."""
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

    def _measure(self, file: Waiting) -> None:
        """Measure a photo that still waits, and keep what was found before anybody sees it.

        Where the record is shut or busy it goes on waiting.
        """
        shelf = self.shelf
        if not self._stands(file, shelf):
            return
        try:
            store = self.record()
            row = draft_store.as_it_stands(store, shelf, file.sha256)
            if row is None:
                return  # removed elsewhere; the page finds that out for the whole visit
            done = self._found_in(row, file)
            if done is not None:
                with self.lock:
                    if self._stands(file, shelf):
                        draft_store.note_kept(shelf, file.sha256, row)
                        self._put(done)
                return
            done = file.measured(settings.of(store.setting).measuring)
        except RecordError:
            return
        except PhotoError as error:
            self._give_back(file, shelf, str(error))
        except PostureError as error:
            self._settle(file, shelf, replace(file, trouble=str(error)))
        except Exception as error:  # the photo is not lost for a fault of ours
            why = FaultError(
                Message(
                    "It could not be measured because of a fault in the program (code {note} in "
                    "its log). The photo is kept.",
                    note=logs.note(error),
                )
            )
            self._settle(file, shelf, replace(file, trouble=str(why)))
        else:
            self._settle(file, shelf, done)

    def _found_in(self, row: dict[str, Any], file: Waiting) -> DraftPhoto | None:
        """Return what another page of this visit has measured meanwhile, in just this way."""
        alike = row.get("measured_with") == [__version__, file.height_cm]
        if not alike or (file.view and row["view"] != str(file.view)):
            return None
        return replace(_photo_from(row, file.data), id=file.id)

    def _settle(self, file: Waiting, shelf: Shelf, done: DraftPhoto | Waiting) -> None:
        """Put what became of a photo in its place, if it still waits there."""
        with self.lock:
            if self._stands(file, shelf) and self._is_kept(done):
                self._put(done)

    def _is_kept(self, done: DraftPhoto | Waiting) -> bool:
        try:
            return draft_store.exchange_file(self.record(), self, done)
        except RecordError:
            return False

    def _give_back(self, file: Waiting, shelf: Shelf, why: str) -> None:
        """Refuse a file that is no photo."""
        with self.lock:
            if self._stands(file, shelf):
                try:
                    self.remove(file)
                except RecordError:
                    return  # it goes on waiting, and is refused the next time
                self.refuse(file.name, why)
                draft_store.keep_visit(self.record(), self)

    def _stands(self, file: Waiting, shelf: Shelf) -> bool:
        """Whether a photo still waits, in this very way, in a visit that goes on."""
        mine = self.files.get(file.sha256) is file and self.shelf is shelf
        return mine and not shelf.closed

    def _ask_again(self, *files: Waiting) -> None:
        for file in files:
            self._put(file)
        draft_store.keep_visit(self.record(), self)

    def _put(self, file: DraftPhoto | Waiting) -> None:
        self.files = self.files | {file.sha256: file}


def _photo_from(row: dict[str, Any], data: bytes) -> DraftPhoto:
    found = assessment_from_record(row["assessment"])
    return DraftPhoto(
        row["name"], data, row["media_type"], row["taken_at"], Stage(row["stage"]), found,
        row["measured_with"][1], view_from_json(row["view"]), edits_of(found),
        steps_from_json(row.get("steps")),
    )  # fmt: skip


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
