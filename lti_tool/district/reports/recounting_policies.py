"""When a district is counted anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

SMALL = 2_000
"""A district with at most so many tries is counted while its page opens."""
_FRESH = timedelta(minutes=1)
_OFTEN = timedelta(minutes=15)
_SHARE = 20
_DAILY = timedelta(days=1)


@dataclass(frozen=True)
class Known:
    """The last count of a district. `news`: something has happened since that the trail knows of."""

    counted_at: datetime | None
    wanted_at: datetime | None
    tries: int
    took_ms: int
    news: bool


def at_once(tries: int, counted_at: datetime | None, now: datetime) -> bool:
    """Whether somebody who opens a page waits for a count: it is quick, and the last is older than a minute."""
    return tries <= SMALL and (counted_at is None or counted_at + _FRESH <= now)


def due(known: Known | None, now: datetime) -> bool:
    """Whether the worker counts: somebody wants it; or there is news and the last count is at least 15 minutes old.

    Counting may take a twentieth of the time at most. What the trail does not tell of, such as people who are new, waits for a day.
    """
    if known is None or known.counted_at is None:
        return True
    if known.wanted_at is not None:
        return True
    rest = max(_OFTEN, _SHARE * timedelta(milliseconds=known.took_ms))
    return known.counted_at + (rest if known.news else max(rest, _DAILY)) <= now
