"""A patient's measures over time, one value a visit, with its error, beside pain and notes."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from posture.measuring.measures import BY_KEY
from posture.measuring.take import Measure
from posture.practice.sot import Findings, Stage
from posture.present import phrases
from posture.records import Patient, Right, Visit
from posture.ui import display, session
from posture.ui.state import CHARTS
from posture.ui.words import day_words, speech, t

NARRATIVE = ("subjective", "objective", "assessment", "plan")
COLOURS = ["#0b8f8f", "#e0662b", "#7c74f0", "#b8860b"]  # readable on light and on dark


def page() -> None:
    """Show a chart for each chosen measure, and one of pain and notes."""
    person = session.patient()
    st.title(t("History"))
    st.caption(session.plain(person.details.name))
    visits = session.visits_of(person)
    frame = _values(visits)
    if frame.empty:
        st.info(t("Nothing measured yet. The charts begin with the first visit that has photos."))
        if session.may(Right.CAPTURE) and st.button(t("New visit"), type="primary"):
            session.go("new_visit")
        st.stop()
    keys = [key for key in BY_KEY if key in set(frame["key"])]
    chosen = st.multiselect(
        t("Measures"), keys, default=[key for key in keys if key != "hip_line"][:4],
        format_func=lambda key: t(BY_KEY[key].label), key="history_keys",
    )  # fmt: skip
    st.caption(
        t(
            "The band is the smallest real change around the first value: inside the band no real "
            "change can be shown. Bars: the expected error of one measurement, either way. Points "
            "are joined only within one method, because values from different methods cannot be "
            "compared."
        )
    )
    charts = Charts(frame, visits)
    for key in chosen:
        measure = BY_KEY[key]
        st.subheader(session.plain(t(measure.label)))
        _show_chart(person, visits, key, partial(charts.of_measure, measure))
    if session.may(Right.SEE_NOTES) and charts.has_notes:
        st.subheader(t("Pain and notes"))
        _show_chart(person, visits, "notes", charts.of_notes)
        for visit in visits:
            if words := written(visit.notes):
                st.markdown(f"**{day_words(visit.visited_at.date())}** {session.plain(words)}")


def _values(visits: list[Visit]) -> pd.DataFrame:
    """Return a row for each value, in the unit in which it is shown."""
    return pd.DataFrame(
        {
            "key": m.key,
            "visit": visit.visited_at,
            "value": phrases.exact(m.value, m.unit),
            "low": phrases.exact(m.value - (m.sd or 0.0), m.unit),
            "high": phrases.exact(m.value + (m.sd or 0.0), m.unit),
            "mdc": None if m.mdc is None else phrases.exact(m.mdc, m.unit),
            "found": phrases.found(m),
            "mean": display.repeats(m),
            "stage": t(stage.words),
            "series": f"{t(str(view))}, {phrases.method(m.method)}"
            if view
            else phrases.method(m.method),
            "error": t("not known") if m.sd is None else f"± {phrases.amount(m.sd, m.unit)}",
        }
        for visit in visits
        for stage, view, m in visit.values
        if m.value is not None
    )


def written(notes: Mapping[Stage, Findings]) -> str:
    """Return the free text of a visit's note in one line."""
    whole = notes.get(Stage.VISIT, {})
    return " · ".join(str(whole[key]) for key in NARRATIVE if whole.get(key))


def _show_chart(person: Patient, visits: list[Visit], name: str, make: Callable[[], Any]) -> None:
    """Show a chart. Making one takes Altair a tenth of a second: the session keeps it."""
    of = (person.id, [(visit.id, visit.revision) for visit in visits], session.actor(), speech())
    kept = CHARTS.get()
    if kept is None or kept[0] != of:
        kept = CHARTS.put((of, {}))
    charts = kept[1]
    if name not in charts:
        charts[name] = make().to_dict()
    st.vega_lite_chart(charts[name], width="stretch")


