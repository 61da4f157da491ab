"""Before and after: two visits, or the two stages of one, and all visits of a view."""

from collections.abc import Callable

import streamlit as st

from posture.changes.compare import Change, compare_kept, notes
from posture.issues import Severity
from posture.landmarks import View
from posture.practice.protocols import protocol_differences
from posture.practice.sot import Stage
from posture.records import Patient, Right, StoredPhoto
from posture.ui import display, overlay_view, session
from posture.ui.moments import Moment, default_pair
from posture.ui.moments import moments as moments_of
from posture.ui.moments import words as moment_words
from posture.ui.state import CHANGES, COMPARED_VISIT
from posture.ui.words import day_words, in_sentence, t

Photos = dict[View, StoredPhoto]


def page() -> None:
    """Let two moments be chosen, and show their photos and what changed."""
    person = session.patient()
    st.title(t("Compare"))
    st.caption(session.plain(person.details.name))
    moments = _moments(person)
    first, second = _choose(moments)
    before, after = _photos_of(moments[first]), _photos_of(moments[second])
    common = [view for view in View if view in before and view in after]
    if not common:
        st.info(t("The two have no view in common, so there is nothing to compare."))
        st.stop()
    _say_what_differs(moments[first], moments[second], before, after)
    marked_anew = moments[first][0].id != moments[second][0].id
    pictures, findings = st.container(key="halves").columns([3, 2], gap="medium")
    with pictures:
        view = _choose_view(common)
        alike = [(_short(m), of[view]) for m in moments if view in (of := _photos_of(m))]
        pair = ((_short(moments[first]), before[view]), (_short(moments[second]), after[view]))
        overlay_view.show_pair(view, pair, alike)
        _say_what_to_bear_in_mind(before[view], after[view], marked_anew=marked_anew)
    with findings:
        st.markdown(f"##### {t('Changes')}")
        display.changes(
            [
                (seen, change)
                for seen in common
                for change in _changes_of(before[seen], after[seen], marked_anew=marked_anew)
            ]
        )


def _moments(person: Patient) -> list[Moment]:
    """Return the patient's moments, or stop the page if there are too few."""
    visits = session.visits_of(person)
    moments = moments_of(visits)
    if len(moments) < 2:
        st.info(
            t(
                "This needs two visits with photos, or one with photos before and after the "
                "adjustment."
            )
        )
        if session.may(Right.CAPTURE) and st.button(t("New visit"), type="primary"):
            session.go("new_visit")
        st.stop()
    return moments


def _choose(moments: list[Moment]) -> tuple[int, int]:
    """Let two moments be chosen; stop the page if they are the same."""
    one, other = st.columns(2)
    order = range(len(moments))
    earlier, later = default_pair(moments, COMPARED_VISIT.get())
    words: Callable[[int], str] = lambda index: moment_words(moments[index])  # noqa: E731
    first = one.selectbox(t("Before"), order, earlier, format_func=words, key="compare_before")
    second = other.selectbox(t("After"), order, later, format_func=words, key="compare_after")
    if first == second:
        st.info(t("Choose two different moments."))
        st.stop()
    return first, second


def _choose_view(common: list[View]) -> View:
    chosen: View | None = st.segmented_control(
        t("View"), common, default=common[0],
        format_func=lambda view: t(str(view)).capitalize(), key="compare_view",
    )  # fmt: skip
    return chosen or common[0]


def _short(moment: Moment) -> str:
    """Return what a moment is called under its picture."""
    visit, stage = moment
    after = f" · {in_sentence(t(stage.words))}" if stage is Stage.POST else ""
    return f"{day_words(visit.visited_at.date())}{after}"


def _photos_of(moment: Moment) -> Photos:
    """Return a moment's photos by view, repeats combined."""
    visit, stage = moment
    found = {view: visit.of_view(stage, view) for view in View}
    return {view: photo for view, photo in found.items() if photo is not None}


def _say_what_differs(one: Moment, other: Moment, before: Photos, after: Photos) -> None:
    """Say how the two protocols differ, and which views only one of them has."""
    differently = protocol_differences(one[0].protocol, other[0].protocol)
    if differently:
        how = session.plain("; ".join(differently))
        st.warning(
            t("The two protocols differ: {how}. This may explain some of the changes.", how=how),
            icon=":material/warning:",
        )
    missing = [view for view in before if view not in after]
    added = [view for view in after if view not in before]
    if missing:
        words = t("Only before, so not compared: {views}.", views=_views_words(missing))
        st.caption(f":material/info: {words}")
    if added:
        words = t("Only after, so not compared: {views}.", views=_views_words(added))
        st.caption(f":material/info: {words}")


def _views_words(views: list[View]) -> str:
    return ", ".join(t(str(view)) for view in views)


def _say_what_to_bear_in_mind(
    before: StoredPhoto, after: StoredPhoto, *, marked_anew: bool
) -> None:
    """Show what limits this comparison, and the capture issues of the two photos."""
    for message in notes(before.assessment, after.assessment, marked_anew=marked_anew):
        st.caption(f":material/info: {session.plain(t(message))}")
    for title, photo in ((t("Before"), before), (t("After"), after)):
        weighing = [i for i in photo.assessment.active_issues if i.severity is not Severity.NOTE]
        if weighing:
            st.markdown(f"**{title}**")
            display.issues(tuple(weighing))


def _changes_of(one: StoredPhoto, other: StoredPhoto, *, marked_anew: bool) -> tuple[Change, ...]:
    """Return what changed between two photos; aligning them takes a second, and is done once."""
    measured = (one.assessment, other.assessment)
    kept = CHANGES.get() or {}
    found = kept.get((one.id, other.id))
    if found is None or found[0] != measured:
        with st.spinner(t("Comparing ...")):
            files = session.store().photos.get
            found = measured, compare_kept(one, other, files, marked_anew=marked_anew)
        CHANGES.put({**kept, (one.id, other.id): found})
    made: tuple[Change, ...] = found[1]
    return made
