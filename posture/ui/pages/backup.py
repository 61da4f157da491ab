"""Backups: the last one, where they go, and one more now."""

from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from posture.errors import PostureError
from posture.files import named
from posture.records import Right
from posture.records.clock import lies_ahead
from posture.records.schedule import FAILED, FOLDER, back_up_into
from posture.records.synced_folders import synced_by
from posture.ui import fields, session
from posture.ui.backup_reminder import wrong_clock
from posture.ui.words import day_words, t

st.title(t("Backup"))
session.only(Right.MANAGE)
store = session.store()
if not store.embedded:
    st.info(t("The clinic's database and object store are backed up by their own means."))
    st.stop()
last = session.read(store.backups.last)
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
if failed := store.settings.get(FAILED):
    st.error(t("The last try failed.") + " " + session.plain(t(failed)), icon=":material/error:")
typed = fields.text(
    t("Folder for backups, on another disk"), store.settings.get(FOLDER) or "", key="backup_folder"
).strip()
st.caption(
    t(
        "One a day while the record is open. The newest of the last 7 days, 4 weeks and 12 months "
        "stay. A backup is encrypted and opens with the passphrase of its day or the recovery key: "
        "`posture restore FILE` brings it back."
    )
)
if typed and (service := synced_by(Path(typed))):
    st.warning(
        t(
            "{folder} seems to be copied elsewhere by {service}. Backups are encrypted, but "
            "whoever has that account can guess the passphrase at leisure, and patients erased "
            "here stay in the copies kept there. Take a disk of your own.",
            folder=session.plain(typed), service=t(service),
        ),
        icon=":material/cloud_sync:",
    )  # fmt: skip
if service := synced_by(store.home):
    st.warning(
        t(
            "The record itself, in {folder}, seems to be copied elsewhere by {service}. A copying "
            "program may damage an open database. Move the folder (see docs/deployment.md).",
            folder=session.plain(str(store.home)), service=t(service),
        ),
        icon=":material/cloud_sync:",
    )  # fmt: skip
if st.button(t("Back up now"), type="primary", disabled=not typed, icon=":material/save:"):
    try:
        folder = named(typed)
        with st.spinner(t("Writing, and reading back ...")):
            report = back_up_into(store, folder)
        store.settings.save(FOLDER, str(folder))
        store.settings.save(FAILED, None)
    except PostureError as error:
        st.error(session.plain(t(error.message)), icon=":material/error:")
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
