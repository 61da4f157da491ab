"""The record: patients, visits, photos, measurements and SOT notes. Knows nothing of pictures."""

from posture.records.access import Actor, NotAllowedError, Right, Role
from posture.records.consents import Consent, NoConsentError, Scope
from posture.records.keys import KeyFile, Keys, WeakPassphraseError, WrongSecretError
from posture.records.store import Store
from posture.records.types import (
    ConflictError,
    Correction,
    ImportedValue,
    NewPhoto,
    NewVisit,
    Patient,
    PatientDetails,
    RecordError,
    Revision,
    StoredPhoto,
    Visit,
    VisitSummary,
)
from posture.records.unlocking import Door, LockedError, State, door_to

__all__ = [
    "Actor",
    "ConflictError",
    "Consent",
    "Correction",
    "Door",
    "ImportedValue",
    "KeyFile",
    "Keys",
    "LockedError",
    "NewPhoto",
    "NewVisit",
    "NoConsentError",
    "NotAllowedError",
    "Patient",
    "PatientDetails",
    "RecordError",
    "Revision",
    "Right",
    "Role",
    "Scope",
    "State",
    "Store",
    "StoredPhoto",
    "Visit",
    "VisitSummary",
    "WeakPassphraseError",
    "WrongSecretError",
    "door_to",
]
