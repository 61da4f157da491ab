"""A folder of old photos: patient, date, view and stage, from file names and the camera.

``FOLDER/patient/…/photo``: the first folder names the patient, ``Ada Sample`` or
``Ada Sample (R17)`` with the record number. The date of the visit is the nearest one in the names
of the folders below it or of the file; otherwise the camera's. View and stage are words in the
names of the file or its folders.
"""

import re
from datetime import datetime
from pathlib import Path

from posture.errors import PhotoError
from posture.files import is_file, is_folder, readable
from posture.imaging.photo import UPLOAD_SUFFIXES, load_photo
from posture.imports.plan import (
    ImportFailedError,
    NamedPatient,
    Plan,
    PlannedPhoto,
    Skipped,
    date_in,
)
from posture.landmarks import View
from posture.practice.sot import Stage
from posture.words import Message

VIEW_WORDS = {
    View.ANTERIOR: {"anterior", "front", "frontal", "ant"},
    View.POSTERIOR: {"posterior", "back", "rear", "dorsal"},
    View.LEFT: {"left", "lt"},
    View.RIGHT: {"right", "rt"},
}
AFTER_WORDS = {"post", "after"}
NUMBERED = re.compile(r"^(.*?)\s*\(([^()]+)\)$")


def read_folder(folder: Path) -> Plan:
    """Return the plan for importing a folder of photos.

    Raises
    ------
    ImportFailedError
        If there is no such folder.
    """
    if not is_folder(folder):
        raise ImportFailedError(
            Message("There is no folder {folder}. Check the name.", folder=folder)
        )
    plan = Plan()
    for path in sorted(path for path in folder.rglob("*") if is_file(path)):
        inner = path.relative_to(folder)
        if any(part.startswith(".") for part in inner.parts):
            continue
        reason = _add(plan, path, inner)
        if reason:
            plan.skipped.append(Skipped(readable(inner), reason))
    return plan


def _add(plan: Plan, path: Path, inner: Path) -> Message | None:
    """Add a file to its visit, or return why not."""
    if path.suffix.lower().lstrip(".") not in UPLOAD_SUFFIXES:
        return Message("not a photo, judging by its file name")
    if len(inner.parts) < 2:
        return Message("not in a patient's folder: move it into one named after the patient")
    if readable(inner) != str(inner):
        return Message("its name contains invalid characters: rename the file or its folder")
    try:
        # Read completely even in a dry run, which thus reports every damaged file.
        taken_at = load_photo(path).taken_at
    except PhotoError as error:
        return error.message
    below = list(inner.parts[1:])
    when = next(filter(None, map(date_in, reversed(below))), None)
    if taken_at is not None:
        taken = datetime.fromisoformat(taken_at)
        when = taken if when is None or when.date() == taken.date() else when
    if when is None:
        return Message("no date in the folder or file names, and none from the camera")
    words = set(re.findall(r"[a-z0-9]+", " ".join(below).lower()))
    views = [view for view, names in VIEW_WORDS.items() if words & names]
    if len(views) > 1:
        return Message("its name contains several views: {views}", views=", ".join(views))
    stage = Stage.POST if words & AFTER_WORDS else Stage.PRE
    visit = plan.visit(patient_of(inner.parts[0]), when)
    visit.photos.append(PlannedPhoto(path, views[0] if views else None, stage))
    return None


def patient_of(folder: str) -> NamedPatient:
    """Return the patient whom a folder names."""
    numbered = NUMBERED.match(folder.replace("_", " ").strip())
    if numbered:
        return NamedPatient(numbered[1].strip(), numbered[2].strip())
    return NamedPatient(" ".join(folder.replace("_", " ").split()))
