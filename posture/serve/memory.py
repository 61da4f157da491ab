"""When a serving process looks for memory that nobody refers to any more.

Streamlit does so after each run of a page, and meanwhile no other page runs: through all that the
libraries and the other sessions keep, it took longer than most pages. Here it is done now and then,
what was loaded for good is left out, and what is free goes back to the system.
"""

import ctypes
import gc
import sys
import threading
import time
from functools import cache
from importlib import import_module

EVERY_S = 5.0

LASTING = (
    "altair", "pandas", "posture.measuring.assess", "posture.changes.compare", "posture.report",
    "posture.ui.dashboard",
)  # fmt: skip
"""What pages load: with it all else that they need."""


@cache
def start() -> None:
    """Load what pages need, then leave it out; once in a process, beside its other work."""
    threading.Thread(target=_leave_out, name="memory", daemon=True).start()


def _leave_out() -> None:
    for name in LASTING:
        import_module(name)
    gc.collect()
    gc.freeze()
    while True:
        time.sleep(EVERY_S)
        gc.collect()
        _give_back()


def _give_back() -> None:
    """Give memory that is free back to the system, where its library does not by itself."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:  # glibc's
            trim(0)
