"""The content of a report, before it is laid out as PDF or HTML."""

from dataclasses import dataclass

from posture.practice.settings import Letterhead


@dataclass(frozen=True)
class Figure:
    """A picture as JPEG, with its caption and alternative text."""

    jpeg: bytes
    caption: str
    alt: str


@dataclass(frozen=True)
class Table:
    """Rows under a head; ``strong`` are the numbers of the emphasised rows."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    strong: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Section:
    """A heading with pictures side by side, tables and remarks under it."""

    heading: str
    pictures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Document:
    """A report. ``facts`` are names and values under the title; ``foot`` ends every page."""

    language: str
    title: str
    letterhead: Letterhead
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    foot: str
    page_words: str = "Page"
