"""Counting wrong passphrases, so that guessing is slow, also over restarts."""

import json
import time
from contextlib import suppress
from pathlib import Path

from posture.files import write_whole

FREE = 3
LONGEST_WAIT_S = 60.0


class Tries:
    """The tries since the last right one; kept in a file that holds nothing else."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._unwritten = (0, 0.0)  # on a full disk the record must still open

    def wait_s(self) -> float:
        """Return how long the next try has to wait."""
        count, last = self._load()
        # A clock that was set back must not lengthen the wait.
        passed = max(0.0, time.time() - last)
        return max(0.0, _delay(count) - passed)

    def begin(self) -> float:
        """Count a try and return how long the one after it will have to wait."""
        count, last = self._load()[0] + 1, time.time()
        try:
            write_whole(self._path, json.dumps({"count": count, "last": last}).encode())
        except OSError:
            self._unwritten = (count, last)
        return _delay(count)

    def forget(self) -> None:
        """Forget the tries: one was right."""
        self._unwritten = (0, 0.0)
        with suppress(OSError):
            self._path.unlink(missing_ok=True)

    def _load(self) -> tuple[int, float]:
        try:
            content = json.loads(self._path.read_text(encoding="utf-8"))
            return max(self._unwritten, (int(content["count"]), float(content["last"])))
        except FileNotFoundError:
            return self._unwritten
        except (ValueError, KeyError, TypeError):
            return FREE + 1, time.time()  # unreadable: as after some wrong tries


def _delay(count: int) -> float:
    return 0.0 if count < FREE else min(2.0 ** (count - FREE), LONGEST_WAIT_S)
