"""Whether two patients are likely the same person: asked before somebody is added twice."""

from difflib import SequenceMatcher

from posture.records.search import fold
from posture.records.types import PatientDetails

ALIKE = 0.8
"""Of two names with one date of birth: the share of letters in common from which they are alike."""


def likely_same(one: PatientDetails, other: PatientDetails) -> bool:
    """Whether two patients may be one: by the name, the record number, or birth and a like name."""
    names = [" ".join(sorted(fold(who.name).replace(",", " ").split())) for who in (one, other)]
    numbers = {fold(who.record_number) for who in (one, other)}
    if names[0] == names[1] or (len(numbers) == 1 and numbers != {""}):
        return True
    born = {one.date_of_birth, other.date_of_birth}
    return len(born) == 1 and None not in born and _alike(*names)


def _alike(one: str, other: str) -> bool:
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= ALIKE
