"""What tests share: the samples and their truth."""

import json
import random
import socket
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import update

from posture.imaging.photo import Photo, load_photo
from posture.landmarks import Landmark, Point, Pose
from posture.measuring.assess import assess
from posture.measuring.assessment import Assessment
from posture.records import KeyFile, PatientDetails, Scope, Store
from posture.records.database import Database
from posture.records.tables import SessionRow

SAMPLES = Path(__file__).parents[2] / "samples"
TRUTH = {r["file"]: r for r in json.loads((SAMPLES / "truth.json").read_text(encoding="utf-8"))}
HEIGHT_CM = 176.9  # of the first sample patient
HEIGHTS_CM = {"m1": HEIGHT_CM, "f1": 162.0}
TRIED: Counter[tuple[str, int]] = Counter()
"""How often the command line was tried with odd arguments, by command and exit code; printed."""
PASSPHRASE = "correct horse battery staple"


def open_store(home: Path) -> Store:
    """Return a data folder's record, opened by the tests' passphrase; begun where there is none."""
    file = KeyFile(home)
    return Store.open(home, file.open(PASSPHRASE) if file.exists() else file.begin(PASSPHRASE))


@cache
def assessed(name: str, view: str | None = None, *, told: bool = True) -> Assessment:
    """Return a sample's assessment, measured once a test run; the height is told or not."""
    height = HEIGHTS_CM.get(name[:2], HEIGHT_CM) if told else None
    return assess(SAMPLES / name, view, height_cm=height)


def changed(name: str, change: Callable[[Any], Any]) -> Photo:
    """Return a sample with its pixels changed."""
    pixels = change(load_photo(SAMPLES / name).pixels.copy())
    return Photo("x", np.ascontiguousarray(pixels, dtype=np.uint8), "0", "image/jpeg")


def true_pose(record: dict) -> Pose:
    """Return a truth record's landmarks under our names (it writes the side last)."""
    points = {}
    for theirs, (x, y) in record["landmarks"].items():
        words = theirs.split("_")
        ours = "_".join([words[-1], *words[:-1]]) if words[-1] in ("left", "right") else theirs
        if ours in set(Landmark):
            points[Landmark(ours)] = Point(x, y)
    return Pose(points)


def free_port() -> int:
    """Return a port of loopback that is not in use.

    It is none that the system gives to outgoing connections: tests run beside each other, and one
    of theirs would take it before the server can.
    """
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def with_consent(store: Store, details: PatientDetails, *scopes: Scope) -> str:
    """Add a patient who consents to photos in the record, and return the id."""
    patient = store.patients.add(details)
    store.consents.give(patient, scopes or [Scope.RECORD])
    return patient


def left_alone(database: Database, minutes: float) -> None:
    """Let it be so long ago that somebody was at work in any session."""
    with database.writing() as session:
        session.execute(update(SessionRow).values(active_at=time.time() - 60 * minutes))


def kept_photos(store: Store) -> dict[str, dict[str, Any]]:
    """Return what is kept of the photos of the actor's unsaved visits."""
    return {
        key: row
        for one in store.drafts.of_kind("visit")
        for key, row in store.drafts.parts(one.key).items()
    }
