"""A report to print or to hand over: one visit, or two moments compared."""

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from posture.practice import settings
from posture.practice.settings import Paper
from posture.records import Right
from posture.report import ReportOptions, comparison_report, to_html, to_pdf, visit_report
from posture.report.document import Document
from posture.ui import moments, note_form, session
from posture.ui.deferred import download_button
from posture.ui.words import LANGUAGES, speech, t
from posture.words import speaking

person = session.patient()
st.title(t("Report"))
st.caption(session.plain(person.details.name))
session.only(Right.EXPORT)
store = session.store()
visits = [visit for _, visit in session.read(lambda: list(store.visits.history(person.id)))]
if not visits:
    st.info(t("No visit is saved yet, so there is nothing to report."))
    st.stop()
choices = session.read(lambda: settings.of(store.settings.get))
found = moments.moments(visits)

kind = "visit"
if len(found) > 1:
    names = {"visit": t("One visit"), "comparison": t("Before and after")}
    kind = st.segmented_control(
        t("Report of"), list(names), default="comparison", format_func=names.__getitem__,
        key="report_kind",
    ) or "visit"  # fmt: skip
pair = None
if kind == "comparison":
    pair = moments.choose_two(found, "report")
    if pair is None:
        st.stop()
else:
    by_id = {visit.id: visit for visit in visits}
    known = list(by_id)
    last = st.session_state.get("visit_id")
    chosen = st.selectbox(
        t("Visit"), known, known.index(last) if last in by_id else len(known) - 1,
        format_func=lambda i: f"{by_id[i].visited_at:%Y-%m-%d, %H:%M}", key="report_visit",
    )  # fmt: skip

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
        hide = st.checkbox(
            t("Make the face unrecognisable"), disabled=not photos, key="report_hide"
        )
        with_note = st.checkbox(t("SOT note"), key="report_note")
        definitions = st.checkbox(t("Definitions"), value=True, key="report_definitions")

fields = note_form.vocabulary()
wanted = ReportOptions(choices.letterhead, photos, with_note, definitions, hide)
how = replace(speech(), language=language)


def made(setter: Callable[[Document], bytes], form: str) -> Callable[[], bytes]:
    """Return what makes the file when its button is pressed, and puts it on the trail."""

    def make() -> bytes:
        list(store.visits.export(person.id, form=form))
        with speaking(how):
            if pair is not None:
                document = comparison_report(person, pair, store.photos.get, fields, wanted)
            else:
                document = visit_report(person, by_id[chosen], store.photos.get, fields, wanted)
            return setter(document)

    return make


with st.container(horizontal=True):
    download_button(
        t("Report (PDF)"),
        made(lambda document: to_pdf(document, paper or Paper.A4), "PDF report"),
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
st.caption(t("The report names the patient. Letterhead, paper and language are kept in Settings."))
