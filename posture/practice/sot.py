"""The visit note of the Sacro-Occipital Technique: its vocabulary (data) and its types.

A note records the practitioner's findings. Nothing here infers one finding, or a category, from
another finding.
"""

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from posture.edited import toml_of
from posture.errors import FileError, PostureError
from posture.words import Message


class Stage(StrEnum):
    """The part of a visit in which something was found or photographed."""

    PRE = "pre"
    POST = "post"
    VISIT = "visit"

    @property
    def words(self) -> str:
        """The words for people."""
        return {
            Stage.PRE: "Before the adjustment",
            Stage.POST: "After the adjustment",
            Stage.VISIT: "Whole visit",
        }[self]

    @property
    def short(self) -> str:
        """A short label for a tab."""
        return {Stage.PRE: "Before", Stage.POST: "After", Stage.VISIT: "Visit"}[self]


SIDES = ("", "left", "right", "both")
OWN_SETTING = "sot"
"""A practice's own options (field key to a list) and fields (label, kind, options)."""
OWN_KINDS = {
    "choice": "one option",
    "choices": "several options",
    "number": "a number",
    "text": "text",
}
KINDS = ("choice", "choices", "sided", "grid", "number", "text", "table")

Findings = Mapping[str, Any]
"""Field key to value: text, number, list of texts, option to side, part to option, or rows."""


@dataclass(frozen=True)
class TableColumn:
    """A column of a table field; without options and bounds it is free text."""

    key: str
    label: str
    options: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None

    @property
    def is_number(self) -> bool:
        """Whether the column holds numbers."""
        return self.minimum is not None


