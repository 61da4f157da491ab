"""The pages' words: ``t`` for every text on a screen, told as the practice's settings say."""

from posture.records import Store
from posture.words import LANGUAGES, Speech, day_words, number_words, speak, speech, t

__all__ = ["LANGUAGES", "begin", "day_words", "number_words", "speech", "t"]

LANGUAGE_SETTING = "language"
LENGTHS_SETTING = "lengths"


def begin(store: Store) -> None:
    """Tell this run's texts in the practice's language and unit of lengths."""
    language = store.setting(LANGUAGE_SETTING, "en")
    lengths = store.setting(LENGTHS_SETTING, "mm")
    speak(Speech(language if language in LANGUAGES else "en", "in" if lengths == "in" else "mm"))
