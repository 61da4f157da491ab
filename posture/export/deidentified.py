"""De-identified figures, to be shared: no photo, name, number, date finer than a year or free text.

Follows the Safe Harbor list of 45 CFR 164.514(b)(2). People get new random identifiers at every
export, in random order, so that no two exports, and no export and the record, can be joined. Only
what the program's own vocabulary knows is taken from the notes: anything typed stays behind.
"""

import io
import random
import secrets
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import pandas as pd

from posture.export.tidy import flat, to_csv
from posture.practice.sot import SIDES, Field, Findings, Stage, standard_vocabulary
from posture.present.phrases import in_english
from posture.records.types import Patient, Visit

OLDEST = 90
"""From this age on, people form one group, because there are few of them."""

MEASURES = (
    "person", "visit_number", "year", "age", "stage", "view", "key", "label", "value", "unit",
    "words", "sd", "mdc", "method", "vertical_source", "scale_source",
)  # fmt: skip
FINDINGS = ("person", "visit_number", "year", "age", "stage", "field", "row", "part", "value")


ABOUT = """Measurements and findings of standing posture, de-identified.

measurements.csv  one row per measurement; repeated photos of a view are combined to a mean; value
                  in unit, sd: standard deviation of its error, mdc: minimal detectable change
                  (95%), method: which points it was measured from
findings.csv      one row per finding of the note of the Sacro-Occipital Technique

person is a random number made for this export. Of dates only the year is left; from 90 on, ages are
one group. Left out: names, photos, free text, record numbers, identifiers of the record.
"""


def as_zip(history: Iterable[tuple[Patient, Visit]]) -> bytes:
    """Return both tables and their explanation as a ZIP."""
    measurements, findings = frames(history)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (
            ("README.txt", ABOUT.encode()),
            ("measurements.csv", to_csv(measurements)),
            ("findings.csv", to_csv(findings)),
        ):
            archive.writestr(zipfile.ZipInfo(name), content)  # without the time of its making
    return target.getvalue()


def frames(history: Iterable[tuple[Patient, Visit]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return measurements and SOT findings, de-identified.

    Parameters
    ----------
    history : iterable of (Patient, Visit)
        Each patient's visits in time order.

    Returns
    -------
    tuple of DataFrame
        One row per measurement, and one row per finding.
    """
    people: dict[str, str] = {}
    numbers: dict[str, int] = {}
    measured: list[dict[str, Any]] = []
    found: list[dict[str, Any]] = []
    for patient, visit in history:
        person = people.setdefault(patient.id, secrets.token_hex(8))
        numbers[person] = numbers.get(person, 0) + 1
        who = {
            "person": person,
            "visit_number": numbers[person],
            "year": visit.visited_at.year,
            "age": _age(patient.details.date_of_birth, visit.visited_at.date()),
        }
        measured += [{**who, **row} for row in _measurements(visit)]
        found += [{**who, **row} for row in _findings(visit)]
    order = list(people.values())
    random.SystemRandom().shuffle(order)
    rank = {person: place for place, person in enumerate(order)}
    return _frame(measured, MEASURES, rank), _frame(found, FINDINGS, rank)


def _measurements(visit: Visit) -> Iterator[dict[str, Any]]:
    for photo in visit.by_view:
        scene = photo.assessment.scene
        for m in photo.assessment.measurements:
            if m.value is not None:
                yield {
                    "stage": str(photo.stage),
                    "view": str(photo.assessment.view),
                    "key": m.key,
                    "label": m.label,
                    "value": round(m.value, 3) + 0.0,
                    "unit": str(m.unit),
                    "words": in_english(m),
                    "sd": None if m.sd is None else round(m.sd, 3),
                    "mdc": None if m.mdc is None else round(m.mdc, 3),
                    "method": m.method,
                    "vertical_source": str(scene.vertical_source),
                    "scale_source": scene.scale_source and str(scene.scale_source),
                }


def _findings(visit: Visit) -> Iterator[dict[str, Any]]:
    known = {field.key: field for field in standard_vocabulary()}
    for stage in Stage:
        findings: Findings = visit.notes.get(stage, {})
        for key, row, part, value in flat(findings):
            if key in known and _is_vocabulary(known[key], part, value):
                yield {
                    "stage": str(stage), "field": key, "row": row, "part": part, "value": value,
                }  # fmt: skip


def _is_vocabulary(field: Field, part: str, value: Any) -> bool:
    """Whether part and value are numbers or the program's own words, not typed by somebody."""
    if field.kind == "text":
        return False
    columns = {column.key: column for column in field.columns}
    if part not in {"", *field.options, *field.parts, *columns}:
        return False
    if part in columns and not (columns[part].options or columns[part].is_number):
        return False
    if isinstance(value, (int, float)):
        return True
    closed = {*field.options, *SIDES, "found"}
    return value in (closed | set(columns[part].options) if part in columns else closed)


def _age(born: date | None, on: date) -> str:
    if born is None:
        return ""
    age = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    return f"{OLDEST}+" if age >= OLDEST else str(age)


def _frame(
    rows: list[dict[str, Any]], columns: tuple[str, ...], rank: dict[str, int]
) -> pd.DataFrame:
    rows = sorted(rows, key=lambda row: (rank[row["person"]], row["visit_number"]))
    return pd.DataFrame(rows, columns=list(columns))
