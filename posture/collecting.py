"""When a serving process looks for memory that nobody refers to any more.

Streamlit does so after each run of a page's script, and meanwhile no other page runs: with the
libraries loaded, it took longer than most pages. Here it is done now and then, whoever works, and
what was loaded for good is left out.
"""

import gc
import threading
import time
from functools import cache
from importlib import import_module

EVERY_S = 5.0

LASTING = (
    "altair", "pandas", "posture.assess", "posture.compare", "posture.report",
    "posture.ui.dashboard",
)  # fmt: skip
"""What pages load: with it all else that they need."""


@cache
def start() -> None:
    """Begin to look for it, once in a process."""
    threading.Thread(target=_now_and_then, name="collecting", daemon=True).start()


def _now_and_then() -> None:
    for name in LASTING:
        import_module(name)
    gc.collect()
    gc.freeze()
    while True:
        time.sleep(EVERY_S)
        gc.collect()
