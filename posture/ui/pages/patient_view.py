"""What changed, to be shown to the patient: large, plain; and handed over, by file or link."""

from dataclasses import replace
from functools import partial
from urllib.parse import urlsplit

import streamlit as st

from posture.gate.routes import SHARE
from posture.practice import settings
from posture.records import RecordError, Right, Scope
from posture.records.shares import LONGEST_DAYS
from posture.report.html import style
from posture.report.patient import PatientSummary, summarise, summary_body, summary_page
from posture.ui import fields, moments, session
from posture.ui.confirm import confirmed
from posture.ui.deferred import download_button
from posture.ui.forgetting import LINK, STORY
from posture.ui.words import LANGUAGES, speech, t
from posture.words import speaking

HERE = ("localhost", "127.0.0.1", "::1")

person = session.patient()
store = session.store()
visits = [visit for _, visit in session.read(lambda: list(store.visits.history(person.id)))]
found = moments.moments(visits)
if len(found) < 2:
    st.title(t("For the patient"))
    st.info(t("Two visits with photos are needed, or one with photos before and after the "
              "adjustment."))  # fmt: skip
    st.stop()
choices = session.read(lambda: settings.of(store.settings.get))

with st.expander(t("What is shown"), icon=":material/tune:"):
    pair = moments.choose_two(found, "story")
    one, two, three = st.columns(3, vertical_alignment="bottom")
    language = one.selectbox(
        t("Language"), list(LANGUAGES), list(LANGUAGES).index(speech().language),
        format_func=LANGUAGES.__getitem__, key="story_language",
    )  # fmt: skip
    hide = two.toggle(t("Make the face unrecognisable"), value=True, key="story_hide")
    drawn = three.toggle(t("Measured lines"), value=True, key="story_lines")
if pair is None:
    st.stop()
how = replace(speech(), language=language)


def story(shown: tuple[moments.Moment, moments.Moment]) -> PatientSummary:
    """Return what is told, made once for what is chosen."""
    chosen = [(visit.id, visit.revision, stage) for visit, stage in shown]
    key = (chosen, how, hide, drawn, choices.letterhead)
    kept = st.session_state.get(STORY)
    if kept is None or kept[0] != key:
        with st.spinner(t("Making the page ...")), speaking(how):
            made = summarise(
                shown, store.photos.get, hide_face=hide, lines=drawn, letterhead=choices.letterhead
            )
        kept = st.session_state[STORY] = (key, made)
    told: PatientSummary = kept[1]
    return told


told = session.read(partial(story, pair))
css = style("patient.css")
with speaking(how):
    body = summary_body(told)
    page = summary_page(told)
# Streamlit has the colours here: its theme decides what is light and what dark.
layout = css[css.index(".story {") :]
card = ".story { --card: color-mix(in srgb, currentColor 8%, transparent); }"
st.html(f"<style>{card} {layout}</style>{body}")

st.divider()
st.subheader(t("Hand it over"))
if not session.may(Right.EXPORT):
    st.caption(t("Your role exports nothing."))
    st.stop()
if not session.read(lambda: store.consents.holds(person.id, Scope.SHARING)):
    st.info(t("To hand this page over, the patient's consent is needed:"))
    st.write(f"“{t(Scope.SHARING.words)}”")
    if st.button(t("The patient consents"), type="primary", icon=":material/check:"):
        session.read(partial(store.consents.give, person.id, [Scope.SHARING]))
        st.rerun()
    st.stop()


def file() -> bytes:
    """Return the page as a file, and put it on the trail."""
    store.shares.log_file(person.id)
    return page


with st.container(horizontal=True, vertical_alignment="bottom"):
    download_button(
        t("Page as a file (HTML)"), file, file_name="posture.html", mime="text/html",
        icon=":material/download:",
    )  # fmt: skip
    days = fields.number(
        t("Days that a link opens"), 14, 1, LONGEST_DAYS, key="share_days", width=220, step=1,
        needed=True,
    )  # fmt: skip
    if st.button(t("Make a link"), icon=":material/link:", disabled=bool(days.wrong)):
        label = " → ".join(moments.words(moment) for moment in pair)
        try:
            of_visits = tuple({visit.id for visit, _ in pair})
            token = store.shares.add(person.id, page, label, int(days.value or 0), of_visits)
        except RecordError as error:
            st.error(session.plain(t(error.message)), icon=":material/error:")
        else:
            st.session_state[LINK] = (person.id, token)
of, token = st.session_state.get(LINK, (None, None))
if of == person.id:
    asked = urlsplit(st.context.url or "")
    st.write(t("The link, shown only until this page is left; of it only a fingerprint is kept:"))
    st.code(f"{asked.scheme}://{asked.netloc}{SHARE}{token}", language=None)
    if asked.hostname in HERE:
        st.caption(
            t("It opens on this computer only, as the dashboard does. To be opened elsewhere, hand "
              "the file over, or see docs/deployment.md.")
        )  # fmt: skip
for share in session.read(lambda: store.shares.of(person.id)):
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        until = f"{share.expires_at.astimezone():%Y-%m-%d, %H:%M}"
        if share.withdrawn:
            state = t("withdrawn")
        elif share.holds:
            state = t("opens until {when}", when=until)
        else:
            state = t("expired {when}", when=until)
        times = t("times opened: {n}", n=share.opened)
        with st.container():
            st.markdown(f"**{session.plain(share.label)}**")
            st.caption(session.plain(f"{state} · {times} · {share.made_by}"))
        if share.holds and confirmed(
            t("Withdraw"),
            t(
                "The link opens no more, and its page is removed. It cannot be undone; a new link "
                "can be made."
            ),
            key=f"share.{share.id}",
            confirm=t("Withdraw the link"),
        ):
            session.read(partial(store.shares.withdraw, share.id))
            st.rerun()
