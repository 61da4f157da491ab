"""What a daily act costs among 10,000 patients, as a ratio to 100, on both databases.

    python bench/growth.py [--patients 10000] [--rounds 40] [--only sqlite|postgres]

Each patient has 5 visits of two photos with 10 measurements each: 50,000 visits and 1,000,000
measurements. Both records are open at once and asked in turn, in one process, so that the ratio
holds on a noisy machine; an absolute time would not. Of each act the median counts, over patients
drawn with a fixed seed. Looks are not put on the audit trail meanwhile: its write costs the same in
both, and would hide what grows. Saving a visit includes everything, also its encrypted photo.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import psycopg
from sqlalchemy import insert

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from support import servers
from support.samples import SAMPLES, assessed, open_store

from posture.practice.sot import Stage
from posture.records import NewPhoto, NewVisit, Store
from posture.records.rows import photo_row
from posture.records.search import ends, fold
from posture.records.tables import (
    AssessmentRow,
    Base,
    ConsentRow,
    MeasurementRow,
    PatientPartRow,
    PatientRow,
    PhotoRow,
    RevisionRow,
    VisitRow,
    new_id,
)

VISITS, PHOTOS, MEASUREMENTS = 5, 2, 10
SYLLABLES = [
    "ba",
    "be",
    "bi",
    "bo",
    "da",
    "de",
    "di",
    "do",
    "fa",
    "ka",
    "ke",
    "ki",
    "la",
    "le",
    "li",
    "lo",
    "ma",
    "me",
    "mi",
    "na",
    "ne",
    "no",
    "ra",
    "re",
    "ri",
    "sa",
    "se",
    "ta",
    "to",
]
START = datetime(2020, 1, 6, 9, 0)  # noqa: DTZ001
SAMPLE = "m1_visit1_anterior.jpg"


def name(dice: random.Random) -> str:
    """Return a made-up name; how many share a part grows with the record, as real ones do."""
    return " ".join("".join(dice.choices(SYLLABLES, k=3)).capitalize() for _ in range(2))


def columns(row: Base) -> dict:
    """Return a row's values that were set."""
    return {key: value for key, value in vars(row).items() if not key.startswith("_sa_")}


def fill(store: Store, patients: int) -> None:
    """Insert patients with visits and measurements, in bulk, and no files of photos."""
    dice = random.Random(7)
    photo = NewPhoto(b"", Stage.PRE, assessed(SAMPLE, "anterior"), "image/jpeg")
    pattern = photo_row(photo, 0)
    [assessment] = pattern.assessments
    shown = columns(pattern) | {"position": 0, "revision": 1}
    found = columns(assessment) | {"revision": 1}
    values = [columns(m) for m in assessment.measurements]
    assert len(values) == MEASUREMENTS
    for part in ("assessments", "measurements", "files", "notes", "photos"):
        shown.pop(part, None)
        found.pop(part, None)
    created = datetime.now(UTC)
    for first in range(0, patients, 500):
        rows: dict[type[Base], list[dict]] = {}
        for number in range(first, min(first + 500, patients)):
            patient, called = new_id(), name(dice)
            folded = fold(f"{called} R{number:05}")
            rows.setdefault(PatientRow, []).append(
                {"id": patient, "name": called, "record_number": f"R{number:05}",
                 "folded": folded, "remarks": "", "archived": False, "created_at": created}
            )  # fmt: skip
            rows.setdefault(PatientPartRow, []).extend(
                {"part": part, "patient_id": patient} for part in ends(folded)
            )
            rows.setdefault(ConsentRow, []).append(
                {"id": new_id(), "patient_id": patient, "scope": "record",
                 "given_on": created.date(), "text_version": "x", "recorded_by": "bench",
                 "created_at": created}
            )  # fmt: skip
            for turn in range(VISITS):
                visit = new_id()
                when = START + timedelta(days=30 * turn)
                rows.setdefault(VisitRow, []).append(
                    {"id": visit, "patient_id": patient, "visited_at": when, "practitioner": "B",
                     "revision": 1, "created_at": created}
                )  # fmt: skip
                rows.setdefault(RevisionRow, []).append(
                    {"visit_id": visit, "number": 1, "made_at": created, "made_by": "bench",
                     "reason": "", "visited_at": when, "practitioner": "B"}
                )  # fmt: skip
                for place in range(PHOTOS):
                    shot, measured = new_id(), new_id()
                    rows.setdefault(PhotoRow, []).append(
                        shown | {"id": shot, "visit_id": visit, "position": place}
                    )
                    rows.setdefault(AssessmentRow, []).append(
                        found | {"id": measured, "photo_id": shot}
                    )
                    rows.setdefault(MeasurementRow, []).extend(
                        value | {"id": new_id(), "assessment_id": measured} for value in values
                    )
        with store.database.writing() as session:
            for table in Base.metadata.sorted_tables:
                for row, given in rows.items():
                    if row.__table__ is table:
                        session.execute(insert(row), given)


