"""The photos of an unsaved visit: measured, waiting to be measured, or refused."""

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from posture import __version__
from posture.imaging.photo import decode_photo
from posture.landmarks import View
from posture.measuring.amend import Edits, amended, edits_of
from posture.measuring.assess import assess
from posture.measuring.assessment import Assessment
from posture.measuring.options import AssessmentOptions
from posture.measuring.steps import Steps, edits_from_json, edits_to_json, steps_from_json
from posture.practice.sot import Stage
from posture.present.serialise import assessment_from_record, assessment_to_record, view_from_json


@dataclass
class DraftPhoto:
    """A photo of the unsaved visit, as given, with its assessment."""

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
        """The hash of its file."""
        return self.assessment.photo_sha256

    def as_row(self) -> dict[str, Any]:
        """Return all but the file as plain data; edits by hand are part of the assessment."""
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

    def again(self, view: View | None, height_cm: float | None) -> "WaitingPhoto":
        """Return the photo to be measured again, with its edits.

        A view other than the guessed one counts as given.
        """
        guessed = self.assessment.view_source == "guessed" and view is self.view
        return WaitingPhoto(
            self.name, self.data, self.stage, self.sha256, height_cm,
            view, guessed, self.edits, self.steps, self.id,
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class WaitingPhoto:
    """A photo that waits to be measured, and how; any change of that makes a new object.

    ``view`` is None if it has to be guessed; ``guessed`` if nobody has confirmed it. ``trouble``
    says why it could not be measured; then it waits until somebody retries.
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

    def as_row(self) -> dict[str, Any]:
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

    def measured(self, options: AssessmentOptions) -> DraftPhoto:
        """Measure it.

        Raises
        ------
        PostureError
            If it is not a readable photo, or cannot be measured.
        """
        photo = decode_photo(self.data, self.name)
        found = assess(
            photo,
            self.view,
            height_cm=self.height_cm,
            plumb_line=self.edits.plumb_line,
            options=options,
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
class RefusedFile:
    """A file that was refused, and why; shown until somebody has read it."""

    name: str
    why: str


def photo_from(row: dict[str, Any], data: bytes) -> DraftPhoto:
    """Return a measured photo from its row in the record and its file."""
    found = assessment_from_record(row["assessment"])
    return DraftPhoto(
        row["name"], data, row["media_type"], row["taken_at"], Stage(row["stage"]), found,
        row["measured_with"][1], view_from_json(row["view"]), edits_of(found),
        steps_from_json(row.get("steps")),
    )  # fmt: skip


def file_hash(data: bytes) -> str:
    """Return the SHA-256 by which a file is known."""
    return hashlib.sha256(data).hexdigest()


def waiting_photo_from(row: dict[str, Any], data: bytes, height_cm: float | None) -> WaitingPhoto:
    """Return a photo that waits to be measured from its row in the record and its file."""
    waiting = WaitingPhoto(row["name"], data, Stage(row["stage"]), file_hash(data), height_cm)
    if "edits" not in row:  # rows of the first versions
        return waiting
    return replace(
        waiting,
        view=view_from_json(row["view"]),
        guessed=row["guessed"],
        edits=edits_from_json(row["edits"]),
        steps=steps_from_json(row["steps"]),
    )
