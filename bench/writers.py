"""How long saving takes while many programs save into one record, and whether any is refused.

    python bench/writers.py [--writers 20] [--saves 25] [--runs 3]

Each writer is a process of its own with the record open, and saves one visit after the other: a
sealed photo with its measurements, and a note. They begin together, as soon as all are ready. A
single writer is timed first, in the same run, so that the ratio holds on a noisy machine. With
``--plain`` nobody waits in line: writers ask SQLite alone, whose waiting ones look again at growing
intervals, so that newcomers overtake them.
"""

import argparse
import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from support.samples import SAMPLES, assessed, open_store, with_consent

from posture.practice.sot import Stage
from posture.records import Keys, NewPhoto, NewVisit, PatientDetails, RecordError, Store, keys

NAME = "m1_visit1_anterior.jpg"
WHEN = datetime(2026, 9, 7, 9, 0)  # noqa: DTZ001
LONGEST_S = 600.0


def visit_of(patient: str) -> NewVisit:
    """Return a small visit, of one photo and a note."""
    data = (SAMPLES / NAME).read_bytes()
    photo = NewPhoto(data, Stage.PRE, assessed(NAME, "anterior"), "image/jpeg")
    return NewVisit(patient, WHEN, "Dr. B", (photo,), {Stage.PRE: {"pain": 3}})


def write(
    home: Path, opened: Keys, visit: NewVisit, saves: int, gate: Any, results: Any, *, plain: bool
) -> None:
    """Save so many visits, and send the seconds of each and the refusals."""
    store = Store.open(home, opened)
    if plain:
        store.database.turns = nullcontext  # type: ignore[assignment]
    took, refused = [], []
    gate.wait(LONGEST_S)
    for _ in range(saves):
        began = time.perf_counter()
        try:
            store.visits.save(visit)
        except RecordError as error:
            refused.append(str(error).partition(".")[0])
        took.append(time.perf_counter() - began)
    store.close()
    results.put((took, refused))


def together(writers: int, saves: int, *, plain: bool) -> tuple[list[float], Counter[str], float]:
    """Return what each save took with so many writers, what was refused, and how long it was."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "record"
        store = open_store(home)
        visit = visit_of(with_consent(store, PatientDetails("Ada")))
        opened = store.keys
        store.close()
        context = multiprocessing.get_context("fork")
        gate, results = context.Barrier(writers + 1), context.Queue()
        children = [
            context.Process(
                target=write,
                args=(home, opened, visit, saves, gate, results),
                kwargs={"plain": plain},
            )
            for _ in range(writers)
        ]
        for child in children:
            child.start()
        gate.wait(LONGEST_S)
        began = time.perf_counter()
        found = [results.get(timeout=LONGEST_S) for _ in children]
        lasted = time.perf_counter() - began
        for child in children:
            child.join(LONGEST_S)
        refused = Counter(words for _, told in found for words in told)
        store = open_store(home)
        [patient] = store.patients.find()
        lost = writers * saves - refused.total() - patient.visits
        store.close()
        if lost:
            raise SystemExit(f"{lost} visits were lost")
        return [one for took, _ in found for one in took], refused, lasted


def main() -> None:
    """Print the figures of each run."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--writers", type=int, default=20)
    parser.add_argument("--saves", type=int, default=25)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--plain", action="store_true", help="also without the line, in turn")
    asked = parser.parse_args()
    keys.COST.update(memory_cost=64, iterations=1)
    assessed(NAME, "anterior")
    for _ in range(asked.runs):
        for plain in (True, False) if asked.plain else (False,):
            alone = median(together(1, asked.saves, plain=plain)[0])
            took, refused, lasted = together(asked.writers, asked.saves, plain=plain)
            took.sort()
            middle, most = median(took), took[int(0.95 * len(took))]
            sys.stdout.write(
                f"{'SQLite alone' if plain else 'in line':12} one writer {alone * 1e3:.0f} ms; "
                f"{asked.writers} writers: median {middle * 1e3:.0f} ms ({middle / alone:.1f} x), "
                f"95 of 100 within {most * 1e3:.0f} ms, worst {took[-1] * 1e3:.0f} ms "
                f"({took[-1] / alone:.1f} x), {len(took) / lasted:.0f} saves/s, "
                f"refused {refused.total()} {dict(refused) or ''}\n"
            )
            sys.stdout.flush()


if __name__ == "__main__":
    main()
