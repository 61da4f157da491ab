"""The reminder of a backup that is due."""

from functools import partial

import streamlit as st

from posture.records import Right
from posture.records.home import holds_samples
from posture.records.schedule import overdue
from posture.ui import session
from posture.ui.words import day_words, t


def reminder() -> None:
    """Remind who can do something about it that no backup is recent."""
    if not session.may(Right.MANAGE):
        return
    store = session.store()
    if not store.embedded or holds_samples(store.home):
        return
    if session.read(partial(overdue, store)) and store.counts()[0]:
        last = store.last_backup()
        words = (
            t("The record was not backed up since {day}.", day=day_words(last.astimezone().date()))
            if last
            else t("The record was not backed up yet.")
        )
        st.warning(words, icon=":material/save:")
        if st.button(t("Back up")):
            session.go("backup")
