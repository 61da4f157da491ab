"""What people read, in their language: English in the code, other languages in ``locale/``.

``t("Text with {value}", value=...)`` is all that a page needs. What is said in one place and shown
in another, such as an error or a capture issue, travels as a :class:`Message`: its text and its
values, put together where it is shown. Language and unit of lengths are those of the current run (a
context variable), so that two people may read two languages at once.
"""

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cache
from gettext import NullTranslations
from importlib.resources import files
from numbers import Integral, Real
from string import Formatter
from typing import Any, Literal, Self

from babel.core import negotiate_locale
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, get_decimal_symbol
from babel.support import Translations

LANGUAGES = {"en": "English", "de": "Deutsch"}
"""Language codes and what each is called by those who speak it."""

PLACEHOLDER = re.compile(r"\{(\w+)[^{}]*\}")

ABBREVIATION = re.compile(r"\b(?:asis|psis|c7)\b")

Lengths = Literal["mm", "in"]


@dataclass(frozen=True)
class Speech:
    """How things are told: a language's code, and the unit that lengths are shown in."""

    language: str = "en"
    lengths: Lengths = "mm"


_speech: ContextVar[Speech] = ContextVar("speech", default=Speech())  # noqa: B039 - frozen


def speech() -> Speech:
    """Return how this run tells things."""
    return _speech.get()


def speak(how: Speech) -> None:
    """Tell things this way from now on in this run."""
    _speech.set(how)


@contextmanager
def speaking(how: Speech) -> Iterator[None]:
    """Tell things this way within a block."""
    before = _speech.set(how)
    try:
        yield
    finally:
        _speech.reset(before)


class Message(str):
    """What is said to a person, as data: an English text and the values that go into it.

    As a string it is the English sentence, which logs, JSON and the record hold; :func:`t` says it
    in the language of the run. A value that is a message itself, or a member of one of our
    enumerations, is translated with it; anything else, such as a name that somebody typed, stays
    as it is.

    Parameters
    ----------
    text : str
        English, written out where it is said, so that the catalogs find it; ``{name}`` where a
        value goes, with a format where it needs one.
    plural : str, optional
        The text where ``n`` is not 1.
    values
        By name. With a ``plural``, ``n`` is the number.
    """

    __slots__ = ("plural", "text", "values")

    text: str
    plural: str | None
    values: Mapping[str, Any]

    def __new__(  # noqa: D102 - the class says it
        cls, text: str, /, *, plural: str | None = None, **values: Any
    ) -> Self:
        kept = {name: _value(value) for name, value in values.items()}
        said = super().__new__(cls, _filled(text, plural, kept, "en"))
        said.text, said.plural, said.values = text, plural, kept
        return said

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self.text, self.plural, dict(self.values))

    def told(self, language: str) -> str:
        """Return it in a language."""
        return str(self) if language == "en" else self._filled(language)

    def _filled(self, language: str) -> str:
        return _filled(self.text, self.plural, self.values, language)


def t(text: str, /, **values: Any) -> str:
    """Return an English text, or a message, in the language of this run, with the values put in.

    What a catalog lacks stays English.
    """
    said = text if isinstance(text, Message) else Message(text, **values)
    return said.told(_speech.get().language)


def tn(text: str, plural: str, /, n: int, **values: Any) -> str:
    """Return the first text where ``n`` is 1, else the other, as :func:`t` does."""
    return t(Message(text, plural=plural, n=n, **values))


def messages_to_json(messages: Iterable[str | None]) -> dict[str, Any]:
    """Return what brings messages back from English sentences: :func:`message_from_json` does."""
    return {
        str(said): {"text": said.text, "plural": said.plural, "values": _plain(said.values)}
        for said in messages
        if isinstance(said, Message) and said.values
    }


def message_from_json(said: str, known: Mapping[str, Any] | None) -> Message:
    """Return the message that is kept as an English sentence.

    ``known`` is from :func:`messages_to_json`. A sentence that is not there, as in a record of an
    earlier version, has no values.
    """
    if not known or said not in known:
        return Message(said)
    row = known[said]
    return _again(row["text"], row["plural"], _values_again(row["values"]))


