"""What is loaded for good is left out of the search for unused memory after each run of a page."""

import subprocess
import sys

CODE = """
import gc, sys, time
from posture.serve import memory
memory.start()
for _ in range(1200):
    if gc.get_freeze_count():
        break
    time.sleep(0.1)
loaded = [name for name in memory.LASTING if name in sys.modules]
print(len(loaded) == len(memory.LASTING), gc.get_freeze_count() > 100_000)
"""


def test_what_pages_load_is_left_out():
    told = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=True, timeout=300
    ).stdout
    assert told.split() == ["True", "True"]
