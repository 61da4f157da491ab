"""What of an unsaved visit stands in the record, and under which keys."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from posture.ui import browser_tab


@dataclass
class StoredDraft:
    """The keys of one unsaved visit in the record, and what was last written under each.

    Hold the visit's lock while reading or changing it.

    Attributes
    ----------
    patient_id : str
    id : str
    tab : str
        The browser tab that writes the visit.
    written : dict
        The rows as they were last written, by key.
    closed : bool
        Nothing more is written: the visit was saved, discarded or erased.
    has_discarded_photos : bool
        Whether photos were removed that can still be restored.
    """

    patient_id: str
    id: str = field(default_factory=lambda: uuid4().hex)
    tab: str = field(init=False)
    written: dict[str, dict[str, Any]] = field(default_factory=dict)
    closed: bool = False
    has_discarded_photos: bool = False

    def __post_init__(self) -> None:
        self.tab = browser_tab.name()

    @property
    def key(self) -> str:
        """The visit's own key."""
        return f"visit.{self.id}"

    def photo_key(self, sha256: str) -> str:
        """Return the key of one of its photos."""
        return f"{self.key}.{sha256}"
