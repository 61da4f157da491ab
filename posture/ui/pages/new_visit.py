"""A new visit: photos measured as they come, the SOT note beside them, saved in one go."""

from collections.abc import Mapping
from datetime import datetime

import streamlit as st

from posture.imaging.photo import UPLOAD_SUFFIXES
from posture.issues import Severity
from posture.practice.protocols import DEFAULT_SETTING, SETTING, Protocol, available, display_text
from posture.practice.sot import Findings, Stage
from posture.records import RecordError, Right
from posture.records.rows import local_now
from posture.records.validation import wrong_moment
from posture.ui import (
    consent,
    draft_choice,
    draft_store,
    fields,
    gallery,
    live_capture,
    note_form,
    removed_photos,
    session,
)
from posture.ui.draft import Draft
from posture.ui.page_errors import guarded
from posture.ui.words import t


def choose_protocol(draft: Draft) -> Protocol:
    """Let the protocol be chosen; a visit that is added to keeps its own."""
    found = {p.key: p for p in available(session.store().settings.get(SETTING))}
    if draft.visit_id and draft.protocol is not None:
        found = {draft.protocol.key: draft.protocol}
    usual = draft.protocol.key if draft.protocol else session.store().settings.get(DEFAULT_SETTING)
    keys = list(found)
    key = st.selectbox(
        t("Protocol"),
        keys,
        index=keys.index(usual) if usual in found else 0,
        format_func=lambda key: display_text(found[key], found[key].label),
        key=f"protocol.{draft.opened}",
        disabled=len(found) == 1,
    )
    return found[key]


session.only(Right.CAPTURE)
person = session.patient()
draft = draft_choice.draft(person)
draft_choice.part_if_taken(draft)
if draft.visit_id and not session.read(lambda: session.store().visits.exists(draft.visit_id or "")):
    st.warning(
        t("The visit that this was to be added to was removed. Saved, it is one of its own.")
    )
    draft.visit_id = draft.seen = None
adding = bool(draft.visit_id)
st.title(t("Add to a visit") if adding else t("New visit"))
st.caption(session.plain(person.details.name))
with st.container():  # always there: what is below must not be drawn anew when one goes
    draft_choice.notices(draft)
    draft_choice.offers(person.id)
if person.details.height_cm is None:
    st.warning(
        t(
            "This patient's height is not known, so lengths in mm will be missing. Add it under "
            "Overview, Edit details."
        )
    )

when, hour, who, by = st.columns([2, 2, 3, 4])
day = fields.day(
    t("Date"), draft.visited_at.date(), place=when, disabled=adding, key=f"day.{draft.opened}"
)
time = hour.time_input(
    t("Time"), draft.visited_at, step=300, disabled=adding, key=f"time.{draft.opened}"
)
draft.practitioner = fields.text(
    t("Practitioner"), draft.practitioner, place=who, disabled=adding, key=f"by.{draft.opened}"
)
wrong: list[str] = []  # why the visit cannot be saved as it is
if not adding:
    if day.value is not None:
        draft.visited_at = datetime.combine(day.value, time)
    too_early_or_late = wrong_moment(
        draft.visited_at, local_now(), person.details.date_of_birth
    )  # fmt: skip
    if too_early_or_late and not day.wrong:
        fields.say(too_early_or_late)
    if day.value is None:
        wrong.append(t("The visit needs its date."))
    wrong += [t(why) for why in (day.wrong, too_early_or_late) if why]
with by:
    draft.protocol = choose_protocol(draft)

photos, findings = st.container(key="halves").columns([3, 2], gap="large")


def upload(stage: Stage, *, disabled: bool) -> None:
    """Take photos from files.

    The widget stays the same while the visit is open: a new one would lose what is on its way.
    """
    files = st.file_uploader(
        t("Photos of this visit, several at once (JPEG, PNG, WebP, HEIC)"),
        type=list(UPLOAD_SUFFIXES),
        accept_multiple_files=True,
        key=f"upload.{draft.opened}",
        disabled=disabled,
    )
    for file in files:
        if draft.is_new(file.file_id):
            draft.take_in(file.getvalue(), file.name, stage)


with photos:
    st.subheader(t("Photos"))
    may_photograph = consent.asked(person)
    stage = (
        st.segmented_control(
            t("Taken"),
            gallery.STAGES,
            default=Stage.POST if adding else Stage.PRE,
            format_func=lambda s: t(s.words),
            key=f"stage.{draft.visit_id}",
            label_visibility="collapsed",
        )
        or Stage.PRE
    )
    by_camera, by_file = st.tabs([t("Camera"), t("Upload")])
    with by_camera:
        live_capture.capture(draft, draft.protocol, stage, disabled=not may_photograph)
    with by_file:
        upload(stage, disabled=not may_photograph)
    with st.container(), guarded():
        gallery.show_photos(draft)
        removed_photos.offers(draft)

with findings, guarded():
    st.subheader(t("SOT note"))
    st.caption(t("As found by the practitioner; the program concludes nothing from it."))
    saved: Mapping[Stage, Findings] = {}
    if draft.visit_id:
        of = draft.visit_id
        saved = session.read(lambda: session.store().visits.get(of)).notes
    if session.may(Right.WRITE_NOTES):
        edited = note_form.edit(
            note_form.vocabulary(),
            draft.notes,
            key=f"note.{person.id}.{draft.visit_id or ''}.{draft.opened}",
            saved=saved,
            first=Stage.POST if adding else Stage.PRE,
        )
        draft.notes = edited.notes
        wrong += edited.wrong
    else:
        st.info(t("Your role takes photos; the practitioner writes the note."))

with guarded():
    draft_store.store_visit(session.store(), draft)

unknown = [photo.name for photo in draft.photos if photo.assessment.view is None]
if unknown:
    wrong.append(
        t("Choose the view, or remove the photo, before saving: {names}.", names=", ".join(unknown))
    )
if draft.waiting:
    wrong.append(
        t("To be saved once all photos are measured, or removed: {n} to go.", n=len(draft.waiting))
    )
elif not draft.photos and not any(draft.notes.values()):
    wrong.append(t("Nothing to save yet: add a photo or a finding."))
blocked = [
    photo.name
    for photo in draft.photos
    if any(issue.severity is Severity.ERROR for issue in photo.assessment.active_issues)
]
# Always in sight (look.css), with what stands in the way: the note beside the photos is long.
with st.container(horizontal=True, vertical_alignment="center", key="save_bar"):
    if st.button(t("Save visit"), type="primary", disabled=bool(wrong), icon=":material/save:"):
        try:
            with st.spinner(t("Saving ...")):
                saved_id = draft_choice.save(draft)
        except RecordError as error:
            st.error(session.plain(t(error.message)), icon=":material/error:")
        else:
            st.session_state["practitioner"] = draft.practitioner
            st.session_state["visit_id"] = saved_id
            st.toast(t("The visit is saved."))
            session.go("visit")
    if st.button(t("Discard"), disabled=not (draft.begun or adding)):
        draft_choice.discard(person.id)
        st.toast(t("Discarded. For a day it can be restored."))
        st.rerun()
    if wrong:
        st.caption(":material/info: " + session.plain(" ".join(wrong)))
    if blocked:
        why = t(
            "Nothing is measured on: {names}. What is wrong stands with each photo. Take it again, "
            "or save it without values.",
            names=", ".join(blocked),
        )
        st.caption(f":material/warning: {session.plain(why)}")
