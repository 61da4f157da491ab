"""A patient's measures over time, each with its error."""

import altair as alt
import pandas as pd
import streamlit as st

from posture.measures import BY_KEY
from posture.measuring import UNIT_SIGN, method_words
from posture.records import Right
from posture.ui import session

person = session.patient()
st.title("History")
st.caption(session.plain(person.details.name))
visits = [visit for _, visit in session.read(lambda: list(session.store().history(person.id)))]
found = [
    (visit, photo.stage, photo.assessment.view, measurement)
    for visit in visits
    for photo in visit.photos
    for measurement in photo.assessment.measurements
]
found += [(v, value.stage, value.view, value.measurement) for v in visits for value in v.imported]
rows = [
    {
        "key": m.key,
        "visit": visit.visited_at,
        "value": m.value,
        "low": m.value - m.sd if m.sd else m.value,
        "high": m.value + m.sd if m.sd else m.value,
        "found": m.words,
        "stage": stage.words,
        "series": f"{view}, {method_words(m.method)}" if view else method_words(m.method),
        "error": "not known" if m.sd is None else f"± {m.sd:.1f}{UNIT_SIGN[m.unit]}",
    }
    for visit, stage, view, m in found
    if m.value is not None
]
if not rows:
    st.info("Nothing is measured yet. The charts begin with the first visit that has photos.")
    if session.may(Right.CAPTURE) and st.button("New visit", type="primary"):
        session.go("new_visit")
    st.stop()

frame = pd.DataFrame(rows)
keys = [key for key in BY_KEY if key in set(frame["key"])]
chosen = st.multiselect(
    "Measures", keys, default=keys, format_func=lambda key: BY_KEY[key].label, key="history_keys"
)
st.caption(
    "Bars: one standard deviation of the error either way. Points made in different ways are not "
    "joined: their values do not compare."
)
for key in chosen:
    measure = BY_KEY[key]
    st.subheader(measure.label)
    above = measure.sides.positive if measure.sides else "larger"
    axis = f"{UNIT_SIGN[measure.unit].strip()}, + {above}"
    base = alt.Chart(frame[frame["key"] == key]).encode(
        x=alt.X("visit:T", title="Visit", axis=alt.Axis(format="%Y-%m-%d", tickCount=6)),
        color=alt.Color(
            "series:N",
            title="View and method",
            scale=alt.Scale(range=["#0b6e6e", "#c2410c", "#4f46e5", "#a16207"]),
            legend=alt.Legend(orient="bottom", labelLimit=0, direction="vertical"),
        ),
        tooltip=[
            alt.Tooltip("visit:T", title="Visit", format="%Y-%m-%d %H:%M"),
            alt.Tooltip("stage:N", title="Taken"),
            alt.Tooltip("found:N", title="Found"),
            alt.Tooltip("error:N", title="SD"),
            alt.Tooltip("series:N", title="How"),
        ],
    )
    bars = base.mark_rule(opacity=0.5).encode(
        y=alt.Y("low:Q", title=axis, scale=alt.Scale(zero=measure.sides is not None)), y2="high:Q"
    )
    points = base.mark_point(filled=True, size=70).encode(
        y="value:Q",
        shape=alt.Shape("stage:N", title="Taken", legend=alt.Legend(orient="bottom")),
    )
    joined = base.mark_line(opacity=0.6).encode(y="value:Q", detail="stage:N")
    st.altair_chart((bars + joined + points).properties(height=220), width="stretch")
