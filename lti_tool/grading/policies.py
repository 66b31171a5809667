"""When to try again, which time a score carries, what a score may be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime

GIVE_UP_AFTER = timedelta(days=14)
_FIRST, _MOST = timedelta(seconds=20), timedelta(hours=4)
_LONGEST_REST, _LONGEST_ASKED = timedelta(minutes=5), timedelta(days=1)


@dataclass(frozen=True)
class Score:
    """A finished score. Raises ValueError unless 0 <= given <= maximum and both are finite."""

    given: Decimal
    maximum: Decimal

    def __post_init__(self) -> None:
        if not (self.given.is_finite() and self.maximum.is_finite() and self.maximum > 0 and 0 <= self.given <= self.maximum):
            raise ValueError("a score lies between 0 and its maximum")


@dataclass(frozen=True)
class Effects:
    """What an outcome sets off. `scores`: the gradebook of its LMS hears of it. `counts`: a badge is issued, pay and figures follow.
    `test_badge`: a badge is issued that says it is a test.
    """

    scores: bool
    counts: bool
    test_badge: bool = False


def effects(*, is_test: bool, environment: str) -> Effects:
    """How real an outcome is. The LMS's test student is a preview: nothing. Beta and test environments have a gradebook of their own,
    and badges that say they are tests.
    """
    real = environment == "production"
    return Effects(scores=not is_test, counts=not is_test and real, test_badge=not is_test and not real)


def score_for(outcome: str, points: Decimal) -> Score | None:
    """What the gradebook should show: all points for earned, zero for not earned, nothing yet for another try."""
    if outcome == "earned":
        return Score(points, points)
    if outcome == "not_earned":
        return Score(Decimal(0), points)
    return None


def next_timestamp(now: datetime, previous: datetime | None) -> datetime | None:
    """The time that a try carries: now in whole seconds, later than `previous`, never in the future. None: wait a second.

    Moodle compares whole seconds and refuses equal ones; a future one would block every later score.
    """
    second = now.replace(microsecond=0)
    return None if previous is not None and second <= previous else second


def pause(attempts: int, jitter: float) -> timedelta:
    """How long to wait after `attempts` failed tries (1 or more): doubling up to 4 hours. `jitter` in 0..1 takes off up to a third."""
    longest = min(_FIRST * 2 ** min(attempts - 1, 12), _MOST)
    return timedelta(seconds=longest.total_seconds() * (1 - jitter / 3))


def rest(attempts: int, jitter: float, asked: timedelta | None) -> timedelta:
    """How long to leave an LMS alone: as long as it asked for, else like `pause`, but not above 5 minutes, for all its scores wait."""
    return min(pause(attempts, jitter), _LONGEST_REST) if asked is None else max(asked, timedelta(seconds=1))


def retry_after(value: str, now: datetime) -> timedelta | None:
    """What a Retry-After header asks for, at most a day (RFC 9110, 10.2.3: seconds or a date). None when it says nothing usable."""
    if value.strip().isdecimal():
        return min(timedelta(seconds=int(value.strip()[:9])), _LONGEST_ASKED)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(until - now, timedelta(0)), _LONGEST_ASKED)


def give_up(now: datetime, desired_at: datetime) -> bool:
    """Whether a score has waited so long that a person must look."""
    return now - desired_at >= GIVE_UP_AFTER
