"""A saved visit, read back."""

from functools import partial

import streamlit as st

from posture.practice.protocols import display_text
from posture.present import phrases
from posture.records import RecordError, Right
from posture.records.erasure import WhyRemoved
from posture.ui import correction, display, draft_choice, note_form, point_editing, session
from posture.ui.downloads import csv_buttons
from posture.ui.moments import COMPARED
from posture.ui.words import t

person = session.patient()
chosen: str | None = st.session_state.get("visit_id")
if chosen is None:
    st.title(t("Visit"))
    st.info(t("No visit is chosen yet. Open one from the patient's overview."))
    if st.button(t("To the overview"), type="primary"):
        session.go("patient")
    st.stop()


def add_to_it() -> None:
    """Go and add to this visit."""
    st.session_state.pop("put_aside_for", None)
    session.read(lambda: draft_choice.continue_visit(latest))
    session.go("new_visit")


def removing() -> None:
    """Offer to remove this visit, once it was said what will happen, and why."""
    with st.popover(t("Remove this visit"), icon=":material/delete:", key="remove_visit.asked"):
        st.write(
            t(
                "The visit will be gone for good, with its photos, notes and earlier revisions. "
                "Links that show it end. The audit trail keeps that it was removed, by whom and "
                "why. Backups made before still hold it."
            )
        )
        why = st.selectbox(
            t("Why is it removed?"), list(WhyRemoved), None, format_func=t, key="remove_visit.why",
            placeholder=t("choose a reason"),
        )  # fmt: skip
        sure = st.button(
            t("Remove it for good"), type="primary", disabled=why is None, key="remove_visit"
        )
    if sure and why:
        try:
            with st.spinner(t("Removing ...")):
                session.store().erasure.remove_visit(latest.id, why, seen=latest.revision)
        except RecordError as error:
            st.error(session.plain(t(error.message)), icon=":material/error:")
            return
        for key in ("visit_id", "previews", "changes", "story", COMPARED):
            st.session_state.pop(key, None)
        point_editing.clear()
        st.toast(t("The visit is removed."))
        session.go("patient")


latest = session.read(partial(session.store().visits.get, chosen))
visit = correction.choose_revision(latest)
st.title(t("Visit of {when}", when=f"{visit.visited_at:%Y-%m-%d, %H:%M}"))
by = f" · {visit.practitioner}" if visit.practitioner else ""
st.caption(session.plain(f"{person.details.name}{by}"))
with st.container(horizontal=True):
    if session.may(Right.CAPTURE) and st.button(
        t("Add photos or findings after the adjustment"), icon=":material/add:"
    ):
        other = draft_choice.draft(person)
        if other.begun and other.visit_id != latest.id:
            st.session_state["put_aside_for"] = latest.id
        else:
            add_to_it()
    if st.button(t("Compare"), icon=":material/compare:"):
        st.session_state[COMPARED] = visit.id
        for key in ("compare_before", "compare_after"):
            st.session_state.pop(key, None)
        session.go("compare")
    if visit.revision == latest.revision and session.may(Right.REMOVE):
        removing()

if st.session_state.get("put_aside_for") == latest.id and draft_choice.draft(person).begun:
    st.warning(
        t(
            "Another visit of this patient was begun and is not saved yet. Save it first, or "
            "discard it with its photos and findings; for a day it can be restored."
        ),
        icon=":material/edit_note:",
    )
    with st.container(horizontal=True):
        if st.button(t("To the unsaved visit"), type="primary"):
            st.session_state.pop("put_aside_for")
            session.go("new_visit")
        if st.button(t("Discard it and add to this visit"), icon=":material/delete:"):
            add_to_it()

correctable = visit.revision == latest.revision and session.may(Right.CAPTURE)
photos, findings = st.container(key="halves").columns([3, 2], gap="large")
with photos:
    st.subheader(t("Photos"))
    if not visit.photos:
        st.info(t("This visit has no photos."))
    elif visit.protocol is not None:
        protocol = visit.protocol
        label = display_text(protocol, protocol.label)
        st.caption(session.plain(f"{t('Protocol')}: {label}; {phrases.conditions(protocol)}"))
    for photo in visit.by_view:
        with st.container(border=True):
            st.markdown(
                f"**{t(str(photo.assessment.view)).capitalize()}** · {t(photo.stage.words)}"
            )
            display.picture(
                photo.assessment, partial(session.store().photos.get, photo.id), labels=True
            )
            display.issues(photo.assessment.active_issues)
            display.measurements(photo.assessment)
            if correctable:
                correction.points_buttons(person, latest, photo)
    correction.moved_points(visit)
    display.imported(visit.imported)
with findings:
    st.subheader(t("SOT note"))
    if session.may(Right.SEE_NOTES):
        note_form.read(note_form.vocabulary(), visit.notes)
    else:
        st.caption(t("Your role does not see notes."))
    st.subheader(t("Take home"))
    csv_buttons("visit", visit_id=visit.id)
if visit.revision == latest.revision and session.may(Right.WRITE_NOTES):
    correction.panel(latest)
