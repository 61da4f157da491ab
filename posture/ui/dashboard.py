"""Which pages there are and in what order."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from posture.records import Right
from posture.ui import session, state, streamlit_words, words
from posture.ui.page_errors import tell
from posture.ui.pages import (
    audit,
    backup,
    compare,
    export,
    history,
    import_page,
    new_visit,
    patient,
    patient_view,
    patients,
    points,
    privacy,
    report,
    settings,
    users,
    visit,
)
from posture.ui.words import t

SIDEBAR_PX = 256  # a small laptop has 1280
LOOK = Path(__file__).parent / "look.css"


def run() -> None:
    """Show the page that the address names, or explain why it cannot be shown."""
    try:
        _run()
    except Exception as error:
        tell(error)
        st.stop()  # keeps what was entered into fields that this run did not reach


def _run() -> None:
    st.set_page_config(
        page_title="Plumbline", page_icon="📏", layout="wide", initial_sidebar_state=SIDEBAR_PX
    )
    session.begin()
    words.begin(session.store())
    session.warn_of_trouble()
    sections = _sections()
    state.PAGES.put({page.url_path or "patients": page for s in sections.values() for page in s})
    chosen = st.navigation(sections, expanded=True)
    st.html(LOOK)
    st.html(streamlit_words.words())
    with st.sidebar:
        who = dict.fromkeys((t(session.actor().name), t(str(session.actor().role))))
        st.caption(session.plain(", ".join(who)))
        if st.button(t("Lock"), icon=":material/lock:", width="stretch"):
            session.lock()
            st.stop()
    chosen.run()


def _sections() -> dict[str, list[st.Page]]:
    """Return the pages that this role may use, by the menu's headings."""
    may_export, may_manage = session.may(Right.EXPORT), session.may(Right.MANAGE)
    of_patient = [
        _page(patient.page, "patient", t("Overview"), "person"),
        _page(new_visit.page, "new_visit", t("New visit"), "add_a_photo"),
        _page(visit.page, "visit", t("Visit"), "description"),
        _page(points.page, "points", t("Points"), "ads_click", hidden=True),
        _page(compare.page, "compare", t("Compare"), "compare"),
        _page(history.page, "history", t("History"), "timeline"),
        _page(patient_view.page, "patient_view", t("For the patient"), "co_present"),
    ]
    practice = []
    if may_export:
        of_patient.append(_page(report.page, "report", t("Report"), "picture_as_pdf"))
        practice.append(_page(export.page, "export", t("Export"), "download"))
    if may_manage:
        practice += [
            _page(backup.page, "backup", t("Backup"), "save"),
            _page(import_page.page, "import", t("Import"), "login"),
            _page(settings.page, "settings", t("Settings"), "tune"),
            _page(privacy.page, "privacy", t("Privacy"), "shield_person"),
            _page(users.page, "users", t("Users"), "badge"),
            _page(audit.page, "audit", t("Audit trail"), "history_edu"),
        ]
    sections = {
        "": [_page(patients.page, "patients", t("Patients"), "group", default=True)],
        session.plain(session.chosen_name() or t("Patient")): of_patient,
    }
    return sections | ({t("Practice"): practice} if practice else {})


def _page(
    show: Callable[[], None],
    name: str,
    title: str,
    icon: str,
    *,
    default: bool = False,
    hidden: bool = False,
) -> st.Page:
    return st.Page(
        show,
        title=title,
        icon=f":material/{icon}:",
        url_path=name,
        default=default,
        visibility="hidden" if hidden else "visible",
    )
