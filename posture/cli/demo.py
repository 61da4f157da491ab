"""The sample patients, measured and saved as a user would, in a separate record."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from posture.errors import PostureError
from posture.imaging.photo import decode_photo
from posture.landmarks import View
from posture.measuring.assess import assess
from posture.measuring.options import AssessmentOptions
from posture.practice import settings
from posture.practice.protocols import standard
from posture.practice.sot import Stage
from posture.records import NewPhoto, NewVisit, PatientDetails, Scope, Store, record_access
from posture.words import Message

PASSPHRASE = "sample patients only"  # noqa: S105
"""Unlocks the samples' record without asking: it holds nothing that needs protection."""
PROTOCOL = replace(
    standard()[0],
    key="samples",
    label="Rendered sample photos",
    repeats=1,
    distance_m=3.5,
    clothing="T-shirt, trousers, shoes",
    stance="arms hanging",
)
SAMPLES = Path(__file__).parents[2] / "samples"


def fill(home: Path, tell: Callable[[str], None], samples: Path = SAMPLES) -> None:
    """Open the samples' record, and fill it with the sample patients where it is empty.

    Raises
    ------
    PostureError
        If the samples are missing: they come with the source, not with the installed package.
    """
    access = record_access(home)
    if access.key_file.exists():
        access.unlock(PASSPHRASE)
    else:
        access.begin(PASSPHRASE)
    store = access.store()
    if store.patients.counts() != (0, 0):
        return
    story = samples / "demo.json"
    if not story.exists():
        raise PostureError(
            Message(
                "The samples are not in {samples}. Run the demo from a checkout of the source.",
                samples=samples,
            )
        )
    tell("Measuring the sample patients (only the first time) ...")
    options = settings.of(store.settings.get).assessment_options
    # Everything is measured before anything is saved, so that stopping halfway leaves no trace.
    measured = [
        (
            patient,
            [_measured(patient, visit, samples, options, tell) for visit in patient["visits"]],
        )
        for patient in json.loads(story.read_text(encoding="utf-8"))
    ]
    for patient, visits in measured:
        _add(store, patient, visits)


def _add(store: Store, patient: dict[str, Any], visits: list[NewVisit]) -> None:
    patient_id = store.patients.add(
        PatientDetails(
            name=patient["name"],
            height_cm=float(patient["height_cm"]),
            record_number=patient["record_number"],
            remarks=patient["remarks"],
        )
    )
    store.consents.give(patient_id, list(Scope))
    for visit in visits:
        store.visits.save(replace(visit, patient_id=patient_id))


def _measured(
    patient: dict[str, Any],
    visit: dict[str, Any],
    samples: Path,
    options: AssessmentOptions,
    tell: Callable[[str], None],
) -> NewVisit:
    """Return a visit that is not assigned to a patient yet."""
    height = float(patient["height_cm"])
    photos = []
    for view in View:
        path = samples / f"{visit['photos']}_{view}.jpg"
        data = path.read_bytes()
        photo = decode_photo(data, path.name)
        result = assess(photo, view, height_cm=height, options=options)
        photos.append(NewPhoto(data, Stage.PRE, result, photo.media_type, photo.taken_at))
    tell(f"  {patient['name']}, {visit['visited_at'][:10]}: {len(photos)} photos")
    return NewVisit(
        patient_id="",
        visited_at=datetime.fromisoformat(visit["visited_at"]),
        practitioner=visit["practitioner"],
        photos=tuple(photos),
        protocol=PROTOCOL,
        notes={Stage(stage): found for stage, found in visit["notes"].items()},
    )
