"""One patient: details, visits, the CSV of all of them."""

from dataclasses import asdict
from functools import partial

import streamlit as st

from posture.export.portable import patient_zip
from posture.records import Patient, RecordError, Right
from posture.ui import consent, display, draft_choice, fields, session, state
from posture.ui.deferred import download_button
from posture.ui.downloads import csv_buttons
from posture.ui.patient_form import patient_form
from posture.ui.words import day_words, t, time_words, tn


def page() -> None:
    """Show the chosen patient."""
    person = session.patient()
    st.title(session.plain(person.details.name))
    _facts(person)
    if session.may(Right.CAPTURE):
        draft_choice.offers(person.id)
    _ways(person)
    _visits(person)
    if session.may(Right.EXPORT):
        _whole_record(person)
    if session.may(Right.CAPTURE):
        _consent(person)
        _details(person)
        _archive(person)


def _facts(person: Patient) -> None:
    details = person.details
    born = details.date_of_birth
    facts = [
        t("record number {number}", number=details.record_number) if details.record_number else "",
        t("born {day}", day=day_words(born)) if born else "",
        t("{height:g} cm tall", height=details.height_cm)
        if details.height_cm
        else t("height not known: no lengths in mm"),
        t("archived") if person.archived else "",
    ]
    st.caption(session.plain(" · ".join(fact for fact in facts if fact)))
    if details.remarks:
        st.text(details.remarks)


def _ways(person: Patient) -> None:
    """Show what can be done with this patient."""
    with st.container(horizontal=True):
        if session.may(Right.CAPTURE) and st.button(
            t("New visit"), type="primary", icon=":material/add_a_photo:"
        ):
            session.go("new_visit")
        if st.button(t("Compare visits"), disabled=person.visits == 0, icon=":material/compare:"):
            state.COMPARED_VISIT.drop()
            session.go("compare")
        if st.button(t("History"), disabled=person.visits == 0, icon=":material/timeline:"):
            session.go("history")


def _visits(person: Patient) -> None:
    st.subheader(t("Visits"))
    visits = session.store().visits.of(person.id)
    if not visits:
        st.info(t("No visits yet. Start with “New visit”."), icon=":material/event:")
    for visit in visits:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            if visit.cover:
                display.thumbnail(visit.cover)
            with st.container():
                by = f" · {visit.practitioner}" if visit.practitioner else ""
                st.markdown(f"**{time_words(visit.visited_at)}**{session.plain(by)}")
                noted = t("SOT note") if visit.has_note else t("no note")
                count = tn("1 photo", "{n} photos", n=visit.photos)
                st.caption(f"{count}, {noted}")
            if st.button(t("Open"), key=f"visit.{visit.id}"):
                state.VISIT_ID.put(visit.id)
                session.go("visit")
    if visits:
        st.subheader(t("Export"))
        csv_buttons("patient", patient_id=person.id)


def _whole_record(person: Patient) -> None:
    hide = st.checkbox(t("Blur the face"), key="zip_hide")
    download_button(
        t("Whole record with photos (ZIP)"),
        partial(patient_zip, session.store(), person.id, hide_faces=hide),
        file_name="posture_record.zip",
        mime="application/zip",
        icon=":material/folder_zip:",
    )


def _consent(person: Patient) -> None:
    held = session.store().consents.holds(person.id)
    title = t("Consent") if held else t("Consent: none yet, so no photos")
    with st.expander(title, icon=":material/handshake:"):
        consent.panel(person)


def _details(person: Patient) -> None:
    with st.expander(t("Edit details"), icon=":material/edit:"):
        changed = patient_form(f"edit.{person.id}", t("Save details"), person)
        if changed and asdict(changed) != asdict(person.details):
            try:
                session.store().patients.update(person.id, changed)
            except RecordError as error:
                st.error(session.plain(t(error.message)))
            else:
                fields.forget(f"edit.{person.id}.")
                st.toast(t("Details saved."))
                st.rerun()


def _archive(person: Patient) -> None:
    with st.expander(t("Archive"), icon=":material/archive:"):
        if person.archived:
            st.write(t("This patient is archived; nothing was deleted."))
        else:
            st.write(t("An archived patient leaves the daily list; nothing is deleted."))
        label = t("Restore from the archive") if person.archived else t("Archive this patient")
        if st.button(label):
            session.store().patients.archive(person.id, archived=not person.archived)
            st.rerun()
