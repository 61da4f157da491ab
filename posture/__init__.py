"""Plumbline measures standing posture from photos, with the uncertainty of every number.

The public API: :func:`assess` measures a photo, :func:`compare` two assessments of one person.
Names are loaded on first use, so that ``posture --help`` need not wait for the model's library.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from posture.changes.compare import Change, compare
    from posture.imaging.scene import Setup
    from posture.landmarks import Landmark, View
    from posture.measuring.assess import assess
    from posture.measuring.assessment import Assessment
    from posture.measuring.options import AssessmentOptions
    from posture.measuring.take import Measurement

__version__ = "0.1.0"

_HOMES = {
    "Assessment": "posture.measuring.assessment",
    "AssessmentOptions": "posture.measuring.options",
    "Change": "posture.changes.compare",
    "Landmark": "posture.landmarks",
    "Measurement": "posture.measuring.take",
    "Setup": "posture.imaging.scene",
    "View": "posture.landmarks",
    "assess": "posture.measuring.assess",
    "compare": "posture.changes.compare",
}
__all__ = [
    "Assessment", "AssessmentOptions", "Change", "Landmark", "Measurement", "Setup", "View",
    "assess", "compare",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'posture' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
