"""Who is at work in one browser session, and with which patient."""

from collections.abc import Callable
from contextlib import suppress

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from posture.errors import PostureError
from posture.gate.routes import COOKIES
from posture.gate.session_manager import SessionManager, session_manager_of
from posture.measuring.options import AssessmentOptions
from posture.practice import settings
from posture.records import Actor, Patient, Right, Store, Visit
from posture.records.home import data_folder
from posture.records.sessions import ActiveSession
from posture.ui import browser_tab, forgetting, plain_text, state
from posture.ui.place import store_place, stored_place
from posture.words import t

plain = plain_text.plain


def manager() -> SessionManager:
    """Return the session manager of this record."""
    return session_manager_of(data_folder())


def live() -> ActiveSession | None:
    """Return the session of this browser that the gate admitted; None if it has ended."""
    tokens = (st.context.cookies.get(name) for name in COOKIES)
    found = (manager().find(token) for token in tokens if token)
    return next((session for session in found if session), None)


def current() -> ActiveSession:
    """Return the valid session, or stop the page and forget what it showed."""
    found = live()
    if found is None:
        forgetting.forget_everything(st.session_state)
        st.info(t("The session has ended. Reload this page."), icon=":material/lock:")
        st.stop()
    return found


def begin() -> None:
    """Stop the page unless the session is valid; forget what another session left in this tab."""
    found = current()
    if state.SESSION_ID.setdefault(found.id) != found.id:
        forgetting.forget_everything(st.session_state)
    state.SESSION_ID.put(found.id)
    if not state.PLACE_READ.get():
        st.session_state.update(stored_place(store()))
        state.PLACE_READ.put(True)  # noqa: FBT003
    _forget_erased()
    store_place(store())


def _forget_erased() -> None:
    forgetting.note_shown(st.session_state)
    with suppress(PostureError):  # the page says what is wrong with the record
        forgetting.forget_erased(st.session_state, store())


def forget_patient(patient_id: str) -> None:
    """Remove everything of an erased patient that this process holds outside the record."""
    forgetting.forget_patient(st.session_state, patient_id)
    manager().unsent_fields.forget_patient(patient_id)
    manager().unsent_fields.forget((actor().name, browser_tab.name()), "")
    context = get_script_run_ctx()
    forgetting.forget_in_other_tabs(patient_id, context.session_id if context else "")


def actor() -> Actor:
    """Return the person in whose name the page works."""
    return current().actor


def may(right: Right) -> bool:
    """Whether to show what needs this right; the store checks it all the same."""
    return actor().may(right)


def only(right: Right, title: str = "") -> None:
    """Stop a page that this role may not use, and say so, below its title if it has none yet."""
    if not may(right):
        if title:
            st.title(title)
        st.info(t("Your role may not {do}.", do=t(right.value)), icon=":material/block:")
        st.stop()


def store() -> Store:
    """Return the record, acting for the person at work."""
    return manager().store().acting_as(actor())


def standing_store() -> Callable[[], Store]:
    """Return a function that gives background work the record.

    It acts for the person now at work, and raises LockedError once the record is locked.
    """
    access, who = manager().access, actor()
    return lambda: access.opened().acting_as(who)


def warn_of_trouble() -> None:
    """Warn at the top of every page while nothing can be saved."""
    if (trouble := store().trouble) is not None:
        st.warning(
            t(
                "Nothing can be saved at the moment: {why}. You can still read the record.",
                why=t(trouble.value),
            ),
            icon=":material/hard_drive:",
        )


def lock() -> None:
    """End the session in all tabs."""
    manager().end(current().id)


def go(page: str) -> None:
    """Switch to another page, by what it is called in the address."""
    st.switch_page((state.PAGES.get() or {})[page])


def choose_patient(patient_id: str) -> None:
    """Choose the patient that the pages show."""
    if state.PATIENT_ID.get() != patient_id:
        state.PATIENT_ID.put(patient_id)
        state.VISIT_ID.drop()


def chosen_name() -> str | None:
    """Return the chosen patient's name, for the menu."""
    chosen = state.PATIENT_ID.get()
    try:
        return store().patients.get(chosen).details.name if chosen else None
    except PostureError:
        return None


def patient() -> Patient:
    """Return the chosen patient, or stop the page and say where to choose one."""
    chosen = state.PATIENT_ID.get()
    if chosen is None:
        st.info(t("No patient chosen yet."), icon=":material/person_search:")
        if st.button(t("Choose a patient"), type="primary"):
            go("patients")
        st.stop()
    return store().patients.get(chosen)


def visits_of(person: Patient) -> list[Visit]:
    """Return a patient's visits, whole, the oldest first."""
    return [visit for _, visit in store().visits.history(person.id)]


def assessment_options() -> AssessmentOptions:
    """Return how the practice's photos are measured: markers, poster, distances."""
    return settings.of(store().settings.get).assessment_options
