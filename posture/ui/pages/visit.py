"""A saved visit, read back."""

from functools import partial

import streamlit as st

from posture.practice.protocols import display_text
from posture.present import phrases
from posture.records import Patient, RecordError, Right, StoredPhoto, Visit
from posture.records.erasure import RemovalReason
from posture.ui import (
    correction,
    display,
    draft_choice,
    note_form,
    point_editing,
    session,
    state,
)
from posture.ui.downloads import csv_buttons
from posture.ui.words import t, time_words


def page() -> None:
    """Show the chosen visit, and let it be added to, compared, corrected and removed."""
    person = session.patient()
    chosen = state.VISIT_ID.get()
    if chosen is None:
        st.title(t("Visit"))
        st.info(t("No visit chosen yet. Open one from the patient's overview."))
        if st.button(t("Go to the overview"), type="primary"):
            session.go("patient")
        st.stop()
    latest = session.store().visits.get(chosen)
    visit = correction.choose_revision(latest)
    is_latest = visit.revision == latest.revision
    st.title(t("Visit of {when}", when=time_words(visit.visited_at)))
    by = f" · {visit.practitioner}" if visit.practitioner else ""
    st.caption(session.plain(f"{person.details.name}{by}"))
    with st.container(horizontal=True):
        _add(person, latest)
        _compare(visit)
        if is_latest and session.may(Right.REMOVE):
            _remove(latest)
    _ask_for_the_unsaved(person, latest)
    photos, findings = st.container(key="halves").columns([3, 2], gap="large")
    with photos:
        _photos(person, visit, correctable=is_latest and session.may(Right.CAPTURE))
    with findings:
        _findings(visit)
    if is_latest and session.may(Right.WRITE_NOTES):
        correction.panel(latest)


def _add(person: Patient, latest: Visit) -> None:
    """Offer to add to the visit; if another one is unsaved, ask first what to do with that."""
    if not session.may(Right.CAPTURE):
        return
    if st.button(t("Add photos or findings after the adjustment"), icon=":material/add:"):
        other = draft_choice.draft(person)
        if other.begun and other.visit_id != latest.id:
            state.ADD_AFTER_DISCARD.put(latest.id)
        else:
            _go_and_add(latest)


def _ask_for_the_unsaved(person: Patient, latest: Visit) -> None:
    """Ask what to do with another unsaved visit before adding to this one."""
    if state.ADD_AFTER_DISCARD.get() != latest.id or not draft_choice.draft(person).begun:
        return
    st.warning(
        t(
            "This patient has another visit that is not saved yet. Save it first, or discard it "
            "with its photos and findings; you can restore it for a day."
        ),
        icon=":material/edit_note:",
    )
    with st.container(horizontal=True):
        if st.button(t("Go to the unsaved visit"), type="primary"):
            state.ADD_AFTER_DISCARD.drop()
            session.go("new_visit")
        if st.button(t("Discard it and add to this visit"), icon=":material/delete:"):
            _go_and_add(latest)


def _go_and_add(latest: Visit) -> None:
    state.ADD_AFTER_DISCARD.drop()
    draft_choice.continue_visit(latest)
    session.go("new_visit")


def _compare(visit: Visit) -> None:
    if st.button(t("Compare"), icon=":material/compare:"):
        state.COMPARED_VISIT.put(visit.id)
        for field in ("compare_before", "compare_after"):
            st.session_state.pop(field, None)
        session.go("compare")


def _remove(latest: Visit) -> None:
    """Offer to remove the visit, saying what will happen and asking for the reason."""
    with st.popover(t("Remove this visit"), icon=":material/delete:", key="remove_visit.asked"):
        st.write(
            t(
                "The visit will be removed permanently, with its photos, notes and earlier "
                "revisions. Links that show it stop working. The audit trail records who removed "
                "it and why. Earlier backups still contain it."
            )
        )
        why = st.selectbox(
            t("Reason for removal"), list(RemovalReason), None, format_func=t,
            key="remove_visit.why", placeholder=t("choose a reason"),
        )  # fmt: skip
        sure = st.button(
            t("Remove permanently"), type="primary", disabled=why is None, key="remove_visit"
        )
    if sure and why:
        try:
            with st.spinner(t("Removing ...")):
                session.store().erasure.remove_visit(latest.id, why, seen=latest.revision)
        except RecordError as error:
            st.error(session.plain(t(error.message)), icon=":material/error:")
            return
        for key in (
            state.VISIT_ID, state.COMPARED_VISIT, state.PREVIEWS, state.CHANGES, state.STORY
        ):  # fmt: skip
            key.drop()
        point_editing.close()
        st.toast(t("Visit removed."))
        session.go("patient")


def _photos(person: Patient, visit: Visit, *, correctable: bool) -> None:
    st.subheader(t("Photos"))
    if not visit.photos:
        st.info(t("This visit has no photos."))
    elif visit.protocol is not None:
        label = display_text(visit.protocol, visit.protocol.label)
        conditions = phrases.conditions(visit.protocol)
        st.caption(session.plain(f"{t('Protocol')}: {label}; {conditions}"))
    for photo in visit.by_view:
        with st.container(border=True):
            _photo(photo)
            if correctable:
                correction.points_buttons(person, visit, photo)
    if any(photo.assessment.pose for photo in visit.by_view):
        display.errors_explained()
    correction.moved_points(visit)
    display.imported(visit.imported)


def _photo(photo: StoredPhoto) -> None:
    found = photo.assessment
    st.markdown(f"**{t(str(found.view)).capitalize()}** · {t(photo.stage.words)}")
    display.picture(found, partial(session.store().photos.get, photo.id), labels=True)
    display.issues(found.active_issues)
    display.measurements(found)


def _findings(visit: Visit) -> None:
    st.subheader(t("SOT note"))
    if session.may(Right.SEE_NOTES):
        note_form.read(note_form.vocabulary(), visit.notes)
    else:
        st.caption(t("Your role does not see notes."))
    st.subheader(t("Export"))
    csv_buttons("visit", visit_id=visit.id)
