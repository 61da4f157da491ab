"""The registry of settings: what each may hold, and what counts where it holds something else.

A setting that is not a row here can be neither written nor read. The store checks a value on its
way in and on its way out: a value that cannot be is refused, and one that is kept all the same, as
from an earlier version, gives way to what :attr:`Setting.mend` makes of it; ``posture doctor`` says
so.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from posture.errors import PostureError
from posture.practice import protocols, settings, sot
from posture.records.types import RecordError
from posture.words import Message

IDLE_MINUTES, RETENTION_YEARS = (1, 120), (1, 100)
LONGEST_TEXT = 20_000
FIRST_YEAR, LAST_YEAR = 1970, 9000
"""Beyond them, zones cannot be reckoned with everywhere."""


Check = Callable[[Any], Message | None]
"""Returns what is wrong with a value, None where nothing is."""


@dataclass(frozen=True)
class Setting:
    """A row of the registry; ``mend`` makes of a value that cannot be one that can."""

    default: Any
    check: Check
    mend: Callable[[Any], Any] | None = None

    def wrong(self, value: Any) -> Message | None:
        """Return what is wrong with a value, None where nothing is."""
        try:
            return self.check(value)
        except (
            PostureError, ValueError, TypeError, KeyError, AttributeError, OverflowError,
            RecursionError,
        ) as error:  # fmt: skip
            if isinstance(error, PostureError):
                return error.message
            return Message("it is not of the right kind")

    def usable(self, value: Any) -> Any:
        """Return the value, or what counts instead of one that cannot be."""
        if self.wrong(value) is None:
            return value
        mended = self.mend(value) if self.mend else self.default
        return mended if self.wrong(mended) is None else self.default


def number(low: float, high: float) -> Check:
    """Return the check of a number within bounds."""

    def check(value: Any) -> Message | None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return Message("it is not a number")
        if not math.isfinite(value) or not low <= value <= high:
            return Message("it is not between {low:g} and {high:g}", low=low, high=high)
        return None

    return check


def text(value: Any) -> Message | None:
    """Check a text that people typed."""
    if not isinstance(value, str):
        return Message("it is not a text")
    if len(value) > LONGEST_TEXT or "\0" in value:
        return Message("it is longer than {most} characters, or not a text", most=LONGEST_TEXT)
    return None


def flag(value: Any) -> Message | None:
    """Check a yes or no."""
    return None if isinstance(value, bool) else Message("it is neither yes nor no")


def moment(value: Any) -> Message | None:
    """Check a moment as it is written, with its zone."""
    found = datetime.fromisoformat(value)
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        return Message("the year {year} is impossible", year=found.year)
    return None if found.tzinfo else Message("it has no time zone")


def or_none(check: Check) -> Check:
    """Return the check of a value that may be missing."""
    return lambda value: None if value is None else check(value)


def texts(value: Any) -> Message | None:
    """Check texts by name."""
    if not isinstance(value, Mapping):
        return Message("it is not a list of names and texts")
    return next(filter(None, map(text, value.values())), None)


def _practice(row: Any) -> Message | None:
    wrong = settings.unusable(row)
    return Message("it cannot be used: {wrong}", wrong=", ".join(wrong)) if wrong else None


def _mended_practice(row: Any) -> Any:
    return settings.to_json(settings.from_json(row))


def _protocols(rows: Any) -> Message | None:
    if not isinstance(rows, list):
        return Message("it is not a list")
    for row in rows:
        protocols.from_json(row)
    return None


def _mended_protocols(rows: Any) -> list[Any]:
    one = Setting(None, lambda row: _protocols([row]))
    return [row for row in rows if one.wrong(row) is None] if isinstance(rows, list) else []


def _own_words(own: Any) -> Message | None:
    options = own.get("options", {})
    if not all(isinstance(name, str) for listed in options.values() for name in listed):
        return Message("an option is not a text")
    for field in sot.own_fields(own):
        if field.kind not in sot.OWN_KINDS:
            return Message("a field's kind is {kind}", kind=field.kind)
        if not all(isinstance(each, str) for each in (field.label, *field.options)):
            return Message("a name is not a text")
    return None


SETTINGS: dict[str, Setting] = {
    settings.SETTING: Setting({}, _practice, _mended_practice),
    protocols.SETTING: Setting([], _protocols, _mended_protocols),
    protocols.DEFAULT_SETTING: Setting(None, or_none(text)),
    sot.OWN_SETTING: Setting({}, _own_words),
    "idle_minutes": Setting(15, number(*IDLE_MINUTES)),
    "retention_years": Setting(None, or_none(number(*RETENTION_YEARS))),
    "consent_words": Setting({}, texts),
    "consent_words_kept": Setting({}, texts),
    "backup_folder": Setting(None, or_none(text)),
    "backup_failed": Setting(None, or_none(text)),
    "last_backup": Setting(None, or_none(moment)),
    "scrub_pending": Setting(default=False, check=flag),
}


def setting_of(name: str) -> Setting:
    """Return a row of the registry.

    Raises
    ------
    RecordError
        When there is no setting of that name.
    """
    if name not in SETTINGS:
        raise RecordError(Message("There is no setting named {name!r}.", name=name))
    return SETTINGS[name]
