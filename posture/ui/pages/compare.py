"""Before and after: two visits, or the two stages of one, view by view."""

from functools import partial
from itertools import product

import streamlit as st

from posture.compare import compare, notes
from posture.landmarks import View
from posture.protocols import differences
from posture.records import Right
from posture.sot import Stage
from posture.ui import session, show

person = session.patient()
st.title("Compare")
st.caption(session.plain(person.details.name))
visits = [visit for _, visit in session.read(lambda: list(session.store().history(person.id)))]
moments = [
    (visit, stage)
    for visit, stage in product(visits, (Stage.PRE, Stage.POST))
    if any(photo.stage is stage for photo in visit.photos)
]
if len(moments) < 2:
    st.info(
        "Two visits with photos are needed, or one with photos before and after the adjustment."
    )
    if session.may(Right.CAPTURE) and st.button("New visit", type="primary"):
        session.go("new_visit")
    st.stop()


def words(index: int) -> str:
    """Return what a choice of the list is called."""
    visit, stage = moments[index]
    return f"{visit.visited_at:%Y-%m-%d, %H:%M} · {stage.words.lower()}"


one, other = st.columns(2)
order = range(len(moments))
first = one.selectbox("Before", order, 0, format_func=words, key="compare_before")
second = other.selectbox("After", order, len(moments) - 1, format_func=words, key="compare_after")
if first == second:
    st.info("Choose two different moments.")
    st.stop()

chosen = moments[first], moments[second]
differently = differences(chosen[0][0].protocol, chosen[1][0].protocol)
if differently:
    st.warning(
        f"Taken by different protocols: {'; '.join(differently)}. A difference may come from that.",
        icon=":material/warning:",
    )
shown = False
for view in View:
    before, after = (visit.of_view(stage, view) for visit, stage in chosen)
    if before is None or after is None:
        continue
    shown = True
    st.subheader(f"{view.capitalize()} view")
    left, right = st.columns(2)
    for column, title, photo in ((left, "Before", before), (right, "After", after)):
        with column:
            st.markdown(f"**{title}**")
            show.picture(photo.assessment, partial(session.store().photo, photo.id))
    for message in notes(before.assessment, after.assessment):
        st.caption(f":material/info: {message}")
    show.changes(compare(before.assessment, after.assessment))
if not shown:
    st.info("The two have no view in common, so there is nothing to compare.")
