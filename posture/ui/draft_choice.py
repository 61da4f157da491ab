"""Which unsaved visit a tab writes: its own, a new one, or one from a closed tab."""

import streamlit as st

from posture.records import Patient, RecordError, Visit
from posture.records.drafts import DiscardedDraft
from posture.ui import browser_tab, draft_store, fields
from posture.ui.draft import Draft
from posture.ui.session import choose_patient, go, plain, store
from posture.ui.state import DRAFTS, PRACTITIONER
from posture.ui.stored_draft import StoredDraft
from posture.ui.words import day_words, t, time_words, tn
from posture.words import Message


def draft(of: Patient) -> Draft:
    """Return this tab's unsaved visit of a patient, a new one if there is none."""
    drafts = DRAFTS.setdefault({})
    if of.id not in drafts:
        new = _new(of)
        key = draft_store.visit_of_this_tab(store(), of.id)
        if key is not None:
            with st.spinner(t("Restoring the unsaved visit ...")):
                draft_store.restore_visit(store(), new, key)
        drafts.setdefault(of.id, new)  # another run of the page may have been faster
    found = drafts[of.id]
    if found.height_cm != of.details.height_cm:
        found.of_height(of.details.height_cm)
    found.measure_waiting()
    return found


def part_if_taken(found: Draft) -> None:
    """If another tab has resumed the visit, say so, and make this tab's a separate draft."""
    if draft_store.still_mine(store(), found.stored):
        return
    with found.lock:
        found.stored = StoredDraft(found.patient_id)
    st.session_state[f"parted.{found.patient_id}"] = found.stored.id
    st.rerun()  # a button that was just pressed, such as Save, has to be pressed again knowing that


def _new(of: Patient) -> Draft:
    by = PRACTITIONER.get() or ""
    return Draft(of.id, of.details.height_cm, practitioner=by)


def save(found: Draft) -> str:
    """Save an unsaved visit, once, and return the id of the saved one.

    Saving and deleting the draft are one transaction: an interrupted run cannot separate them.

    Raises
    ------
    RecordError
        If it cannot be saved, or was saved in the meantime.
    """
    with found.lock:
        if found.stored.closed:
            raise RecordError(
                Message("This visit was already saved or discarded. See the overview.")
            )
        key = found.stored.key
        if found.visit_id:
            store().visits.add_to(found.visit_id, found.as_visit(), seen=found.seen, draft=key)
            saved_id = found.visit_id
        else:
            saved_id = store().visits.save(found.as_visit(), draft=key)
        forget(found.patient_id)
    return saved_id


def discard(patient_id: str) -> None:
    """Discard this tab's unsaved visit of a patient; it can be restored for a day.

    Raises
    ------
    RecordError
        If the record cannot be written; the visit stays as it is.
    """
    drafts = DRAFTS.get() or {}
    gone = drafts.get(patient_id)
    if gone is not None:
        with gone.lock:
            draft_store.discard_visit(store(), gone.stored)
            drafts.pop(patient_id, None)


def forget(patient_id: str) -> None:
    """Forget this tab's unsaved visit of a patient, which was saved."""
    gone = (DRAFTS.get() or {}).pop(patient_id, None)
    if gone is not None:
        with gone.lock:
            gone.stored.closed = True
        _forget_typed(gone)


def _forget_typed(of: Draft) -> None:
    for prefix in (f"note.{of.patient_id}.", f"day.{of.opened}", f"by.{of.opened}"):
        fields.forget(prefix)


def continue_visit(visit: Visit) -> None:
    """Start or continue adding to a saved visit; another unsaved visit of this tab is discarded."""
    of = store().patients.get(visit.patient_id)
    begun = draft(of)
    if begun.visit_id == visit.id:
        begun.seen = visit.revision
        return
    discard(visit.patient_id)
    DRAFTS.setdefault({})[visit.patient_id] = Draft(
        visit.patient_id,
        of.details.height_cm,
        visit_id=visit.id,
        seen=visit.revision,
        visited_at=visit.visited_at,
        practitioner=visit.practitioner,
        protocol=visit.protocol,
    )


