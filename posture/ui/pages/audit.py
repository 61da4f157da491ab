"""The audit trail: who did what with whose record, and whether the trail is whole."""

from datetime import datetime

import pandas as pd
import streamlit as st

from posture.export import tidy
from posture.records import Patient, RecordError, Right
from posture.records.audit import Action
from posture.ui import fields, session
from posture.ui.deferred import download_button
from posture.ui.words import t

MOST = 500

st.title(t("Audit trail"))
session.only(Right.MANAGE)
st.caption(t("What was seen, changed, exported, shared and erased. Rows are added, never changed."))
store = session.store()


def name_of(patient_id: str | None) -> str:
    """Return the name that a patient's id has in the record of today."""
    found: Patient | None = people.get(patient_id or "")
    return found.details.name if found else (t("erased") if patient_id else "")


people = {
    person.id: person
    for person in session.read(lambda: store.patients.find() + store.patients.find(archived=True))
}
one, two, three, four, five = st.columns(5)
action = one.selectbox(
    t("What"), [None, *Action], format_func=lambda a: t(a) if a else t("everything")
)
patient_id = two.selectbox(
    t("Patient"), [None, *people], format_func=lambda p: name_of(p) or t("all")
)
actor = three.text_input(t("Who")).strip() or None
since = fields.day(t("From day"), None, place=four, key="audit_since").value
until = fields.day(t("To day"), None, place=five, key="audit_until").value
found = session.read(
    lambda: store.audit.entries(
        actor=actor, action=action, patient_id=patient_id, since=since, until=until, limit=MOST
    )
)
if not found:
    st.info(t("No row fits."))
else:
    frame = pd.DataFrame(
        {
            t("Row"): [entry.seq for entry in found],
            t("When"): [
                datetime.fromisoformat(e.at).astimezone().replace(tzinfo=None) for e in found
            ],
            t("Who"): [entry.actor for entry in found],
            t("Role"): [t(entry.role) for entry in found],
            t("Action"): [t(str(entry.action)) for entry in found],
            t("What"): [t(entry.what) for entry in found],
            t("Patient"): [name_of(entry.patient_id) for entry in found],
            t("More"): [", ".join(f"{k} {v}" for k, v in entry.detail.items()) for entry in found],
        }
    )
    st.dataframe(frame, hide_index=True, width="stretch")
    st.caption(t("The latest {n} that fit are shown; names are of today.", n=MOST))
    download_button(
        t("These rows (CSV)"),
        lambda: tidy.to_csv(frame, for_spreadsheet=True),
        file_name="posture_audit.csv",
        mime="text/csv",
        icon=":material/download:",
    )

st.subheader(t("Is it whole?"))
noted = st.text_input(t("A head noted earlier (optional)"), key="audit_noted").strip() or None
if st.button(t("Verify"), icon=":material/fact_check:"):
    try:
        with st.spinner(t("Checking every row ...")):
            verdict = store.audit.verify(noted)
    except RecordError as error:
        st.error(session.plain(t(error.message)))
    else:
        for finding in verdict.findings:
            st.error(session.plain(t(finding)), icon=":material/gpp_bad:")
        if not verdict.findings:
            st.success(t("All {n} rows fit.", n=verdict.rows), icon=":material/verified_user:")
        if verdict.earlier:
            st.info(t(verdict.earlier), icon=":material/history:")
        st.write(t("Head, to be noted somewhere else and compared next time:"))
        st.code(verdict.head, language=None)
