"""A photo's points: checked, moved and placed by hand; the measures follow."""

import streamlit as st

from posture.errors import PostureError
from posture.imaging.photo import Photo
from posture.issues import CaptureIssue
from posture.landmarks import View
from posture.records import Correction, RecordError, Right
from posture.ui import browser_images, display, fields, point_editing, session
from posture.ui.components import editor
from posture.ui.page_errors import guarded
from posture.ui.point_editing import PointEditing
from posture.ui.words import t
from posture.words import Speech, speak, speech

SMALL_SIDE = 1600  # of the picture that is shown before somebody zooms in
VIEWS = tuple(View)


def page() -> None:
    """Show the editor for the photo that was opened."""
    session.only(Right.CAPTURE, t("Points"))
    person = session.patient()
    editing = point_editing.current(person) or point_editing.reopen(person)
    if editing is None:
        st.title(t("Points"))
        st.info(t("No photo chosen. Open one from a visit."))
        if st.button(t("Go to the overview"), type="primary"):
            session.go("patient")
        st.stop()
    st.title(t("Points of the {view} photo", view=t(str(editing.now.view or "unknown"))))
    st.caption(session.plain(person.details.name))
    try:
        photo = editing.photo()
    except PostureError as error:
        st.error(session.plain(t(error.message)), icon=":material/broken_image:")
        if st.button(t("Back")):
            _leave(editing)
        st.stop()
    if editing.notice:
        st.info(editing.notice, icon=":material/restore:")
    _work(editing, _shown(photo, editing), speech(), editing.now.active_issues)
    _ways_out(editing)
    display.issues(editing.now.active_issues)


def _shown(photo: Photo, editing: PointEditing) -> editor.Shown:
    return editor.Shown(
        browser_images.address(browser_images.jpeg(photo.pixels, SMALL_SIDE), "points.small"),
        browser_images.address(browser_images.jpeg(photo.pixels, quality=92), "points.full"),
        t("Photo, {view} view", view=t(str(editing.now.view or "unknown"))),
    )


@st.fragment
def _work(
    editing: PointEditing, shown: editor.Shown, how: Speech, issues: tuple[CaptureIssue, ...]
) -> None:
    """Show the editor; each move is measured in a run of this part alone, without the record.

    ``issues`` are those shown below it; the whole page is drawn again once they change.
    """
    speak(how)
    with guarded():
        answer = editor.received(editing.key)
        if answer and answer.number != editing.number:
            editing.number = answer.number
            editing.take(answer.edits, settled=answer.settled, steps=answer.steps)
            if answer.settled and editing.now.active_issues != issues:
                st.rerun()
        editor.edit(
            shown, editing.found, editing.now, editing.edits, editing.steps, key=editing.key,
            error=editing.error and t(editing.error), number=editing.number,
        )  # fmt: skip


def _ways_out(editing: PointEditing) -> None:
    """Show how to save what was edited, or discard it."""
    if editing.visit is None:
        if st.button(t("Done"), type="primary", icon=":material/check:"):
            _leave(editing)
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        reason = fields.text(
            t("Reason for correction"),
            editing.why,
            key=f"{editing.photo_id}.why",
            placeholder=t("e.g. point moved after palpation"),
            width="stretch",
        )
        if reason != editing.why:
            editing.why = reason
            editing.keep()
        if st.button(t("Save correction"), type="primary", icon=":material/save:"):
            _save(editing, reason)
        if st.button(t("Discard"), icon=":material/undo:"):
            editing.discard()
            _leave(editing)
        _choose_view(editing)


def _choose_view(editing: PointEditing) -> None:
    view = editing.now.view
    chosen = st.selectbox(
        t("View"), VIEWS, VIEWS.index(view) if view else None,
        format_func=lambda view: t(str(view)), key=f"{editing.photo_id}.view", width=140,
    )  # fmt: skip
    if chosen and chosen is not view:
        with st.spinner(t("Measuring again ...")):
            editing.see_as(chosen)
        st.rerun()


def _save(editing: PointEditing, reason: str) -> None:
    """Save what was edited as a correction of the visit."""
    if editing.visit is None:
        return
    correction = Correction(reason, assessments={editing.photo_id: editing.now})
    try:
        session.store().revisions.correct(
            editing.visit.id, correction, seen=editing.visit.revision, draft=editing.draft
        )
    except RecordError as error:
        st.error(session.plain(t(error.message)), icon=":material/error:")
    else:
        st.toast(t("Correction saved; the previous version is kept."))
        fields.forget(f"{editing.photo_id}.why")
        _leave(editing)


def _leave(editing: PointEditing) -> None:
    """Go back to where the photo came from."""
    point_editing.close()
    session.go(editing.page)
