"""Backups: the last one, where they go, and one more now."""

from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from posture.errors import PostureError
from posture.records import Right
from posture.records.clock import lies_ahead
from posture.records.schedule import FAILED, FOLDER, back_up_into
from posture.ui import session
from posture.ui.backup import wrong_clock
from posture.ui.words import day_words, t

st.title(t("Backup"))
session.only(Right.MANAGE)
store = session.store()
if not store.embedded:
    st.info(t("The clinic's database and object store are backed up by their own means."))
    st.stop()
last = session.read(store.last_backup)
if last is None:
    st.info(t("The record was never backed up."), icon=":material/save:")
elif lies_ahead(last, datetime.now(UTC)):
    st.warning(wrong_clock(last), icon=":material/save:")
else:
    made = last.astimezone()
    st.success(
        t("Last backup: {day}, {time}, read back and found whole.",
          day=day_words(made.date()), time=f"{made:%H:%M}")
    )  # fmt: skip
if failed := store.setting(FAILED):
    st.error(t("The last try failed.") + " " + t(failed), icon=":material/error:")
typed = st.text_input(
    t("Folder for backups, on another disk"), store.setting(FOLDER) or "", key="backup_folder"
).strip()
folder = str(Path(typed).expanduser()) if typed else ""
st.caption(
    t(
        "One a day while the record is open. The newest of the last 7 days, 4 weeks and 12 months "
        "stay. A backup is encrypted and opens with the passphrase of its day or the recovery key: "
        "`posture restore FILE` brings it back."
    )
)
if st.button(t("Back up now"), type="primary", disabled=not folder, icon=":material/save:"):
    try:
        with st.spinner(t("Writing, and reading back ...")):
            report = back_up_into(store, Path(folder))
        store.save_setting(FOLDER, folder)
        store.save_setting(FAILED, None)
    except PostureError as error:
        st.error(t(str(error)), icon=":material/error:")
    else:
        st.toast(
            t("Photos: {photos}, {size} MB, read back.",
              photos=report.photos, size=f"{report.size / 1e6:.1f}")
        )  # fmt: skip
        if report.damaged:
            st.warning(
                t("Photo files that were missing or damaged before: {n}.", n=len(report.damaged))
            )
        else:
            st.rerun()
