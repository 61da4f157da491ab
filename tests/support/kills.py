"""Killing a child process at a random moment of what it does, and telling what became of it."""

import os
import signal
import time
from collections.abc import Callable
from random import Random

TABLE: list[tuple[str, int, int, str]] = []
"""The fault table: fault, times injected, lost, message seen. The test run prints it."""


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
) -> int:
    """Kill an action at so many random moments from its first to its last; check after each.

    ``prepare`` brings the record to where the action begins and returns the action.
    """
    random = Random(seed)
    lasts = 0.0
    for _ in range(2):  # the first is slower: caches are cold
        action = prepare()
        start = time.perf_counter()
        assert not dies(action, 60)
        lasts = time.perf_counter() - start
        check()
    killed = 0
    for _ in range(kills * 3):
        action = prepare()
        start = time.perf_counter()
        if dies(action, random.uniform(0, lasts)):
            killed += 1
        else:  # the machine was busier at first: later moments would all come too late
            lasts = min(lasts, time.perf_counter() - start)
        check()
        if killed == kills:
            break
    assert killed == kills
    TABLE.append((name, killed, 0, ""))
    return killed
