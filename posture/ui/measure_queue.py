"""Measuring in the background: one worker for the whole process, one photo after the other.

It takes no run of a page: a click, a page loaded anew or a lost connection neither ends it nor
begins it twice. Live frames need the other core, so one worker is enough.
"""

import atexit
import threading
from collections.abc import Callable

from posture import logs

LONGEST_S = 60.0
"""However long a job takes, the process's end waits no longer."""


class MeasureQueue:
    """Jobs that are done one after the other, in the order in which they came.

    When the process ends, the job of the moment is done to its end, and no other.
    """

    def __init__(self) -> None:
        self._jobs: dict[int, Callable[[], None]] = {}
        self._changed = threading.Condition()
        self._worker: threading.Thread | None = None

    def ask(self, about: object, job: Callable[[], None]) -> None:
        """Have a job done, unless one about this very object waits or is being done.

        The job has to hold on to the object.
        """
        with self._changed:
            if id(about) in self._jobs:
                return
            self._jobs[id(about)] = job
            if self._worker is None:
                self._worker = threading.Thread(target=self._work, name="measuring", daemon=True)
                self._worker.start()
                atexit.register(self._end)
            self._changed.notify_all()

    def wait(self, timeout_s: float) -> bool:
        """Wait until nothing is left to do; return whether it came to that."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._jobs, timeout_s)

    def _end(self) -> None:
        """Let go of what has not begun: a thread killed within the model aborts the process."""
        with self._changed:
            self._jobs = dict(list(self._jobs.items())[:1])
        self.wait(LONGEST_S)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._jobs)
                key, job = next(iter(self._jobs.items()))
            try:
                job()
            except Exception as error:  # the others are not to wait for ever
                logs.note(error)
            finally:
                with self._changed:
                    self._jobs.pop(key, None)
                    self._changed.notify_all()


queue = MeasureQueue()
