"""The form of a patient's details, for adding and for editing."""

from datetime import date

import streamlit as st

from posture.ranges import HEIGHT_CM
from posture.records import PatientDetails
from posture.ui.words import t


def patient_form(
    key: str, action: str, known: PatientDetails | None = None
) -> PatientDetails | None:
    """Show the form; return the details when they are sent, otherwise None."""
    known = known or PatientDetails("")
    with st.form(f"patient.{key}", clear_on_submit=False):
        left, right = st.columns(2)
        name = left.text_input(
            t("Name, or a code that stands for it"), known.name, key=f"{key}.name"
        )
        number = right.text_input(
            t("Record number (optional)"), known.record_number, key=f"{key}.record_number"
        )
        height = left.number_input(
            t("Height in cm (gives the photos their scale)"),
            min_value=HEIGHT_CM.least,
            max_value=HEIGHT_CM.most,
            value=known.height_cm,
            step=0.5,
            format="%g",
            placeholder=t("not known: lengths in mm will be missing"),
            key=f"{key}.height",
        )
        born = right.date_input(
            t("Date of birth (optional)"),
            value=known.date_of_birth,
            min_value=date(1900, 1, 1),
            max_value="today",
            format="YYYY-MM-DD",
            key=f"{key}.born",
        )
        remarks = st.text_area(t("Remarks (optional)"), known.remarks, key=f"{key}.remarks")
        if not st.form_submit_button(action, type="primary"):
            return None
    if not name.strip():
        st.error(t("A patient needs a name (or a code that stands for it)."))
        return None
    return PatientDetails(name, born, height, number, remarks)