class Charts:
    """The charts of one patient's values and notes, all over the same span of time."""

    def __init__(self, frame: pd.DataFrame, visits: list[Visit]) -> None:
        self._frame = frame
        self._pain = pd.DataFrame(
            [
                {
                    "visit": visit.visited_at,
                    "pain": float(findings["pain"]),
                    "stage": t(stage.words),
                    "note": written(visit.notes),
                }
                for visit in visits
                for stage, findings in visit.notes.items()
                if findings.get("pain") is not None
            ]
        )
        self._texts = pd.DataFrame(
            [{"visit": v.visited_at, "note": words} for v in visits if (words := written(v.notes))]
        )
        moments = pd.to_datetime([v.visited_at for v in visits])
        margin = max((moments.max() - moments.min()) * 0.04, pd.Timedelta(days=1))
        self._end = moments.max() + margin
        span = [(moments.min() - margin).isoformat(), self._end.isoformat()]
        self._time = alt.X(
            "visit:T", title=None, scale=alt.Scale(domain=span),
            axis=alt.Axis(format="%Y-%m-%d", tickCount=6),
        )  # fmt: skip

    @property
    def has_notes(self) -> bool:
        """Whether there is pain or free text to show."""
        return not (self._pain.empty and self._texts.empty)

    def of_measure(self, measure: Measure) -> Any:
        """Return the chart of one measure."""
        values = self._frame[self._frame["key"] == measure.key]
        scale = alt.Scale(zero=measure.sides is not None)
        colour = alt.Color(
            "series:N", title=t("View and method"), scale=alt.Scale(range=COLOURS),
            legend=alt.Legend(
                orient="bottom", labelLimit=0, direction="vertical", symbolOpacity=1
            ),
        )  # fmt: skip
        base = alt.Chart(values).encode(
            x=self._time,
            color=colour,
            tooltip=[
                alt.Tooltip("visit:T", title=t("Visit"), format="%Y-%m-%d %H:%M"),
                alt.Tooltip("stage:N", title=t("Taken")),
                alt.Tooltip("found:N", title=t("Found")),
                alt.Tooltip("error:N", title=t("SD")),
                alt.Tooltip("mean:N", title=t("Mean of")),
                alt.Tooltip("series:N", title=t("How")),
            ],
        )
        band = alt.Chart(self._banded(values)).mark_rect(opacity=0.13).encode(
            x=self._time, x2="end:T", y="low:Q", y2="high:Q", color=colour
        )  # fmt: skip
        bars = base.mark_rule(opacity=0.5).encode(
            y=alt.Y("low:Q", title=phrases.axis(measure), scale=scale), y2="high:Q"
        )
        stages = alt.Shape(
            "stage:N", title=t("Taken"), legend=alt.Legend(orient="bottom", symbolFillColor="gray")
        )
        points = base.mark_point(filled=True, size=70).encode(y="value:Q", shape=stages)
        joined = base.mark_line(opacity=0.6).encode(y="value:Q", detail="stage:N")
        return (band + bars + joined + points).properties(height=360)

    def _banded(self, values: pd.DataFrame) -> pd.DataFrame:
        """Return for each series the band of minimal detectable change around its first value."""
        bands = []
        for series, points in values.dropna(subset=["mdc"]).groupby("series"):
            first = points.sort_values("visit").iloc[0]
            low, high = first["value"] - first["mdc"], first["value"] + first["mdc"]
            bands.append((first["visit"], self._end, low, high, series))
        return pd.DataFrame(bands, columns=["visit", "end", "low", "high", "series"])

    def of_notes(self) -> Any:
        """Return the chart of pain, and of when something was written."""
        layers = []
        if not self._pain.empty:
            scored = alt.Chart(self._pain).encode(
                x=self._time,
                y=alt.Y("pain:Q", title=t("Pain now, 0 to 10"), scale=alt.Scale(domain=[0, 10])),
                tooltip=[
                    alt.Tooltip("visit:T", title=t("Visit"), format="%Y-%m-%d %H:%M"),
                    alt.Tooltip("stage:N", title=t("Taken")),
                    alt.Tooltip("pain:Q", title=t("Pain now, 0 to 10")),
                    alt.Tooltip("note:N", title=t("Note")),
                ],
            )
            taken = alt.Color(
                "stage:N", title=t("Taken"), scale=alt.Scale(range=COLOURS),
                legend=alt.Legend(orient="bottom"),
            )  # fmt: skip
            layers += [
                scored.mark_line(opacity=0.6).encode(color=taken),
                scored.mark_point(filled=True, size=80).encode(
                    color=taken, shape=alt.Shape("stage:N", title=t("Taken"))
                ),
            ]
        if not self._texts.empty:
            layers.append(
                alt.Chart(self._texts).mark_rule(strokeDash=[3, 3], opacity=0.6).encode(
                    x=self._time,
                    tooltip=[
                        alt.Tooltip("visit:T", title=t("Visit"), format="%Y-%m-%d"),
                        alt.Tooltip("note:N", title=t("Note")),
                    ],
                )
            )  # fmt: skip
        return alt.layer(*layers).properties(height=240)
