"""Plumbline measures standing posture from photos, with the uncertainty of every number.

The public API: :func:`assess` measures a photo, :func:`compare` two assessments of one person.
Names are loaded on first use, so that ``posture --help`` need not wait for the model's library.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from posture.compare import Change, compare
    from posture.landmarks import Landmark, View
    from posture.measuring.assess import assess
    from posture.measuring.assessment import Assessment
    from posture.measuring.take import Measurement

__version__ = "0.1.0"

_HOMES = {
    "Assessment": "posture.measuring.assessment",
    "Change": "posture.compare",
    "Landmark": "posture.landmarks",
    "Measurement": "posture.measuring.take",
    "View": "posture.landmarks",
    "assess": "posture.measuring.assess",
    "compare": "posture.compare",
}
__all__ = ["Assessment", "Change", "Landmark", "Measurement", "View", "assess", "compare"]


class _Package(ModuleType):
    """Keeps ``posture.assess`` the function, though its module has the same name."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)

    def __getattr__(self, name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module 'posture' has no attribute {name!r}")
        found = getattr(import_module(_HOMES[name]), name)
        setattr(self, name, found)
        return found


sys.modules[__name__].__class__ = _Package
