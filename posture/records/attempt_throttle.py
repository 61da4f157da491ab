"""Counting wrong passphrases, so that guessing is slow, also over restarts, and gets on the trail.

The file holds no guess: only how many were wrong since the last right one, when the last one was,
and how many are not on the audit trail yet, which is closed while the record is locked.
"""

import json
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from posture.files import read_small, write_whole

FREE = 3
LONGEST_WAIT_S = 60.0
MOST_DOUBLINGS = 6
"""After so many the wait is the longest: no file may ask for a higher power."""

MOST = 10**9
"""No count goes further."""

LARGEST_BYTES = 4096
ODD = (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)
"""What reading a file that is not as it was written may raise."""


@dataclass(frozen=True)
class WrongAttempts:
    """Wrong passphrases that are not on the audit trail yet; times are seconds since 1970."""

    count: int = 0
    first: float = 0.0
    last: float = 0.0

    def __add__(self, moment: float) -> "WrongAttempts":
        return WrongAttempts(
            min(self.count + 1, MOST), self.first if self.count else moment, moment
        )


@dataclass(frozen=True)
class _Tally:
    """What the file holds: tries since the last right one, when the last was, and what to tell."""

    count: int = 0
    last: float = 0.0
    untold: WrongAttempts = field(default_factory=WrongAttempts)


class AttemptThrottle:
    """The tries since the last right one; kept in a file that holds nothing else.

    Whatever is wrong with the file or the disk delays the next try once, as after some wrong ones,
    and never for good: what cannot be written is remembered as long as the program runs.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._unwritten: _Tally | None = None
        self._before = _Tally()

    def wait_s(self) -> float:
        """Return how long the next try has to wait."""
        tally = self._load()
        return max(0.0, _delay(tally.count) - (time.time() - tally.last))

    def begin(self) -> float:
        """Count a try and return how long the one after it will have to wait."""
        self._before, now = self._load(), time.time()
        count = min(self._before.count + 1, MOST)
        self._keep(_Tally(count, now, self._before.untold + now))
        return _delay(count)

    def forget(self) -> None:
        """Forget the tries, as the recovery key opened; those to be told stay."""
        self._keep(_Tally(untold=self._load().untold))

    def was_right(self) -> None:
        """Forget the tries up to the one that was begun: it was right."""
        self._keep(_Tally(untold=self._before.untold))

    def untold(self) -> WrongAttempts:
        """Return the wrong passphrases that are not on the audit trail yet."""
        return self._load().untold

    def told(self) -> None:
        """Note that they are on the audit trail."""
        tally = self._load()
        if tally.untold.count:
            self._keep(replace(tally, untold=WrongAttempts()))

    def _load(self) -> _Tally:
        """Return the tally; a time that is still to come counts as now."""
        if self._unwritten is None:
            try:
                tally = _parsed(read_small(self._path, LARGEST_BYTES))
            except FileNotFoundError:
                return _Tally()
            except ODD:
                self._put_aside()
                tally = _Tally(FREE + 1, time.time())
                self._keep(tally)
        else:
            tally = self._unwritten
        now = time.time()
        if tally.last > now or tally.untold.last > now:
            untold = tally.untold
            first, last = min(untold.first, now), min(untold.last, now)
            tally = _Tally(
                tally.count, min(tally.last, now), replace(untold, first=first, last=last)
            )
            self._keep(tally)
        return tally

    def _keep(self, tally: _Tally) -> None:
        try:
            if tally == _Tally():
                self._path.unlink(missing_ok=True)
            else:
                untold = tally.untold
                content = {
                    "count": tally.count,
                    "last": tally.last,
                    "untold": [untold.count, untold.first, untold.last],
                }
                write_whole(self._path, json.dumps(content).encode())
        except OSError:  # a full or a read-only disk: the record must still open
            self._unwritten = tally
        else:
            self._unwritten = None

    def _put_aside(self) -> None:
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
        try:
            self._path.rename(self._path.with_name(f"{self._path.name}.unreadable-{stamp}"))
        except OSError:
            return  # it stays, unread: the program's memory counts


def _parsed(data: bytes) -> _Tally:
    content = json.loads(data)
    count, first, last = content.get("untold", [0, 0.0, 0.0])
    untold = WrongAttempts(_count(count), _moment(first), _moment(last))
    return _Tally(_count(content["count"]), _moment(content["last"]), untold)


def _count(value: object) -> int:
    if not isinstance(value, int) or value < 0:
        raise ValueError(value)
    return min(value, MOST)


def _moment(value: object) -> float:
    if not isinstance(value, int | float):
        raise TypeError(value)
    moment = float(value)
    if not 0.0 <= moment < float("inf"):
        raise ValueError(value)
    return moment


def _delay(count: int) -> float:
    if count < FREE:
        return 0.0
    return min(2.0 ** min(count - FREE, MOST_DOUBLINGS), LONGEST_WAIT_S)
