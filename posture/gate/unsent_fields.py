"""The text in fields of open pages that was not submitted yet, kept in memory.

A page sends it letter by letter; after a reload, or on return to the page, its fields start with
it. It is dropped when the session ends, and two minutes after its tab was closed.
"""

import json
import re
import time
from collections.abc import Collection
from contextlib import suppress
from threading import Lock

TYPED = "typed "
"""The start of a page's message about a field; the field's name and text follow as JSON."""

MOST_FIELDS, MOST_LETTERS = 200, 100_000
LEFT_S = 120.0

Tab = tuple[str, str]
"""The names of an actor and of a browser tab."""


class UnsentFields:
    """The unsent fields of each tab; thread-safe."""

    def __init__(self) -> None:
        self._fields: dict[Tab, dict[str, str]] = {}
        self._seen: dict[Tab, float] = {}
        self._lock = Lock()

    def put(self, tab: Tab, told: str) -> None:
        """Store a page's message about one field; invalid messages are ignored."""
        with suppress(ValueError, RecursionError):
            name, text = json.loads(told)
            if not (isinstance(name, str) and isinstance(text, str)) or len(text) > MOST_LETTERS:
                return
            with self._lock:
                fields = self._fields.setdefault(tab, {})
                if name in fields or len(fields) < MOST_FIELDS:
                    fields[name] = text
                    self._seen[tab] = time.monotonic()

    def text(self, tab: Tab, key: str) -> str | None:
        """Return what was typed into the field of this key; None if nothing was."""
        with self._lock:
            return self._fields.get(tab, {}).get(_name(key))

    def forget(self, tab: Tab, prefix: str) -> None:
        """Forget the fields whose keys start with ``prefix``: saved, or discarded."""
        with self._lock:
            fields = self._fields.get(tab, {})
            for name in [name for name in fields if name.startswith(_name(prefix))]:
                del fields[name]

    def forget_patient(self, patient_id: str) -> None:
        """Forget, in all tabs, the fields whose names contain a patient's id."""
        with self._lock:
            for fields in self._fields.values():
                for name in [name for name in fields if patient_id in name]:
                    del fields[name]

    def drop(self, tabs: Collection[Tab]) -> None:
        """Forget everything typed in these tabs."""
        with self._lock:
            for tab in tabs:
                self._fields.pop(tab, None)
                self._seen.pop(tab, None)

    def drop_left(self, open_tabs: Collection[Tab]) -> None:
        """Forget what was typed in tabs that were closed some time ago."""
        moment = time.monotonic()
        with self._lock:
            for tab in self._seen.keys() & set(open_tabs):
                self._seen[tab] = moment
            gone = [tab for tab, seen in self._seen.items() if moment - seen > LEFT_S]
        self.drop(gone)


def _name(key: str) -> str:
    """Return the CSS class name that Streamlit makes of a field's key."""
    return re.sub(r"[^a-zA-Z0-9_-]", "-", key.strip())
