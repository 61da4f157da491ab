"""Old photos and old measurements, from folders and tables, into the record."""

from posture.imports.folders import read_folder
from posture.imports.plan import NamedPatient, Plan, PlannedPhoto, PlannedVisit, Skipped
from posture.imports.run import Outcome, carry_out
from posture.imports.tables import read_table

__all__ = [
    "NamedPatient",
    "Outcome",
    "Plan",
    "PlannedPhoto",
    "PlannedVisit",
    "Skipped",
    "carry_out",
    "read_folder",
    "read_table",
]
