"""Plumbline measures standing posture from photos, with the uncertainty of every number.

The public API: :func:`assess` measures a photo, :func:`compare` two assessments of one person.
Names are loaded on first use, so that ``posture --help`` need not wait for the model's library.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from posture.assess import Assessment, assess
    from posture.compare import Change, compare
    from posture.landmarks import Landmark, View
    from posture.measures import Measurement

__version__ = "0.1.0"

_HOMES = {
    "Assessment": "posture.assess",
    "Change": "posture.compare",
    "Landmark": "posture.landmarks",
    "Measurement": "posture.measures",
    "View": "posture.landmarks",
    "assess": "posture.assess",
    "compare": "posture.compare",
}
__all__ = ["Assessment", "Change", "Landmark", "Measurement", "View", "assess", "compare"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'posture' has no attribute {name!r}")
    found = getattr(import_module(_HOMES[name]), name)
    # The functions share their modules' names: keep the function, not the module.
    globals()[name] = found
    return found
