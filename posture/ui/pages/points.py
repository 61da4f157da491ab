"""A photo's points: looked at, moved and placed by hand; the measures follow."""

import streamlit as st

from posture.errors import PostureError
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

session.only(Right.CAPTURE)
person = session.patient()
found = point_editing.current(person) or session.read(lambda: point_editing.again(person))
if found is None:
    st.title(t("Points"))
    st.info(t("No photo is chosen. Open one from a visit."))
    if st.button(t("To the overview"), type="primary"):
        session.go("patient")
    st.stop()
editing: PointEditing = found


def leave() -> None:
    """Go back to where the photo came from."""
    page = editing.page
    point_editing.clear()
    session.go(page)


def save(reason: str) -> None:
    """Save what was edited as a correction of the visit."""
    if editing.visit is None:
        return
    correction = Correction(reason, assessments={editing.photo_id: editing.now})
    try:
        session.store().revisions.correct(editing.visit.id, correction, seen=editing.visit.revision)
    except RecordError as error:
        st.error(session.plain(t(error.message)), icon=":material/error:")
    else:
        st.toast(t("The correction is saved; what it corrects is kept."))
        editing.forget()
        fields.forget(f"{editing.photo_id}.why")
        leave()


def ways_out() -> None:
    """Show how to keep what was edited, or not."""
    if editing.visit is None:
        if st.button(t("Done"), type="primary", icon=":material/check:"):
            leave()
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        reason = fields.text(
            t("Why is it corrected?"),
            editing.why,
            key=f"{editing.photo_id}.why",
            placeholder=t("such as: point moved after palpation"),
            width="stretch",
        )
        if reason != editing.why:
            editing.why = reason
            editing.keep()
        if st.button(t("Save correction"), type="primary", icon=":material/save:"):
            save(reason)
        if st.button(t("Give up"), icon=":material/undo:"):
            editing.discard()
            leave()
        chosen = st.selectbox(
            t("View"), VIEWS, VIEWS.index(editing.now.view) if editing.now.view else None,
            format_func=lambda view: t(str(view)), key=f"{editing.photo_id}.view", width=140,
        )  # fmt: skip
        if chosen and chosen is not editing.now.view:
            with st.spinner(t("Measuring again ...")):
                session.read(lambda: editing.see_as(chosen))
            st.rerun()


@st.fragment
def work(shown: editor.Shown, how: Speech, told: tuple[CaptureIssue, ...]) -> None:
    """Show the editor; each move is measured in a run of this part alone, without the record.

    ``told`` are the issues that stand below it; the page is drawn anew once they are others.
    """
    speak(how)
    with guarded():
        answer = editor.received(editing.key)
        if answer and answer.number != editing.number:
            editing.number = answer.number
            editing.take(answer.edits, settled=answer.settled, steps=answer.steps)
            if answer.settled and editing.now.active_issues != told:
                st.rerun()
        editor.edit(
            shown, editing.found, editing.now, editing.edits, editing.steps, key=editing.key,
            error=editing.error and t(editing.error), number=editing.number,
        )  # fmt: skip


st.title(t("Points of the {view} photo", view=t(str(editing.now.view or "unknown"))))
st.caption(session.plain(person.details.name))
try:
    photo = editing.photo()
except PostureError as error:
    st.error(session.plain(t(error.message)), icon=":material/broken_image:")
    if st.button(t("Back")):
        leave()
    st.stop()
if editing.notice:
    st.info(editing.notice, icon=":material/restore:")
work(
    editor.Shown(
        browser_images.address(browser_images.jpeg(photo.pixels, SMALL_SIDE), "points.small"),
        browser_images.address(browser_images.jpeg(photo.pixels, quality=92), "points.full"),
        t("Photo, {view} view", view=t(str(editing.now.view or "unknown"))),
    ),
    speech(),
    editing.now.active_issues,
)
ways_out()
display.issues(editing.now.active_issues)
