"""Garbage collection of a serving process.

Streamlit collects after each run of a page, which stops all other pages; with everything that the
libraries and other sessions hold, that took longer than most pages. Here it is done every few
seconds, permanent objects are excluded, and free memory is returned to the system.
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
"""Modules that pages load, and with them everything else that pages need."""


@cache
def start() -> None:
    """Load what pages need and exclude it from collection; once per process, in a thread."""
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
    """Return free memory to the system, where the C library does not do so by itself."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:  # glibc's
            trim(0)
