"""The plan of an import: the visits to add, what is skipped, and why."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from posture.errors import PostureError
from posture.landmarks import View
from posture.practice.sot import Stage
from posture.records import ImportedValue
from posture.words import Message


class ImportFailedError(PostureError):
    """The source of the import cannot be read at all."""


@dataclass(frozen=True)
class NamedPatient:
    """A patient as the source names them; the record number, if given, decides."""

    name: str
    number: str = ""


@dataclass(frozen=True)
class PlannedPhoto:
    """A photo file; without a view, it is detected when the photo is measured."""

    path: Path
    view: View | None
    stage: Stage


@dataclass
class PlannedVisit:
    """Photos and values of one patient's day."""

    patient: NamedPatient
    when: datetime
    practitioner: str = ""
    photos: list[PlannedPhoto] = field(default_factory=list)
    values: list[ImportedValue] = field(default_factory=list)


@dataclass(frozen=True)
class Skipped:
    """A file or row that was skipped, and why."""

    what: str
    why: Message


@dataclass
class Plan:
    """What was found, by patient and day."""

    visits: list[PlannedVisit] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    _days: dict[tuple[NamedPatient, date], PlannedVisit] = field(default_factory=dict, repr=False)

    def visit(self, who: NamedPatient, when: datetime, practitioner: str = "") -> PlannedVisit:
        """Return the visit of a patient on a day; add one if there is none yet."""
        known = self._days.get((who, when.date()))
        if known is not None:
            known.when = min(known.when, when)
            return known
        self.visits.append(PlannedVisit(who, when, practitioner))
        self._days[who, when.date()] = self.visits[-1]
        return self.visits[-1]


DATES = (
    (re.compile(r"(?<!\d)((?:19|20)\d\d)[-_. ]?([01]\d)[-_. ]?([0-3]\d)(?!\d)"), (1, 2, 3)),
    (re.compile(r"(?<!\d)([0-3]?\d)\.([01]?\d)\.((?:19|20)\d\d)(?!\d)"), (3, 2, 1)),
)


def date_in(text: str) -> datetime | None:
    """Return the first date in a text: 2019-05-07, 20190507, 2019_05_07 or 7.5.2019."""
    for pattern, order in DATES:
        for match in pattern.finditer(text):
            try:
                return datetime(*(int(match[n]) for n in order))  # type: ignore[arg-type] # noqa: DTZ001
            except ValueError:
                continue
    return None
