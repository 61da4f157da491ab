"""What a browser session holds beside the values of its widgets: each under one typed key.

A key says whom its value is about, so that :func:`posture.ui.forgetting.forget_patient` can empty
everything that belongs to a patient. Fields on the pages have keys of their own, with the id of
the patient, visit or photo in them.
"""

from collections import OrderedDict
from collections.abc import MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import streamlit as st

if TYPE_CHECKING:
    from posture.records import PatientDetails
    from posture.report.patient import PatientSummary
    from posture.ui.draft import Draft
    from posture.ui.point_editing import PointEditing

Value = TypeVar("Value")
State = MutableMapping[Any, Any]


class About(Enum):
    """Whom a value is about."""

    NOBODY = "nobody: it stays"
    BY_PATIENT = "patients, by their ids: the erased patient's goes"
    DERIVED = "made from patients' data, again where needed: it goes with any patient"
    SHOWN = "the patient on the screen: it goes if it mentions the erased one"


@dataclass(frozen=True)
class Key(Generic[Value]):
    """One thing that a session holds."""

    name: str
    about: About

    def __post_init__(self) -> None:
        KEYS.append(self)

    def get(self, state: State | None = None) -> Value | None:
        """Return the value; None if there is none."""
        found: Value | None = _of(state).get(self.name)
        return found

    def put(self, value: Value) -> Value:
        """Hold a value, and return it."""
        st.session_state[self.name] = value
        return value

    def drop(self, state: State | None = None) -> None:
        """Hold nothing any more."""
        with suppress(KeyError):
            del _of(state)[self.name]

    def setdefault(self, value: Value, state: State | None = None) -> Value:
        """Return the value, which is this one if there was none."""
        found: Value = _of(state).setdefault(self.name, value)
        return found


def _of(state: State | None) -> State:
    found: State = st.session_state if state is None else state
    return found


KEYS: list[Key[Any]] = []
"""All of them."""

SESSION_ID: Key[str] = Key("session_id", About.NOBODY)
"""The gate's session for which the rest is held."""

PAGES: Key[dict[str, Any]] = Key("pages", About.NOBODY)
"""The pages of this session's role, by what they are called in the address."""

PLACE_READ: Key[bool] = Key("place_known", About.NOBODY)
"""Whether the place of a reloaded tab was looked up in the record."""

PRACTITIONER: Key[str] = Key("practitioner", About.NOBODY)
"""Who made the last visit; the next one begins with that name."""

DRAFTS: Key[dict[str, "Draft"]] = Key("drafts", About.BY_PATIENT)
"""The unsaved visits of this tab."""

SHOWN: Key[dict[str, set[str]]] = Key("shown", About.BY_PATIENT)
"""The patients that the session had open, each with the visits that it had open."""

PATIENT_ID: Key[str] = Key("patient_id", About.SHOWN)
VISIT_ID: Key[str] = Key("visit_id", About.SHOWN)
COMPARED_VISIT: Key[str] = Key("compared_visit", About.SHOWN)
"""The visit from which a comparison was asked for."""

ADD_AFTER_DISCARD: Key[str] = Key("put_aside_for", About.SHOWN)
"""The visit that can be added to once another unsaved one is discarded."""

EDITING: Key["PointEditing"] = Key("point_editing", About.SHOWN)
"""The photo whose points are being edited."""

EDITED_AT: Key[dict[str, str]] = Key("desk_at", About.SHOWN)
"""Where that photo is found again; under this name in the record, too."""

STORED_PLACE: Key[dict[str, Any]] = Key("place_kept", About.SHOWN)
"""The place that was last written into the record."""

LAST_OF_PAGES: Key[list[str]] = Key("patients_turned", About.DERIVED)
"""The last patient of each page of the list before the one that is shown."""

LISTED: Key[tuple[str, bool]] = Key("patients_asked", About.DERIVED)
"""The search that the list of patients answers."""

LIKELY_SAME: Key[tuple[str, "PatientDetails"]] = Key("likely_same", About.DERIVED)
"""A form and a patient's details, while somebody decides whether another patient is the same."""

PREVIEWS: Key[OrderedDict[tuple[object, ...], bytes]] = Key("previews", About.DERIVED)
STORY: Key[tuple[object, "PatientSummary"]] = Key("story", About.DERIVED)
CHANGES: Key[dict[tuple[str, str], Any]] = Key("changes", About.DERIVED)
CHARTS: Key[tuple[object, dict[str, Any]]] = Key("charts", About.DERIVED)
SHARED_LINK: Key[tuple[str, str]] = Key("share_made", About.DERIVED)
"""The patient and the token of the link that was just made."""

IMPORT_PLAN: Key[tuple[Any, ...]] = Key("import_plan", About.DERIVED)
"""What an import would do, and for which choices that was found out."""
