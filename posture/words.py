"""What people read, in their language: English in the code, other languages in ``locale/``.

``t("Text with {value}", value=...)`` is all that a page needs. Language and unit of lengths are
those of the current run (a context variable), so that two people may read two languages at once.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Literal

from babel.core import negotiate_locale
from babel.dates import format_date
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

LANGUAGES = {"en": "English", "de": "Deutsch"}
"""Language codes and what each is called by those who speak it."""

PLACEHOLDER = re.compile(r"\{(\w+)[^{}]*\}")
NAMED = re.compile(
    r"^\{v0\}|(?:protocol|file|folder|field|backup|backups,|view of) \{(?P<name>v\d)\}"
)
"""Where a message names what somebody typed: a file, a person, a protocol. It stays as it is."""
FEWEST_LETTERS = 8  # of a text with values in it, to be known again without them

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


def t(text: str, /, **values: object) -> str:
    """Return an English text in the language of this run, with the values put in.

    A text that came with its values already in it, such as an error's message, is known again by
    the words around them. What a catalog lacks stays English.
    """
    language = _speech.get().language
    if language != "en":
        found = _catalog(language).get(text)
        if found is None and not values:
            return _known_again(text, language)
        text = found or text
    return text.format(**values) if values else text


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
def _catalog(language: str) -> dict[str, str]:
    """Return the texts of a language; empty where there is no catalog."""
    file = files("posture").joinpath(f"locale/{language}.po")
    if language not in LANGUAGES or not file.is_file():
        return {}
    with file.open("rb") as stream:
        catalog = read_po(stream, locale=language)
    return {str(m.id): str(m.string) for m in catalog if m.id and m.string and not m.fuzzy}


@cache
def _patterns(language: str) -> tuple[tuple[re.Pattern[str], str, frozenset[str]], ...]:
    """Return the texts with values in them as patterns, the most telling ones first.

    With each: its words in the other language, and which of its values somebody typed.
    """
    found = []
    for text, other in _catalog(language).items():
        letters = sum(map(str.isalpha, PLACEHOLDER.sub("", text)))
        if PLACEHOLDER.search(text) and letters >= FEWEST_LETTERS:
            names = PLACEHOLDER.findall(text)
            if len(set(names)) < len(names):
                continue
            parts = PLACEHOLDER.split(text)
            pattern = "".join(
                f"(?P<p_{part}>.+?)" if index % 2 else re.escape(part)
                for index, part in enumerate(parts)
            )
            plain = PLACEHOLDER.sub(r"{\1}", other)  # the value is text by now
            typed = frozenset(match["name"] or "v0" for match in NAMED.finditer(text))
            found.append((letters, re.compile(pattern, re.DOTALL), plain, typed))
    found.sort(key=lambda row: -row[0])
    return tuple(row[1:] for row in found)


def _known_again(text: str, language: str) -> str:
    for pattern, other, typed in _patterns(language):
        if match := pattern.fullmatch(text):
            found = {name.removeprefix("p_"): value for name, value in match.groupdict().items()}
            values = {
                name: value if name in typed else _value_again(value, language)
                for name, value in found.items()
            }
            return other.format(**values)
    return text


def _value_again(value: str, language: str) -> str:
    """Return a value that stood in a message, itself a text of the catalog or not."""
    catalog = _catalog(language)
    return catalog.get(value) or catalog.get(value.lower()) or _known_again(value, language)
