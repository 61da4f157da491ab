"""Which pages there are and in what order."""

from pathlib import Path

import streamlit as st

from posture.ui import session, unlock

PAGES = Path(__file__).parent / "pages"


def run() -> None:
    """Show the page that the address names."""
    st.set_page_config(page_title="Plumbline", page_icon="📏", layout="wide")
    unlock.ensure()
    pages = {
        "": [_page("patients", "Patients", "group", default=True)],
        session.chosen_name() or "Patient": [
            _page("patient", "Overview", "person"),
            _page("new_visit", "New visit", "add_a_photo"),
            _page("visit", "Visit", "description"),
            _page("compare", "Compare", "compare"),
            _page("history", "History", "timeline"),
        ],
        "Practice": [_page("export", "Export", "download")],
    }
    st.navigation(pages).run()


def _page(name: str, title: str, icon: str, *, default: bool = False) -> st.Page:
    return st.Page(PAGES / f"{name}.py", title=title, icon=f":material/{icon}:", default=default)


if __name__ == "__main__":
    run()
