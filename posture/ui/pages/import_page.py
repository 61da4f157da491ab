"""Importing old photos and tables: first a preview, then, if that is right, the import."""

from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import count
from pathlib import Path

import pandas as pd
import streamlit as st

from posture.errors import PostureError
from posture.export.tidy import to_csv
from posture.files import is_folder, named
from posture.imports import Outcome, Plan, carry_out, read_folder, read_table
from posture.records import Right, Store
from posture.records.rows import local_now
from posture.records.validation import wrong_consent_day
from posture.ui import fields, session
from posture.ui.deferred import download_button
from posture.ui.state import IMPORT_PLAN
from posture.ui.words import t


@dataclass(frozen=True)
class Choices:
    """What is to be imported, and how."""

    source: str
    columns: str
    consented_on: date | None


def page() -> None:
    """Preview an import, then carry it out."""
    st.title(t("Import"))
    session.only(Right.MANAGE)
    store = session.store()
    st.info(
        t(
            "Old photos, as FOLDER/patient/date/photo, or a CSV of old measurements. Nothing is "
            "written before you have seen the preview. Importing again creates no duplicates."
        )
    )
    choices, wrong = _choose()
    if st.button(t("Preview"), disabled=not choices.source or wrong, icon=":material/preview:"):
        _preview(store, choices)
    # Only what was previewed is imported: other choices need another preview.
    previewed = IMPORT_PLAN.get()
    if previewed is not None and previewed[0] == choices:
        _, plan, trial = previewed
        tell(
            trial,
            "Would import **{photos}** photos and **{values}** values as {visits} visits, "
            "{patients} new patients.",
        )
        if (trial.photos or trial.values) and st.button(
            t("Import"), type="primary", icon=":material/login:"
        ):
            _import(store, plan, choices)


def _choose() -> tuple[Choices, bool]:
    """Show the choices; return them, and whether they are impossible."""
    source = fields.text(
        t("Folder of photos, or CSV file, on the computer running Plumbline"), key="import_source"
    ).strip()
    columns = fields.text(
        t("Column mapping of a CSV (ours=theirs), separated by commas"),
        placeholder="visited_at=Datum, patient_name=Name",
        key="import_columns",
    )
    agreed = fields.day(
        t("Day on which patients without a recorded consent agreed to photos"), None,
        key="import_consented", check=lambda day: wrong_consent_day(day, local_now().date()),
        help=t("If empty, their photos are left out."),
    )  # fmt: skip
    return Choices(source, columns, agreed.value), bool(agreed.wrong)


def _preview(store: Store, choices: Choices) -> None:
    IMPORT_PLAN.drop()
    try:
        with st.spinner(t("Reading ...")):
            plan = _read(store, choices)
            trial = carry_out(plan, store, dry=True, consented_on=choices.consented_on)
    except PostureError as error:
        st.error(session.plain(t(error.message)), icon=":material/error:")
    else:
        IMPORT_PLAN.put((choices, plan, trial))


def _read(store: Store, choices: Choices) -> Plan:
    path: Path = named(choices.source)
    if is_folder(path):
        return read_folder(path)
    pairs = [pair.partition("=") for pair in choices.columns.split(",") if pair.strip()]
    mapping = {ours.strip(): theirs.strip() for ours, _, theirs in pairs}
    return read_table(path, mapping, own=store.visits.exists)


def _import(store: Store, plan: Plan, choices: Choices) -> None:
    progress, number = st.progress(0.0), count(1)

    def show(words: str) -> None:
        """Move the bar on by a visit."""
        progress.progress(next(number) / len(plan.visits), text=session.plain(t(words)))

    try:
        outcome = carry_out(plan, store, dry=False, consented_on=choices.consented_on, tell=show)
    except PostureError as error:
        st.error(session.plain(t(error.message)), icon=":material/error:")
    else:
        IMPORT_PLAN.drop()
        progress.empty()
        tell(
            outcome,
            "Imported **{photos}** photos and **{values}** values as {visits} visits, "
            "{patients} new patients.",
        )


def tell(outcome: Outcome, words: str) -> None:
    """Show what was imported, or would be, and what was left out and why."""
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
        t("Left out (CSV)"), partial(to_csv, skipped), "import_left_out.csv", "text/csv"
    )  # fmt: skip
