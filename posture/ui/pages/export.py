"""Everything as CSV."""

import streamlit as st

from posture.ui import session
from posture.ui.downloads import csv_buttons

st.title("Export")
people = session.read(lambda: session.store().patients() + session.store().patients(archived=True))
if not any(person.visits for person in people):
    st.info("No visit is saved yet, so there is nothing to export.")
else:
    visits = sum(person.visits for person in people)
    st.write(f"All {visits} visits of {len(people)} patients, archived ones too.")
    st.warning(
        "These files name patients. Keep them where you keep the record.",
        icon=":material/lock:",
    )
    csv_buttons("everything")
