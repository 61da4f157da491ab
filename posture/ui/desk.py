"""The photo whose points somebody edits: one of the unsaved visit, or of a saved one."""

from dataclasses import dataclass, field, replace
from uuid import uuid4

import streamlit as st

from posture.amend import Edits, amended, edits_of
from posture.assess import assess
from posture.assessment import Assessment
from posture.errors import PostureError
from posture.landmarks import View
from posture.photo import Photo, decode_photo
from posture.records import Patient, RecordError, StoredPhoto, Visit
from posture.ui import kept, session, unsaved
from posture.ui.draft import DraftPhoto


@dataclass
class Desk:
    """What is on the desk.

    ``found`` is the assessment as it was opened, ``now`` the one with ``edits``; ``base`` is what
    they are put on. ``number`` is the last of the browser's messages that was answered. With
    ``visit`` the photo is of a saved visit, otherwise of the patient's unsaved one.
    """

    patient: Patient
    photo_id: str
    found: Assessment
    edits: Edits
    visit: Visit | None = None
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
            When it is there no more.
        """
        stored = self.visit is not None
        data = session.store().photo(self.photo_id) if stored else self._draft_photo().data
        return decode_photo(data, self.found.photo)

    def take(self, edits: Edits, *, settled: bool) -> None:
        """Measure with these edits; where they cannot be, say why and keep what was measured."""
        self.edits = edits
        try:
            if settled and self._needs_another_look():
                self._look_again(self.base.view)
            self.now = amended(self.base, edits)
        except PostureError as error:
            self.error = str(error)
        else:
            self.error = None
            self._hand_back(settled=settled)

    def see_as(self, view: View) -> None:
        """Measure the photo as one of another view.

        Raises
        ------
        PostureError
            When it cannot be.
        """
        self._look_again(view)
        self.now = amended(self.base, self.edits)
        self.key = f"points.{uuid4().hex}"
        self.number = 0

    def _needs_another_look(self) -> bool:
        scene = self.base.scene
        forgotten = scene.ruler is not None and self.edits.ruler is None
        return forgotten or scene.plumb_line != self.edits.plumb_line

    def _look_again(self, view: View | None) -> None:
        # The scale from the patient's height hangs on the vertical: look at the photo itself.
        self.base = assess(
            self.photo(),
            view,
            height_cm=self.patient.details.height_cm,
            plumb_line=self.edits.plumb_line,
            **session.room(),
        )

    def _hand_back(self, *, settled: bool) -> None:
        """Put what was edited into the unsaved visit, and keep it once the hand rests."""
        if self.visit is None:
            photo = self._draft_photo()
            photo.edits, photo.assessment = self.edits, self.now
            if settled:
                kept.keep_visit(session.store(), unsaved.draft(self.patient))

    def _draft_photo(self) -> DraftPhoto:
        for photo in unsaved.draft(self.patient).photos:
            if photo.id == self.photo_id:
                return photo
        raise RecordError("The photo is no longer among those of this visit.")


def lay_draft(patient_id: str, photo: DraftPhoto) -> None:
    """Put a photo of the unsaved visit on the desk, and go there."""
    person = session.store().patient(patient_id)
    _lay(Desk(person, photo.id, photo.assessment, photo.edits))


def lay_saved(person: Patient, visit: Visit, photo: StoredPhoto) -> None:
    """Put a photo of a saved visit on the desk, and go there."""
    only = replace(visit, photos=(photo,))
    _lay(Desk(person, photo.id, photo.assessment, edits_of(photo.assessment), only))


def _lay(desk: Desk) -> None:
    st.session_state["desk"] = desk
    session.go("points")


def on_desk(person: Patient) -> Desk | None:
    """Return what is on the desk, if it is of this patient."""
    desk: Desk | None = st.session_state.get("desk")
    return desk if desk and desk.patient.id == person.id else None


def clear() -> None:
    """Take away what is on the desk."""
    st.session_state.pop("desk", None)
