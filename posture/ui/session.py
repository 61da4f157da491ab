"""What one browser session is working on. Only ids and the unsaved visit are kept here."""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import streamlit as st

from posture import __version__, practice
from posture.amend import Edits, amended, edits_of
from posture.assess import assess
from posture.assessment import Assessment
from posture.capture.tray import Still, Tray
from posture.errors import PostureError
from posture.gate.entrance import COOKIES
from posture.gate.keeper import Keeper, keeper_of
from posture.landmarks import View
from posture.photo import decode_photo
from posture.protocols import Protocol
from posture.records import Actor, NewPhoto, NewVisit, Patient, RecordError, Right, Store, Visit
from posture.records.home import data_folder
from posture.records.sessions import Live
from posture.serialise import assessment_from_record, assessment_to_record, view_from_json
from posture.sot import Stage
from posture.ui import kept
from posture.words import t

Result = TypeVar("Result")


def keeper() -> Keeper:
    """Return who keeps the sessions of this record."""
    return keeper_of(data_folder())


def live() -> Live | None:
    """Return the session of this browser, as the gate let it in; None when it has ended."""
    tokens = (st.context.cookies.get(name) for name in COOKIES)
    found = (keeper().who(token) for token in tokens if token)
    return next((session for session in found if session), None)


def current() -> Live:
    """Return the session that holds, or stop the page and forget what it showed."""
    found = read(live)
    if found is None:
        _forget_all()
        st.info(t("The session has ended. Load this page anew."), icon=":material/lock:")
        st.stop()
    return found


def begin() -> None:
    """Stop the page unless the session holds; forget what another session left in this tab."""
    found = current()
    if st.session_state.get("session_id", found.id) != found.id:
        _forget_all()
    st.session_state["session_id"] = found.id
    if not st.session_state.get("place_known"):
        st.session_state.update(read(lambda: kept.place(store())), place_known=True)
    kept.keep_place(store(), st.session_state.get("patient_id"), st.session_state.get("visit_id"))


def _forget_all() -> None:
    # The state's own clear() stops at the first widget whose value is gone already.
    for key in list(st.session_state):
        with suppress(KeyError):
            del st.session_state[key]


def actor() -> Actor:
    """Return in whose name the page works."""
    return current().actor


def may(right: Right) -> bool:
    """Whether to show what needs this right; the store checks it all the same."""
    return actor().may(right)


def only(right: Right) -> None:
    """Stop a page that this role has no use for, and say so."""
    if not may(right):
        st.info(t("Your role may not {do}.", do=t(right.value)), icon=":material/block:")
        st.stop()


def store() -> Store:
    """Return the record in the name of who is at work, or stop the page with what is wrong."""
    return read(keeper().store).acting_as(actor())


def lock() -> None:
    """End the session in all tabs."""
    keeper().end(current().id)


def go(page: str) -> None:
    """Switch to another page."""
    st.switch_page(Path(__file__).parent / "pages" / f"{page}.py")


def plain(text: str) -> str:
    """Return a user's text so that it is shown as it is, not read as markdown."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|~<>$:^])", r"\\\1", text)


def choose_patient(patient_id: str) -> None:
    """Make this the patient that the pages show."""
    if st.session_state.get("patient_id") != patient_id:
        st.session_state["patient_id"] = patient_id
        st.session_state.pop("visit_id", None)


def chosen_name() -> str | None:
    """Return the chosen patient's name, for the menu."""
    chosen = st.session_state.get("patient_id")
    try:
        return store().patient(chosen).details.name if chosen else None
    except PostureError:
        return None


def patient() -> Patient:
    """Return the chosen patient, or stop the page and say where to choose one."""
    chosen = st.session_state.get("patient_id")
    if chosen is None:
        st.info(t("No patient is chosen yet."), icon=":material/person_search:")
        if st.button(t("Choose a patient"), type="primary"):
            go("patients")
        st.stop()
    return read(lambda: store().patient(chosen))


def read(action: Callable[[], Result]) -> Result:
    """Return what the action returns, or stop the page with what went wrong."""
    try:
        return action()
    except PostureError as error:
        st.error(t(str(error)), icon=":material/error:")
        st.stop()


