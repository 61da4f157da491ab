"""The SOT note on screen: a form made from the vocabulary, and the note read back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

import pandas as pd
import streamlit as st

from posture.practice import sot
from posture.practice.sot import OWN_SETTING, SIDES, Field, Findings, Stage, lines, tidy, with_own
from posture.records.validation import OutOfRange, out_of_range
from posture.ui import session
from posture.ui.fields import Entered, number, say, text
from posture.ui.words import t

STAGES = (Stage.PRE, Stage.POST, Stage.VISIT)


def vocabulary() -> tuple[Field, ...]:
    """Return the note's fields with the practice's own, of its file and of its settings."""
    store = session.store()
    return with_own(sot.vocabulary(store.home), store.settings.get(OWN_SETTING))


@dataclass(frozen=True)
class Edited:
    """The findings of each stage in the form, and which of them are impossible."""

    notes: dict[Stage, dict[str, Any]]
    wrong: tuple[str, ...]


NOTHING: Mapping[Stage, Findings] = {}


def edit(
    fields: tuple[Field, ...],
    notes: Mapping[Stage, Findings],
    *,
    key: str,
    saved: Mapping[Stage, Findings] = NOTHING,
    first: Stage = Stage.PRE,
) -> Edited:
    """Show the form and return the findings of each stage.

    Parameters
    ----------
    fields : tuple of Field
        The vocabulary.
    notes : mapping of Stage to findings
        The content of the form so far.
    key : str
        Distinguishes this form's widgets.
    saved : mapping of Stage to findings
        The saved findings: they are shown, and only missing ones can be added.
    first : Stage
        The stage whose tab is in front.
    """
    edited: dict[Stage, dict[str, Any]] = {}
    wrong: list[str] = []
    for tab, stage in zip(
        st.tabs([t(stage.short) for stage in STAGES], default=t(first.short)), STAGES, strict=True
    ):
        with tab:
            there = saved.get(stage, {})
            if there:
                _table_of(there, fields)
                st.caption(t("Already saved. To change a saved finding, use “Correct this visit”."))
            found: dict[str, Any] = {}
            before = notes.get(stage, {})
            mine = [f for f in fields if stage in f.stages and f.key not in there]
            groups = {field.group: field.display(field.group, t) for field in mine}
            for group, words in groups.items():
                st.markdown(f"##### {session.plain(words)}")
                for field in mine:
                    if field.group == group:
                        widget = f"{key}.{stage}.{field.key}"
                        entered = _input(field, before.get(field.key), widget)
                        found[field.key] = entered.value
                        wrong += [entered.wrong] if entered.wrong else []
            edited[stage] = tidy(found)
    return Edited(edited, tuple(wrong))


def read(fields: tuple[Field, ...], notes: Mapping[Stage, Findings]) -> None:
    """Show a saved note."""
    if not any(notes.values()):
        st.caption(t("No note."))
        return
    for stage in STAGES:
        if notes.get(stage):
            st.markdown(f"##### {t(stage.words)}")
            _table_of(notes[stage], fields)


def _table_of(findings: Findings, fields: tuple[Field, ...]) -> None:
    rows = [map(session.plain, row) for row in lines(findings, fields, t)]
    st.table(pd.DataFrame(rows, columns=[t("Finding"), t("Recorded")]), hide_index=True)


def _words_of(field: Field) -> Callable[[str], str]:
    """Return a function that shows one of the field's words where markdown is read."""
    return lambda word: session.plain(field.display(str(word), t))


def _input(field: Field, value: Any, key: str) -> Entered[Any]:
    if field.kind == "number":
        least, most = _float(field.minimum), _float(field.maximum)
        return number(
            session.plain(field.display(field.label, t)), _float(value),
            -inf if least is None else least, inf if most is None else most,
            what=field.display(field.label, t), key=key, step=1.0, format="%g",
            placeholder=t("not recorded"),
        )  # fmt: skip
    if field.kind == "table":
        rows = _table(field, value or [], key)
        wrong = list(out_of_range({field.key: rows}, (field,)))
        for one in wrong:
            say(_words(field, one))
        return Entered(rows, _words(field, wrong[0]) if wrong else "")
    return Entered(_choice(field, value, key))


def _words(field: Field, found: OutOfRange) -> str:
    columns = {f"{field.label}, {column.label}": column.label for column in field.columns}
    return t(
        "{what}: {value:g} is not between {least:g} and {most:g}.",
        what=f"{field.display(field.label, t)}, {field.display(columns[found.label], t)}",
        value=found.value, least=found.least, most=found.most,
    )  # fmt: skip


def _choice(field: Field, value: Any, key: str) -> Any:
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
    return text(label, value or "", key=key, large=True, height="content")


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
        label = field.display(column.label, t)
        if column.options:
            config[column.key] = st.column_config.SelectboxColumn(
                label,
                options=list(column.options),
                format_func=lambda option: field.display(str(option), t),
            )
        elif column.is_number:
            # Without bounds: the editor would silently drop values outside them.
            config[column.key] = st.column_config.NumberColumn(label)
        else:
            config[column.key] = st.column_config.TextColumn(label)
    # The editor's changes are relative to its first value: keep that fixed.
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
