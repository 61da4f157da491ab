"""The photos of an unsaved visit: their views to be checked, and what was measured."""

from functools import partial

import streamlit as st

from posture.landmarks import View
from posture.measuring.repeats import combine
from posture.practice.sot import Stage
from posture.ui import display, point_editing, session
from posture.ui.components.ask_again import ask_again
from posture.ui.draft import Draft
from posture.ui.draft_photos import DraftPhoto, WaitingPhoto
from posture.ui.page_errors import guarded
from posture.ui.words import speech, t
from posture.words import Speech, speak

STAGES = (Stage.PRE, Stage.POST)
VIEWS = tuple(View)
A_ROW = 4


def show_photos(draft: Draft) -> None:
    """Show all photos of the draft; let views be set, photos removed and points placed."""
    _refused(draft)
    if draft.to_measure:
        _progress(draft, draft.state, speech())
    for file in draft.waiting:
        if file.trouble is not None:
            with st.container(border=True), guarded():
                _trouble(draft, file, file.trouble)
    if not draft.files:
        st.info(t("No photos yet. The four views are anterior, posterior, left and right."))
        return
    with guarded():
        _check_views(draft)
    for stage in STAGES:
        for view in VIEWS:
            found = [p for p in draft.photos if p.stage is stage and p.assessment.view is view]
            if found:
                with st.container(border=True), guarded():
                    _measured(draft, found)
    if any(photo.assessment.pose for photo in draft.photos):
        display.errors_explained()


@st.fragment
def _progress(draft: Draft, shown: tuple[object, ...], how: Speech) -> None:
    """Show how far measuring is; the page is drawn anew once a photo is measured."""
    speak(how)
    with guarded():
        draft.measure_waiting()  # again, in case the record was busy
        if draft.state != shown:
            st.rerun()
        waiting = draft.to_measure
        done, total = len(draft.files) - len(waiting), len(draft.files)
        text = t(
            "Measuring {name}: {n} of {all} photos done. You can carry on meanwhile.",
            name=session.plain(waiting[0].name), n=done, all=total,
        )  # fmt: skip
        st.progress(done / total, text=text)
        ask_again(f"ask_again.{draft.opened}")


def _refused(draft: Draft) -> None:
    """Show the refused files, each until somebody has read it."""
    for number, refused in enumerate(draft.refused):
        with st.container(border=True):
            st.error(
                f"{session.plain(refused.name)}: {session.plain(t(refused.why))}",
                icon=":material/block:",
            )
            if st.button(t("Dismiss"), key=f"dismiss.{draft.opened}.{number}"):
                draft.read(refused)
                st.rerun()


def _trouble(draft: Draft, file: WaitingPhoto, why: str) -> None:
    """Say why a photo could not be measured; it stays until it is, or is removed."""
    st.error(f"{session.plain(file.name)}: {session.plain(t(why))}", icon=":material/block:")
    with st.container(horizontal=True):
        if st.button(t("Try again"), key=f"again.{file.id}"):
            draft.try_again(file)
            st.rerun()
        _remove(draft, file)


def _check_views(draft: Draft) -> None:
    """Show all photos small, each with its view to be confirmed or changed."""
    guessed = [p for p in draft.photos if p.view and p.assessment.view_source == "guessed"]
    unknown = [p for p in draft.photos if p.view is None]
    title = t("Photos and their views ({n})", n=len(draft.files))
    with st.expander(title, expanded=bool(guessed or unknown or draft.waiting)):
        if guessed:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(t("**The views were detected from the photos. Are they right?**"))
                if st.button(t("Views are right"), type="primary", icon=":material/check:"):
                    draft.confirm_views()
                    st.rerun()
        files = list(draft.files.values())
        for first in range(0, len(files), A_ROW):
            row = files[first : first + A_ROW]
            for column, file in zip(st.columns(A_ROW), row, strict=False):
                with column, guarded():
                    if isinstance(file, WaitingPhoto):
                        _still_waiting(draft, file)
                    else:
                        _small(draft, file)


def _still_waiting(draft: Draft, file: WaitingPhoto) -> None:
    st.caption(f"{session.plain(file.name)}: {t('waiting to be measured')}")
    if file.trouble is None:
        _remove(draft, file)


def _small(draft: Draft, photo: DraftPhoto) -> None:
    display.picture(photo.assessment, partial(getattr, photo, "data"))
    if photo.stage is Stage.POST:
        st.caption(t(photo.stage.words))
    chosen = st.selectbox(
        t("View of {photo}", photo=session.plain(photo.name)),
        VIEWS,
        index=VIEWS.index(photo.view) if photo.view else None,
        placeholder=t("choose the view"),
        format_func=t,
        key=f"view.{photo.id}",
    )
    if chosen and chosen is not photo.view:
        draft.see_as(photo, chosen)
        st.rerun()
    _remove(draft, photo)


def _remove(draft: Draft, file: DraftPhoto | WaitingPhoto) -> None:
    if st.button(t("Remove"), width="stretch", key=f"remove.{file.id}"):
        draft.remove(file)
        st.rerun()


def _measured(draft: Draft, photos: list[DraftPhoto]) -> None:
    """Show the combined result of the photos of one view and stage."""
    together = combine([photo.assessment for photo in photos])
    photo = next(p for p in photos if p.assessment.photo_sha256 == together.photo_sha256)
    st.markdown(f"**{t(str(photo.view)).capitalize()}** · {t(photo.stage.words)}")
    display.picture(together, partial(getattr, photo, "data"), labels=True)
    display.issues(together.active_issues)
    display.measurements(together)
    with st.container(horizontal=True):
        for number, each in enumerate(photos, 1):
            text = t("Check and place points")
            if len(photos) > 1:
                text = t("Check and place points, photo {n}", n=number)
            if st.button(text, icon=":material/ads_click:", key=f"points.{each.id}"):
                point_editing.edit_draft_photo(draft.patient_id, each)
