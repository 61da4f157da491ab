"""One patient's whole record as a ZIP of CSV, JSON and the photos as given."""

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from enum import Enum
from pathlib import PurePosixPath
from typing import Any

import pandas as pd
from PIL import Image

from posture.export import tidy
from posture.imaging.photo import decode_photo
from posture.practice.protocols import to_json as to_plain
from posture.present.faces import pixelated
from posture.present.serialise import to_json
from posture.records import Consent, Patient, Store, StoredPhoto, Visit

ABOUT = """This is one patient's record, as kept by Plumbline.

patient.json         everything: details, consent, visits, notes, measurements, points, and what
                     each visit contained before it was corrected or added to
measurements.csv     one row per measurement
notes.csv            one row per finding of the SOT note
consents.csv         what the patient consented to, and when
data_dictionary.csv  what the columns and measures mean
photos/              the original photos

Text is UTF-8. In the CSV files, text that a spreadsheet would run as a formula has an apostrophe in
front, see the data dictionary; patient.json has every text as it was typed. Times are the
practice's local time. Left and right are the patient's.
"""


def patient_zip(store: Store, patient_id: str, *, hide_faces: bool = False) -> bytes:
    """Return the ZIP of a patient's record, and note it in the audit trail.

    With ``hide_faces`` the photos are copies with blurred heads; a photo in which no head was found
    is left out.

    Raises
    ------
    RecordError
        If there is no such patient, the role may not export, or a photo cannot be read.
    """
    patient = store.patients.get(patient_id)
    history = list(store.visits.export(patient_id, form="ZIP"))
    consents = store.consents.of(patient_id)
    names = _photo_names([visit for _, visit in history])
    told = [_told(store, visit, names) for _, visit in history]
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", ABOUT)
        archive.writestr("patient.json", _json(patient, consents, told))
        archive.writestr("measurements.csv", tidy.to_csv(tidy.of_visits(history)))
        archive.writestr("notes.csv", tidy.to_csv(tidy.notes_of_visits(history)))
        archive.writestr("consents.csv", tidy.to_csv(pd.DataFrame(map(asdict, consents))))
        archive.writestr("data_dictionary.csv", tidy.to_csv(tidy.dictionary()))
        for _, visit in history:
            for photo in visit.photos:  # pictures do not get smaller: stored as they are
                data: bytes | None = store.photos.get(photo.id)
                name = names[photo.id]
                if hide_faces and data is not None:
                    data = _faceless(data, photo)
                    name = str(PurePosixPath(name).with_suffix(".jpg"))
                if data is not None:
                    archive.writestr(name, data, zipfile.ZIP_STORED)
    return target.getvalue()


def _faceless(data: bytes, photo: StoredPhoto) -> bytes | None:
    """Return a copy of a photo without its face, and without what the camera wrote beside it."""
    pixels = pixelated(decode_photo(data, photo.assessment.photo).pixels, photo.assessment.pose)
    if pixels is None:
        return None
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=90)
    return file.getvalue()


def _photo_names(visits: Sequence[Visit]) -> dict[str, str]:
    names = {}
    for visit in visits:
        for number, photo in enumerate(visit.photos, start=1):
            kind = photo.media_type.rpartition("/")[2].replace("jpeg", "jpg")
            view = photo.assessment.view or "photo"
            when = f"{visit.visited_at:%Y-%m-%d_%H%M}"
            names[photo.id] = f"photos/{when}_{visit.id[:6]}_{number}_{photo.stage}_{view}.{kind}"
    return names


def _told(store: Store, visit: Visit, names: dict[str, str]) -> dict[str, Any]:
    """Return a visit as plain data, with the revisions that led to it, the first one first."""
    revisions = [
        {
            "number": revision.number,
            "made_at": revision.made_at,
            "made_by": revision.made_by,
            "reason": revision.reason,
        }
        # The last one is what the visit says itself.
        | (
            {"was": _state(store.visits.get(visit.id, revision.number), names)}
            if revision.number < visit.revision
            else {}
        )
        for revision in store.revisions.of(visit.id)
    ]
    return {"id": visit.id, **_state(visit, names), "revisions": revisions}


def _state(visit: Visit, names: dict[str, str]) -> dict[str, Any]:
    def photo_of(photo: StoredPhoto) -> dict[str, Any]:
        return {
            "file": names[photo.id],
            "sha256": photo.sha256,
            "stage": photo.stage,
            "taken_at": photo.taken_at,
            "assessment": to_json(photo.assessment),
        }

    return {
        "visited_at": visit.visited_at,
        "practitioner": visit.practitioner,
        "protocol": to_plain(visit.protocol) if visit.protocol else None,
        "notes": visit.notes,
        "photos": [photo_of(photo) for photo in visit.photos],
    }


def _json(patient: Patient, consents: Sequence[Consent], visits: list[dict[str, Any]]) -> str:
    whole = {
        "format": "plumbline patient 1",
        "patient": {"id": patient.id, **asdict(patient.details)},
        "consents": [asdict(consent) for consent in consents],
        "visits": visits,
    }
    return json.dumps(whole, indent=1, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    return dict(value)
