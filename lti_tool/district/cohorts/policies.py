"""Rules of cohorts: where somebody stands, who needs a nudge, whose address is meant. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from lti_tool.evidence.policies import Phase

Stage = Literal["begun", "self_assessed", "gathering", "submitted", "in_review", "returned", "earned", "not_earned", "ended"]

STATES = ("invited", "accepted", "declined", "left", "removed")
ANSWERS: dict[str, tuple[str, ...]] = {"accepted": ("invited", "declined", "left"), "declined": ("invited",), "left": ("accepted",)}
"""What a member may answer, and in which states."""
MOST_MEMBERS = 300
MOST_ADDRESSES = 200
LONGEST_REMINDER = 300
UNBEGUN = timedelta(days=7)
STALLED = timedelta(days=14)
REST = timedelta(days=7)
"""Nobody is reminded more often."""

_ADDRESS = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+\.[^\s@,;<>\"]+")


@dataclass(frozen=True)
class Work:
    """How far somebody is with one microcredential: counts and days, nothing of what they wrote.

    `submission`: the state of the newest one, None without any. `moved_at`: when they last did something about it.
    """

    phase: Phase
    submission: str | None
    assessed: int
    criteria: int
    evidence: int
    requirements: int
    moved_at: datetime


def stage(work: Work) -> Stage:
    """Where this work stands, in one word."""
    if work.phase == "waiting":
        return "submitted" if work.submission == "submitted" else "in_review"
    if work.phase in ("earned", "not_earned"):
        return work.phase
    if work.phase != "drafting":
        return "ended"
    if work.submission is not None:
        return "returned"
    if work.evidence:
        return "gathering"
    return "self_assessed" if work.criteria and work.assessed >= work.criteria else "begun"


def needs_nudge(*, state: str, since: datetime, goals: int, works: Sequence[Work], starts_on: date, now: datetime) -> bool:
    """Whether a word may help: no answer or no beginning for a week, or nothing done for two; never while it is the reviewers' turn.

    `since`: when they were invited, or accepted.
    """
    if now.date() < starts_on:
        return False
    if state == "invited":
        return now - since >= UNBEGUN
    if state != "accepted" or any(work.phase == "waiting" for work in works):
        return False
    if sum(work.phase in ("earned", "not_earned") for work in works) >= goals:
        return False
    begun = [work.moved_at for work in works]
    return now - max(begun) >= STALLED if begun else now - since >= UNBEGUN


def may_remind(*, reminded_at: datetime | None, now: datetime) -> bool:
    """At most once a week."""
    return reminded_at is None or now - reminded_at >= REST


def addresses(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """E-mail addresses in what was pasted, each once and in lower case; and what looks like one and is none."""
    good: dict[str, None] = {}
    bad: dict[str, None] = {}
    for part in re.split(r"[\s,;<>\"]+", text):
        if _ADDRESS.fullmatch(part) and len(part) <= 254:
            good[part.lower()] = None
        elif "@" in part:
            bad[part[:80]] = None
    return tuple(good), tuple(bad)


def days_left(target_on: date, today: date) -> int:
    """Days up to the target; negative when it is over."""
    return (target_on - today).days
