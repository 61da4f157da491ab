"""Times that were noted, held against the clock: one from the future was noted by a wrong clock."""

from datetime import datetime, timedelta

SKEW = timedelta(minutes=5)
"""By so much the clocks of several machines, or one that is set right, may differ."""

SKEW_S = SKEW.total_seconds()


def lies_ahead(moment: datetime, now: datetime) -> bool:
    """Whether a time that should have passed is still to come: the clock was wrong then, or is."""
    return moment > now + SKEW


def passed(moment: datetime | None, now: datetime) -> datetime | None:
    """Return a noted time, such as that of the last backup; none where it is still to come."""
    return None if moment is None or lies_ahead(moment, now) else moment
