"""Fields to type into: their content outlives the page, and impossible values are pointed out.

A day is typed as text, because Streamlit's date picker silently corrects 1980-02-31. A number has
no bounds in the browser, which would silently not send values outside them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

import streamlit as st

from posture.records.validation import WrongError, read_day
from posture.ui import browser_tab, session
from posture.ui.words import t

Value = TypeVar("Value")


@dataclass(frozen=True)
class Entered(Generic[Value]):
    """The value of a field; if the input is impossible, the previous value and the reason."""

    value: Value
    wrong: str = ""


def text(
    label: str, known: str = "", *, key: str, place: Any = st, large: bool = False, **options: Any
) -> str:
    """Show a text field; it begins with unsent input, or else with the known text."""
    field = place.text_area if large else place.text_input
    return str(field(label, begun(key, known), key=key, **options))


def day(
    label: str,
    known: date | None,
    *,
    key: str,
    place: Any = st,
    check: Callable[[date], str | None] = lambda _day: None,
    **options: Any,
) -> Entered[date | None]:
    """Show a field for a day; an impossible one is pointed out below it."""
    slot = place.container()
    typed = text(
        label, known.isoformat() if known else "", key=key, place=slot,
        placeholder=t("e.g. 1980-02-29"), **options,
    ).strip()  # fmt: skip
    if not typed:
        return Entered(None)
    found = known
    try:
        found = read_day(typed)
        wrong = check(found) or ""
    except WrongError as error:
        wrong = error.message
    say(wrong, slot)
    return Entered(known if wrong else found, wrong)


def number(
    label: str,
    known: float | None,
    least: float,
    most: float,
    *,
    key: str,
    place: Any = st,
    what: str = "",
    needed: bool = False,
    **options: Any,
) -> Entered[float | None]:
    """Show a field for a number; one out of bounds, or missing, is pointed out below it.

    ``what`` is the label in plain text, if the one that is shown has escaped signs.
    """
    slot = place.container()
    value = slot.number_input(label, value=_number(key, known), key=key, **options)
    if value is None and needed:
        wrong = t("{what}: a number is needed.", what=what or label)
    elif value is None or least <= value <= most:
        return Entered(value)
    else:
        wrong = t(
            "{what}: {value:g} is not between {least:g} and {most:g}.",
            what=what or label, value=value, least=least, most=most,
        )  # fmt: skip
    say(wrong, slot)
    return Entered(known, wrong)


def say(wrong: str, place: Any = st) -> None:
    """Say beside a field why its value is impossible."""
    if wrong:
        place.error(session.plain(t(wrong)), icon=":material/error:")


def begun(key: str, known: str) -> str:
    """Return the initial text of a field: unsent input, or else the known text."""
    found = session.manager().unsent_fields.text(_tab(), key)
    return known if found is None else found


def forget(prefix: str) -> None:
    """Forget the unsent input of fields whose keys begin so: it is saved or discarded."""
    session.manager().unsent_fields.forget(_tab(), prefix)


def _number(key: str, known: float | None) -> float | None:
    """Return the initial number of a field, of the same type as the known number."""
    typed = session.manager().unsent_fields.text(_tab(), key)
    if typed is None:
        return known
    whole = isinstance(known, int)
    if typed.strip() and re.fullmatch(r"-?\d+" if whole else r"-?\d*\.?\d+", typed.strip()):
        return int(typed) if whole else float(typed)
    return known if typed.strip() else None


def _tab() -> tuple[str, str]:
    return session.actor().name, browser_tab.name()
