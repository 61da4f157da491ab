"""A CSV of old measurements: our own, with one row per measurement, or any with mapped columns.

Long: columns ``key`` and ``value``. Wide: a column for each measure. Columns are found by our
names, or by a mapping from ours to theirs. Separator and decimal comma are detected.
"""

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from posture.edited import text_of
from posture.errors import FileError
from posture.export.tidy import as_typed
from posture.imports.plan import ImportFailedError, NamedPatient, Plan, Skipped, date_in
from posture.landmarks import View
from posture.measuring.measures import BY_KEY
from posture.measuring.take import IMPORTED
from posture.practice.sot import Stage
from posture.records import ImportedValue
from posture.records.validation import wrong_value
from posture.words import Message

FIELDS = (
    "patient_name", "record_number", "visited_at", "practitioner", "stage", "view", "key", "value",
    "unit", "method", "visit_id", "reason",
)  # fmt: skip
MOST_BYTES = 100_000_000
EMPTY = Message("an empty cell")
Row = dict[str, str]


def read_table(
    file: Path,
    columns: Mapping[str, str] | None = None,
    own: Callable[[str], bool] = lambda _visit: False,
) -> Plan:
    """Return the plan for importing a CSV.

    Parameters
    ----------
    file : Path
    columns : mapping, optional
        From our names, of fields or measures, to the file's columns.
    own : callable
        Whether a visit id belongs to this record: rows exported from it are skipped.

    Raises
    ------
    ImportFailedError
        If the file or its columns cannot be used.
    """
    header, rows = _load(file)
    place = _places(file, header, dict(columns or {}))
    wide = [name for name in place if name in BY_KEY]
    plan, ours = Plan(), set[str]()
    for number, cells in enumerate(rows, start=2):
        what = f"{file.name}, line {number}"
        row = {name: _text(cells[at]) if at < len(cells) else "" for name, at in place.items()}
        pairs = [(key, row[key]) for key in wide] or [(row.get("key", ""), row.get("value", ""))]
        if (visit := row.get("visit_id")) and (visit in ours or own(visit)):
            ours.add(visit)
            plan.skipped.append(Skipped(what, Message("already measured in this record")))
            continue
        for key, written in pairs:
            reason = _add(plan, row, key, written)
            if reason:
                plan.skipped.append(Skipped(f"{what}, {key}" if wide else what, reason))
    return plan


def _add(plan: Plan, row: Row, key: str, written: str) -> Message | None:
    """Add one value to its visit, or return why not."""
    name = row.get("patient_name", "") or row.get("record_number", "")
    if not name:
        return Message("no patient is given")
    when = _when(row.get("visited_at", ""))
    if when is None:
        return Message(
            "{date} is not a date such as 2019-05-07",
            date=row.get("visited_at") or EMPTY,
        )
    if key not in BY_KEY:
        return Message("{key} is not a known measure; map it with --map", key=key or EMPTY)
    if not written:
        return (
            Message("no value: {reason}", reason=row["reason"])
            if row.get("reason")
            else Message("no value")
        )
    value = _number(written)
    if value is None:
        return Message("{written} is not a number", written=written)
    measure = BY_KEY[key]
    if wrong := wrong_value(value, measure.unit):
        return wrong
    unit = row.get("unit") or str(measure.unit)
    if unit != measure.unit:
        return Message("its unit is {unit}, not {ours}", unit=unit, ours=measure.unit)
    view = row.get("view", "").lower()
    if view and view not in set(View):
        return Message("{view} is not a view: anterior, posterior, left or right", view=view)
    stage = row.get("stage", "").lower() or Stage.PRE
    if stage not in (Stage.PRE, Stage.POST):
        return Message("{stage} is not a stage: pre or post", stage=stage)
    who = NamedPatient(name, row.get("record_number", ""))
    told = (who.name, who.number, when.isoformat(), str(stage), view, key, repr(value))
    visit = plan.visit(who, when, row.get("practitioner", ""))
    visit.values.append(
        ImportedValue(
            key=key,
            value=value,
            stage=Stage(stage),
            view=View(view) if view else None,
            method=_method(row.get("method", "")),
            fingerprint=hashlib.sha256("\x1f".join(told).encode()).hexdigest(),
        )
    )
    return None


def _method(theirs: str) -> str:
    """Return the method of a value from elsewhere: never one of our own."""
    return f"{IMPORTED}{theirs.removeprefix(IMPORTED) or 'table'}"


def _load(file: Path) -> tuple[list[str], list[list[str]]]:
    try:
        text = text_of(file, MOST_BYTES)
    except FileError as error:
        raise ImportFailedError(error.message) from None
    first = text.split("\n", 1)[0]
    separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        rows = list(reader)
    except csv.Error as error:
        raise ImportFailedError(
            Message(
                "{file} cannot be read as a table: {error} (line {line_num}). Is a closing "
                "quotation mark missing?",
                file=file,
                error=error,
                line_num=reader.line_num,
            )
        ) from None
    if not rows:
        raise ImportFailedError(Message("{file} is empty.", file=file))
    return [cell.strip() for cell in rows[0]], rows[1:]


def _places(file: Path, header: list[str], columns: dict[str, str]) -> dict[str, int]:
    """Return where each of our columns is."""
    ours = {*FIELDS, *BY_KEY, *columns.values()} - {""}
    twice = [name for name, times in Counter(header).items() if times > 1 and name in ours]
    if twice:
        raise ImportFailedError(
            Message(
                "{file} has the column {twice} twice. Rename one of them.",
                file=file,
                twice=", ".join(twice),
            )
        )
    unknown = [name for name in columns if name not in FIELDS and name not in BY_KEY]
    if unknown:
        raise ImportFailedError(
            Message(
                "{unknown} cannot be mapped. Fields: {fields}; and every measure in "
                "docs/measures.md.",
                unknown=", ".join(unknown),
                fields=", ".join(FIELDS),
            )
        )
    lacking = [theirs for theirs in columns.values() if theirs not in header]
    if lacking:
        raise ImportFailedError(
            Message(
                "{file} has no column {lacking}. It has: {header}.",
                file=file,
                lacking=", ".join(lacking),
                header=", ".join(header),
            )
        )
    names = {name: columns.get(name, name) for name in (*FIELDS, *BY_KEY)}
    place = {name: header.index(theirs) for name, theirs in names.items() if theirs in header}
    long = {"key", "value"} <= set(place)
    if long:
        place = {name: at for name, at in place.items() if name not in BY_KEY}
    someone = {"patient_name", "record_number"} & set(place)
    if not someone or "visited_at" not in place or not (long or set(place) & set(BY_KEY)):
        raise ImportFailedError(
            Message(
                "{file} needs columns for the patient (patient_name or record_number), the date "
                "(visited_at) and the measurements (key and value, or one per measure). Name "
                "yours with --map visited_at=COLUMN. It has: {header}.",
                file=file,
                header=", ".join(header),
            )
        )
    return place


def _text(cell: str) -> str:
    """Return a cell without the apostrophe added against formulas or control characters."""
    return "".join(sign for sign in as_typed(cell) if sign.isprintable()).strip()


def _when(written: str) -> datetime | None:
    try:
        return datetime.fromisoformat(written).replace(tzinfo=None)
    except ValueError:
        return date_in(written)


def _number(written: str) -> float | None:
    plain = written.replace("−", "-").replace(",", ".") if written.count(",") == 1 else written
    try:
        value = float(plain.replace("−", "-"))
    except ValueError:
        return None
    return value if abs(value) < 1e6 else None
