"""What people typed, on its way to a place where Streamlit reads markdown.

Streamlit reads markdown nearly everywhere: labels, titles, tabs, buttons and their toasts, the
cells of ``st.table``, the menu. Everything typed goes through :func:`plain` there. What takes plain
text needs nothing: options of ``selectbox``, ``st.text``, ``st.code``, cells of ``st.dataframe``,
placeholders, charts, texts for a component.
"""

import re

SIGNS = re.compile(r"[!-/:-@\[-`{-~]")  # all that a backslash makes a mere letter of
TIED = re.compile(
    r"(?<=:)(?=[\w+-]+:|//)"  # :smile: and http://
    r"|(?<=@)(?=\w)"
    r"|(?<=www)(?=\.)"
    r"|(?<=[-<>~])(?=[-=>])",  # -> and -- and >=
    re.IGNORECASE,
)
"""Where signs meet that Streamlit turns into others once the markdown is read, escaped or not."""
APART = ":small[]"
"""Nothing at all, and yet in between: an element without content."""


def plain(text: object) -> str:
    """Return what somebody typed as markdown that shows it letter by letter.

    Line breaks stay breaks. Of blanks at both ends of a line one stays, as browsers show no more.
    """
    return "\\\n".join(map(_line, str(text).splitlines()))


def _line(line: str) -> str:
    words = re.sub(r"^\s+|\s+$", " ", line)
    return APART.join(SIGNS.sub(r"\\\g<0>", part) for part in TIED.split(words))
