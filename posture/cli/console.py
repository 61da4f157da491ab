"""A console that prints texts as they are; apart from ``terminal``, for Rich is slow to load."""

import unicodedata
from typing import Any

from rich.console import Console

_INVISIBLE = {"Cc", "Cs"}  # control characters and lone surrogates, which file names may hold


def shown(text: str) -> str:
    r"""Return a text with escapes such as ``\x1b`` for what a terminal would obey or not encode."""
    return "".join(
        sign.encode("unicode_escape").decode()
        if unicodedata.category(sign) in _INVISIBLE and sign not in "\n\t"
        else sign
        for sign in text
    )


class Plain(Console):
    """A console that prints texts letter by letter: no markup, no pictures for words."""

    def __init__(self, **named: Any) -> None:
        super().__init__(highlight=False, markup=False, emoji=False, **named)

    def print(self, *objects: Any, **named: Any) -> None:
        """Print texts and tables."""
        super().print(*(shown(o) if isinstance(o, str) else o for o in objects), **named)
