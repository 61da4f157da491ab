"""Nothing leaves the machine while a photo is assessed. (The dashboard: tests/browser.)"""

import subprocess
import sys

from support.network_watch import strangers, watching
from support.samples import SAMPLES


def test_the_watch_sees_a_stranger(tmp_path):
    log = tmp_path / "calls"
    code = "import socket; socket.socket(2, 2).connect(('192.0.2.1', 9))"  # sends nothing yet
    subprocess.run(watching(log, [sys.executable, "-c", code]), check=False)
    assert len(strangers(log)) == 1


def test_assessing_a_photo_opens_no_socket(tmp_path):
    log = tmp_path / "calls"
    command = [sys.executable, "-m", "posture.cli", "assess", "--view", "anterior"]
    command += [str(SAMPLES / "m1_visit1_anterior.jpg"), "--overlay", str(tmp_path / "o.png")]
    run = subprocess.run(watching(log, command), capture_output=True, check=False)
    assert run.returncode == 0, run.stderr
    assert strangers(log) == []
    assert "AF_INET" not in log.read_text()
