"""A patient's consent on screen: asked for before the first photo, and managed later."""

from collections.abc import Callable
from datetime import date
from functools import partial

import streamlit as st

from posture.records import Patient, RecordError, Scope
from posture.ui import session
from posture.ui.confirm import confirmed
from posture.ui.words import day_words, t


def asked(person: Patient) -> bool:
    """Return whether photos may be taken; if not, ask for the consent, which is one click."""
    if session.store().consents.holds(person.id):
        return True
    with st.container(border=True):
        st.markdown(f"**{t('Consent before the first photo')}**")
        st.write(f"“{session.plain(_words(Scope.RECORD))}”")
        more = [scope for scope in (Scope.TEACHING, Scope.SHARING) if _more(person, scope)]
        if st.button(t("The patient consents"), type="primary", icon=":material/check:"):
            _give(person, [Scope.RECORD, *more])
    return False


def panel(person: Patient) -> None:
    """Show the consents, and let them be given and withdrawn."""
    consents = session.store().consents.of(person.id)
    holding = {consent.scope for consent in consents if consent.holds}
    for scope in Scope:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            with st.container():
                st.markdown(f"**{t(str(scope)).capitalize()}**: “{session.plain(_words(scope))}”")
                for consent in consents:
                    if consent.scope is scope:
                        given = t(
                            "given on {day}, wording {version}, recorded by {who}",
                            day=day_words(consent.given_on),
                            version=consent.text_version,
                            who=session.plain(t(consent.recorded_by)),
                        )
                        gone = consent.withdrawn_on
                        ended = t(", withdrawn on {day}", day=day_words(gone)) if gone else ""
                        st.caption(given + ended)
                        if consent.holds and consent.given_on > date.today():  # noqa: DTZ011
                            st.warning(
                                t("That day is in the future: this computer's clock was wrong. "
                                  "Withdraw this consent and record it with the right day.")
                            )  # fmt: skip
            if scope in holding:
                if confirmed(
                    t("Withdraw"),
                    _after_withdrawal(scope),
                    key=f"withdraw.{scope}",
                    confirm=t("Withdraw consent"),
                ):
                    _changed(partial(session.store().consents.withdraw, person.id, scope))
            elif st.button(t("Consents"), key=f"consents.{scope}"):
                _give(person, [scope])


def _after_withdrawal(scope: Scope) -> str:
    """Return what will happen once a consent is withdrawn."""
    ends = t(
        "The consent ends today. The record keeps when it was given and withdrawn. It can be given "
        "again."
    )
    more = {
        Scope.RECORD: t("No more photos can be taken. Saved photos stay until they are erased."),
        Scope.TEACHING: t("The figures are no longer used for teaching."),
        Scope.SHARING: t("Links given to the patient stop working, and their pages are deleted."),
    }
    return f"{ends} {more[scope]}"


def _words(scope: Scope) -> str:
    words = session.store().consents.words(scope)
    return t(words) if words == scope.words else words


def _more(person: Patient, scope: Scope) -> bool:
    return st.checkbox(
        t("also for {scope}: “{words}”", scope=t(str(scope)), words=session.plain(_words(scope))),
        key=f"{scope}.{person.id}",
    )


def _give(person: Patient, scopes: list[Scope]) -> None:
    _changed(partial(session.store().consents.give, person.id, scopes))


def _changed(change: Callable[[], None]) -> None:
    try:
        change()
    except RecordError as error:
        st.error(session.plain(t(error.message)), icon=":material/error:")
    else:
        st.rerun()
