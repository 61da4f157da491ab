"""The record: patients, visits, photos, measurements and SOT notes. Knows nothing of pictures."""

from posture.records.store import Store
from posture.records.types import (
    NewPhoto,
    NewVisit,
    Patient,
    PatientDetails,
    RecordError,
    StoredPhoto,
    Visit,
    VisitSummary,
)

__all__ = [
    "NewPhoto",
    "NewVisit",
    "Patient",
    "PatientDetails",
    "RecordError",
    "Store",
    "StoredPhoto",
    "Visit",
    "VisitSummary",
]
