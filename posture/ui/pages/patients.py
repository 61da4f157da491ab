"""Patients: find, add, restore from the archive."""

import streamlit as st

from posture.records import Patient, RecordError, Right
from posture.ui import backup_reminder, draft_choice, fields, session
from posture.ui.patient_form import patient_form
from posture.ui.state import LAST_OF_PAGES, LISTED
from posture.ui.words import day_words, t, tn

PAGE = 25


def page() -> None:
    """Show the list of patients, a page at a time."""
    st.title(t("Patients"))
    backup_reminder.reminder()
    if session.may(Right.CAPTURE):
        draft_choice.offers()
    find, which = st.columns([3, 1], vertical_alignment="bottom")
    search = fields.text(t("Find by name or record number"), place=find, key="search")
    archived = which.toggle(t("Archived"), key="show_archived")
    if session.may(Right.CAPTURE):
        _add()
    turned = LAST_OF_PAGES.setdefault([])
    if LISTED.get() != (search, archived):  # another search begins anew
        LISTED.put((search, archived))
        turned.clear()
    found = session.store().patients.find(
        search, archived=archived, limit=PAGE + 1, after=turned[-1] if turned else None
    )
    more, found = len(found) > PAGE, found[:PAGE]
    if not found:
        _nobody(search, archived=archived)
    for person in found:
        _row(person)
    if turned or more:
        _turn_pages(turned, found, more=more)


def _add() -> None:
    with st.expander(t("Add a patient"), icon=":material/person_add:"):
        details = patient_form("add", t("Add patient"))
        if details:
            try:
                session.choose_patient(session.store().patients.add(details))
            except RecordError as error:
                st.error(session.plain(t(error.message)))
            else:
                fields.forget("add.")
                session.go("patient")


def _nobody(search: str, *, archived: bool) -> None:
    if search:
        st.info(
            t("No patient matches “{search}”. Try part of the name.", search=session.plain(search))
        )
    elif archived:
        st.info(t("The archive is empty."))
    else:
        st.info(t("There are no patients yet. Add the first one above."), icon=":material/group:")


def _row(person: Patient) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        number = f" · {person.details.record_number}" if person.details.record_number else ""
        with st.container():
            st.markdown(f"**{session.plain(person.details.name)}**{session.plain(number)}")
            st.caption(_visits(person))
        if (
            person.archived
            and session.may(Right.CAPTURE)
            and st.button(t("Restore"), key=f"back.{person.id}")
        ):
            session.store().patients.archive(person.id, archived=False)
            st.rerun()
        if st.button(t("Open"), key=f"open.{person.id}", type="primary"):
            session.choose_patient(person.id)
            session.go("patient")


def _visits(person: Patient) -> str:
    if not person.last_visit:
        return t("no visits yet")
    day = day_words(person.last_visit.date())
    return tn("1 visit, on {day}", "{n} visits, last on {day}", n=person.visits, day=day)


def _turn_pages(turned: list[str], found: list[Patient], *, more: bool) -> None:
    with st.container(horizontal=True):
        if st.button(t("Back"), icon=":material/chevron_left:", disabled=not turned):
            turned.pop()
            st.rerun()
        if st.button(t("More patients"), icon=":material/chevron_right:", disabled=not more):
            turned.append(found[-1].id)
            st.rerun()
