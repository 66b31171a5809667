"""The rules of judging, as pure functions: what locked scores mean. Who may judge what is in `assignment_policies`.

The decision can be computed again at any time from stored scores and gives the same result.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from lti_tool.evidence.rule_words import RULE_IN_WORDS
from lti_tool.language import later

__all__ = ["RULE_IN_WORDS"]


DECLINES = {
    "recognized": later("I recognize whose work this is"),
    "conflict": later("I can’t judge it fairly: a friend, a relative, somebody I work with or for"),
    "time": later("I have no time"),
    "other": later("Another reason"),
}
"""Why a reviewer steps back. Who gives one of the first two gets nothing of this author again."""


class Outcome(StrEnum):
    """What a decided submission comes to."""

    EARNED = "earned"
    REVISE = "revise"
    NOT_EARNED = "not_earned"


@dataclass(frozen=True)
class LockedScores:
    """One reviewer's levels. Seats 1 and 2 score every criterion, seat 3 only the disputed ones."""

    seat: int
    levels: Mapping[str, int]


@dataclass(frozen=True)
class CriterionResult:
    """What came out for one criterion; `levels` of seats 1 and 2, `settled_level` of seat 3 where they differed.

    No levels: it was met in the attempt before, and stays met.
    """

    met: bool
    levels: tuple[int, ...]
    settled_level: int | None = None


@dataclass(frozen=True)
class Waiting:
    """Seats 1 and 2 are not both locked."""


@dataclass(frozen=True)
class Differ:
    """The first two differ on the outcome; a third scores these criteria."""

    disputed: tuple[str, ...]


@dataclass(frozen=True)
class Decided:
    """The outcome, and the result for every criterion in the rubric's order."""

    outcome: Outcome
    criteria: Mapping[str, CriterionResult]


Ruling = Waiting | Differ | Decided


def decide(required: Mapping[str, int], locked: Collection[LockedScores], *, attempts_left: bool) -> Ruling:
    """Apply the rule. `required` maps every criterion to the level that counts as met.

    Raises ValueError when a locked review lacks a criterion that its seat must score.
    """
    by_seat = {scores.seat: scores.levels for scores in locked}
    if 1 not in by_seat or 2 not in by_seat:
        return Waiting()
    first, second, third = by_seat[1], by_seat[2], by_seat.get(3)
    for levels in (first, second):
        if missing := required.keys() - levels.keys():
            raise ValueError(f"not scored: {', '.join(sorted(missing))}")
    met = {key: (first[key] >= level, second[key] >= level) for key, level in required.items()}
    if all(a for a, _ in met.values()) == all(b for _, b in met.values()):
        results = {key: CriterionResult(all(met[key]), (first[key], second[key])) for key in required}
        return Decided(_outcome(results, attempts_left), results)
    disputed = tuple(key for key in required if met[key][0] != met[key][1])
    if third is None:
        return Differ(disputed)
    if missing := set(disputed) - third.keys():
        raise ValueError(f"not settled: {', '.join(sorted(missing))}")
    results = {
        key: CriterionResult(third[key] >= level, (first[key], second[key]), third[key])
        if key in disputed
        else CriterionResult(all(met[key]), (first[key], second[key]))
        for key, level in required.items()
    }
    return Decided(_outcome(results, attempts_left), results)


def _outcome(results: Mapping[str, CriterionResult], attempts_left: bool) -> Outcome:
    if all(result.met for result in results.values()):
        return Outcome.EARNED
    return Outcome.REVISE if attempts_left else Outcome.NOT_EARNED


def counted(result: Mapping[str, Any]) -> tuple[int, ...]:
    """The levels that count of a stored CriterionResult, each once: the third's where one settled it, else those of the first two."""
    return (result["settled_level"],) if result["settled_level"] is not None else tuple(dict.fromkeys(result["levels"]))


def compared(own: int | None, result: Mapping[str, Any]) -> Literal["", "same", "more", "less", "apart"]:
    """What reviewers saw beside the teacher's own level: the same, more, less, or one more and the other less; empty where one is missing.

    `result` is a CriterionResult as stored.
    """
    levels = counted(result)
    if own is None or not levels:
        return ""
    if all(level == own for level in levels):
        return "same"
    if all(level >= own for level in levels):
        return "more"
    return "less" if all(level <= own for level in levels) else "apart"


def faults(
    required: Mapping[str, int], level_counts: Mapping[str, int], scores: Mapping[str, Mapping[str, object]], to_score: Collection[str]
) -> list[str]:
    """Keys of criteria that keep a review from being locked: no level, a level that does not exist, or no words."""
    return [
        key
        for key in required
        if key in to_score
        and not (
            isinstance(level := scores.get(key, {}).get("level"), int)
            and 0 <= level < level_counts[key]
            and str(scores.get(key, {}).get("feedback") or "").strip()
        )
    ]
