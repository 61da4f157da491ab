"""Finding patients by any part of their name or number, as fast among ten thousand as among ten.

Each word is kept with all its ends (anna, nna, na, a): any part of it then begins one of them, and
an index finds it, in the same way on both databases and for one letter as for ten.
"""

import unicodedata
from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.orm import Session

from posture.records.rows import to_patient
from posture.records.tables import PatientPartRow, PatientRow, VisitRow
from posture.records.types import Patient

LONGEST = 24
"""Signs of a part that are kept; what is longer is compared with the name itself."""
FEW = 100
"""A part that more patients have is no help: then the list of names is walked, and soon full."""
CHUNK = 500
LAST_SIGN = "\U0010ffff"


def fold(text: str) -> str:
    """Return text as it is searched and sorted: without case and accents, single spaces."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return " ".join(bare.split())


def ends(folded: str) -> set[str]:
    """Return every word's ends."""
    return {word[start : start + LONGEST] for word in folded.split() for start in range(len(word))}


def keep_searchable(row: PatientRow) -> None:
    """Bring what a patient is found by in line with name and number."""
    row.folded = fold(f"{row.name} {row.record_number}")
    wanted = ends(row.folded)
    kept = [part for part in row.parts if part.part in wanted]
    new = wanted - {part.part for part in kept}
    row.parts = [*kept, *(PatientPartRow(part=part) for part in sorted(new))]


def find(
    session: Session, search: str, *, archived: bool, limit: int | None, after: str | None
) -> list[Patient]:
    """Return patients in the order of their names, from the one after ``after`` on."""
    # The ids alone come from one index; only what is shown is fetched whole.
    query = (
        select(PatientRow.id)
        .where(PatientRow.archived == archived, *_matching(session, fold(search).split()))
        .order_by(PatientRow.folded, PatientRow.id)
        .limit(limit)
    )
    if after is not None and (last := session.get(PatientRow, after)):
        query = query.where(tuple_(PatientRow.folded, PatientRow.id) > (last.folded, last.id))
    ids = session.scalars(query).all()
    found: list[Patient] = []
    for start in range(0, len(ids), CHUNK):
        found += _whole(session, ids[start : start + CHUNK])
    return found


def _matching(session: Session, words: Sequence[str]) -> list[ColumnElement[bool]]:
    if not words:
        return []
    conditions = [PatientRow.folded.contains(word, autoescape=True) for word in words]
    part = max(words, key=len)[:LONGEST]
    column = PatientPartRow.part
    ids = session.scalars(
        select(PatientPartRow.patient_id)
        .where(column >= part, column < part + LAST_SIGN)
        .limit(FEW + 1)
    ).all()
    if len(ids) <= FEW:
        conditions.append(PatientRow.id.in_(set(ids)))
    return conditions


def _whole(session: Session, ids: Sequence[str]) -> list[Patient]:
    rows = {
        row.id: row for row in session.scalars(select(PatientRow).where(PatientRow.id.in_(ids)))
    }
    visits = (
        select(VisitRow.patient_id, func.count(), func.max(VisitRow.visited_at))
        .where(VisitRow.patient_id.in_(ids))
        .group_by(VisitRow.patient_id)
    )
    known = {patient: (count, last) for patient, count, last in session.execute(visits)}
    return [to_patient(rows[row_id], *known.get(row_id, (0, None))) for row_id in ids]
