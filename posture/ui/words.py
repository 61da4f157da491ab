"""The pages' words: ``t`` for every text on a screen, as the practice's settings say."""

from datetime import datetime

from posture.practice import settings
from posture.records import Store
from posture.words import LANGUAGES, day_words, in_sentence, number_words, speak, speech, t, tn

__all__ = [
    "LANGUAGES", "begin", "day_words", "in_sentence", "number_words", "speech", "t", "time_words",
    "tn",
]  # fmt: skip


def begin(store: Store) -> None:
    """Show this run's texts in the practice's language and unit of length."""
    speak(settings.of(store.settings.get).speech)


def time_words(at: datetime) -> str:
    """Return a day and its time as people write it: "3 March 2026, 14:30"."""
    return f"{day_words(at.date())}, {at:%H:%M}"
