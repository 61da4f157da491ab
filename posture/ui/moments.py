"""The moments of a patient that can be shown: each stage of a visit that has photos."""

from itertools import product

import streamlit as st

from posture.practice.sot import Stage
from posture.records import Visit
from posture.ui.state import COMPARED_VISIT
from posture.ui.words import in_sentence, t, time_words

Moment = tuple[Visit, Stage]


def moments(visits: list[Visit]) -> list[Moment]:
    """Return the moments in chronological order."""
    return [
        (visit, stage)
        for visit, stage in product(visits, (Stage.PRE, Stage.POST))
        if any(photo.stage is stage for photo in visit.photos)
    ]


def words(moment: Moment) -> str:
    """Return what a moment is called in a list."""
    visit, stage = moment
    return f"{time_words(visit.visited_at)} · {in_sentence(t(stage.words))}"


def default_pair(found: list[Moment], visit_id: str | None) -> tuple[int, int]:
    """Return the two moments to begin with.

    For the visit from which the comparison was opened: its own before and after if it has both,
    otherwise the moment before it and itself. Without one, the first and the last moment.
    """
    its = [n for n, (visit, _) in enumerate(found) if visit.id == visit_id]
    if not its:
        return 0, len(found) - 1
    if len(its) > 1:
        return its[0], its[-1]
    return max(its[0] - 1, 0), max(its[0], 1)


def choose_two(found: list[Moment], key: str) -> tuple[Moment, Moment] | None:
    """Let two moments be chosen; None where they are one."""
    one, other = st.columns(2)
    order = range(len(found))
    before, after = default_pair(found, COMPARED_VISIT.get())

    def told(index: int) -> str:
        return words(found[index])

    first = one.selectbox(t("Before"), order, before, format_func=told, key=f"{key}_before")
    second = other.selectbox(t("After"), order, after, format_func=told, key=f"{key}_after")
    if first == second:
        st.info(t("Choose two different moments."))
        return None
    return found[first], found[second]
