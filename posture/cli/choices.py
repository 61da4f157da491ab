"""What options let choose from.

The library has the same values; here they are written out, so that ``--help`` need not load it. A
test compares them.
"""

from enum import StrEnum


class ViewChoice(StrEnum):
    """The side of the patient that the camera sees."""

    ANTERIOR = "anterior"
    POSTERIOR = "posterior"
    LEFT = "left"
    RIGHT = "right"
    AUTO = "auto"


class MarkerChoice(StrEnum):
    """The colour of adhesive markers."""

    GREEN = "green"
    BLUE = "blue"
    PINK = "pink"
    YELLOW = "yellow"
    ORANGE = "orange"
    NONE = "none"


class ModelChoice(StrEnum):
    """The pose model."""

    AUTO = "auto"
    FULL = "full"
    HEAVY = "heavy"


class PaperChoice(StrEnum):
    """Sizes of paper."""

    A4 = "a4"
    LETTER = "letter"


class RoleChoice(StrEnum):
    """What somebody is in the practice."""

    OWNER = "owner"
    PRACTITIONER = "practitioner"
    ASSISTANT = "assistant"
    READER = "read-only"


class LanguageChoice(StrEnum):
    """Languages of reports."""

    ENGLISH = "en"
    GERMAN = "de"
