"""Memory is looked through now and then, not after each run of a page."""

import subprocess
import sys

from streamlit import config

from posture.server import SETTINGS

CODE = """
import gc, sys, threading, time
from posture import collecting
collecting.start()
collecting.start()
for _ in range(1200):
    if gc.get_freeze_count():
        break
    time.sleep(0.1)
started = [thread for thread in threading.enumerate() if thread.name == "collecting"]
loaded = [name for name in collecting.LASTING if name in sys.modules]
print(len(started), len(loaded) == len(collecting.LASTING), gc.get_freeze_count() > 100_000)
"""


def test_what_pages_load_is_left_out_of_it_and_no_run_of_a_page_waits_for_it():
    told = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=True, timeout=300
    ).stdout
    assert told.split() == ["1", "True", "True"]
    assert SETTINGS["runner.postScriptGC"] is False
    assert config.get_config_options()["runner.postScriptGC"], "still what Streamlit calls it"
