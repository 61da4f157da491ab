"""Importing old photos and tables: first what it would do, then, if that is right, doing it."""

from functools import partial
from itertools import count
from pathlib import Path

import pandas as pd
import streamlit as st

from posture.errors import PostureError
from posture.export.tidy import to_csv
from posture.files import is_folder, named
from posture.imports import Outcome, Plan, carry_out, read_folder, read_table
from posture.records import Right
from posture.records.rows import local_now
from posture.records.validation import wrong_consent_day
from posture.ui import fields, session
from posture.ui.deferred import download_button
from posture.ui.words import t

PLAN = "import_plan"

st.title(t("Import"))
session.only(Right.MANAGE)
store = session.store()

st.info(
    t(
        "Old photos, as FOLDER/patient/date/photo, or a CSV of old measurements. Nothing is "
        "written before you have seen what it would do. Run again, nothing comes in twice."
    )
)
source = fields.text(
    t("Folder of photos, or CSV file, on the computer that serves this"), key="import_source"
).strip()
columns = fields.text(
    t("Columns of a CSV that are called otherwise, as ours=theirs, separated by commas"),
    placeholder="visited_at=Datum, patient_name=Name",
    key="import_columns",
)
agreed = fields.day(
    t("Day on which patients without a recorded consent agreed to photos"), None,
    key="import_consented", check=lambda day: wrong_consent_day(day, local_now().date()),
    help=t("Left empty, their photos are left out."),
)  # fmt: skip
consented_on = agreed.value


def read(path: Path) -> Plan:
    """Return what is found there."""
    if is_folder(path):
        return read_folder(path)
    pairs = [pair.partition("=") for pair in columns.split(",") if pair.strip()]
    mapping = {ours.strip(): theirs.strip() for ours, _, theirs in pairs}
    return read_table(path, mapping, own=store.visits.exists)


def tell(outcome: Outcome, words: str) -> None:
    """Show what was done, or would be, and what is left out and why."""
    st.markdown(
        t(words, photos=outcome.photos, values=outcome.values, visits=outcome.visits,
          patients=outcome.patients)
    )  # fmt: skip
    if not outcome.skipped:
        return
    skipped = pd.DataFrame(
        {
            t("Left out"): [skip.what for skip in outcome.skipped],
            t("Why"): [t(skip.why) for skip in outcome.skipped],
        }
    )
    st.dataframe(skipped, hide_index=True, width="stretch")
    download_button(
        t("What is left out (CSV)"), partial(to_csv, skipped), "import_left_out.csv", "text/csv"
    )  # fmt: skip


if st.button(
    t("See what it would do"), disabled=not source or bool(agreed.wrong), icon=":material/preview:"
):
    st.session_state.pop(PLAN, None)
    try:
        with st.spinner(t("Reading ...")):
            plan = read(named(source))
            trial = carry_out(plan, store, dry=True, consented_on=consented_on)
    except PostureError as error:
        st.error(session.plain(t(error.message)), icon=":material/error:")
    else:
        st.session_state[PLAN] = (source, columns, consented_on, plan, trial)

# What was shown is what is done: with other choices it has to be looked at again.
if PLAN in st.session_state and st.session_state[PLAN][:3] == (source, columns, consented_on):
    *_, plan, trial = st.session_state[PLAN]
    tell(
        trial,
        "Would import **{photos}** photos and **{values}** values as {visits} visits, {patients} "
        "new patients.",
    )
    if (trial.photos or trial.values) and st.button(
        t("Import"), type="primary", icon=":material/login:"
    ):
        progress, number = st.progress(0.0), count(1)

        def show(words: str) -> None:
            """Move the bar on by a visit."""
            progress.progress(next(number) / len(plan.visits), text=session.plain(t(words)))

        try:
            outcome = carry_out(plan, store, dry=False, consented_on=consented_on, tell=show)
        except PostureError as error:
            st.error(session.plain(t(error.message)), icon=":material/error:")
        else:
            del st.session_state[PLAN]
            progress.empty()
            tell(
                outcome,
                "Imported **{photos}** photos and **{values}** values as {visits} visits, "
                "{patients} new patients.",
            )
