"""A new visit: photos measured as they come, the SOT note beside them, saved in one go."""

from datetime import datetime
from functools import partial

import streamlit as st

from posture.errors import PostureError
from posture.landmarks import ANATOMICAL, Landmark, View
from posture.photo import UPLOAD_SUFFIXES, decode_photo
from posture.placed import PLUMB_ENDS
from posture.records import RecordError, Right
from posture.sot import Stage
from posture.ui import consent, note, session, show
from posture.ui.components.marks import mark_points

STAGES = (Stage.PRE, Stage.POST)
VIEWS = tuple(View)

session.only(Right.CAPTURE)
person = session.patient()
draft = session.draft(person)
st.title("Add to a visit" if draft.visit_id else "New visit")
st.caption(session.plain(person.details.name))
if person.details.height_cm is None:
    st.warning(
        "This patient's height is not known, so lengths in mm will be missing. Add it under "
        "Overview, Edit details."
    )

when, hour, who = st.columns([1, 1, 2])
day = when.date_input("Date", draft.visited_at, format="YYYY-MM-DD", disabled=bool(draft.visit_id))
time = hour.time_input("Time", draft.visited_at, step=300, disabled=bool(draft.visit_id))
draft.practitioner = who.text_input(
    "Practitioner", draft.practitioner, disabled=bool(draft.visit_id)
)
if not draft.visit_id:
    draft.visited_at = datetime.combine(day, time)

photos, findings = st.columns([3, 2], gap="large")


def add(files: list[tuple[bytes, str]], stage: Stage, view: View | None) -> None:
    """Measure files one after the other; what cannot be measured is said, the others go on."""
    progress = st.progress(0.0)
    refused = []
    for number, (data, name) in enumerate(files):
        progress.progress(number / len(files), text=f"Measuring {name} ...")
        try:
            draft.add(data, name, stage, view)
        except PostureError as error:
            refused.append(str(error))
    draft.refused = refused
    draft.round += 1
    st.rerun()


with photos:
    st.subheader("Photos")
    may_photograph = consent.asked(person)
    stage = (
        st.segmented_control(
            "Taken",
            STAGES,
            default=Stage.POST if draft.visit_id else Stage.PRE,
            format_func=lambda s: s.words,
            key=f"stage.{draft.visit_id}",
        )
        or Stage.PRE
    )
    upload, camera = st.tabs(["Upload", "Camera"])
    with upload:
        files = st.file_uploader(
            "Photos of this visit, several at once (JPEG, PNG, WebP, HEIC)",
            type=list(UPLOAD_SUFFIXES),
            accept_multiple_files=True,
            key=f"upload.{draft.round}",
            disabled=not may_photograph,
        )
        if files:
            add([(file.getvalue(), file.name) for file in files], stage, None)
    with camera:
        view = st.segmented_control("View", VIEWS, default=View.ANTERIOR, key="camera_view")
        shot = st.camera_input(
            "The camera on a stand, level, 3 m away, at mid-body height",
            key=f"camera.{draft.round}",
            resolution="1080p",
            disabled=not may_photograph,
        )
        if shot is not None:
            name = f"camera_{view or 'photo'}_{datetime.now():%H%M%S}.jpg"  # noqa: DTZ005
            add([(shot.getvalue(), name)], stage, view)
    for message in draft.refused:
        st.error(message, icon=":material/block:")

    if not draft.photos:
        st.info("No photo yet. The four views are anterior, posterior, left and right.")
    for photo in list(draft.photos):
        with st.container(border=True):
            head, bin_ = st.columns([4, 1], vertical_alignment="bottom")
            chosen = head.selectbox(
                f"View of {photo.name} ({photo.stage.words.lower()})",
                VIEWS,
                index=VIEWS.index(photo.view) if photo.view else None,
                placeholder="choose the view",
                key=f"view.{photo.id}",
                help="Guessed from the picture unless you chose it: please check.",
            )
            if bin_.button("Remove", width="stretch", key=f"remove.{photo.id}"):
                draft.photos.remove(photo)
                st.rerun()
            if chosen and chosen is not photo.view:
                photo.view = chosen
                with st.spinner("Measuring again ..."):
                    draft.measure_again(photo)
                st.rerun()
            if photo.assessment.view and photo.assessment.view_source == "guessed":
                st.caption(":material/help: The view was guessed from the picture: please check.")
            show.picture(photo.assessment, partial(getattr, photo, "data"), labels=True)
            show.issues(photo.assessment.issues)
            show.measurements(photo.assessment)
            if st.toggle(
                "Mark a plumb line, or place anatomical points", key=f"marking.{photo.id}"
            ):
                names = {
                    PLUMB_ENDS[0]: "plumb line, top",
                    PLUMB_ENDS[1]: "plumb line, bottom",
                } | {str(mark): mark.replace("_", " ") for mark in ANATOMICAL}
                placed = {str(mark): place for mark, place in photo.points.items()}
                if photo.plumb_line:
                    placed |= dict(zip(PLUMB_ENDS, photo.plumb_line, strict=True))
                marked = mark_points(
                    decode_photo(photo.data, photo.name), names, placed, key=f"mark.{photo.id}"
                )
                ends = [marked[end] for end in PLUMB_ENDS if end in marked]
                line = (ends[0], ends[1]) if len(ends) == len(PLUMB_ENDS) else None
                points = {
                    Landmark(name): place
                    for name, place in marked.items()
                    if name not in PLUMB_ENDS
                }
                if (line, points) != (photo.plumb_line, photo.points):
                    before = photo.plumb_line, photo.points
                    photo.plumb_line, photo.points = line, points
                    try:
                        with st.spinner("Measuring again ..."):
                            draft.measure_again(photo)
                    except PostureError as error:
                        photo.plumb_line, photo.points = before
                        st.error(str(error))
                    else:
                        st.rerun()

with findings:
    st.subheader("SOT note")
    st.caption("As found by the practitioner; the program concludes nothing from it.")
    fields = note.vocabulary()
    saved: frozenset[Stage] = frozenset()
    if draft.visit_id:
        saved = frozenset(session.store().visit(draft.visit_id).notes)
    if session.may(Right.WRITE_NOTES):
        draft.notes = note.edit(
            fields,
            draft.notes,
            key=f"note.{person.id}.{draft.visit_id or ''}.{draft.opened}",
            closed=saved,
        )
    else:
        st.info("Your role takes photos; the practitioner writes the note.")

st.divider()
unknown = [photo.name for photo in draft.photos if photo.assessment.view is None]
if unknown:
    st.warning(f"Choose the view, or remove the photo, before saving: {', '.join(unknown)}.")
empty = not draft.photos and not any(draft.notes.values())
with st.container(horizontal=True):
    if st.button(
        "Save visit", type="primary", disabled=bool(unknown) or empty, icon=":material/save:"
    ):
        try:
            if draft.visit_id:
                session.store().add_to_visit(draft.visit_id, draft.as_visit(), seen=draft.seen)
                saved_id = draft.visit_id
            else:
                saved_id = session.store().save_visit(draft.as_visit())
        except RecordError as error:
            st.error(str(error), icon=":material/error:")
        else:
            st.session_state["practitioner"] = draft.practitioner
            st.session_state["visit_id"] = saved_id
            session.discard_draft(person.id)
            st.toast("The visit is saved.")
            session.go("visit")
    if st.button("Discard", disabled=empty):
        session.discard_draft(person.id)
        st.rerun()
