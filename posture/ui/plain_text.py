"""What people typed, on its way to a place where Streamlit reads markdown.

Streamlit reads markdown nearly everywhere: labels, titles, tabs, buttons and their toasts, the
cells of ``st.table``, the menu. Everything typed goes through :func:`plain` there. What takes plain
text needs nothing: options of ``selectbox``, ``st.text``, ``st.code``, cells of ``st.dataframe``,
placeholders, charts, texts for a component.
"""

import re

SIGNS = re.compile(
    r"[\\`*_\[\]<~$&|]"
    r"|:(?=[\w\0])"  # :red[x]
)
"""What is markdown, and a mere letter with a backslash before it."""
BEGINNING = re.compile(r"^( ?\d*)([#+=>.)-])")
"""The same at a line's beginning only: headings, lists, quotes, lines."""
TIED = re.compile(
    r"(?<=:)(?=[\w+-]+:|//|material/)"  # :smile: and http://
    r"|(?<=@)(?=\w)"
    r"|(?<=www)(?=\.)"
    r"|(?<=[-<>~])(?=[-=>])",  # -> and -- and >=
    re.IGNORECASE,
)
"""Where signs meet that Streamlit turns into others around the reading, escaped or not."""
APART = ":small[]"
"""Nothing at all, and yet in between: an element without content."""


def plain(text: object) -> str:
    """Return typed text as markdown that shows it literally.

    Line breaks are kept. Of blanks at either end of a line one is kept; browsers show no more.
    """
    return "\\\n".join(map(_line, str(text).replace("\0", "").splitlines()))


def _line(line: str) -> str:
    words = re.sub(r"^\s+|\s+$", " ", line)
    letters = BEGINNING.sub(r"\1\\\2", SIGNS.sub(r"\\\g<0>", TIED.sub("\0", words)))
    return letters.replace("\0", APART)
