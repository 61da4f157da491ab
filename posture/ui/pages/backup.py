"""Backups: the last one, where they go, and another one now."""

from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from posture.errors import PostureError
from posture.files import named
from posture.records import Right, Store
from posture.records.clock import lies_ahead
from posture.records.schedule import FAILED, FOLDER, back_up_into
from posture.records.synced_folders import synced_by
from posture.ui import fields, session
from posture.ui.backup_reminder import wrong_clock
from posture.ui.words import day_words, t


def page() -> None:
    """Show the last backup, and make another one."""
    st.title(t("Backup"))
    session.only(Right.MANAGE)
    store = session.store()
    if not store.embedded:
        st.info(t("The clinic's database and object store have backups of their own."))
        st.stop()
    _last(store)
    typed = fields.text(
        t("Backup folder, on another disk"), store.settings.get(FOLDER) or "", key="backup_folder"
    ).strip()
    st.caption(
        t(
            "Backs up daily; keeps 7 daily, 4 weekly and 12 monthly copies. A backup is encrypted "
            "and opens with the passphrase of its day or with the recovery key: "
            "`posture restore FILE` restores it."
        )
    )
    _warn_of_synced(store, typed)
    if st.button(t("Back up now"), type="primary", disabled=not typed, icon=":material/save:"):
        _back_up(store, typed)


def _last(store: Store) -> None:
    last = store.backups.last()
    if last is None:
        st.info(t("No backup yet."), icon=":material/save:")
    elif lies_ahead(last, datetime.now(UTC)):
        st.warning(wrong_clock(last), icon=":material/save:")
    else:
        made = last.astimezone()
        st.success(
            t("Last backup: {day}, {time}; read back and complete.",
              day=day_words(made.date()), time=f"{made:%H:%M}")
        )  # fmt: skip
    if failed := store.settings.get(FAILED):
        st.error(
            t("The last attempt failed.") + " " + session.plain(t(failed)), icon=":material/error:"
        )


def _warn_of_synced(store: Store, typed: str) -> None:
    """Warn where the backups, or the record itself, are copied to somebody else's computers."""
    if typed and (service := synced_by(Path(typed))):
        st.warning(
            t(
                "{folder} seems to be synchronised by {service}. Backups are encrypted, but anyone "
                "with access to that account can guess the passphrase offline, and patients erased "
                "here stay in the copies kept there. Use a disk of your own.",
                folder=session.plain(typed), service=t(service),
            ),
            icon=":material/cloud_sync:",
        )  # fmt: skip
    if service := synced_by(store.home):
        st.warning(
            t(
                "The record itself, in {folder}, seems to be synchronised by {service}. "
                "Synchronising can damage an open database. Move the folder (see "
                "docs/deployment.md).",
                folder=session.plain(str(store.home)), service=t(service),
            ),
            icon=":material/cloud_sync:",
        )  # fmt: skip


def _back_up(store: Store, typed: str) -> None:
    try:
        folder = named(typed)
        with st.spinner(t("Writing and reading back ...")):
            report = back_up_into(store, folder)
        store.settings.save(FOLDER, str(folder))
        store.settings.save(FAILED, None)
    except PostureError as error:
        st.error(session.plain(t(error.message)), icon=":material/error:")
        return
    st.toast(
        t("Backup made and read back: {photos} photos, {size:.1f} MB.",
          photos=report.photos, size=report.size / 1e6)
    )  # fmt: skip
    if report.damaged:
        st.warning(
            t("Photo files that were already missing or damaged: {n}.", n=len(report.damaged))
        )
    else:
        st.rerun()
