"""The record: patients, visits, photos, measurements and SOT notes. Knows nothing of pictures."""

from posture.records.access import Actor, NotAllowedError, Right, Role
from posture.records.consents import Consent, NoConsentError, Scope
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
    "Actor",
    "Consent",
    "NewPhoto",
    "NewVisit",
    "NoConsentError",
    "NotAllowedError",
    "Patient",
    "PatientDetails",
    "RecordError",
    "Right",
    "Role",
    "Scope",
    "Store",
    "StoredPhoto",
    "Visit",
    "VisitSummary",
]
