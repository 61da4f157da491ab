"""The form of a patient's details, for adding and for editing."""

import streamlit as st

from posture.records import Patient, PatientDetails
from posture.records.rows import local_now
from posture.records.validation import WrongError, read_day, wrong_details
from posture.ui import fields, session
from posture.ui.state import LIKELY_SAME
from posture.ui.words import day_words, t

SAME = ("name", "date_of_birth", "record_number")
"""Details by which two patients are recognised as probably the same."""


def patient_form(key: str, action: str, of: Patient | None = None) -> PatientDetails | None:
    """Show the form; return the details once they are sent and possible, otherwise None.

    If another patient is probably the same person, it asks first.
    """
    known = of.details if of else PatientDetails("")
    with st.form(f"patient.{key}", clear_on_submit=False):
        left, right = st.columns(2)
        name = fields.text(t("Name or code"), known.name, place=left, key=f"{key}.name")
        name_slot = left.empty()
        number = fields.text(
            t("Record number (optional)"), known.record_number, place=right,
            key=f"{key}.record_number",
        )  # fmt: skip
        # Without bounds: otherwise values outside them would not be sent, and could not be refused.
        height = fields.number(
            t("Height in cm (used for measurements in mm)"), known.height_cm, *ANY, place=left,
            step=0.5, format="%g", key=f"{key}.height",
            placeholder=t("not known: no lengths in mm"),
        ).value  # fmt: skip
        height_slot = left.empty()
        born = fields.text(
            t("Date of birth (optional)"),
            known.date_of_birth.isoformat() if known.date_of_birth else "",
            place=right, key=f"{key}.born", placeholder=t("e.g. 1980-02-29"),
        ).strip()  # fmt: skip
        born_slot = right.empty()
        remarks = fields.text(
            t("Remarks (optional)"), known.remarks, large=True, key=f"{key}.remarks"
        )
        sent = st.form_submit_button(action, type="primary")
    if sent:
        LIKELY_SAME.drop()
        wrong: dict[str, str] = {}
        day = None
        try:
            day = read_day(born) if born else None
        except WrongError as error:
            wrong["date_of_birth"] = error.message
        details = PatientDetails(name, day, height, number, remarks)
        wrong = wrong_details(details, local_now().date()) | wrong
        for what, slot in (
            ("name", name_slot), ("height_cm", height_slot), ("date_of_birth", born_slot)
        ):  # fmt: skip
            fields.say(wrong.get(what, ""), slot)
        if wrong:
            return None
        others = _others(details, known, of)
        if not others:
            return details
        LIKELY_SAME.put((key, details))
    form, pending = LIKELY_SAME.get() or ("", None)
    if form == key and pending is not None and _confirmed(key, pending, known, of):
        LIKELY_SAME.drop()
        return pending
    return None


ANY = (float("-inf"), float("inf"))


def _others(details: PatientDetails, known: PatientDetails, of: Patient | None) -> list[Patient]:
    """Return the patients who are probably the same person, unless that was already so before."""
    if of is not None and all(getattr(details, what) == getattr(known, what) for what in SAME):
        return []
    besides = of.id if of else None
    return session.store().patients.likely_same(details, besides)


def _confirmed(
    key: str, details: PatientDetails, known: PatientDetails, of: Patient | None
) -> bool:
    """Show the patients who are probably the same person; return whether this is another one."""
    with st.container(border=True):
        st.warning(t("Is this the same patient? Nothing is saved yet."), icon=":material/group:")
        for other in _others(details, known, of):
            facts = [
                t("born {day}", day=day_words(other.details.date_of_birth))
                if other.details.date_of_birth
                else "",
                t("record number {number}", number=other.details.record_number)
                if other.details.record_number
                else "",
                t("visits: {n}", n=other.visits),
                t("archived") if other.archived else "",
            ]
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(
                    f"**{session.plain(other.details.name)}** "
                    + session.plain(" · ".join(fact for fact in facts if fact))
                )
                if st.button(t("Open"), key=f"{key}.likely.{other.id}"):
                    LIKELY_SAME.drop()
                    fields.forget(f"{key}.")
                    session.choose_patient(other.id)
                    session.go("patient")
        with st.container(horizontal=True):
            another = st.button(
                t("Different patient: save"), type="primary", key=f"{key}.somebody_else"
            )
            if st.button(t("Back to the form"), key=f"{key}.back_to_form"):
                LIKELY_SAME.drop()
                st.rerun()
    return another