def room() -> dict[str, Any]:
    """Return what measuring is to know of the practice's room: markers, poster, distances."""
    return read(lambda: practice.of(store().setting)).measuring


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
        }


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
    notes: dict[Stage, dict[str, Any]] = field(default_factory=dict)
    opened: str = field(default_factory=lambda: uuid4().hex)  # tells this draft's widgets apart
    refused: list[str] = field(default_factory=list)  # of the last upload, with the reasons
    uploaded: set[str] = field(default_factory=set)  # files of the upload widget dealt with
    protocol: Protocol | None = None
    tray: Tray | None = None  # of the guided capture
    round: int = 0  # a new one gives the upload and camera widgets a fresh start
    shelf: kept.Shelf = field(init=False)

    def __post_init__(self) -> None:
        self.shelf = kept.Shelf(self.patient_id)

    @property
    def begun(self) -> bool:
        """Whether there is anything in it that could be lost."""
        stills = self.tray is not None and bool(self.tray.stills)
        return bool(self.photos) or stills or any(self.notes.values())

    def add(self, data: bytes, name: str, stage: Stage, view: View | None) -> None:
        """Measure a photo and add it.

        Raises
        ------
        PostureError
            When it cannot be read as a photo.
        """
        photo = decode_photo(data, name)
        if any(photo.sha256 == other.assessment.photo_sha256 for other in self.photos):
            raise RecordError(f"{name} is already among the photos of this visit.")
        result = assess(photo, view, height_cm=self.height_cm, **room())
        self.photos.append(
            DraftPhoto(
                name, data, photo.media_type, photo.taken_at, stage, result, view or result.view
            )
        )

    def take(self, still: Still, stage: Stage) -> None:
        """Add a still of the guided capture, waiting until it is measured.

        Raises
        ------
        PostureError
            When it cannot be read as a photo.
        """
        result = still.measured.result()
        if all(result.photo_sha256 != other.assessment.photo_sha256 for other in self.photos):
            photo = DraftPhoto(
                still.name, still.data, "image/jpeg", None, stage, result, still.view
            )
            self.photos.append(photo)

    def take_up(self, row: dict[str, Any], data: bytes) -> None:
        """Add a photo that was kept; measured again only where its grounds have changed.

        Raises
        ------
        PostureError
            When it cannot be read as a photo.
        """
        found = assessment_from_record(row["assessment"])
        photo = DraftPhoto(
            row["name"], data, row["media_type"], row["taken_at"], Stage(row["stage"]),
            found, view_from_json(row["view"]), edits_of(found),
        )  # fmt: skip
        if row["measured_with"] != [__version__, self.height_cm]:
            self.measure_again(photo)
            photo.assessment = replace(photo.assessment, view_source=found.view_source)
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


def draft(for_patient: Patient) -> Draft:
    """Return the unsaved visit of a patient, a new one where there is none."""
    drafts: dict[str, Draft] = st.session_state.setdefault("drafts", {})
    if for_patient.id not in drafts:
        new = Draft(
            for_patient.id,
            for_patient.details.height_cm,
            practitioner=st.session_state.get("practitioner", ""),
        )
        read(lambda: kept.take_up_visit(store(), new))
        drafts[for_patient.id] = new
    found = drafts[for_patient.id]
    if found.height_cm != for_patient.details.height_cm:
        found.height_cm = for_patient.details.height_cm
        for photo in found.photos:
            found.measure_again(photo)
    return found


def discard_draft(patient_id: str) -> None:
    """Forget the unsaved visit of a patient."""
    gone: Draft | None = st.session_state.get("drafts", {}).pop(patient_id, None)
    if gone is not None:
        gone.shelf.closed = True
    kept.drop_visit(store(), patient_id)


def continue_visit(visit: Visit) -> None:
    """Go on adding to a saved visit, or begin to; another unsaved one of the patient is dropped."""
    begun = draft(store().patient(visit.patient_id))
    if begun.visit_id == visit.id:
        begun.seen = visit.revision
        return
    discard_draft(visit.patient_id)
    st.session_state.setdefault("drafts", {})[visit.patient_id] = Draft(
        visit.patient_id,
        store().patient(visit.patient_id).details.height_cm,
        visit_id=visit.id,
        seen=visit.revision,
        visited_at=visit.visited_at,
        practitioner=visit.practitioner,
        protocol=visit.protocol,
    )
