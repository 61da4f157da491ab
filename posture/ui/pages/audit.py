"""The audit trail: who did what with whose record, and whether the trail is whole."""

from datetime import datetime

import pandas as pd
import streamlit as st

from posture.export import tidy
from posture.records import Patient, RecordError, Right
from posture.records.audit import Action
from posture.ui import session

MOST = 500

st.title("Audit trail")
session.only(Right.MANAGE)
st.caption("What was seen, changed, exported, shared and erased. Rows are added, never changed.")
store = session.store()


def name_of(patient_id: str | None) -> str:
    """Return the name that a patient's id has in the record of today."""
    found: Patient | None = people.get(patient_id or "")
    return found.details.name if found else ("erased" if patient_id else "")


people = {
    person.id: person
    for person in session.read(lambda: store.patients() + store.patients(archived=True))
}
one, two, three, four = st.columns(4)
action = one.selectbox("What", [None, *Action], format_func=lambda a: a or "everything")
patient_id = two.selectbox("Patient", [None, *people], format_func=lambda p: name_of(p) or "all")
actor = three.text_input("Who").strip() or None
days = four.date_input("Days", value=[], format="YYYY-MM-DD", key="audit_days")
since, until = (days[0], days[-1]) if days else (None, None)
found = session.read(
    lambda: store.audit_trail(
        actor=actor, action=action, patient_id=patient_id, since=since, until=until, limit=MOST
    )
)
if not found:
    st.info("No row fits.")
else:
    frame = pd.DataFrame(
        {
            "Row": [entry.seq for entry in found],
            "When": [datetime.fromisoformat(e.at).astimezone().replace(tzinfo=None) for e in found],
            "Who": [entry.actor for entry in found],
            "Role": [entry.role for entry in found],
            "Action": [str(entry.action) for entry in found],
            "What": [entry.what for entry in found],
            "Patient": [name_of(entry.patient_id) for entry in found],
            "More": [", ".join(f"{k} {v}" for k, v in entry.detail.items()) for entry in found],
        }
    )
    st.dataframe(frame, hide_index=True, width="stretch")
    st.caption(f"The latest {MOST} that fit are shown; names are of today.")
    st.download_button(
        "These rows (CSV)",
        lambda: tidy.to_csv(frame, for_spreadsheet=True),
        file_name="posture_audit.csv",
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
    )

st.subheader("Is it whole?")
noted = st.text_input("A head noted earlier (optional)", key="audit_noted").strip() or None
if st.button("Verify", icon=":material/fact_check:"):
    try:
        verdict = store.verify_audit(noted)
    except RecordError as error:
        st.error(str(error))
    else:
        for finding in verdict.findings:
            st.error(finding, icon=":material/gpp_bad:")
        if not verdict.findings:
            st.success(f"All {verdict.rows} rows fit.", icon=":material/verified_user:")
        st.write("Head, to be noted somewhere else and compared next time:")
        st.code(verdict.head, language=None)
