"""Everything as CSV."""

import streamlit as st

from posture.records import Right
from posture.ui import session
from posture.ui.downloads import csv_buttons
from posture.ui.words import t

st.title(t("Export"))
session.only(Right.EXPORT)
store = session.store()
patients, visits = session.read(store.patients.counts)
if not visits:
    st.info(t("No visit is saved yet, so there is nothing to export."))
else:
    st.write(
        t(
            "Visits: {visits}, of patients: {patients}, archived ones too.",
            visits=visits,
            patients=patients,
        )
    )
    st.warning(
        t("These files name patients. Keep them where you keep the record."),
        icon=":material/lock:",
    )
    csv_buttons("everything")