@dataclass(frozen=True)
class Field:
    """A row of the vocabulary.

    ``typed`` are the words that the practice typed: they are never translated.
    """

    key: str
    label: str
    group: str
    kind: str
    stages: tuple[Stage, ...]
    options: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    columns: tuple[TableColumn, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    source: str = ""
    typed: frozenset[str] = frozenset()

    def display(self, word: str, translate: Callable[[str], str]) -> str:
        """Return one of the field's words translated, unless the practice typed it."""
        return word if word in self.typed else translate(word)


class VocabularyError(PostureError):
    """A practice's own vocabulary file is invalid."""


@cache
def standard_vocabulary() -> tuple[Field, ...]:
    """Return the fields that come with the program."""
    text = files("posture.practice").joinpath("sot.toml").read_text(encoding="utf-8")
    return _parse(tomllib.loads(text), "sot.toml")


def vocabulary(home: Path) -> tuple[Field, ...]:
    """Return the fields, with the practice's own from ``sot.toml`` in its data folder.

    If the program has a field of the same key, its options are extended; other fields are appended.

    Raises
    ------
    VocabularyError
        If the practice's file is invalid.
    """
    own_file = home / "sot.toml"
    if not own_file.exists():
        return standard_vocabulary()
    try:
        rows = toml_of(own_file)
    except FileError as error:
        raise VocabularyError(error.message) from None
    fields = {field.key: field for field in standard_vocabulary()}
    for own in _parse(rows, str(own_file)):
        known = fields.get(own.key)
        if known is None:
            fields[own.key] = replace(own, typed=frozenset(_own_words(own)))
        else:
            fields[own.key] = _widened(known, own.options)
    return tuple(fields.values())


def _own_words(field: Field) -> Iterator[str]:
    yield from (field.label, field.group, *field.options, *field.parts)
    for column in field.columns:
        yield from (column.label, *column.options)


def _widened(field: Field, more: Iterable[str]) -> Field:
    """Return a field with a practice's options added."""
    new = tuple(option for option in dict.fromkeys(more) if option not in field.options)
    return replace(field, options=(*field.options, *new), typed=field.typed | set(new))


def with_own(fields: tuple[Field, ...], own: Mapping[str, Any]) -> tuple[Field, ...]:
    """Return the fields with a practice's own options and fields, as stored in Settings."""
    more: Mapping[str, list[str]] = own.get("options", {})
    widened = tuple(_widened(field, more.get(field.key, ())) for field in fields)
    taken = {field.key for field in fields}
    return (*widened, *(field for field in own_fields(own) if field.key not in taken))


def own_fields(own: Mapping[str, Any]) -> tuple[Field, ...]:
    """Return a practice's own fields.

    Raises
    ------
    VocabularyError
        If a field has no name, a duplicate name, or is a choice without options.
    """
    found: dict[str, Field] = {}
    for row in own.get("fields", ()):
        label, kind, options = row["label"], row["kind"], tuple(row["options"])
        key = "own_" + "_".join(label.casefold().split())
        if not label:
            raise VocabularyError(Message("A field needs a name."))
        if key in found:
            raise VocabularyError(Message("A field with this name already exists."))
        if kind in ("choice", "choices") and len(options) < 2:
            raise VocabularyError(
                Message("A choice needs at least two options, separated by commas.")
            )
        stages = (Stage.PRE, Stage.POST)
        typed = frozenset((label, *options))
        found[key] = Field(key, label, "Own findings", kind, stages, options, typed=typed)
    return tuple(found.values())


def _parse(rows: Mapping[str, Any], name: str) -> tuple[Field, ...]:
    try:
        fields = tuple(_field(row) for row in rows.get("field", []))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise VocabularyError(
            Message("{name} cannot be used: {error}. Correct or remove it.", name=name, error=error)
        ) from None
    return fields


def _field(row: dict[str, Any]) -> Field:
    if row["kind"] not in KINDS:
        raise ValueError(
            Message(
                "field {field}: there is no kind {kind!r}, only {kinds}",
                field=row["key"],
                kind=row["kind"],
                kinds=tuple(KINDS),
            )
        )
    return Field(
        key=row["key"],
        label=row["label"],
        group=row["group"],
        kind=row["kind"],
        stages=tuple(Stage(stage) for stage in row["stages"]),
        options=tuple(row.get("options", ())),
        parts=tuple(row.get("parts", ())),
        columns=tuple(
            TableColumn(
                column["key"],
                column["label"],
                tuple(column.get("options", ())),
                column.get("minimum"),
                column.get("maximum"),
            )
            for column in row.get("columns", ())
        ),
        minimum=row.get("minimum"),
        maximum=row.get("maximum"),
        source=row.get("source", ""),
    )


def tidy(findings: Findings) -> dict[str, Any]:
    """Return the findings without empty ones; an absent field means "not recorded"."""
    kept: dict[str, Any] = {}
    for key, value in findings.items():
        if isinstance(value, Mapping):
            inner: Any = {part: side for part, side in value.items() if side is not None}
        elif isinstance(value, (list, tuple)):
            rows = [
                {k: v for k, v in row.items() if v not in (None, "")}
                if isinstance(row, Mapping)
                else row
                for row in value
            ]
            inner = [row for row in rows if row not in ({}, None, "")]
        else:
            inner = value.strip() if isinstance(value, str) else value
        if inner not in (None, "", [], {}):
            kept[key] = inner
    return kept


def lines(
    findings: Findings, fields: tuple[Field, ...], translate: Callable[[str], str] = str
) -> Iterator[tuple[str, str]]:
    """Yield label and value in words for every finding, in the vocabulary's order.

    ``translate`` translates the vocabulary's words; free text is unchanged. Findings whose field is
    no longer in the vocabulary come last, under their key.
    """
    known = {field.key: field for field in fields}
    for key in [*(k for k in known if k in findings), *(k for k in findings if k not in known)]:
        field = known.get(key)
        if field is None:
            yield key, _words(findings[key], {}, {})
        else:
            yield (
                field.display(field.label, translate),
                _words(findings[key], *_labels(field, translate)),
            )


def _labels(
    field: Field, translate: Callable[[str], str]
) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Return the translations of a field's words, and of the words in each of its columns.

    They do not include free text.
    """
    names = (*field.options, *field.parts, *filter(None, SIDES if field.kind == "sided" else ()))
    words = {name: field.display(name, translate) for name in names}
    cells = {
        c.key: {name: field.display(name, translate) for name in c.options} for c in field.columns
    }
    return words | {c.key: field.display(c.label, translate) for c in field.columns}, cells


def _words(value: Any, labels: Mapping[str, str], cells: Mapping[str, Mapping[str, str]]) -> str:
    if isinstance(value, Mapping):
        return ", ".join(
            f"{labels.get(part, part)} {_words(inner, cells.get(part, labels), {})}".strip()
            for part, inner in value.items()
        )
    if isinstance(value, (list, tuple)):
        return "; ".join(_words(row, labels, cells) for row in value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return labels.get(str(value), str(value))
