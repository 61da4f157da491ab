"""A new visit: photos measured as they come, the SOT note beside them, saved in one go."""

from collections.abc import Mapping
from datetime import datetime

import streamlit as st

from posture.imaging.photo import UPLOAD_SUFFIXES
from posture.issues import Severity
from posture.practice.protocols import DEFAULT_SETTING, SETTING, Protocol, available, display_text
from posture.practice.sot import Findings, Stage
from posture.records import Patient, RecordError, Right
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
from posture.ui.state import PRACTITIONER, VISIT_ID
from posture.ui.words import t


def page() -> None:
    """Take photos and findings, and save them as a visit."""
    session.only(Right.CAPTURE, t("New visit"))
    person = session.patient()
    draft = _draft(person)
    st.title(t("Add to a visit") if draft.visit_id else t("New visit"))
    st.caption(session.plain(person.details.name))
    with st.container():  # always there: otherwise everything below is redrawn when a notice goes
        draft_choice.notices(draft)
        draft_choice.offers(person.id)
    if person.details.height_cm is None:
        st.warning(
            t(
                "This patient's height is not known, so there will be no lengths in mm. Add it "
                "under Overview, Edit details."
            )
        )
    wrong = _when_and_who(draft, person)
    photos, findings = st.container(key="halves").columns([3, 2], gap="large")
    with photos:
        _photos(draft, person)
    with findings, guarded():
        wrong += _note(draft, person)
    with guarded():
        draft_store.store_visit(session.store(), draft)
    _save_bar(draft, [*wrong, *_missing(draft)])


def _draft(person: Patient) -> Draft:
    """Return this tab's unsaved visit; if the visit that it adds to is gone, as a new one."""
    draft = draft_choice.draft(person)
    draft_choice.part_if_taken(draft)
    adds_to = draft.visit_id
    if adds_to and not session.store().visits.exists(adds_to):
        st.warning(
            t("The visit that this adds to was removed. It will be saved as a visit of its own.")
        )
        draft.visit_id = draft.seen = None
    return draft


def _when_and_who(draft: Draft, person: Patient) -> list[str]:
    """Show date, time, practitioner and protocol; return why they are impossible."""
    adding = bool(draft.visit_id)
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
    with by:
        draft.protocol = _choose_protocol(draft)
    if adding:
        return []
    if day.value is not None:
        draft.visited_at = datetime.combine(day.value, time)
    impossible = wrong_moment(draft.visited_at, local_now(), person.details.date_of_birth)
    if impossible and not day.wrong:
        fields.say(impossible)
    wrong = [] if day.value is not None else [t("The visit needs its date.")]
    return wrong + [t(why) for why in (day.wrong, impossible) if why]


def _choose_protocol(draft: Draft) -> Protocol:
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


def _photos(draft: Draft, person: Patient) -> None:
    """Take photos, and show those that are there."""
    st.subheader(t("Photos"))
    may_photograph = consent.asked(person)
    stage = (
        st.segmented_control(
            t("Taken"),
            gallery.STAGES,
            default=Stage.POST if draft.visit_id else Stage.PRE,
            format_func=lambda s: t(s.words),
            key=f"stage.{draft.visit_id}",
            label_visibility="collapsed",
        )
        or Stage.PRE
    )
    by_camera, by_file = st.tabs([t("Camera"), t("Upload")])
    with by_camera:
        if draft.protocol is not None:
            live_capture.capture(draft, draft.protocol, stage, disabled=not may_photograph)
    with by_file:
        _upload(draft, stage, disabled=not may_photograph)
    with st.container(), guarded():
        gallery.show_photos(draft)
        removed_photos.offers(draft)


def _upload(draft: Draft, stage: Stage, *, disabled: bool) -> None:
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


def _note(draft: Draft, person: Patient) -> tuple[str, ...]:
    """Show the form of the SOT note; return which entries are impossible."""
    st.subheader(t("SOT note"))
    st.caption(t("Your own findings. Plumbline does not interpret them."))
    saved: Mapping[Stage, Findings] = {}
    if draft.visit_id:
        of = draft.visit_id
        saved = session.store().visits.get(of).notes
    if not session.may(Right.WRITE_NOTES):
        st.info(t("Your role takes photos; the practitioner writes the note."))
        return ()
    edited = note_form.edit(
        note_form.vocabulary(),
        draft.notes,
        key=f"note.{person.id}.{draft.visit_id or ''}.{draft.opened}",
        saved=saved,
        first=Stage.POST if draft.visit_id else Stage.PRE,
    )
    draft.notes = edited.notes
    return edited.wrong


def _missing(draft: Draft) -> list[str]:
    """Return what is missing before the visit can be saved."""
    missing = []
    unknown = [photo.name for photo in draft.photos if photo.assessment.view is None]
    if unknown:
        missing.append(
            t("Before saving, choose the view or remove the photo: {names}.",
              names=", ".join(unknown))
        )  # fmt: skip
    if draft.waiting:
        missing.append(
            t("Photos still to be measured or removed before saving: {n}.", n=len(draft.waiting))
        )
    elif not draft.photos and not any(draft.notes.values()):
        missing.append(t("Nothing to save yet: add a photo or a finding."))
    return missing


def _save_bar(draft: Draft, wrong: list[str]) -> None:
    """Show Save and Discard, and what prevents saving.

    They are always in sight (look.css): the note beside the photos is long.
    """
    with st.container(horizontal=True, vertical_alignment="center", key="save_bar"):
        if st.button(t("Save visit"), type="primary", disabled=bool(wrong), icon=":material/save:"):
            _save(draft)
        if st.button(t("Discard"), disabled=not (draft.begun or draft.visit_id)):
            draft_choice.discard(draft.patient_id)
            st.toast(t("Discarded. You can restore it for a day."))
            st.rerun()
        if wrong:
            st.caption(":material/info: " + session.plain(" ".join(wrong)))
        if unmeasured := _unmeasured(draft):
            why = t(
                "Nothing could be measured on: {names}. The reason is shown with each photo. "
                "Retake it, or save it without values.",
                names=", ".join(unmeasured),
            )
            st.caption(f":material/warning: {session.plain(why)}")


def _unmeasured(draft: Draft) -> list[str]:
    return [
        photo.name
        for photo in draft.photos
        if any(issue.severity is Severity.ERROR for issue in photo.assessment.active_issues)
    ]


def _save(draft: Draft) -> None:
    try:
        with st.spinner(t("Saving ...")):
            saved_id = draft_choice.save(draft)
    except RecordError as error:
        st.error(session.plain(t(error.message)), icon=":material/error:")
    else:
        PRACTITIONER.put(draft.practitioner)
        VISIT_ID.put(saved_id)
        st.toast(t("Visit saved."))
        session.go("visit")
