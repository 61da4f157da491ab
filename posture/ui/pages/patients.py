"""Patients: find, add, bring back from the archive."""

import streamlit as st

from posture.records import RecordError, Right
from posture.ui import backup_reminder, draft_choice, fields, session
from posture.ui.patient_form import patient_form
from posture.ui.words import t

PAGE = 25

st.title(t("Patients"))
backup_reminder.reminder()
if session.may(Right.CAPTURE):
    draft_choice.offers()
find, which = st.columns([3, 1], vertical_alignment="bottom")
search = fields.text(t("Find by name or record number"), place=find, key="search")
archived = which.toggle(t("Archived"), key="show_archived")

if session.may(Right.CAPTURE):
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

# The last patient of each page before this one; another search begins anew.
turned: list[str] = st.session_state.setdefault("patients_turned", [])
if st.session_state.get("patients_asked") != (search, archived):
    st.session_state["patients_asked"] = (search, archived)
    turned.clear()
found = session.read(
    lambda: session.store().patients.find(
        search, archived=archived, limit=PAGE + 1, after=turned[-1] if turned else None
    )
)
more, found = len(found) > PAGE, found[:PAGE]
if not found:
    if search:
        st.info(
            t("Nobody is found for “{search}”. Try part of the name.", search=session.plain(search))
        )
    elif archived:
        st.info(t("The archive is empty."))
    else:
        st.info(t("There are no patients yet. Add the first one above."), icon=":material/group:")

for person in found:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        last = (
            t("last visit {day}, {n} in all", day=person.last_visit.date(), n=person.visits)
            if person.last_visit
            else t("no visits yet")
        )
        number = f" · {person.details.record_number}" if person.details.record_number else ""
        with st.container():
            st.markdown(f"**{session.plain(person.details.name)}**{session.plain(number)}")
            st.caption(last)
        if (
            person.archived
            and session.may(Right.CAPTURE)
            and st.button(t("Bring back"), key=f"back.{person.id}")
        ):
            session.store().patients.archive(person.id, archived=False)
            st.rerun()
        if st.button(t("Open"), key=f"open.{person.id}", type="primary"):
            session.choose_patient(person.id)
            session.go("patient")

if turned or more:
    with st.container(horizontal=True):
        if st.button(t("Back"), icon=":material/chevron_left:", disabled=not turned):
            turned.pop()
            st.rerun()
        if st.button(t("More patients"), icon=":material/chevron_right:", disabled=not more):
            turned.append(found[-1].id)
            st.rerun()
