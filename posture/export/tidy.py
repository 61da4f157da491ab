"""Tidy CSV: one row per measurement, with a data dictionary; safe to open in a spreadsheet."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import pandas as pd

from posture.export.columns import COLUMNS, Column, RowSource
from posture.imaging.scene import Scene
from posture.landmarks import View
from posture.measuring.assessment import Assessment
from posture.measuring.measures import MEASURES
from posture.practice.sot import Findings, Stage
from posture.records.types import Patient, Visit

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
GUARD = "'"
GUARDED = (
    "Text that a spreadsheet would run as a formula (it begins with = + - @ or a tab, and is "
    "neither a number nor only symbols) has one apostrophe added in front, even if it already "
    "begins with apostrophes. Remove that apostrophe to get the original text; an import removes "
    "it."
)

NO_PHOTO = Assessment("", "", None, "", (0, 0), Scene(), None, {}, (), (), "", 0)
"""Takes the place of the photo for an imported value."""


def of_assessments(assessments: Iterable[Assessment]) -> pd.DataFrame:
    """Return one row per measurement of photos assessed on their own."""
    columns = [column for column in COLUMNS if not column.of_record]
    return _frame((RowSource(a, m) for a in assessments for m in a.measurements), columns)


def of_visits(history: Iterable[tuple[Patient, Visit]]) -> pd.DataFrame:
    """Return one row per measurement of saved visits."""
    rows = [row for patient, visit in history for row in _rows_of(patient, visit)]
    return pd.DataFrame(rows, columns=[column.name for column in COLUMNS])


def _rows_of(patient: Patient, visit: Visit) -> Iterator[dict[str, Any]]:
    taken: Counter[tuple[Stage, View | None]] = Counter()
    combined = {
        (photo.stage, photo.assessment.view, m.key): m
        for photo in visit.by_view
        for m in photo.assessment.measurements
    }
    for photo in visit.photos:
        of, view = photo.assessment, photo.assessment.view
        taken[photo.stage, view] += 1
        number = taken[photo.stage, view]
        for m in of.measurements:
            whole = combined.get((photo.stage, view, m.key))
            yield _row(RowSource(of, m, patient, visit, photo, number, whole), COLUMNS)
    for value in visit.imported:
        of_photo = {"vertical_source": None, "roll_deg": None}
        told = {"stage": str(value.stage), "view": value.view and str(value.view)}
        source = RowSource(NO_PHOTO, value.measurement, patient, visit, combined=value.measurement)
        yield _row(source, COLUMNS) | of_photo | told


def notes_of_visits(history: Iterable[tuple[Patient, Visit]]) -> pd.DataFrame:
    """Return one row per SOT finding of saved visits."""
    rows = [
        {
            "patient_id": patient.id,
            "patient_name": patient.details.name,
            "visit_id": visit.id,
            "visited_at": visit.visited_at.isoformat(),
            "stage": str(stage),
            "field": field,
            "row": row,
            "part": part,
            "value": value,
        }
        for patient, visit in history
        for stage in Stage
        for field, row, part, value in flat(visit.notes.get(stage, {}))
    ]
    names = (
        "patient_id",
        "patient_name",
        "visit_id",
        "visited_at",
        "stage",
        "field",
        "row",
        "part",
        "value",
    )
    return pd.DataFrame(rows, columns=list(names))


def dictionary() -> pd.DataFrame:
    """Return the data dictionary: every column, every measure, and the apostrophe of texts."""
    rows = [{"name": c.name, "kind": "column", "unit": "", "meaning": c.meaning} for c in COLUMNS]
    for measure in MEASURES:
        sides = measure.sides
        sign = f" Positive: {sides.positive}; negative: {sides.negative}." if sides else ""
        reference = f" Found in the literature: {measure.reference}." if measure.reference else ""
        rows.append(
            {
                "name": measure.key,
                "kind": f"measure ({', '.join(v for v in _views(measure.views))})",
                "unit": measure.unit,
                "meaning": f"{measure.label}. {measure.definition}{sign}{reference}",
            }
        )
    rows += [{"name": GUARD, "kind": "every text", "unit": "", "meaning": GUARDED}]
    return pd.DataFrame(rows, columns=["name", "kind", "unit", "meaning"])


def to_csv(frame: pd.DataFrame, *, for_spreadsheet: bool = False) -> bytes:
    """Return the frame as UTF-8 CSV with formulas neutralised.

    Parameters
    ----------
    frame : DataFrame
    for_spreadsheet : bool
        Whether to begin with the byte order mark by which spreadsheets recognise UTF-8.
    """
    safe = frame.map(_neutral)
    encoding = "utf-8-sig" if for_spreadsheet else "utf-8"
    return str(safe.to_csv(index=False, lineterminator="\r\n")).encode(encoding, "backslashreplace")


def _frame(sources: Iterable[RowSource], columns: list[Column]) -> pd.DataFrame:
    rows = [_row(source, columns) for source in sources]
    return pd.DataFrame(rows, columns=[column.name for column in columns])


def _row(source: RowSource, columns: Iterable[Column]) -> dict[str, Any]:
    return {column.name: column.value(source) for column in columns}


def _neutral(cell: Any) -> Any:
    """Put an apostrophe before text that a spreadsheet would run as a formula."""
    return f"{GUARD}{cell}" if isinstance(cell, str) and _runs(cell) else cell


def as_typed(cell: str) -> str:
    """Return a cell of :func:`to_csv` without the apostrophe added in front."""
    return cell[1:] if cell.startswith(GUARD) and _runs(cell[1:]) else cell


def _runs(text: str) -> bool:
    """Whether a spreadsheet would run a text as a formula, with or without apostrophes in front."""
    text = text.lstrip(f"{GUARD} ")
    is_value = NUMBER.fullmatch(text) or not any(map(str.isalnum, text))
    return text.startswith(FORMULA_STARTS) and not is_value


def _views(views: frozenset[Any]) -> list[str]:
    return sorted(str(view) for view in views)


def flat(findings: Findings) -> Iterable[tuple[str, int | None, str, Any]]:
    """Yield field, row, part and value of every single finding."""
    for field, value in findings.items():
        if isinstance(value, dict):
            for part, inner in value.items():
                yield field, None, part, inner or "found"
        elif isinstance(value, list):
            for number, inner in enumerate(value, start=1):
                if isinstance(inner, dict):
                    for part, cell in inner.items():
                        yield field, number, part, cell
                else:
                    yield field, number, "", inner
        else:
            yield field, None, "", value