def offers(patient_id: str | None = None) -> None:
    """Offer the unsaved visits of closed tabs, and discarded ones, of one patient or of all."""
    found = draft_store.abandoned_visits(store())
    for left in found:
        if patient_id in (None, left.patient_id):
            _offer(left)
    gone = [
        one
        for one in store().drafts.discarded("visit.")
        if one.key.count(".") == 1 and one.patient_id and patient_id in (None, one.patient_id)
    ]
    if gone:
        title = t("Discarded visits that can be restored ({n})", n=len(gone))
        with st.expander(title, icon=":material/restore_from_trash:"):
            for one in gone:
                _offer_back(one)


def _offer_back(gone: DiscardedDraft) -> None:
    patient_id = gone.patient_id or ""
    name = store().patients.get(patient_id).details.name
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        with st.container():
            when = time_words(gone.at.astimezone())
            st.markdown(
                t("An unsaved visit of **{name}**, discarded {when}", name=plain(name), when=when)
            )
            has_note = any(gone.data.get("notes", {}).values())
            st.caption(f"{_count(gone.photos)}, {t('SOT note') if has_note else t('no note')}")
        if st.button(t("Restore"), key=f"restore.{gone.key}", icon=":material/restore:"):
            if not store().drafts.restore(gone.key):
                st.rerun()  # it was restored elsewhere
            _go_on(gone.key, patient_id, gone.data.get("tab"))


def _count(photos: int) -> str:
    return tn("1 photo", "{n} photos", n=photos)


def notices(found: Draft) -> None:
    """Say what other tabs have done with this patient's unsaved visits."""
    if st.session_state.get(f"parted.{found.patient_id}") == found.stored.id:
        st.warning(
            t(
                "This unsaved visit was resumed, saved or discarded in another tab. What you see "
                "here is now a separate draft: save it as a visit of its own, or discard it."
            ),
            icon=":material/call_split:",
        )
    elif draft_store.is_open_elsewhere(store(), found.patient_id):
        st.info(
            t("This patient has an unsaved visit open elsewhere. This is a separate draft."),
            icon=":material/tab:",
        )


def _offer(left: draft_store.AbandonedVisit) -> None:
    name = store().patients.get(left.patient_id).details.name
    count = _count(left.photos)
    noted = t("SOT note") if left.has_note else t("no note")
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        with st.container():
            when = time_words(left.begun_at)
            st.markdown(
                t("An unsaved visit of **{name}** from {when}", name=plain(name), when=when)
            )
            until = t("kept until {day}", day=day_words(left.until))
            st.caption(f"{count}, {noted}; {until}")
        if st.button(t("Resume"), type="primary", key=f"go_on.{left.key}"):
            _go_on(left.key, left.patient_id, left.tab)
        if st.button(t("Discard"), key=f"let_go.{left.key}"):
            store().drafts.discard(left.key)
            st.toast(t("Discarded. You can restore it for a day."))
            st.rerun()


def _go_on(key: str, patient_id: str, tab: str | None) -> None:
    """Resume a visit of a closed tab; what this tab had of the patient is offered in turn."""
    taken = store().drafts.claim(key, of=tab, tab=browser_tab.name())
    if not taken:
        st.rerun()  # another tab was faster
    drafts = DRAFTS.setdefault({})
    mine = drafts.pop(patient_id, None)
    if mine is not None and mine.begun:
        with mine.lock:
            mine.stored.closed = True
        store().drafts.claim(mine.stored.key, of=mine.stored.tab, tab=None)
    person = store().patients.get(patient_id)
    new = _new(person)
    draft_store.restore_visit(store(), new, key)
    _forget_typed(new)  # what was typed here earlier may be older than what comes
    drafts[patient_id] = new
    choose_patient(patient_id)
    go("new_visit")
