"""Which passphrases are accepted: long, varied, and not easily guessed."""

import re
import unicodedata

from posture.records.types import KeysError
from posture.words import Message

SHORTEST = 12
"""Minimum length of a passphrase, in characters."""

FEWEST_DIFFERENT = 5
STRONG = 4
"""The library's score from ten thousand million guesses on: the folder can be copied, and then only
the passphrase's strength counts."""

WEIGHED = 100
"""Number of characters whose strength is rated; rating more would take long."""

OWN_WORDS = ("plumbline", "posture", "passphrase", "kennsatz", "passwort", "sacro", "occipital")
"""Words that this program suggests to anyone; they add nothing to a passphrase's strength."""

WHY_WEAK = {
    "This is a top-10 common password.": Message(
        "it contains one of the ten most common passwords."
    ),
    "This is a top-100 common password.": Message(
        "it contains one of the hundred most common passwords."
    ),
    "This is a very common password.": Message("it contains a very common password."),
    "This is similar to a commonly used password.": Message("it resembles a common password."),
    "A word by itself is easy to guess.": Message("it is hardly more than one word."),
    "Names and surnames by themselves are easy to guess.": Message(
        "it is hardly more than a name."
    ),
    "Common names and surnames are easy to guess.": Message("it is built on a common name."),
    "Straight rows of keys are easy to guess.": Message("it is built on a row of keys."),
    "Short keyboard patterns are easy to guess.": Message("it is built on a pattern of keys."),
    'Repeats like "aaa" are easy to guess.': Message("it repeats a character."),
    'Repeats like "abcabcabc" are only slightly harder to guess than "abc".': Message(
        "it repeats itself."
    ),
    'Sequences like "abc" or "6543" are easy to guess.': Message(
        "it is built on a sequence, such as 1234."
    ),
    "Recent years are easy to guess.": Message("it is built on a year."),
    "Dates are often easy to guess.": Message("it is built on a date."),
    "": Message("it is too short for the words in it."),
}


class WeakPassphraseError(KeysError):
    """A passphrase that is too easily guessed."""


def check_passphrase(passphrase: str) -> None:
    """Refuse a passphrase that is too easily guessed.

    Raises
    ------
    WeakPassphraseError
        Saying what is asked for.
    """
    normal = passphrase_bytes(passphrase).decode(errors="replace")
    if len(normal) < SHORTEST or len(set(normal)) < FEWEST_DIFFERENT:
        raise WeakPassphraseError(
            Message(
                "The passphrase needs at least {shortest} characters, five of them different. "
                "Four or five unrelated words are easy to remember and hard to guess.",
                shortest=SHORTEST,
            )
        )
    if reason := _why_weak(normal):
        raise WeakPassphraseError(
            Message(
                "This passphrase is too easily guessed: {reason} Use four or five unrelated "
                "words; they are easy to remember and hard to guess.",
                reason=reason,
            )
        )


def _why_weak(passphrase: str) -> Message | None:
    """Return why a passphrase is easily guessed, None where it is not."""
    from zxcvbn import zxcvbn  # reading its lists takes a moment
    from zxcvbn.feedback import get_feedback

    told = re.sub("|".join(OWN_WORDS), "", passphrase, flags=re.IGNORECASE)[:WEIGHED]
    weighed = zxcvbn(told, OWN_WORDS, max_length=WEIGHED)
    if weighed["score"] >= STRONG:
        return None
    # The library explains only its lowest scores by itself.
    return WHY_WEAK.get(get_feedback(0, weighed["sequence"])["warning"], WHY_WEAK[""])


def passphrase_bytes(passphrase: str) -> bytes:
    """Return the bytes of a passphrase, the same from every keyboard that types it."""
    # A terminal may give bytes that are no text of its encoding: they stay what they are.
    return unicodedata.normalize("NFC", passphrase.strip()).encode(errors="surrogatepass")
