"""The dashboard's pages under test, as Streamlit's AppTest runs them."""

from pathlib import Path

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

APP = Path(__file__).parents[2] / "posture" / "entry.py"
ALL = (
    "audit", "backup", "compare", "export", "history", "import", "new_visit", "patient",
    "patient_view", "patients", "points", "privacy", "report", "settings", "users", "visit",
)  # fmt: skip
"""Every page, by what it is called in the address."""


def go_to(app: AppTest, page: str) -> AppTest:
    """Go to a page; AppTest's own way knows pages by their files only.

    Raises
    ------
    ValueError
        If this session's role has no such page.
    """
    wanted, known = calc_hash(page), app._registered_pages
    # Where the record cannot be opened no pages are registered; the address names one all the same.
    if wanted not in known and any("url_pathname" in each for each in known.values()):
        raise ValueError(f"Could not find the page {page}")
    app._page_hash = wanted
    return app
