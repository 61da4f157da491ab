"""The record: patients, visits, photos, measurements and SOT notes. Knows nothing of pictures."""

from posture.records.consents import Consent, NoConsentError, Scope
from posture.records.keys import KeyFile, Keys, WrongSecretError
from posture.records.passphrase import WeakPassphraseError
from posture.records.roles import Actor, NotAllowedError, Right, Role
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
from posture.records.unlocking import LockedError, LockState, RecordAccess, record_access

__all__ = [
    "Actor",
    "ConflictError",
    "Consent",
    "Correction",
    "ImportedValue",
    "KeyFile",
    "Keys",
    "LockState",
    "LockedError",
    "NewPhoto",
    "NewVisit",
    "NoConsentError",
    "NotAllowedError",
    "Patient",
    "PatientDetails",
    "RecordAccess",
    "RecordError",
    "Revision",
    "Right",
    "Role",
    "Scope",
    "Store",
    "StoredPhoto",
    "Visit",
    "VisitSummary",
    "WeakPassphraseError",
    "WrongSecretError",
    "record_access",
]
