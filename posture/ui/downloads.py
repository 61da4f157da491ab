"""Download buttons for CSV; the files are made when a button is pressed."""

from collections.abc import Callable, Iterator

import pandas as pd
import streamlit as st

from posture.export import tidy
from posture.records import Patient, Right, Visit
from posture.ui import session
from posture.ui.deferred import download_button
from posture.ui.words import t


def csv_buttons(what: str, *, patient_id: str | None = None, visit_id: str | None = None) -> None:
    """Offer measurements, SOT notes and the data dictionary as CSV.

    Parameters
    ----------
    what : str
        Goes into the file names: visit, patient or everything.
    patient_id, visit_id : str, optional
        Whose; without them, everything.
    """
    if not session.may(Right.EXPORT):
        st.caption(t("Your role cannot export."))
        return
    store = session.store()

    def file(frame: Callable[[], pd.DataFrame]) -> Callable[[], bytes]:
        return lambda: tidy.to_csv(frame(), for_spreadsheet=True)

    def history() -> Iterator[tuple[Patient, Visit]]:
        return store.visits.export(patient_id=patient_id, visit_id=visit_id)

    with st.container(horizontal=True):
        download_button(
            t("Measurements (CSV)"),
            file(lambda: tidy.of_visits(history())),
            file_name=f"posture_{what}_measurements.csv",
            mime="text/csv",
            icon=":material/download:",
        )
        download_button(
            t("SOT notes (CSV)"),
            file(lambda: tidy.notes_of_visits(history())),
            file_name=f"posture_{what}_notes.csv",
            mime="text/csv",
            icon=":material/download:",
        )
        download_button(
            t("Data dictionary (CSV)"),
            file(tidy.dictionary),
            file_name="posture_data_dictionary.csv",
            mime="text/csv",
            icon=":material/menu_book:",
        )
    st.caption(
        t(
            "One row per measurement, with unit, method and uncertainty; the dictionary explains "
            "every column and measure."
        )
    )
