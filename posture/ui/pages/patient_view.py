"""What changed, shown to the patient: large and plain; and shared, as a file or a link."""

from dataclasses import replace
from urllib.parse import urlsplit

import streamlit as st

from posture.gate.routes import SHARE
from posture.practice import settings
from posture.records import Patient, RecordError, Right, Scope, Store
from posture.records.shares import LONGEST_DAYS
from posture.report.html import style
from posture.report.patient import PatientSummary, summarise, summary_body, summary_page
from posture.ui import fields, moments, session
from posture.ui.confirm import confirmed
from posture.ui.deferred import download_button
from posture.ui.moments import Moment
from posture.ui.state import SHARED_LINK, STORY
from posture.ui.words import LANGUAGES, speech, t, time_words
from posture.words import Speech, speaking

HERE = ("localhost", "127.0.0.1", "::1")
Pair = tuple[Moment, Moment]


def page() -> None:
    """Show two moments to the patient, and let the page be shared."""
    person = session.patient()
    store = session.store()
    visits = session.visits_of(person)
    found = moments.moments(visits)
    if len(found) < 2:
        st.title(t("For the patient"))
        st.info(t("This needs two visits with photos, or one with photos before and after the "
                  "adjustment."))  # fmt: skip
        st.stop()
    pair, how, shown = _choose(found, store)
    with speaking(how):
        body, whole = summary_body(shown), summary_page(shown)
    _show(body)
    st.divider()
    st.subheader(t("Share with the patient"))
    if not session.may(Right.EXPORT):
        st.caption(t("Your role cannot export."))
        st.stop()
    if not store.consents.holds(person.id, Scope.SHARING):
        _ask_consent(person, store)
        st.stop()
    _share(person, store, pair, whole)
    _shares(person, store)


def _choose(found: list[Moment], store: Store) -> tuple[Pair, Speech, PatientSummary]:
    """Show the choices; return the two moments, the language, and the page's content."""
    with st.expander(t("What is shown"), icon=":material/tune:"):
        pair = moments.choose_two(found, "story")
        one, two, three = st.columns(3, vertical_alignment="bottom")
        language = one.selectbox(
            t("Language"), list(LANGUAGES), list(LANGUAGES).index(speech().language),
            format_func=LANGUAGES.__getitem__, key="story_language",
        )  # fmt: skip
        hide = two.toggle(t("Blur the face"), value=True, key="story_hide")
        lines = three.toggle(t("Measured lines"), value=True, key="story_lines")
    if pair is None:
        st.stop()
    how = replace(speech(), language=language)
    letterhead = settings.of(store.settings.get).letterhead

    def story() -> PatientSummary:
        chosen = [(visit.id, visit.revision, stage) for visit, stage in pair]
        key = (chosen, how, hide, lines, letterhead)
        kept = STORY.get()
        if kept is None or kept[0] != key:
            with st.spinner(t("Making the page ...")), speaking(how):
                made = summarise(
                    pair, store.photos.get, hide_face=hide, lines=lines, letterhead=letterhead
                )
            kept = STORY.put((key, made))
        return kept[1]

    return pair, how, story()


def _show(body: str) -> None:
    """Show the page; its colours are Streamlit's, whose theme is light or dark."""
    css = style("patient.css")
    layout = css[css.index(".story {") :]
    card = ".story { --card: color-mix(in srgb, currentColor 8%, transparent); }"
    st.html(f"<style>{card} {layout}</style>{body}")


def _ask_consent(person: Patient, store: Store) -> None:
    st.info(t("To share this page, you need the patient's consent:"))
    st.write(f"“{t(Scope.SHARING.words)}”")
    if st.button(t("The patient consents"), type="primary", icon=":material/check:"):
        store.consents.give(person.id, [Scope.SHARING])
        st.rerun()


def _share(person: Patient, store: Store, pair: Pair, whole: bytes) -> None:
    """Offer the page as a file and as a link."""

    def file() -> bytes:
        """Return the page as a file, and record that in the audit trail."""
        store.shares.log_file(person.id)
        return whole

    with st.container(horizontal=True, vertical_alignment="bottom"):
        download_button(
            t("Page as a file (HTML)"), file, file_name="posture.html", mime="text/html",
            icon=":material/download:",
        )  # fmt: skip
        days = fields.number(
            t("Link valid for (days)"), 14, 1, LONGEST_DAYS, key="share_days", width=220, step=1,
            needed=True,
        )  # fmt: skip
        if st.button(t("Create a link"), icon=":material/link:", disabled=bool(days.wrong)):
            label = " → ".join(moments.words(moment) for moment in pair)
            try:
                of_visits = tuple({visit.id for visit, _ in pair})
                token = store.shares.add(person.id, whole, label, int(days.value or 0), of_visits)
            except RecordError as error:
                st.error(session.plain(t(error.message)), icon=":material/error:")
            else:
                SHARED_LINK.put((person.id, token))
    _new_link(person)


def _new_link(person: Patient) -> None:
    of, token = SHARED_LINK.get() or ("", "")
    if of != person.id:
        return
    asked = urlsplit(st.context.url or "")
    st.write(t("Copy this link now; it will not be shown again:"))
    st.code(f"{asked.scheme}://{asked.netloc}{SHARE}{token}", language=None)
    if asked.hostname in HERE:
        st.caption(
            t("It works on this computer only, like the dashboard. For other devices, pass on the "
              "file, or see docs/deployment.md.")
        )  # fmt: skip


def _shares(person: Patient, store: Store) -> None:
    """Show the links that were created, to be withdrawn."""
    for share in store.shares.of(person.id):
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            until = time_words(share.expires_at.astimezone())
            if share.withdrawn:
                state = t("withdrawn")
            elif share.holds:
                state = t("valid until {when}", when=until)
            else:
                state = t("expired {when}", when=until)
            times = t("times opened: {n}", n=share.opened)
            with st.container():
                st.markdown(f"**{session.plain(share.label)}**")
                st.caption(session.plain(f"{state} · {times} · {t(share.made_by)}"))
            if share.holds and confirmed(
                t("Withdraw"),
                t(
                    "The link will stop working, and its page will be deleted. This cannot be "
                    "undone; you can create a new link."
                ),
                key=f"share.{share.id}",
                confirm=t("Withdraw the link"),
            ):
                store.shares.withdraw(share.id)
                st.rerun()
