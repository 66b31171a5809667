"""Rules of e-mail: when it may leave, how long it is tried, what is too late to say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

APART = timedelta(hours=1)
"""A person gets one e-mail in so long; what happens meanwhile is told together."""
TOO_OLD = timedelta(days=3)
"""What could not be said for so long is not said by e-mail any more; it stands in the tool."""
MOST_SENDINGS = 2
"""A mail of which nobody knows whether it arrived is sent once more, so that it may come twice and never more often."""

_SHORTEST, _LONGEST = timedelta(minutes=2), timedelta(hours=4)
_OVER_BY_ITS_DAY = frozenset({"deadline", "review_due.soon"})


def quiet_until(now: datetime, hours: str, zone: str) -> datetime | None:
    """When the quiet hours (`20:00-07:00`, in this time zone) end that stand now; None when none do."""
    if not hours:
        return None
    start, end = (time.fromisoformat(part) for part in hours.split("-"))
    local = now.astimezone(ZoneInfo(zone))
    at = local.time()
    within = start <= at < end if start <= end else at >= start or at < end
    if not within:
        return None
    over = datetime.combine(local.date(), end, local.tzinfo)
    return (over if over > local else datetime.combine(local.date() + timedelta(days=1), end, local.tzinfo)).astimezone(now.tzinfo)


def pause(attempts: int, jitter: float) -> timedelta:
    """How long to wait after the attempt with this number, from 1 on. `jitter` is between 0 and 1."""
    grown: timedelta = _SHORTEST * 2 ** min(attempts, 10)
    return min(_LONGEST, grown) * (0.75 + 0.5 * jitter)


def give_up(now: datetime, created_at: datetime) -> bool:
    """Whether a mail has been tried for long enough."""
    return now - created_at >= TOO_OLD


def too_late(kind: str, facts: Mapping[str, Any], created_at: datetime, now: datetime) -> bool:
    """Whether a notice is past saying by e-mail: old, or its day is over."""
    over = kind in _OVER_BY_ITS_DAY and datetime.fromisoformat(facts["day"]) < now
    return over or now - created_at >= TOO_OLD
