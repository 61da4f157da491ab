"""Which unsaved visit a tab writes: its own, a new one, or one that another tab left."""

import streamlit as st

from posture.records import Patient, RecordError, Visit
from posture.records.drafts import DiscardedDraft
from posture.ui import browser_tab, draft_store, fields
from posture.ui.draft import Draft
from posture.ui.session import choose_patient, go, plain, read, store
from posture.ui.state import DRAFTS, PRACTITIONER
from posture.ui.stored_draft import StoredDraft
from posture.ui.words import day_words, t, tn
from posture.words import Message


def draft(of: Patient) -> Draft:
    """Return this tab's unsaved visit of a patient, a new one where there is none."""
    drafts = DRAFTS.setdefault({})
    if of.id not in drafts:
        new = _new(of)
        key = read(lambda: draft_store.visit_of_this_tab(store(), of.id))
        if key is not None:
            with st.spinner(t("Restoring the unsaved visit ...")):
                read(lambda: draft_store.restore_visit(store(), new, key))
        drafts.setdefault(of.id, new)  # another run of the page may have been faster
    found = drafts[of.id]
    if found.height_cm != of.details.height_cm:
        found.of_height(of.details.height_cm)
    found.measure_waiting()
    return found


def part_if_taken(found: Draft) -> None:
    """Say so, and keep this tab's words apart, where another tab has taken the visit on."""
    if read(lambda: draft_store.still_mine(store(), found.stored)):
        return
    with found.lock:
        found.stored = StoredDraft(found.patient_id)
    st.session_state[f"parted.{found.patient_id}"] = found.stored.id
    st.rerun()  # whatever was just pressed, such as Save, is to be pressed in view of that


def _new(of: Patient) -> Draft:
    by = PRACTITIONER.get() or ""
    return Draft(of.id, of.details.height_cm, practitioner=by)


def save(found: Draft) -> str:
    """Save an unsaved visit, once, and return the id of the saved one.

    No run that is cut short comes between saving and letting go of what was unsaved.

    Raises
    ------
    RecordError
        When it cannot be saved, or was meanwhile.
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
    """Put away this tab's unsaved visit of a patient; for a day it can be had back.

    Raises
    ------
    RecordError
        When the record cannot be written; the visit stays as it is.
    """
    drafts = DRAFTS.get() or {}
    gone = drafts.get(patient_id)
    if gone is not None:
        with gone.lock:
            draft_store.discard_visit(store(), gone.stored)
            drafts.pop(patient_id, None)


def forget(patient_id: str) -> None:
    """Forget this tab's unsaved visit of a patient: it is saved, and kept no more."""
    gone = (DRAFTS.get() or {}).pop(patient_id, None)
    if gone is not None:
        with gone.lock:
            gone.stored.closed = True
        _forget_typed(gone)


def _forget_typed(of: Draft) -> None:
    for prefix in (f"note.{of.patient_id}.", f"day.{of.opened}", f"by.{of.opened}"):
        fields.forget(prefix)


def continue_visit(visit: Visit) -> None:
    """Go on adding to a saved visit, or begin to; another one that this tab writes is put away."""
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
    """Offer the unsaved visits that closed tabs left, of one patient or of all, and discarded ones.

    What was discarded can be had back for a day.
    """
    found = read(lambda: draft_store.abandoned_visits(store()))
    for left in found:
        if patient_id in (None, left.patient_id):
            _offer(left)
    gone = [
        one
        for one in read(lambda: store().drafts.discarded("visit."))
        if one.key.count(".") == 1 and one.patient_id and patient_id in (None, one.patient_id)
    ]
    if gone:
        title = t("Discarded visits that can be restored ({n})", n=len(gone))
        with st.expander(title, icon=":material/restore_from_trash:"):
            for one in gone:
                _offer_back(one)


def _offer_back(gone: DiscardedDraft) -> None:
    patient_id = gone.patient_id or ""
    name = read(lambda: store().patients.get(patient_id)).details.name
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        with st.container():
            when = f"{gone.at.astimezone():%Y-%m-%d, %H:%M}"
            st.markdown(
                t("An unsaved visit of **{name}**, discarded {when}", name=plain(name), when=when)
            )
            has_note = any(gone.data.get("notes", {}).values())
            st.caption(f"{_count(gone.photos)}, {t('SOT note') if has_note else t('no note')}")
        if st.button(t("Restore"), key=f"restore.{gone.key}", icon=":material/restore:"):
            if not read(lambda: store().drafts.restore(gone.key)):
                st.rerun()  # it was restored elsewhere
            _go_on(gone.key, patient_id, gone.data.get("tab"))


def _count(photos: int) -> str:
    return tn("1 photo", "{n} photos", n=photos)


def notices(found: Draft) -> None:
    """Say what other tabs do to this patient's unsaved visits."""
    if st.session_state.get(f"parted.{found.patient_id}") == found.stored.id:
        st.warning(
            t(
                "This unsaved visit was resumed, saved or discarded in another tab. What you see "
                "here is now a separate draft: save it as a visit of its own, or discard it."
            ),
            icon=":material/call_split:",
        )
    elif read(lambda: draft_store.is_open_elsewhere(store(), found.patient_id)):
        st.info(
            t("This patient has an unsaved visit open elsewhere. This is a separate draft."),
            icon=":material/tab:",
        )


def _offer(left: draft_store.AbandonedVisit) -> None:
    name = read(lambda: store().patients.get(left.patient_id)).details.name
    count = _count(left.photos)
    noted = t("SOT note") if left.has_note else t("no note")
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        with st.container():
            when = f"{left.begun_at:%Y-%m-%d, %H:%M}"
            st.markdown(
                t("An unsaved visit of **{name}** from {when}", name=plain(name), when=when)
            )
            until = t("kept until {day}", day=day_words(left.until))
            st.caption(f"{count}, {noted}; {until}")
        if st.button(t("Resume"), type="primary", key=f"go_on.{left.key}"):
            _go_on(left.key, left.patient_id, left.tab)
        if st.button(t("Discard"), key=f"let_go.{left.key}"):
            read(lambda: store().drafts.discard(left.key))
            st.toast(t("Discarded. You can restore it for a day."))
            st.rerun()


def _go_on(key: str, patient_id: str, tab: str | None) -> None:
    """Take on what another tab left; what this one had begun of the patient is left in turn."""
    taken = read(lambda: store().drafts.claim(key, of=tab, tab=browser_tab.name()))
    if not taken:
        st.rerun()  # another tab was faster
    drafts = DRAFTS.setdefault({})
    mine = drafts.pop(patient_id, None)
    if mine is not None and mine.begun:
        with mine.lock:
            mine.stored.closed = True
        read(lambda: store().drafts.claim(mine.stored.key, of=mine.stored.tab, tab=None))
    person = read(lambda: store().patients.get(patient_id))
    new = _new(person)
    read(lambda: draft_store.restore_visit(store(), new, key))
    _forget_typed(new)  # what was typed here earlier may be older than what comes
    drafts[patient_id] = new
    choose_patient(patient_id)
    go("new_visit")
