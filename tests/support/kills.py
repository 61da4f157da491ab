"""Injecting faults, such as killing a process at a random moment, and counting what was lost."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random

TABLE: list[tuple[str, int, int, str]] = []
"""The fault table: fault, times injected, times something was lost, message seen."""

ALL = bool(os.environ.get("CI"))
"""Whether each fault is injected as often as it can be afforded, or a few times."""

FEWEST = 3


def rounds(all_of_them: int) -> int:
    """Return how often to inject a fault: a tenth of it, and all of it in CI."""
    return all_of_them if ALL else max(FEWEST, all_of_them // 10)


@dataclass
class Fault:
    """A fault, how often it was injected, and in how many checks something was lost."""

    name: str
    injected: int = 0
    lost: int = 0
    message: str = ""
    first: AssertionError | None = None

    @contextmanager
    def checking(self) -> Iterator[None]:
        """Count a check that fails as a loss; :func:`counting` raises the first one at its end."""
        try:
            yield
        except AssertionError as error:
            self.lost += 1
            self.first = self.first or error


@contextmanager
def counting(name: str) -> Iterator[Fault]:
    """Give a fault to count, put it into the table, and fail where something was lost."""
    fault = Fault(name)
    yield fault
    TABLE.append((fault.name, fault.injected, fault.lost, fault.message))
    if fault.first is not None:
        raise fault.first


def dies(action: Callable[[], object], after_s: float) -> bool:
    """Do it in a child that the kernel ends after so long; whether it was ended, not through.

    The alarm's default is an end on the spot, in whatever the child is doing, as a kill is.
    """
    child = os.fork()
    if child == 0:
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_REAL, max(after_s, 1e-6))
            action()
        except BaseException:
            os._exit(3)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "it failed without being killed"
    return os.WIFSIGNALED(status)


def kill_often(
    name: str,
    prepare: Callable[[], Callable[[], object]],
    check: Callable[[], None],
    *,
    kills: int,
    seed: int = 4,
) -> None:
    """Kill an action at so many random moments from its first to its last; check after each.

    ``prepare`` brings the record to where the action begins and returns the action. ``kills`` is
    how many there are in CI; elsewhere there are a tenth as many.
    """
    kills = rounds(kills)
    random = Random(seed)
    lasts = 0.0
    for _ in range(2):  # the first is slower: caches are cold
        action = prepare()
        start = time.perf_counter()
        assert not dies(action, 60)
        lasts = time.perf_counter() - start
        check()
    with counting(name) as fault:
        for _ in range(kills * 3):
            action = prepare()
            start = time.perf_counter()
            if dies(action, random.uniform(0, lasts)):
                fault.injected += 1
            else:  # the machine was busier at first: later moments would all come too late
                lasts = min(lasts, time.perf_counter() - start)
            with fault.checking():
                check()
            if fault.injected == kills:
                break
    assert fault.injected == kills
