"""A report to print or to pass on: one visit, or two moments compared."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import streamlit as st

from posture.practice import settings
from posture.practice.settings import Paper, Practice
from posture.records import Patient, Right, Visit
from posture.report import ReportOptions, comparison_report, to_html, to_pdf, visit_report
from posture.report.document import Document
from posture.ui import moments, note_form, session, state
from posture.ui.deferred import download_button
from posture.ui.moments import Moment
from posture.ui.words import LANGUAGES, speech, t, time_words
from posture.words import Speech, speaking

Subject = Visit | tuple[Moment, Moment]


@dataclass(frozen=True)
class Form:
    """How the report is to be."""

    paper: Paper
    how: Speech
    wanted: ReportOptions


def page() -> None:
    """Let a report be chosen, and offer it as files."""
    person = session.patient()
    st.title(t("Report"))
    st.caption(session.plain(person.details.name))
    session.only(Right.EXPORT)
    store = session.store()
    visits = session.visits_of(person)
    if not visits:
        st.info(t("No visits yet, so there is nothing to report."))
        st.stop()
    subject = _choose_subject(visits)
    form = _choose_form(settings.of(store.settings.get))
    _files(person, subject, form)
    st.caption(t("The report names the patient. Letterhead, paper and language: see Settings."))


def _choose_subject(visits: list[Visit]) -> Subject:
    """Let a visit or two moments be chosen."""
    found = moments.moments(visits)
    kind = "visit"
    if len(found) > 1:
        names = {"visit": t("One visit"), "comparison": t("Before and after")}
        kind = st.segmented_control(
            t("Report of"), list(names), default="comparison", format_func=names.__getitem__,
            key="report_kind",
        ) or "visit"  # fmt: skip
    if kind == "comparison":
        pair = moments.choose_two(found, "report")
        if pair is None:
            st.stop()
        return pair
    by_id = {visit.id: visit for visit in visits}
    known = list(by_id)
    last = state.VISIT_ID.get()
    chosen = st.selectbox(
        t("Visit"), known, known.index(last) if last in by_id else len(known) - 1,
        format_func=lambda i: time_words(by_id[i].visited_at), key="report_visit",
    )  # fmt: skip
    return by_id[chosen]


def _choose_form(choices: Practice) -> Form:
    with st.container(border=True):
        left, middle, right = st.columns(3)
        paper = left.selectbox(
            t("Paper"), list(Paper), list(Paper).index(choices.paper), key="report_paper"
        )
        language = middle.selectbox(
            t("Language"), list(LANGUAGES), list(LANGUAGES).index(speech().language),
            format_func=LANGUAGES.__getitem__, key="report_language",
        )  # fmt: skip
        with right:
            photos = st.checkbox(t("Photos"), value=True, key="report_photos")
            hide = st.checkbox(t("Blur the face"), disabled=not photos, key="report_hide")
            with_note = st.checkbox(t("SOT note"), key="report_note")
            definitions = st.checkbox(t("Definitions"), value=True, key="report_definitions")
    wanted = ReportOptions(choices.letterhead, photos, with_note, definitions, hide)
    return Form(paper or Paper.A4, replace(speech(), language=language), wanted)


def _files(person: Patient, subject: Subject, form: Form) -> None:
    """Offer the report as PDF and HTML; each is made when its button is pressed."""
    store = session.store()
    photo = store.photos.get
    fields = note_form.vocabulary()

    def made(setter: Callable[[Document], bytes], kind: str) -> Callable[[], bytes]:
        def make() -> bytes:
            list(store.visits.export(person.id, form=kind))  # for the audit trail
            with speaking(form.how):
                if isinstance(subject, Visit):
                    document = visit_report(person, subject, photo, fields, form.wanted)
                else:
                    document = comparison_report(person, subject, photo, fields, form.wanted)
                return setter(document)

        return make

    with st.container(horizontal=True):
        download_button(
            t("Report (PDF)"),
            made(lambda document: to_pdf(document, form.paper), "PDF report"),
            file_name="posture_report.pdf",
            mime="application/pdf",
            type="primary",
            icon=":material/picture_as_pdf:",
        )
        download_button(
            t("Report (HTML)"),
            made(to_html, "HTML report"),
            file_name="posture_report.html",
            mime="text/html",
            icon=":material/html:",
        )
