"""The SOT note on screen: a form made from the vocabulary, and the note read back."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from posture import sot
from posture.sot import OWN_SETTING, SIDES, Field, Findings, Stage, lines, tidy, with_own
from posture.ui import session
from posture.ui.words import t


def vocabulary() -> tuple[Field, ...]:
    """Return the note's fields with the practice's own, of its file and of its settings."""
    store = session.store()
    return session.read(
        lambda: with_own(sot.vocabulary(store.home), store.setting(OWN_SETTING, {}))
    )


def edit(
    fields: tuple[Field, ...],
    notes: Mapping[Stage, Findings],
    *,
    key: str,
    closed: frozenset[Stage] = frozenset(),
) -> dict[Stage, dict[str, Any]]:
    """Show the form and return the findings of each stage.

    Parameters
    ----------
    fields : tuple of Field
        The vocabulary.
    notes : mapping of Stage to findings
        What is in the form so far.
    key : str
        Tells this form's widgets from others'.
    closed : set of Stage
        Stages that are saved already and not edited here.
    """
    stages = [stage for stage in (Stage.PRE, Stage.POST, Stage.VISIT) if stage not in closed]
    edited: dict[Stage, dict[str, Any]] = {}
    if not stages:
        st.info(t("The note of this visit is saved."))
        return edited
    for tab, stage in zip(st.tabs([t(stage.short) for stage in stages]), stages, strict=True):
        with tab:
            found: dict[str, Any] = {}
            before = notes.get(stage, {})
            mine = [field for field in fields if stage in field.stages]
            groups = {field.group: field.told(field.group, t) for field in mine}
            for group, words in groups.items():
                st.markdown(f"##### {session.plain(words)}")
                for field in mine:
                    if field.group == group:
                        widget = f"{key}.{stage}.{field.key}"
                        found[field.key] = _input(field, before.get(field.key), widget)
            edited[stage] = tidy(found)
    return edited


def read(fields: tuple[Field, ...], notes: Mapping[Stage, Findings]) -> None:
    """Show a saved note."""
    if not any(notes.values()):
        st.caption(t("No note was written."))
        return
    for stage in (Stage.PRE, Stage.POST, Stage.VISIT):
        if notes.get(stage):
            st.markdown(f"##### {t(stage.words)}")
            rows = [map(session.plain, row) for row in lines(notes[stage], fields, t)]
            st.table(pd.DataFrame(rows, columns=[t("Finding"), t("Recorded")]), hide_index=True)


def _words_of(field: Field) -> Callable[[str], str]:
    """Return what tells one of the field's words where markdown is read."""
    return lambda word: session.plain(field.told(str(word), t))


def _input(field: Field, value: Any, key: str) -> Any:
    told = _words_of(field)
    label = told(field.label)
    if field.kind == "choice":
        return st.pills(label, field.options, default=value, format_func=told, key=key)
    if field.kind == "choices":
        return st.pills(
            label,
            field.options,
            selection_mode="multi",
            default=value or [],
            format_func=told,
            key=key,
        )
    if field.kind == "sided":
        return _sided(field, value or {}, key)
    if field.kind == "grid":
        return _grid(field, value or {}, key)
    if field.kind == "number":
        return st.number_input(
            label,
            min_value=_float(field.minimum),
            max_value=_float(field.maximum),
            value=_float(value),
            step=1.0,
            format="%g",
            placeholder=t("not recorded"),
            key=key,
        )
    if field.kind == "text":
        return st.text_area(label, value=value or "", key=key, height="content")
    return _table(field, value or [], key)


def _sided(field: Field, value: Mapping[str, str], key: str) -> dict[str, str]:
    told = _words_of(field)
    chosen = st.pills(
        told(field.label),
        field.options,
        selection_mode="multi",
        default=list(value),
        format_func=told,
        key=key,
    )
    sides = {}
    for option in chosen:
        sides[option] = (
            st.pills(
                t("Side of {what}", what=told(option)),
                SIDES[1:],
                format_func=t,
                default=value.get(option) or None,
                key=f"{key}.{option}",
            )
            or ""
        )
    return sides


def _grid(field: Field, value: Mapping[str, str], key: str) -> dict[str, str | None]:
    told = _words_of(field)
    with st.expander(told(field.label), expanded=bool(value)):
        return {
            part: st.pills(
                told(part),
                field.options,
                default=value.get(part),
                format_func=told,
                key=f"{key}.{part}",
            )
            for part in field.parts
        }


def _table(field: Field, value: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    config: dict[str, Any] = {}
    for column in field.columns:
        label = field.told(column.label, t)
        if column.options:
            config[column.key] = st.column_config.SelectboxColumn(
                label,
                options=list(column.options),
                format_func=lambda option: field.told(str(option), t),
            )
        elif column.is_number:
            config[column.key] = st.column_config.NumberColumn(
                label, min_value=column.minimum, max_value=column.maximum
            )
        else:
            config[column.key] = st.column_config.TextColumn(label)
    # The editor's changes are relative to what it was first given: keep that fixed meanwhile.
    start = st.session_state.setdefault(f"{key}.start", value)
    columns = {
        column.key: pd.Series(
            [row.get(column.key) for row in start],
            dtype="Float64" if column.is_number else "string",
        )
        for column in field.columns
    }
    told = _words_of(field)
    with st.expander(told(field.label), expanded=bool(value)):
        edited = st.data_editor(
            pd.DataFrame(columns),
            num_rows="dynamic",
            column_config=config,
            hide_index=True,
            width="stretch",
            key=key,
        )
    cells = edited.astype(object).where(edited.notna(), None)
    return [{str(name): cell for name, cell in row.items()} for row in cells.to_dict("records")]


def _float(value: float | None) -> float | None:
    return None if value is None else float(value)