def acts(dice: random.Random, store: Store, patient: str, visit: NewVisit) -> dict[str, Callable]:
    """Return what is measured, on one patient."""
    word = store.patients.get(patient).details.name.split()[dice.randrange(2)]
    whole = store.patients.get(patient).details.record_number
    return {
        "opening a patient": lambda: (store.patients.get(patient), store.visits.of(patient)),
        "the list of patients": lambda: store.patients.find(limit=26),
        "searching by name": lambda: store.patients.find(word.lower(), limit=26),
        "searching by part of it": lambda: store.patients.find(word[1:4], limit=26),
        "searching by one letter": lambda: store.patients.find(word[0], limit=26),
        "searching by number": lambda: store.patients.find(whole, limit=26),
        "saving a visit": lambda: store.visits.save(visit),
        "the history's query": lambda: list(store.visits.history(patient)),
    }


@contextmanager
def pair(kind: str) -> Iterator[tuple[Store, Store]]:
    """Give a small and a large record."""
    with tempfile.TemporaryDirectory() as folder:
        if kind == "sqlite":
            yield tuple(open_store(Path(folder) / size) for size in ("small", "large"))
            return
        with servers.postgres({"max_wal_size": "4GB"}) as address:
            stores = []
            with psycopg.connect(address % "postgres", autocommit=True) as admin:
                for size in ("small", "large"):
                    admin.execute(f"CREATE DATABASE {size}")
                    os.environ["POSTURE_DATABASE_URL"] = address % size
                    stores.append(open_store(Path(folder) / size))
            yield tuple(stores)
            for store in stores:
                store.close()
            os.environ.pop("POSTURE_DATABASE_URL")


def measure(kind: str, large: int, rounds: int) -> None:
    """Print the table of one database."""
    with pair(kind) as stores:
        for store, size in zip(stores, (100, large), strict=True):
            store.database.log_access = lambda *_, **__: None
            began = time.perf_counter()
            fill(store, size)
            with store.database.engine.connect().execution_options(
                isolation_level="AUTOCOMMIT"
            ) as raw:
                raw.exec_driver_sql("ANALYZE")
            print(
                f"{kind}: {size} patients made in {time.perf_counter() - began:.0f} s", flush=True
            )
        dice = random.Random(11)
        data = (SAMPLES / SAMPLE).read_bytes()
        photo = NewPhoto(data, Stage.PRE, assessed(SAMPLE, "anterior"), "image/jpeg")
        everybody = [[p.id for p in store.patients.find()] for store in stores]
        times: dict[str, tuple[list[float], list[float]]] = {}
        for turn in range(rounds + 3):
            for side, store in enumerate(stores):
                patient = dice.choice(everybody[side])
                visit = NewVisit(patient, START + timedelta(days=900), "B", (photo,))
                for act, run in acts(dice, store, patient, visit).items():
                    began = time.perf_counter()
                    run()
                    if turn >= 3:  # the first ones fill caches
                        times.setdefault(act, ([], []))[side].append(time.perf_counter() - began)
        print(f"\n| {kind} | 100 patients | {large:,} patients | ratio |\n|---|---|---|---|")
        for act, (small, big) in times.items():
            one, other = median(small) * 1e3, median(big) * 1e3
            print(f"| {act} | {one:.1f} ms | {other:.1f} ms | {other / one:.2f} |")
        print(flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--only", choices=["sqlite", "postgres"])
    given = parser.parse_args()
    for kind in [given.only] if given.only else ["sqlite", "postgres"]:
        measure(kind, given.patients, given.rounds)
