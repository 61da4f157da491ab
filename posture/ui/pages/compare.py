"""Before and after: two visits, or the two stages of one, and all visits of a view."""

import streamlit as st

from posture.changes.compare import Change, compare_kept, notes
from posture.issues import Severity
from posture.landmarks import View
from posture.practice.protocols import protocol_differences
from posture.practice.sot import Stage
from posture.records import Right, StoredPhoto
from posture.ui import display, overlay_view, session
from posture.ui.forgetting import CHANGES
from posture.ui.moments import COMPARED, default_pair
from posture.ui.moments import moments as moments_of
from posture.ui.moments import words as moment_words
from posture.ui.words import in_sentence, t

person = session.patient()
st.title(t("Compare"))
st.caption(session.plain(person.details.name))
visits = [
    visit for _, visit in session.read(lambda: list(session.store().visits.history(person.id)))
]
moments = moments_of(visits)
if len(moments) < 2:
    st.info(
        t("Two visits with photos are needed, or one with photos before and after the adjustment.")
    )
    if session.may(Right.CAPTURE) and st.button(t("New visit"), type="primary"):
        session.go("new_visit")
    st.stop()


def words(index: int) -> str:
    """Return what a choice of the list is called."""
    return moment_words(moments[index])


def short(index: int) -> str:
    """Return what a moment is called under its picture."""
    visit, stage = moments[index]
    after = f" · {in_sentence(t(stage.words))}" if stage is Stage.POST else ""
    return f"{visit.visited_at:%Y-%m-%d}{after}"


def photos_of(index: int) -> dict[View, StoredPhoto]:
    """Return a moment's photos by view, repeats combined."""
    visit, stage = moments[index]
    found = {view: visit.of_view(stage, view) for view in View}
    return {view: photo for view, photo in found.items() if photo is not None}


def views_words(views: list[View]) -> str:
    """Return a list of views."""
    return ", ".join(t(str(view)) for view in views)


def changes_of(one: StoredPhoto, other: StoredPhoto) -> tuple[Change, ...]:
    """Return what changed between two photos; laying them over each other takes a second, once."""
    measured = (one.assessment, other.assessment)
    kept = st.session_state.get(CHANGES, {})
    found = kept.get((one.id, other.id))
    if found is None or found[0] != measured:
        with st.spinner(t("Comparing ...")):
            files = session.store().photos.get
            found = measured, compare_kept(one, other, files, marked_anew=marked_anew)
        st.session_state[CHANGES] = {**kept, (one.id, other.id): found}
    made: tuple[Change, ...] = found[1]
    return made


one, other = st.columns(2)
order = range(len(moments))
earlier, later = default_pair(moments, st.session_state.get(COMPARED))
first = one.selectbox(t("Before"), order, earlier, format_func=words, key="compare_before")
second = other.selectbox(t("After"), order, later, format_func=words, key="compare_after")
if first == second:
    st.info(t("Choose two different moments."))
    st.stop()

before, after = photos_of(first), photos_of(second)
marked_anew = moments[first][0].id != moments[second][0].id
common = [view for view in View if view in before and view in after]
if not common:
    st.info(t("The two have no view in common, so there is nothing to compare."))
    st.stop()
differently = protocol_differences(moments[first][0].protocol, moments[second][0].protocol)
if differently:
    how = session.plain("; ".join(differently))
    st.warning(
        t("Taken by different protocols: {how}. A difference may come from that.", how=how),
        icon=":material/warning:",
    )
for found, text in (
    ([view for view in before if view not in after], t("Only before, so not compared: {views}.")),
    ([view for view in after if view not in before], t("Only after, so not compared: {views}.")),
):
    if found:
        st.caption(f":material/info: {text.format(views=views_words(found))}")

pictures, findings = st.container(key="halves").columns([3, 2], gap="medium")
with pictures:
    view = st.segmented_control(
        t("View"), common, default=common[0], format_func=lambda view: t(str(view)).capitalize(),
        key="compare_view",
    ) or common[0]  # fmt: skip
    alike = [(short(n), photos_of(n)[view]) for n in order if view in photos_of(n)]
    chosen = ((short(first), before[view]), (short(second), after[view]))
    overlay_view.show_pair(view, chosen, alike)
    for message in notes(before[view].assessment, after[view].assessment, marked_anew=marked_anew):
        st.caption(f":material/info: {session.plain(t(message))}")
    for title, photo in ((t("Before"), before[view]), (t("After"), after[view])):
        weighing = [i for i in photo.assessment.active_issues if i.severity is not Severity.NOTE]
        if weighing:
            st.markdown(f"**{title}**")
            display.issues(tuple(weighing))
with findings:
    st.markdown(f"##### {t('Changes')}")
    display.changes(
        [(seen, change) for seen in common for change in changes_of(before[seen], after[seen])]
    )
