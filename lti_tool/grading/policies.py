"""When to try again, which time a score carries, what a score may be, whose a grade in the gradebook is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any

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

    @property
    def share(self) -> Decimal:
        """0 to 1."""
        return self.given / self.maximum

    def __str__(self) -> str:
        return f"{self.given}/{self.maximum}"


def read_score(text: str) -> Score | None:
    """A score written as `str` writes it; None for anything else."""
    given, _, maximum = text.partition("/")
    try:
        return Score(Decimal(given), Decimal(maximum))
    except (ValueError, ArithmeticError):
        return None


@dataclass(frozen=True)
class Found:
    """A grade as the gradebook shows it (AGS 2.0, result service). It may lie above its maximum."""

    given: Decimal
    maximum: Decimal

    def shows(self, score: Score) -> bool:
        """Whether it is this score, in whatever points: LMSs scale, and round to some digits."""
        return abs(self.given - score.share * self.maximum) <= _ROUNDED

    def is_like(self, other: Found) -> bool:
        """Whether it is the same grade as one that was seen before."""
        return abs(self.given - other.given) <= _ROUNDED and abs(self.maximum - other.maximum) <= _ROUNDED


_ROUNDED = Decimal("0.001")
"""In points of the column. Moodle keeps four or five digits, we keep three."""


def found_in(results: Any, user_id: str) -> Found | None:
    """The grade of this person in a container of results; None where there is none, or nothing that could be one."""
    for one in results if isinstance(results, list) else ():
        if not isinstance(one, dict) or str(one.get("userId")) != user_id:
            continue
        given, maximum = _decimal(one.get("resultScore")), _decimal(one.get("resultMaximum", 1))  # AGS 2.0, 3.3.4: 1 where not given
        if given is not None and maximum is not None and maximum > 0:
            return Found(given, maximum)
    return None


def _decimal(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value))
    except ArithmeticError:
        return None
    return number if number.is_finite() and abs(number) < 10**7 else None


class Verdict(StrEnum):
    """What to do about the grade that stands in the gradebook."""

    SEND = "send"
    """Nothing stands there, or ours, or a person decided that ours goes."""
    THERE = "there"
    """What we want to send stands there."""
    ASK = "ask"
    """It is somebody else's: a person has to decide."""
    KEEP = "keep"
    """It is somebody else's, and a person decided that it stays."""


def verdict(found: Found | None, *, wanted: Score, tried: Iterable[str], decision: str, decided: Found | None) -> Verdict:
    """Whose the grade is. `tried`: scores that may stand there by us; `decision` was about the grade `decided`, and no other."""
    if found is None:
        return Verdict.SEND
    if found.shows(wanted):
        return Verdict.THERE
    if any(ours is not None and found.shows(ours) for ours in map(read_score, tried)):
        return Verdict.SEND
    if decision and decided is not None and found.is_like(decided):
        return Verdict.KEEP if decision == "theirs" else Verdict.SEND
    return Verdict.ASK


@dataclass(frozen=True)
class Breaker:
    """How much an LMS is trusted to take scores: closed (all), open (none before `until`), half_open (one, to try)."""

    state: str = "closed"
    failures: int = 0
    until: datetime | None = None
    reason: str = ""

    def lets(self, now: datetime) -> int | None:
        """How many scores may go: 0, 1 to try, or None for any number."""
        if self.state == "closed":
            return None
        return 0 if self.until is not None and now < self.until else 1


FAILURES_THAT_OPEN = 3


def after_failure(before: Breaker, *, now: datetime, wait: timedelta, reason: str, at_once: bool) -> Breaker:
    """The breaker after a try failed that says something of the whole LMS. `at_once`: it asked to be left alone, or keeps silent."""
    failures = before.failures + 1
    if not at_once and before.state == "closed" and failures < FAILURES_THAT_OPEN:
        return Breaker("closed", failures, None, reason)
    return Breaker("open", failures, now + wait, reason)


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
