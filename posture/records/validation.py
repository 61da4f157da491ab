"""What cannot be right of a patient, a visit or a note, said in words. Screens and imports ask.

The store refuses by the same rules, whoever saves.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from posture.practice.sot import Field, Findings, Stage
from posture.ranges import HEIGHT_CM
from posture.records.types import PatientDetails, RecordError
from posture.words import Message

EARLIEST = date(1900, 1, 1)
"""Nobody was born, or photographed, before that day whose record is kept here."""

CLOCKS_DIFFER = timedelta(minutes=10)
"""So far ahead may a visit be: the clocks of two machines differ, and times are rounded."""

LIMITS = {"deg": 180.0, "mm": 3000.0}
"""No measured value of a person is larger, either way."""

DAYS = (
    (re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})"), (1, 2, 3)),
    (re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})"), (3, 2, 1)),
)


class WrongError(RecordError):
    """Something that cannot be right. Nothing is saved until it is."""


def read_day(text: str) -> date:
    """Return the day that a text names: 1980-02-29, or 29.2.1980.

    Raises
    ------
    WrongError
        When it is no date, or the calendar has no such day. None is put in its place.
    """
    for pattern, order in DAYS:
        if match := pattern.fullmatch(text.strip()):
            try:
                return date(*(int(match[n]) for n in order))
            except ValueError:
                raise WrongError(
                    Message("{value} is not a day of the calendar.", value=text.strip())
                ) from None
    raise WrongError(Message("{value} is not a date. Write it as 1980-02-29.", value=text.strip()))


def wrong_name(name: str) -> Message | None:
    """Return why a patient's name cannot be right; None where it can."""
    return None if name.strip() else Message("A patient needs a name or a code.")


def wrong_birth(born: date, today: date, first_visit: date | None = None) -> Message | None:
    """Return why a date of birth cannot be right; None where it can."""
    if born > today:
        return Message("{born} cannot be a date of birth: it is in the future.", born=born)
    if born < EARLIEST:
        return Message(
            "{born} cannot be a date of birth: it is before {earliest}.",
            born=born,
            earliest=EARLIEST,
        )
    if first_visit is not None and born > first_visit:
        return Message(
            "{born} cannot be the date of birth: there is a visit on {first_visit}.",
            born=born,
            first_visit=first_visit,
        )
    return None


def wrong_height(cm: float) -> Message | None:
    """Return why a height cannot be right; None where it can."""
    least, most = HEIGHT_CM
    if not least <= cm <= most:
        return Message(
            "A height of {cm:g} cm cannot be right. It is {least:g} to {most:g} cm.",
            cm=cm,
            least=least,
            most=most,
        )
    return None


def wrong_moment(moment: datetime, now: datetime, born: date | None = None) -> Message | None:
    """Return why a visit cannot have been at a moment; None where it can."""
    if moment > now + CLOCKS_DIFFER:
        return Message(
            "A visit on {moment} cannot be right: it is in the future. This computer's clock "
            "shows {now}.",
            moment=f"{moment:%Y-%m-%d, %H:%M}",
            now=f"{now:%Y-%m-%d, %H:%M}",
        )
    if moment.date() < EARLIEST:
        return Message(
            "A visit on {date} cannot be right: it is before {earliest}.",
            date=moment.date(),
            earliest=EARLIEST,
        )
    if born is not None and moment.date() < born:
        return Message(
            "A visit on {date} cannot be right: the patient was born on {born}.",
            date=moment.date(),
            born=born,
        )
    return None


def wrong_consent_day(day: date, today: date) -> Message | None:
    """Return why a consent cannot have been given on a day; None where it can."""
    if day > today:
        return Message("A consent cannot be given on a future date.")
    if day < EARLIEST:
        return Message(
            "A consent on {day} cannot be right: it is before {earliest}.",
            day=day,
            earliest=EARLIEST,
        )
    return None


def wrong_value(value: float, unit: str) -> Message | None:
    """Return why a measured value cannot be right; None where it can."""
    if not abs(value) <= LIMITS[unit]:
        return Message("a value of {value:g} {unit} cannot be right", value=value, unit=unit)
    return None


def wrong_details(
    details: PatientDetails, today: date, first_visit: date | None = None
) -> dict[str, Message]:
    """Return what cannot be right of a patient's details, by the name of the field."""
    found: dict[str, Message | None] = {"name": wrong_name(details.name)}
    if details.date_of_birth is not None:
        found["date_of_birth"] = wrong_birth(details.date_of_birth, today, first_visit)
    if details.height_cm is not None:
        found["height_cm"] = wrong_height(details.height_cm)
    return {name: why for name, why in found.items() if why}


@dataclass(frozen=True)
class OutOfRange:
    """A number of a note that is outside of what its field takes."""

    label: str
    value: float
    least: float
    most: float

    @property
    def message(self) -> Message:
        """What is wrong, for people."""
        return Message(
            "{label}: {value:g} is not between {least:g} and {most:g}.",
            label=self.label,
            value=self.value,
            least=self.least,
            most=self.most,
        )


def out_of_range(findings: Findings, fields: tuple[Field, ...]) -> Iterator[OutOfRange]:
    """Yield the numbers of findings that are outside of what their fields take."""
    for field in fields:
        value = findings.get(field.key)
        if field.kind == "number":
            yield from _outside(field.label, value, field.minimum, field.maximum)
        elif field.kind == "table" and isinstance(value, list):
            for row in value:
                for column in field.columns:
                    label = f"{field.label}, {column.label}"
                    cell = row.get(column.key) if isinstance(row, Mapping) else None
                    yield from _outside(label, cell, column.minimum, column.maximum)


def _outside(
    label: str, value: Any, least: float | None, most: float | None
) -> Iterator[OutOfRange]:
    if least is None or most is None or not isinstance(value, (int, float)):
        return
    if not least <= value <= most:
        yield OutOfRange(label, value, least, most)


def demand(*wrong: Message | None) -> None:
    """Raise :class:`WrongError` with the first of these reasons, where there is one."""
    for why in wrong:
        if why:
            raise WrongError(why)


def demand_note(notes: Mapping[Stage, Findings], fields: tuple[Field, ...]) -> None:
    """Raise :class:`WrongError` where a number of a note cannot be right."""
    for findings in notes.values():
        demand(*(found.message for found in out_of_range(findings, fields)))


def added(saved: Findings, new: Findings, fields: tuple[Field, ...]) -> dict[str, Any]:
    """Return saved findings with new ones beside them.

    Raises
    ------
    WrongError
        When a field has another value already.
    """
    other = {key for key, value in new.items() if saved.get(key, value) != value}
    if other:
        names = {key: key for key in other}
        names |= {field.key: field.label for field in fields if field.key in other}
        raise WrongError(
            Message(
                "The saved note already has other values: {fields}. To change a saved finding, "
                "use “Correct this visit” and give the reason. Nothing was added.",
                fields=", ".join(sorted(names.values())),
            )
        )
    return {**saved, **new}
