"""The rules of calibration: when scores agree enough with the master's, and for how long that counts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

NEEDED = 2
"""So many anchors have to be passed, and so many a microcredential needs before calibration can be asked for."""
PERCENT = 80
COUNTS_FOR = timedelta(days=365)


@dataclass(frozen=True)
class Done:
    """One finished scoring of an anchor: `matched` of `criteria` levels were exactly the master's."""

    anchor_id: UUID
    matched: int
    criteria: int
    finished_at: datetime

    @property
    def passed(self) -> bool:
        """Whether enough levels were exactly the master's."""
        return self.criteria > 0 and 100 * self.matched >= PERCENT * self.criteria


@dataclass(frozen=True)
class Standing:
    """Where a reviewer stands: `passed` anchors that count now, and until when they are calibrated; None while they are not."""

    passed: int
    until: datetime | None

    @property
    def calibrated(self) -> bool:
        """Whether they may be given work of this microcredential."""
        return self.until is not None


def matches(scores: Mapping[str, int], master: Mapping[str, int]) -> int:
    """How many levels are exactly the master's."""
    return sum(scores.get(key) == level for key, level in master.items())


def standing(done: Iterable[Done], *, asked_at: datetime | None, now: datetime) -> Standing:
    """From everything that a reviewer has scored of one microcredential. `asked_at`: a new calibration was asked for then."""
    latest: dict[UUID, datetime] = {}
    for one in done:
        fresh = one.finished_at + COUNTS_FOR > now and (asked_at is None or one.finished_at > asked_at)
        if one.passed and fresh:
            latest[one.anchor_id] = max(one.finished_at, latest.get(one.anchor_id, one.finished_at))
    times = sorted(latest.values(), reverse=True)
    return Standing(len(times), times[NEEDED - 1] + COUNTS_FOR if len(times) >= NEEDED else None)


def next_anchor(ready: Iterable[UUID], done: Collection[Done], *, now: datetime) -> UUID | None:
    """What to score next: in the order given, one that was never scored; else the one scored longest ago, if that is a year ago.

    None when there is nothing left whose master scores are not fresh in mind.
    """
    last: dict[UUID, datetime] = {}
    for one in done:
        last[one.anchor_id] = max(one.finished_at, last.get(one.anchor_id, one.finished_at))
    anchors = list(ready)
    if fresh := next((one for one in anchors if one not in last), None):
        return fresh
    old = sorted((last[one], place, one) for place, one in enumerate(anchors) if last[one] + COUNTS_FOR <= now)
    return old[0][2] if old else None
