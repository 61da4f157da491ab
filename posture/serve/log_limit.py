"""A limit on how often each kind of log line is written, so that nobody can fill the disk."""

import logging
import time
from collections.abc import Mapping
from typing import Any

A_MINUTE = 60.0
MOST = 20
MOST_OF = {"posture.requests": 6000}
"""Lines per minute: of one kind, and for loggers that write many."""


class LineLimit(logging.Filter):
    """Passes a limited number of lines of each kind; the next one says how many were dropped.

    A kind is a place in the code, because a line's text may contain whatever a client sent.
    """

    def __init__(self, most_of: Mapping[str, int] = MOST_OF) -> None:
        super().__init__()
        self._most_of = most_of
        self._told: dict[tuple[str, str, int], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: D102
        kind = (record.name, record.pathname, record.lineno)
        now = time.monotonic()
        since, told = self._told.get(kind, (now, 0))
        most = self._most_of.get(record.name, MOST)
        if now - since >= A_MINUTE:
            if told > most:
                _say(record, told - most)
            since, told = now, 0
        self._told[kind] = (since, told + 1)
        return told < most


def limit_all() -> None:
    """Limit every existing handler."""
    known = [logging.getLogger(name) for name in logging.root.manager.loggerDict]
    handlers: set[Any] = {h for logger in [logging.root, *known] for h in logger.handlers}
    for handler in handlers | {logging.lastResort}:
        if handler and not any(isinstance(one, LineLimit) for one in handler.filters):
            handler.addFilter(LineLimit())


def _say(record: logging.LogRecord, left_out: int) -> None:
    record.told = {**getattr(record, "told", {}), "left_out": left_out}  # for a log in JSON
    record.msg = f"{record.msg} ({left_out} more like this were left out)"
