"""Everything as CSV."""

import streamlit as st

from posture.records import Right
from posture.ui import session
from posture.ui.downloads import csv_buttons
from posture.ui.words import t


def page() -> None:
    """Offer the whole record as CSV."""
    st.title(t("Export"))
    session.only(Right.EXPORT)
    patients, visits = session.store().patients.counts()
    if not visits:
        st.info(t("No visits yet, so there is nothing to export."))
        return
    st.write(
        t(
            "Visits: {visits}. Patients: {patients}, including archived ones.",
            visits=visits,
            patients=patients,
        )
    )
    st.warning(
        t("These files name patients. Store them as safely as the record."),
        icon=":material/lock:",
    )
    csv_buttons("everything")
