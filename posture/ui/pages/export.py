"""Everything as CSV."""

import streamlit as st

from posture.records import Right
from posture.ui import session
from posture.ui.downloads import csv_buttons

st.title("Export")
session.only(Right.EXPORT)
patients, visits = session.read(lambda: session.store().counts())
if not visits:
    st.info("No visit is saved yet, so there is nothing to export.")
else:
    st.write(f"All {visits} visits of {patients} patients, archived ones too.")
    st.warning(
        "These files name patients. Keep them where you keep the record.",
        icon=":material/lock:",
    )
    csv_buttons("everything")
