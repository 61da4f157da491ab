"""Which pages there are and in what order."""

from pathlib import Path

import streamlit as st

from posture.records import Right
from posture.ui import session, words

PAGES = Path(__file__).parent / "pages"


def run() -> None:
    """Show the page that the address names."""
    st.set_page_config(page_title="Plumbline", page_icon="📏", layout="wide")
    session.begin()
    words.begin(session.store())
    practice = [_page("export", "Export", "download")] if session.may(Right.EXPORT) else []
    if session.may(Right.MANAGE):
        practice += [
            _page("privacy", "Privacy", "shield_person"),
            _page("users", "Users", "badge"),
            _page("audit", "Audit trail", "history_edu"),
        ]
    pages = {
        "": [_page("patients", "Patients", "group", default=True)],
        session.chosen_name() or "Patient": [
            _page("patient", "Overview", "person"),
            _page("new_visit", "New visit", "add_a_photo"),
            _page("visit", "Visit", "description"),
            _page("compare", "Compare", "compare"),
            _page("history", "History", "timeline"),
        ],
    }
    if practice:
        pages["Practice"] = practice
    chosen = st.navigation(pages)
    with st.sidebar:
        who = dict.fromkeys((session.actor().name, str(session.actor().role)))
        st.caption(session.plain(", ".join(who)))
        if st.button("Lock", icon=":material/lock:", width="stretch"):
            session.lock()
            st.stop()
    chosen.run()


def _page(name: str, title: str, icon: str, *, default: bool = False) -> st.Page:
    return st.Page(PAGES / f"{name}.py", title=title, icon=f":material/{icon}:", default=default)
