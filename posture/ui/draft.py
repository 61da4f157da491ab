"""What an unsaved visit holds: its photos, what was measured on them, and the SOT note."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from posture import __version__
from posture.amend import Edits, amended, edits_of
from posture.assess import assess
from posture.assessment import Assessment
from posture.capture.tray import Still, Tray
from posture.landmarks import View
from posture.photo import decode_photo
from posture.protocols import Protocol, from_json, to_json
from posture.records import NewPhoto, NewVisit, RecordError
from posture.serialise import assessment_from_record, assessment_to_record, view_from_json
from posture.sot import Stage
from posture.steps import Steps, steps_from_json
from posture.ui.kept import Shelf
from posture.ui.session import room


@dataclass
class DraftPhoto:
    """A photo of the unsaved visit, as given, and what was measured on it."""

    name: str
    data: bytes
    media_type: str
    taken_at: str | None
    stage: Stage
    assessment: Assessment
    view: View | None = None
    edits: Edits = field(default_factory=Edits)
    steps: Steps = field(default_factory=Steps)
    id: str = field(default_factory=lambda: uuid4().hex)

    def as_kept(self, height_cm: float | None) -> dict[str, Any]:
        """Return all but the file as plain data; what hands changed stands in the assessment."""
        return {
            "name": self.name,
            "media_type": self.media_type,
            "taken_at": self.taken_at,
            "stage": str(self.stage),
            "view": self.view and str(self.view),
            "assessment": assessment_to_record(self.assessment),
            "measured_with": [__version__, height_cm],
            "steps": self.steps.as_json(),
        }


@dataclass(frozen=True)
class Waiting:
    """A file that came and is not measured yet."""

    name: str
    data: bytes
    stage: Stage
    sha256: str

    def as_kept(self) -> dict[str, Any]:
        """Return all but the file as plain data."""
        return {"name": self.name, "stage": str(self.stage), "waiting": True}


@dataclass
class Draft:
    """The unsaved visit of a patient; with ``visit_id`` it adds to a saved one."""

    patient_id: str
    height_cm: float | None
    visit_id: str | None = None
    seen: int | None = None  # the revision of it that is added to
    visited_at: datetime = field(default_factory=lambda: datetime.now().replace(second=0))  # noqa: DTZ005
    practitioner: str = ""
    photos: list[DraftPhoto] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    notes: dict[Stage, dict[str, Any]] = field(default_factory=dict)
    opened: str = field(default_factory=lambda: uuid4().hex)  # tells this draft's widgets apart
    refused: list[str] = field(default_factory=list)  # of the last upload, with the reasons
    uploaded: set[str] = field(default_factory=set)  # files of the upload widget dealt with
    protocol: Protocol | None = None
    tray: Tray | None = None  # of the guided capture
    round: int = 0  # a new one gives the upload and camera widgets a fresh start
    shelf: Shelf = field(init=False)

    def __post_init__(self) -> None:
        self.shelf = Shelf(self.patient_id)

    @property
    def begun(self) -> bool:
        """Whether there is anything in it that could be lost."""
        stills = self.tray is not None and bool(self.tray.stills)
        return bool(self.photos or self.waiting) or stills or any(self.notes.values())

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
        }

    def take_up(self, row: dict[str, Any]) -> None:
        """Take over what was kept, less the photos."""
        self.visit_id, self.seen = row["visit_id"], row["seen"]
        self.visited_at = datetime.fromisoformat(row["visited_at"])
        self.practitioner, self.opened = row["practitioner"], row["opened"]
        self.notes = {Stage(stage): findings for stage, findings in row["notes"].items()}
        protocol = row.get("protocol")  # the first drafts had none
        self.protocol = from_json(protocol) if protocol else None

    def take_up_photo(self, row: dict[str, Any], data: bytes) -> None:
        """Add a photo that was kept; measured again only where its grounds have changed.

        Raises
        ------
        PostureError
            When it cannot be read as a photo.
        """
        if row.get("waiting"):
            self.receive(data, row["name"], Stage(row["stage"]))
            return
        found = assessment_from_record(row["assessment"])
        photo = DraftPhoto(
            row["name"], data, row["media_type"], row["taken_at"], Stage(row["stage"]),
            found, view_from_json(row["view"]), edits_of(found), steps_from_json(row.get("steps")),
        )  # fmt: skip
        if row["measured_with"] != [__version__, self.height_cm]:
            self.measure_again(photo)
            photo.assessment = replace(photo.assessment, view_source=found.view_source)
        self.photos.append(photo)

    def receive(self, data: bytes, name: str, stage: Stage) -> Waiting:
        """Take in a file, to be measured next.

        Raises
        ------
        RecordError
            When the visit has it already.
        """
        file = Waiting(name, data, stage, hashlib.sha256(data).hexdigest())
        if file.sha256 in self._known():
            raise RecordError(f"{name} is already among the photos of this visit.")
        self.waiting.append(file)
        return file

    def measure(self, file: Waiting) -> None:
        """Measure a file that came, guessing its view, and add it to the photos.

        Raises
        ------
        PostureError
            When it cannot be read as a photo; it waits no more.
        """
        try:
            photo = decode_photo(file.data, file.name)
            found = assess(photo, None, height_cm=self.height_cm, **room())
        except Exception:  # a run that is cut short is none: there it goes on waiting
            self.waiting.remove(file)
            raise
        measured = DraftPhoto(
            file.name, file.data, photo.media_type, photo.taken_at, file.stage, found, found.view
        )
        self.photos.append(measured)
        self.waiting.remove(file)

    def take(self, still: Still, stage: Stage) -> None:
        """Add a still of the guided capture, waiting until it is measured.

        Raises
        ------
        PostureError
            When it cannot be read as a photo.
        """
        result = still.measured.result()
        if result.photo_sha256 not in self._known():
            photo = DraftPhoto(
                still.name, still.data, "image/jpeg", None, stage, result, still.view
            )
            self.photos.append(photo)

    def confirm_views(self) -> None:
        """Take the guessed views for given: somebody looked at them."""
        for photo in self.photos:
            if photo.assessment.view is not None:
                photo.assessment = replace(photo.assessment, view_source="given")

    def measure_again(self, photo: DraftPhoto) -> None:
        """Measure a photo again after its view, or the patient's height, was changed."""
        found = assess(
            decode_photo(photo.data, photo.name),
            photo.view,
            height_cm=self.height_cm,
            plumb_line=photo.edits.plumb_line,
            **room(),
        )
        photo.assessment = amended(found, photo.edits)

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

    def _known(self) -> set[str]:
        measured = {photo.assessment.photo_sha256 for photo in self.photos}
        return measured | {file.sha256 for file in self.waiting}
