"""Waiting for a state, never for a time."""

import time
from collections.abc import Callable
from typing import TypeVar

import pytest

A_MOMENT_S = 0.1
Found = TypeVar("Found")


def until(
    holds: Callable[[], Found],
    *,
    told: Callable[[], object] = str,
    at_most_s: float = 60,
    between: Callable[[], object] = lambda: time.sleep(A_MOMENT_S),
) -> Found:
    """Wait until something holds, and return what it says then.

    Parameters
    ----------
    told : callable
        What stands in the failure where it does not come to that.
    between : callable
        What passes a moment; a browser's page hears of its events only while it is asked to wait.
    """
    end = time.monotonic() + at_most_s
    while not (found := holds()):
        if time.monotonic() > end:
            pytest.fail(f"after {at_most_s} s it has not come to that: {told()}")
        between()
    return found
