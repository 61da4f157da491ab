"""Editing the points of a photo: one of the unsaved visit, or of a saved one."""

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from posture.errors import PostureError
from posture.imaging.photo import Photo, decode_photo
from posture.landmarks import View
from posture.measuring.amend import Edits, amended, edits_of
from posture.measuring.assess import assess
from posture.measuring.assessment import Assessment
from posture.measuring.steps import Steps, edits_from_json, edits_to_json, steps_from_json
from posture.present.serialise import assessment_to_record, view_from_json
from posture.records import Patient, RecordError, StoredPhoto, Visit
from posture.ui import correction_store, draft_choice, draft_store, fields, session
from posture.ui.draft_photos import DraftPhoto
from posture.ui.state import EDITED_AT, EDITING
from posture.ui.words import t
from posture.words import Message


@dataclass
class PointEditing:
    """A photo and what was edited on it.

    ``found`` is the assessment as it was opened, ``now`` the one with ``edits``; ``base`` is the
    one that they are applied to, ``steps`` those that can be undone and redone. ``number`` is the
    last message of the browser that was answered. With ``visit`` the photo belongs to a saved
    visit, otherwise to the patient's unsaved one.
    """

    patient: Patient
    photo_id: str
    found: Assessment
    edits: Edits
    visit: Visit | None = None
    steps: Steps = field(default_factory=Steps)
    why: str = ""
    notice: str = ""
    number: int = 0
    error: str | None = None
    key: str = field(default_factory=lambda: f"points.{uuid4().hex}")
    base: Assessment = field(init=False)
    now: Assessment = field(init=False)

    def __post_init__(self) -> None:
        self.base = self.now = self.found

    @property
    def page(self) -> str:
        """Where the photo came from."""
        return "visit" if self.visit else "new_visit"

    @property
    def changed(self) -> bool:
        """Whether anything differs from how it was opened."""
        return self.edits != edits_of(self.found) or self.now.view is not self.found.view

    def photo(self) -> Photo:
        """Return the photo itself.

        Raises
        ------
        RecordError
            If it no longer exists.
        """
        stored = self.visit is not None
        data = session.store().photos.get(self.photo_id) if stored else self._draft_photo().data
        return decode_photo(data, self.found.photo)

    def take(self, edits: Edits, *, settled: bool, steps: Steps | None = None) -> None:
        """Measure with these edits; if that fails, say why and keep the previous values."""
        self.edits = edits
        self.steps = steps or self.steps
        try:
            if settled and self._must_measure_again():
                self._measure_again(self.base.view)
            self.now = amended(self.base, edits)
        except PostureError as error:
            self.error = error.message
        else:
            self.error = None
            self._hand_back(settled=settled)

    def see_as(self, view: View) -> None:
        """Measure the photo as one of another view.

        Raises
        ------
        PostureError
            If it cannot be.
        """
        self._measure_again(view)
        self.now = amended(self.base, self.edits)
        self.keep()
        self.key = f"points.{uuid4().hex}"
        self.number = 0

    def _must_measure_again(self) -> bool:
        scene = self.base.scene
        forgotten = scene.ruler is not None and self.edits.ruler is None
        return forgotten or scene.plumb_line != self.edits.plumb_line

    def _measure_again(self, view: View | None) -> None:
        # The scale from the patient's height depends on the vertical: measure the photo again.
        self.base = assess(
            self.photo(),
            view,
            height_cm=self.patient.details.height_cm,
            plumb_line=self.edits.plumb_line,
            options=session.assessment_options(),
        )

    def _hand_back(self, *, settled: bool) -> None:
        """Put the edits into the unsaved visit, and store them once the point is released."""
        if self.visit is None:
            with draft_choice.draft(self.patient).lock:
                photo = self._draft_photo()
                photo.edits, photo.assessment, photo.steps = self.edits, self.now, self.steps
        if settled:
            self.keep()

    def keep(self) -> None:
        """Store the unsaved edits."""
        if self.visit is None:
            draft_store.store_visit(session.store(), draft_choice.draft(self.patient))
            return
        data = {
            "of": _mark(self.found),
            "view": self.now.view and str(self.now.view),
            "edits": edits_to_json(self.edits),
            "steps": self.steps.as_json(),
            "why": self.why,
        }
        correction_store.store_correction(
            session.store(), f"points.{self.photo_id}", data, self.patient.id
        )

    @property
    def draft(self) -> str:
        """The key under which the edits of a saved photo are stored until they are saved."""
        return correction_store.correction_key(f"points.{self.photo_id}")

    def discard(self) -> None:
        """Discard the stored edits; they can be restored for a day."""
        if self.visit is not None:
            correction_store.discard_correction(
                session.store(), f"points.{self.photo_id}", self.patient.id
            )
            fields.forget(f"{self.photo_id}.why")

    def restore(self, row: dict[str, Any]) -> None:
        """Resume the stored edits, if the photo has not changed since."""
        if row["of"] != _mark(self.found):
            self.notice = t(
                "Your unsaved edits of this photo were discarded: somebody else corrected it."
            )
            return
        self.notice = t("Your unsaved edits of this photo were restored.")
        self.why, view = row["why"], view_from_json(row["view"])
        if view is not self.found.view:
            self._measure_again(view)
        self.take(edits_from_json(row["edits"]), settled=True, steps=steps_from_json(row["steps"]))

    def _draft_photo(self) -> DraftPhoto:
        for photo in draft_choice.draft(self.patient).files.values():
            if photo.id == self.photo_id:
                if isinstance(photo, DraftPhoto):
                    return photo
                raise RecordError(Message("The photo is being measured again. Please wait."))
        raise RecordError(Message("The photo is no longer part of this visit."))


