"""Privacy: idle time, retention, erasure, and figures to be shared without names."""

from functools import partial

import streamlit as st

from posture.export import deidentified
from posture.records import RecordError, Right, Scope
from posture.records.erasure import RETENTION_SETTING, Reason
from posture.records.sessions import IDLE_SETTING
from posture.records.settings_registry import IDLE_MINUTES, RETENTION_YEARS
from posture.ui import draft_choice, fields, session
from posture.ui.deferred import download_button
from posture.ui.words import t

st.title(t("Privacy"))
session.only(Right.MANAGE)
store = session.store()

st.subheader(t("Idle lock"))
idle_now = session.read(partial(store.settings.get, IDLE_SETTING))
idle = fields.number(
    t("Minutes without anybody at work, after which the dashboard locks itself"),
    int(idle_now), *IDLE_MINUTES, key="idle_minutes", step=1, needed=True,
).value  # fmt: skip
if idle is not None and int(idle) != int(idle_now):
    store.settings.save(IDLE_SETTING, int(idle))
    st.toast(t("Saved."))

st.subheader(t("Words of the consent"))
with st.expander(t("Your own words, in the language of your patients")):
    for scope in Scope:
        present = session.read(partial(store.consents.words, scope))
        present = t(present) if present == scope.words else present
        words = fields.text(
            t(str(scope)).capitalize(),
            present,
            large=True,
            key=f"words.{scope}",
            help=t("Empty: the program's words. Consents given before keep theirs."),
        )
        if (words.strip() or t(scope.words)) != present:
            store.consents.save_words(scope, words)
            fields.forget(f"words.{scope}")
            st.rerun()

st.subheader(t("Retention"))
kept = session.read(partial(store.settings.get, RETENTION_SETTING))
years = fields.number(
    t("Years that a patient's record is kept after the last visit"),
    kept, *RETENTION_YEARS, step=1,
    placeholder=t("not set: nobody is listed"),
    key="retention_years",
    help=t(
        "What your law asks for. Nothing is erased by itself: those whose time is over are listed "
        "here."
    ),
).value  # fmt: skip
if years != kept:
    store.settings.save(RETENTION_SETTING, years)
    st.rerun()
due = session.read(store.erasure.due)
if due:
    st.write(t("Time is over for {n}:", n=len(due)))
    for patient_id, last in due:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            name = session.read(partial(store.patients.get, patient_id)).details.name
            seen = t("last seen {day}", day=last)
            st.markdown(f"**{session.plain(name)}**, {seen}")
            if st.button(t("Open"), key=f"due.{patient_id}"):
                session.choose_patient(patient_id)
                session.go("patient")
elif kept:
    st.info(t("Nobody's time is over."))

st.subheader(t("Erase a patient"))
people = session.read(lambda: store.patients.find() + store.patients.find(archived=True))
names = {person.id: person.details.name for person in people}
if not people:
    st.info(t("There are no patients."))
else:
    whom = st.selectbox(
        t("Whom"), list(names), None, format_func=names.__getitem__, key="erase_whom",
        placeholder=t("choose a patient"),
    )  # fmt: skip
    reason = st.selectbox(t("Why"), list(Reason), format_func=t, key="erase_why")
    if whom is not None and reason:
        st.warning(
            t(
                "Visits, notes, measurements and photos will be gone for good. Backups made before "
                "still hold them until they are rotated out. If the patient is to have a copy, "
                "make it first: Overview, Take home."
            ),
            icon=":material/delete_forever:",
        )
        typed = st.text_input(t("Type the patient's name to confirm"), key="erase_typed")
        if st.button(t("Erase for good"), type="primary", disabled=typed.strip() != names[whom]):
            try:
                with st.spinner(t("Erasing ...")):
                    store.erasure.erase_patient(whom, reason)
            except RecordError as error:
                st.error(session.plain(t(error.message)), icon=":material/error:")
            else:
                session.forget_patient(whom)
                for key in ("erase_whom", "erase_typed"):
                    st.session_state.pop(key, None)
                draft_choice.forget(whom)
                fields.forget_patient(whom)
                st.toast(t("The patient is erased."))
                st.rerun()

st.subheader(t("Share figures without names"))
st.write(
    t(
        "Measurements and findings without names, photos, free text, record numbers, and dates "
        "finer than a year; people get new random identifiers each time. Only patients who "
        "consented to it."
    )
)
scope = st.radio(
    t("For"), [Scope.TEACHING, Scope.SHARING], horizontal=True,
    format_func=lambda s: t(str(s)).capitalize(), key="share_for",
)  # fmt: skip
willing = session.read(lambda: store.consents.patients_with(scope))
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
