"""The pages' words: ``t`` for every text on a screen, told as the practice's settings say."""

from posture.practice import settings
from posture.records import Store
from posture.words import LANGUAGES, day_words, in_sentence, number_words, speak, speech, t, tn

__all__ = ["LANGUAGES", "begin", "day_words", "in_sentence", "number_words", "speech", "t", "tn"]


def begin(store: Store) -> None:
    """Tell this run's texts in the practice's language and unit of lengths."""
    speak(settings.of(store.settings.get).speech)
