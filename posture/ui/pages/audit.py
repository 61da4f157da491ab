"""The audit trail: who did what with whose record, and whether the trail is complete."""

from collections.abc import Mapping
from datetime import datetime

import pandas as pd
import streamlit as st

from posture.export import tidy
from posture.records import Patient, RecordError, Right, Store
from posture.records.audit import Action, AuditEntry
from posture.ui import fields, session
from posture.ui.deferred import download_button
from posture.ui.words import t

MOST = 500


def page() -> None:
    """Show the rows that match, and verify the trail."""
    st.title(t("Audit trail"))
    session.only(Right.MANAGE)
    st.caption(
        t("What was seen, changed, exported, shared and erased. Entries are added, never changed.")
    )
    store = session.store()
    people = {
        person.id: person for person in store.patients.find() + store.patients.find(archived=True)
    }
    found = _matching(store, people)
    if found:
        _rows(found, people)
    else:
        st.info(t("No entry matches."))
    _verify(store)


def _name(patient_id: str | None, people: Mapping[str, Patient]) -> str:
    """Return the current name of the patient with an id."""
    found = people.get(patient_id or "")
    return found.details.name if found else (t("erased") if patient_id else "")


def _matching(store: Store, people: Mapping[str, Patient]) -> list[AuditEntry]:
    """Show the filters, and return the matching entries."""
    one, two, three, four, five = st.columns(5)
    action = one.selectbox(
        t("What"), [None, *Action], format_func=lambda a: t(a) if a else t("everything")
    )
    patient_id = two.selectbox(
        t("Patient"), [None, *people], format_func=lambda p: _name(p, people) or t("all")
    )
    actor = three.text_input(t("Who")).strip() or None
    since = fields.day(t("From"), None, place=four, key="audit_since").value
    until = fields.day(t("To"), None, place=five, key="audit_until").value
    return store.audit.entries(
        actor=actor, action=action, patient_id=patient_id, since=since, until=until, limit=MOST
    )


def _rows(found: list[AuditEntry], people: Mapping[str, Patient]) -> None:
    frame = pd.DataFrame(
        {
            t("No."): [entry.seq for entry in found],
            t("When"): [
                datetime.fromisoformat(e.at).astimezone().replace(tzinfo=None) for e in found
            ],
            t("Who"): [t(entry.actor) for entry in found],
            t("Role"): [t(entry.role) for entry in found],
            t("Action"): [t(str(entry.action)) for entry in found],
            t("What"): [t(entry.what) for entry in found],
            t("Patient"): [_name(entry.patient_id, people) for entry in found],
            t("More"): [", ".join(f"{k} {v}" for k, v in entry.detail.items()) for entry in found],
        }
    )
    st.dataframe(frame, hide_index=True, width="stretch")
    st.caption(t("The latest {n} matching entries, with current names.", n=MOST))
    download_button(
        t("These entries (CSV)"),
        lambda: tidy.to_csv(frame, for_spreadsheet=True),
        file_name="posture_audit.csv",
        mime="text/csv",
        icon=":material/download:",
    )


def _verify(store: Store) -> None:
    st.subheader(t("Verify integrity"))
    noted = st.text_input(t("Earlier checksum (optional)"), key="audit_noted").strip() or None
    if not st.button(t("Verify"), icon=":material/fact_check:"):
        return
    try:
        with st.spinner(t("Checking every entry ...")):
            verdict = store.audit.verify(noted)
    except RecordError as error:
        st.error(session.plain(t(error.message)))
        return
    for finding in verdict.findings:
        st.error(session.plain(t(finding)), icon=":material/gpp_bad:")
    if not verdict.findings:
        st.success(
            t("{n} entries, no tampering found.", n=verdict.rows), icon=":material/verified_user:"
        )
    if verdict.earlier:
        st.info(t(verdict.earlier), icon=":material/history:")
    st.write(t("Checksum to keep elsewhere and compare next time:"))
    st.code(verdict.head, language=None)
