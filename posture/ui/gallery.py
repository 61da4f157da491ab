"""The photos of an unsaved visit: their views to be checked, and what was measured."""

from functools import partial

import streamlit as st

from posture.landmarks import View
from posture.repeats import combine
from posture.sot import Stage
from posture.ui import desk, kept, session, show
from posture.ui.draft import Draft, DraftPhoto
from posture.ui.words import t

STAGES = (Stage.PRE, Stage.POST)
VIEWS = tuple(View)
A_ROW = 4


def show_photos(draft: Draft) -> None:
    """Show all photos of the draft; let views be set, photos removed, points placed."""
    if not draft.photos:
        st.info(t("No photo yet. The four views are anterior, posterior, left and right."))
        return
    _check_views(draft)
    for stage in STAGES:
        for view in VIEWS:
            found = [p for p in draft.photos if p.stage is stage and p.assessment.view is view]
            if found:
                with st.container(border=True):
                    _measured(draft, found)


def _check_views(draft: Draft) -> None:
    """Show all photos small, each with its view to be confirmed or changed."""
    guessed = [p for p in draft.photos if p.view and p.assessment.view_source == "guessed"]
    unknown = [p for p in draft.photos if p.view is None]
    title = t("Photos and their views ({n})", n=len(draft.photos))
    with st.expander(title, expanded=bool(guessed or unknown)):
        if guessed:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(t("**The views were guessed from the pictures. Are they right?**"))
                if st.button(t("The views are right"), type="primary", icon=":material/check:"):
                    draft.confirm_views()
                    st.rerun()
        for first in range(0, len(draft.photos), A_ROW):
            row = draft.photos[first : first + A_ROW]
            for column, photo in zip(st.columns(A_ROW), row, strict=False):
                with column:
                    _small(draft, photo)


def _small(draft: Draft, photo: DraftPhoto) -> None:
    show.picture(photo.assessment, partial(getattr, photo, "data"))
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
        photo.view = chosen
        with st.spinner(t("Measuring again ...")):
            draft.measure_again(photo)
        st.rerun()
    if st.button(t("Remove"), width="stretch", key=f"remove.{photo.id}"):
        sha256 = photo.assessment.photo_sha256
        session.read(lambda: kept.drop_photo(session.store(), draft.shelf, sha256))
        draft.photos.remove(photo)
        st.rerun()


def _measured(draft: Draft, photos: list[DraftPhoto]) -> None:
    """Show what the photos of one view and stage say together."""
    together = combine([photo.assessment for photo in photos])
    photo = next(p for p in photos if p.assessment.photo_sha256 == together.photo_sha256)
    st.markdown(f"**{t(str(photo.view)).capitalize()}** · {t(photo.stage.words)}")
    show.picture(together, partial(getattr, photo, "data"), labels=True)
    show.issues(together.told)
    show.measurements(together)
    with st.container(horizontal=True):
        for number, each in enumerate(photos, 1):
            text = t("Check and place points")
            if len(photos) > 1:
                text = t("Check and place points, photo {n}", n=number)
            if st.button(text, icon=":material/ads_click:", key=f"points.{each.id}"):
                desk.lay_draft(draft.patient_id, each)
