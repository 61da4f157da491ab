"""What was loaded for good is left out of the search for memory that nobody refers to any more.

Streamlit searches after each run of a page's script, and meanwhile no other page runs: through all
that the libraries keep, it took longer than most pages.
"""

import gc
import threading
from functools import cache
from importlib import import_module

LASTING = (
    "altair", "pandas", "posture.assess", "posture.compare", "posture.report",
    "posture.ui.dashboard",
)  # fmt: skip
"""What pages load: with it all else that they need."""


@cache
def start() -> None:
    """Load what pages need, then leave it out; once in a process, beside its other work."""
    threading.Thread(target=_leave_out, name="collecting", daemon=True).start()


def _leave_out() -> None:
    for name in LASTING:
        import_module(name)
    gc.collect()
    gc.freeze()
