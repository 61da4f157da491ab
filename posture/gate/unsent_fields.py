"""What stands in the fields of open pages and was not sent: kept in memory, until it is.

A page tells it letter by letter. A page loaded anew, or come back to, begins its fields with it.
It goes with the session, and two minutes after its tab was closed.
"""

import json
import re
import time
from collections.abc import Collection
from contextlib import suppress
from threading import Lock

TYPED = "typed "
"""How a page's message of it begins; the field's name and its text follow as JSON."""

MOST_FIELDS, MOST_LETTERS = 200, 100_000
LEFT_S = 120.0

Tab = tuple[str, str]
"""An actor's name, and the browser tab's."""


class UnsentFields:
    """The fields of each tab. Any thread may ask."""

    def __init__(self) -> None:
        self._fields: dict[Tab, dict[str, str]] = {}
        self._seen: dict[Tab, float] = {}
        self._lock = Lock()

    def put(self, tab: Tab, told: str) -> None:
        """Take in what a page tells of one field; what makes no sense is not listened to."""
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
        """Return what was typed into the field of this key; None where nothing was."""
        with self._lock:
            return self._fields.get(tab, {}).get(_name(key))

    def forget(self, tab: Tab, prefix: str) -> None:
        """Forget what was typed into fields whose keys begin so: it is saved, or not wanted."""
        with self._lock:
            fields = self._fields.get(tab, {})
            for name in [name for name in fields if name.startswith(_name(prefix))]:
                del fields[name]

    def forget_patient(self, patient_id: str) -> None:
        """Forget, in all tabs, what was typed into fields that are a patient's by their names."""
        with self._lock:
            for fields in self._fields.values():
                for name in [name for name in fields if patient_id in name]:
                    del fields[name]

    def drop(self, tabs: Collection[Tab]) -> None:
        """Forget all that was typed in these tabs."""
        with self._lock:
            for tab in tabs:
                self._fields.pop(tab, None)
                self._seen.pop(tab, None)

    def drop_left(self, open_tabs: Collection[Tab]) -> None:
        """Forget what was typed in tabs that are gone for a while."""
        moment = time.monotonic()
        with self._lock:
            for tab in self._seen.keys() & set(open_tabs):
                self._seen[tab] = moment
            gone = [tab for tab, seen in self._seen.items() if moment - seen > LEFT_S]
        self.drop(gone)


def _name(key: str) -> str:
    """Return what Streamlit makes of a field's key as the name of a class."""
    return re.sub(r"[^a-zA-Z0-9_-]", "-", key.strip())
