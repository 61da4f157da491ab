"""Measuring in the background: one worker for the whole process, one photo after the other.

It does not depend on runs of a page: a click, a reload or a lost connection neither stops it nor
starts it twice. Live frames need the other core, so one worker is enough.
"""

import atexit
import threading
from collections.abc import Callable

from posture import logs

LONGEST_S = 60.0
"""The longest that the end of the process waits for a job."""


class MeasureQueue:
    """Jobs that are done one after the other, in the order in which they came.

    When the process ends, the current job is finished and no other is begun.
    """

    def __init__(self) -> None:
        self._jobs: dict[int, Callable[[], None]] = {}
        self._changed = threading.Condition()
        self._worker: threading.Thread | None = None

    def ask(self, about: object, job: Callable[[], None]) -> None:
        """Add a job, unless one about the same object is waiting or running.

        The job must keep a reference to the object.
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
        """Wait until all jobs are done; return whether they are."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._jobs, timeout_s)

    def _end(self) -> None:
        """Drop jobs that have not begun: killing a thread inside the model aborts the process."""
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
            except Exception as error:  # the other jobs must not wait for ever
                logs.note(error)
            finally:
                with self._changed:
                    self._jobs.pop(key, None)
                    self._changed.notify_all()


queue = MeasureQueue()