def _again(text: str, plural: str | None, values: Mapping[str, Any]) -> Message:
    return Message(text, plural=plural, **values)


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as JSON has them; a message is an object, whatever it is in is a list."""

    def one(value: Any) -> Any:
        if isinstance(value, Message):
            return {"text": value.text, "plural": value.plural, "values": _plain(value.values)}
        return [one(part) for part in value] if isinstance(value, tuple) else value

    return {name: one(value) for name, value in values.items()}


def _values_again(values: Mapping[str, Any]) -> dict[str, Any]:
    def one(value: Any) -> Any:
        if isinstance(value, dict):
            return _again(value["text"], value["plural"], _values_again(value["values"]))
        return tuple(map(one, value)) if isinstance(value, list) else value

    return {name: one(value) for name, value in values.items()}


def _value(value: object) -> Any:
    """Return a value as a message keeps it: immutable, to be sent and stored."""
    if isinstance(value, Exception):
        said = value.args[0] if value.args else None
        value = said if isinstance(said, Message) else str(value)
    if isinstance(value, Message):
        return value
    if isinstance(value, Enum):
        return Message(member_name(value))
    if isinstance(value, Real):
        return int(value) if isinstance(value, Integral) else float(value)
    if isinstance(value, tuple | list):
        return tuple(map(_value, value))
    return str(value)


def _filled(text: str, plural: str | None, values: Mapping[str, Any], language: str) -> str:
    """Return a text in a language, with its values in it; without values braces are braces."""
    catalog = _catalog(language)
    if plural is not None:
        text = catalog.ngettext(text, plural, values["n"])
    elif text:  # the empty one is a catalog's own header
        text = catalog.gettext(text)
    return _Values(language).vformat(text, (), values) if values else text


class _Values(Formatter):
    """Puts values into a text: messages in its language, several with commas, decimals as usual."""

    def __init__(self, language: str) -> None:
        self.language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, tuple):
            return ", ".join(self.format_field(part, format_spec) for part in value)
        if isinstance(value, Message):
            value = value.told(self.language)
        written = str(super().format_field(value, format_spec))
        if isinstance(value, float) and self.language != "en":
            return written.replace(".", get_decimal_symbol(self.language))
        return written


def member_name(member: Enum) -> str:
    """Return the English name of a landmark, or of another of our enumerations' members."""
    return ABBREVIATION.sub(lambda found: found[0].upper(), str(member).replace("_", " "))


def asked_language(header: str) -> str:
    """Return the language that a browser's Accept-Language asks for, English where none is had."""
    wanted = [part.partition(";")[0].strip() for part in header.split(",")]
    return negotiate_locale([w for w in wanted if w], list(LANGUAGES), sep="-") or "en"


def in_sentence(text: str) -> str:
    """Return a text with a small first letter, to stand within a sentence; others stay as written.

    German nouns and forms of address keep their capitals.
    """
    return text[:1].lower() + text[1:]


def day_words(day: date) -> str:
    """Return a day as people write it: "3 March 2026"."""
    return format_date(day, "long", locale=_LOCALES.get(_speech.get().language, "en_GB"))


def number_words(value: float, decimals: int) -> str:
    """Return a number with this many decimals, with the language's decimal sign."""
    pattern = "0." + "0" * decimals if decimals else "0"
    return format_decimal(value, pattern, locale=_LOCALES.get(_speech.get().language, "en_GB"))


_LOCALES = {"en": "en_GB", "de": "de"}


@cache
def _catalog(language: str) -> NullTranslations:
    """Return the texts of a language; English where there is no catalog."""
    file = files("posture").joinpath(f"locale/{language}.po")
    if language not in LANGUAGES or not file.is_file():
        return NullTranslations()
    with file.open("rb") as source:
        catalog = read_po(source, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(compiled)
