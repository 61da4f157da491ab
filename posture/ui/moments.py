"""The moments of a patient that can be shown: each stage of a visit that has photos."""

from itertools import product

import streamlit as st

from posture.records import Visit
from posture.sot import Stage
from posture.ui.words import in_sentence, t

Moment = tuple[Visit, Stage]


def moments(visits: list[Visit]) -> list[Moment]:
    """Return the moments in the order of time."""
    return [
        (visit, stage)
        for visit, stage in product(visits, (Stage.PRE, Stage.POST))
        if any(photo.stage is stage for photo in visit.photos)
    ]


def words(moment: Moment) -> str:
    """Return what a moment is called in a list."""
    visit, stage = moment
    return f"{visit.visited_at:%Y-%m-%d, %H:%M} · {in_sentence(t(stage.words))}"


def choose_two(found: list[Moment], key: str) -> tuple[Moment, Moment] | None:
    """Let two moments be chosen, the first and the last to begin with; None where they are one."""
    one, other = st.columns(2)
    order = range(len(found))

    def told(index: int) -> str:
        return words(found[index])

    first = one.selectbox(t("Before"), order, 0, format_func=told, key=f"{key}_before")
    second = other.selectbox(
        t("After"), order, len(found) - 1, format_func=told, key=f"{key}_after"
    )
    if first == second:
        st.info(t("Choose two different moments."))
        return None
    return found[first], found[second]
