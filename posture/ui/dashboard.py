"""Which pages there are and in what order."""

from pathlib import Path

import streamlit as st

from posture.records import Right
from posture.ui import session, streamlit_words, words
from posture.ui.page_errors import tell
from posture.ui.words import t

SIDEBAR_PX = 256  # a small laptop has 1280
PAGES = Path(__file__).parent / "pages"


def run() -> None:
    """Show the page that the address names, or say in our words why it cannot be shown."""
    try:
        _run()
    except Exception as error:
        tell(error)
        st.stop()  # what was entered into fields that were not reached stays


def _run() -> None:
    st.set_page_config(
        page_title="Plumbline", page_icon="📏", layout="wide", initial_sidebar_state=SIDEBAR_PX
    )
    session.begin()
    words.begin(session.store())
    session.warn_of_trouble()
    practice = [_page("export", t("Export"), "download")] if session.may(Right.EXPORT) else []
    if session.may(Right.MANAGE):
        practice += [
            _page("backup", t("Backup"), "save"),
            _page("import", t("Import"), "login"),
            _page("settings", t("Settings"), "tune"),
            _page("privacy", t("Privacy"), "shield_person"),
            _page("users", t("Users"), "badge"),
            _page("audit", t("Audit trail"), "history_edu"),
        ]
    pages = {
        "": [_page("patients", t("Patients"), "group", default=True)],
        session.plain(session.chosen_name() or t("Patient")): [
            _page("patient", t("Overview"), "person"),
            _page("new_visit", t("New visit"), "add_a_photo"),
            _page("visit", t("Visit"), "description"),
            _page("points", t("Points"), "ads_click", hidden=True),
            _page("compare", t("Compare"), "compare"),
            _page("history", t("History"), "timeline"),
            _page("patient_view", t("For the patient"), "co_present"),
            *(
                [_page("report", t("Report"), "picture_as_pdf")]
                if session.may(Right.EXPORT)
                else []
            ),
        ],
    }
    if practice:
        pages[t("Practice")] = practice
    chosen = st.navigation(pages, expanded=True)
    st.html(PAGES.parent / "look.css")
    st.html(streamlit_words.words())
    with st.sidebar:
        who = dict.fromkeys((t(session.actor().name), t(str(session.actor().role))))
        st.caption(session.plain(", ".join(who)))
        if st.button(t("Lock"), icon=":material/lock:", width="stretch"):
            session.lock()
            st.stop()
    chosen.run()


def _page(
    name: str, title: str, icon: str, *, default: bool = False, hidden: bool = False
) -> st.Page:
    return st.Page(
        PAGES / f"{name}.py",
        title=title,
        icon=f":material/{icon}:",
        default=default,
        visibility="hidden" if hidden else "visible",
    )
