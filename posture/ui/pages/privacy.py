"""Privacy: idle time, retention, erasure, and figures to be shared without names."""

import streamlit as st

from posture.export import deidentified
from posture.records import Patient, RecordError, Right, Scope, Store
from posture.records.erasure import RETENTION_SETTING, ErasureReason
from posture.records.sessions import IDLE_SETTING
from posture.records.settings_registry import IDLE_MINUTES, RETENTION_YEARS
from posture.ui import fields, session
from posture.ui.deferred import download_button
from posture.ui.words import day_words, t


def page() -> None:
    """Show what protects patients' data, and let it be set."""
    st.title(t("Privacy"))
    session.only(Right.MANAGE)
    store = session.store()
    _idle_lock(store)
    _consent_words(store)
    _retention(store)
    people = store.patients.find() + store.patients.find(archived=True)
    _erase(store, people)
    _share(store, people)


def _idle_lock(store: Store) -> None:
    st.subheader(t("Idle lock"))
    idle_now = store.settings.get(IDLE_SETTING)
    idle = fields.number(
        t("Lock after (minutes of inactivity)"),
        int(idle_now), *IDLE_MINUTES, key="idle_minutes", step=1, needed=True,
    ).value  # fmt: skip
    if idle is not None and int(idle) != int(idle_now):
        store.settings.save(IDLE_SETTING, int(idle))
        st.toast(t("Idle lock saved."))


def _consent_words(store: Store) -> None:
    st.subheader(t("Wording of the consent"))
    with st.expander(t("Your own wording, in your patients' language")):
        for scope in Scope:
            present = store.consents.words(scope)
            present = t(present) if present == scope.words else present
            words = fields.text(
                t(str(scope)).capitalize(),
                present,
                large=True,
                key=f"words.{scope}",
                help=t("If empty, the standard wording applies. Earlier consents keep theirs."),
            )
            if (words.strip() or t(scope.words)) != present:
                store.consents.save_words(scope, words)
                fields.forget(f"words.{scope}")
                st.rerun()


def _retention(store: Store) -> None:
    st.subheader(t("Retention"))
    kept = store.settings.get(RETENTION_SETTING)
    years = fields.number(
        t("Years to keep a patient's record after the last visit"),
        kept, *RETENTION_YEARS, step=1,
        placeholder=t("not set: no patient is listed"),
        key="retention_years",
        help=t(
            "As your law requires. Nothing is erased automatically: patients whose period has "
            "expired are listed here."
        ),
    ).value  # fmt: skip
    if years != kept:
        store.settings.save(RETENTION_SETTING, years)
        st.rerun()
    due = store.erasure.due()
    if due:
        st.write(t("Retention period expired ({n}):", n=len(due)))
        for patient_id, last in due:
            with st.container(border=True, horizontal=True, vertical_alignment="center"):
                name = store.patients.get(patient_id).details.name
                seen = t("last visit on {day}", day=day_words(last))
                st.markdown(f"**{session.plain(name)}**, {seen}")
                if st.button(t("Open"), key=f"due.{patient_id}"):
                    session.choose_patient(patient_id)
                    session.go("patient")
    elif kept:
        st.info(t("No retention period has expired."))


def _erase(store: Store, people: list[Patient]) -> None:
    st.subheader(t("Erase a patient"))
    names = {person.id: person.details.name for person in people}
    if not people:
        st.info(t("There are no patients."))
        return
    patient_id = st.selectbox(
        t("Patient"), list(names), None, format_func=names.__getitem__, key="erase_whom",
        placeholder=t("choose a patient"),
    )  # fmt: skip
    reason = st.selectbox(t("Reason"), list(ErasureReason), format_func=t, key="erase_why")
    if patient_id is None or not reason:
        return
    st.warning(
        t(
            "Visits, notes, measurements and photos will be deleted permanently. Earlier backups "
            "still contain them until they are replaced. If the patient wants a copy, make it "
            "first: Overview, Export."
        ),
        icon=":material/delete_forever:",
    )
    typed = st.text_input(t("Type the patient's name to confirm"), key="erase_typed")
    sure = typed.strip() == names[patient_id]
    if st.button(t("Erase permanently"), type="primary", disabled=not sure):
        try:
            with st.spinner(t("Erasing ...")):
                store.erasure.erase_patient(patient_id, reason)
        except RecordError as error:
            st.error(session.plain(t(error.message)), icon=":material/error:")
        else:
            session.forget_patient(patient_id)
            for field in ("erase_whom", "erase_typed"):
                st.session_state.pop(field, None)
            st.toast(t("Patient erased."))
            st.rerun()


def _share(store: Store, people: list[Patient]) -> None:
    st.subheader(t("Share figures without names"))
    st.write(
        t(
            "Measurements and findings without names, photos, free text and record numbers; dates "
            "give the year only, and each export gives people new random identifiers. Only "
            "patients who consented to this are included."
        )
    )
    scope = st.radio(
        t("For"), [Scope.TEACHING, Scope.SHARING], horizontal=True,
        format_func=lambda s: t(str(s)).capitalize(), key="share_for",
    )  # fmt: skip
    willing = store.consents.patients_with(scope)
    st.caption(
        t("Patients who consented to {scope}: {n} of {all}.", n=len(willing), all=len(people),
          scope=t(str(scope)))
    )  # fmt: skip
    download_button(
        t("De-identified figures (ZIP of CSV)"),
        lambda: deidentified.as_zip(store.visits.share(scope)),
        file_name="posture_deidentified.zip",
        mime="application/zip",
        disabled=not willing,
        icon=":material/no_accounts:",
    )