def _of_draft(person: Patient, photo: DraftPhoto) -> PointEditing:
    return PointEditing(person, photo.id, photo.assessment, photo.edits, steps=photo.steps)


def _of_visit(person: Patient, visit: Visit, photo: StoredPhoto) -> PointEditing:
    only = replace(visit, photos=(photo,))
    editing = PointEditing(person, photo.id, photo.assessment, edits_of(photo.assessment), only)
    row = correction_store.begun_correction(session.store(), f"points.{photo.id}", person.id)
    if row is not None:
        editing.restore(row)
    return editing


def edit_draft_photo(patient_id: str, photo: DraftPhoto) -> None:
    """Open a photo of the unsaved visit for editing, and go there."""
    editing = _of_draft(session.store().patients.get(patient_id), photo)
    _open(editing, {"sha256": photo.assessment.photo_sha256})


def edit_saved_photo(person: Patient, visit: Visit, photo: StoredPhoto) -> None:
    """Open a photo of a saved visit for editing, and go there."""
    _open(_of_visit(person, visit, photo), {"visit": visit.id, "photo": photo.id})


def _open(editing: PointEditing, at: dict[str, str]) -> None:
    EDITING.put(editing)
    EDITED_AT.put(at)
    session.go("points")


def current(person: Patient) -> PointEditing | None:
    """Return what is being edited, if it is this patient's."""
    editing = EDITING.get()
    return editing if editing and editing.patient.id == person.id else None


def reopen(person: Patient) -> PointEditing | None:
    """Open again what was edited before the page was reloaded."""
    at = EDITED_AT.get() or {}
    editing = None
    if "visit" in at:
        visit = session.store().visits.get(at["visit"])
        stored = next((photo for photo in visit.photos if photo.id == at["photo"]), None)
        if stored is not None and visit.patient_id == person.id:
            editing = _of_visit(person, visit, stored)
    elif "sha256" in at:
        photos = draft_choice.draft(person).photos
        mine = next((p for p in photos if p.assessment.photo_sha256 == at["sha256"]), None)
        editing = _of_draft(person, mine) if mine else None
    if editing is not None:
        EDITING.put(editing)
    return editing


def close() -> None:
    """End the editing of a photo."""
    EDITING.drop()
    EDITED_AT.drop()


def _mark(found: Assessment) -> str:
    """Return a fingerprint of an assessment."""
    text = json.dumps(assessment_to_record(found), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
