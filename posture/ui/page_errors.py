"""Errors on a page: shown in their place and in plain words; the rest of the page works on."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from posture import logs
from posture.errors import PostureError
from posture.ui.plain_text import plain
from posture.ui.words import t
from posture.words import Message


class FaultError(PostureError):
    """A fault in the program, as shown to its users."""


@contextmanager
def guarded() -> Iterator[None]:
    """Show an error in the place of the part of the page that raised it."""
    try:
        yield
    except Exception as error:
        tell(error)


def tell(error: Exception) -> bool:
    """Show an error on the page; an unforeseen one with a code that the log has, too.

    It can serve as Streamlit's handler for uncaught errors, which must return True.
    """
    known = error if isinstance(error, PostureError) else _fault(error)
    st.error(plain(t(known.message)), icon=":material/error:")
    return True


def _fault(error: Exception) -> FaultError:
    return FaultError(
        Message(
            "This cannot be shown because of a fault in the program (code {note} in its log). The "
            "record, and what you entered, are safe. Reload the page; if the fault persists, "
            "report the code.",
            note=logs.note(error),
        )
    )
