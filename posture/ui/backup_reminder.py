"""The reminder of a backup that is due."""

from datetime import UTC, datetime

import streamlit as st

from posture.records import Right
from posture.records.clock import lies_ahead
from posture.records.home import holds_samples
from posture.records.schedule import overdue
from posture.ui import session
from posture.ui.words import day_words, t


def reminder() -> None:
    """Remind those who may manage the record that no backup is recent."""
    if not session.may(Right.MANAGE):
        return
    store = session.store()
    if not store.embedded or holds_samples(store.home):
        return
    if overdue(store) and store.patients.counts()[0]:
        last = store.backups.last()
        if last is None:
            words = t("No backup yet.")
        elif lies_ahead(last, datetime.now(UTC)):
            words = wrong_clock(last)
        else:
            day = day_words(last.astimezone().date())
            words = t("No backup since {day}.", day=day)
        st.warning(words, icon=":material/save:")
        if st.button(t("Back up")):
            session.go("backup")


def wrong_clock(last: datetime) -> str:
    """Return what is said about a last backup with a date in the future."""
    return t(
        "The last backup is dated {day}, in the future, and does not count: this computer's clock "
        "was wrong then, or is wrong now.",
        day=day_words(last.astimezone().date()),
    )
