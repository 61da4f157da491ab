"""What goes wrong on a page is told in its place and in our words; the rest of the page goes on."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from posture import logs
from posture.errors import PostureError
from posture.ui.plain_text import plain
from posture.ui.words import t
from posture.words import Message


class FaultError(PostureError):
    """A fault of the program's own, told to somebody who cannot mend it."""


@contextmanager
def guarded() -> Iterator[None]:
    """Tell what goes wrong in a part of a page where that part stands."""
    try:
        yield
    except Exception as error:
        tell(error)


def tell(error: Exception) -> bool:
    """Tell an error on the page; one that nobody foresaw by a code that stands in the log, too.

    It can be Streamlit's handler for what no guard caught, which asks to be told that it was.
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
