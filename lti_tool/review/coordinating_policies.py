"""Rules for those who run the district's reviews."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from statistics import median

from lti_tool.review.policies import CriterionResult, Decided, LockedScores, Outcome


def by_exception(required: Mapping[str, int], locked: Collection[LockedScores], outcome: Outcome) -> Decided:
    """What a decision by exception says of each criterion: all met where it is earned; elsewhere what every reviewer who has sealed found
    met, and nothing where nobody has. Levels of the sealed reviews stay with them: no level follows from an exception."""  # noqa: D209

    def met(key: str, level: int) -> bool:
        given = [scores.levels[key] for scores in locked if key in scores.levels]
        return outcome is Outcome.EARNED or (bool(given) and all(one >= level for one in given))

    return Decided(outcome, {key: CriterionResult(met(key, level), ()) for key, level in required.items()})


def overloaded(open_reviews: int, everybody: Collection[int]) -> bool:
    """Whether somebody has clearly more to do than their colleagues: at least three, and twice the middle."""
    return open_reviews >= 3 and open_reviews >= 2 * median(everybody or [0]) and open_reviews > min(everybody, default=0)
