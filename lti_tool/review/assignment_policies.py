"""Who may judge a piece of work, and who gets it: pure rules. The same facts and the same seed give the same people again."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID


class Bar(StrEnum):
    """What keeps somebody from judging a piece of work."""

    AUTHOR = "author"
    """It is their own, by this account or another one with the same e-mail address."""
    CO_TEACHER = "co_teacher"
    TAKEN = "taken"
    """They have or had a place in it, or stepped back from this author's work because they know whose it is."""
    RUNS_IT = "runs_it"
    """They run the course, or see everything in the district's console: they can tell whose work it is."""
    ENVIRONMENT = "environment"
    """They come from another environment of the LMS: what is tried in a beta is no work for those who judge what counts."""
    SCHOOL = "school"
    SUPERVISOR = "supervisor"
    """One of the two supervises the other."""
    NOT_QUALIFIED = "not_qualified"
    NOT_CALIBRATED = "not_calibrated"


@dataclass(frozen=True)
class Rules:
    """What the district chose. `calibration`: for this microcredential only who has calibrated judges."""

    calibration: bool = False
    schools_apart: bool = False
    supervisors_apart: bool = True


@dataclass(frozen=True)
class Work:
    """A piece of work. `authors` are all accounts of its author, `taken` who has or had a place in it or may have none again."""

    authors: frozenset[UUID]
    context_id: UUID | None = None
    environment: str = "production"
    co_teachers: frozenset[UUID] = frozenset()
    taken: frozenset[UUID] = frozenset()
    school: str = ""
    supervisors: frozenset[UUID] = frozenset()


@dataclass(frozen=True)
class Candidate:
    """A reviewer of the pool and how many open reviews they have.

    `runs` are the courses that they run, `runs_all` says that the console is theirs. `accounts` are all that are known to be theirs,
    this one among them. `school` is compared as it is written here.
    """

    person_id: UUID
    open_reviews: int = 0
    runs: frozenset[UUID] = frozenset()
    runs_all: bool = False
    environment: str = "production"
    accounts: frozenset[UUID] = frozenset()
    school: str = ""
    supervisors: frozenset[UUID] = frozenset()
    qualified: bool = True
    calibrated: bool = True


def bars(candidate: Candidate, work: Work, rules: Rules) -> frozenset[Bar]:
    """Every reason for which this person may not judge this work; none where they may."""
    accounts = candidate.accounts | {candidate.person_id}
    found = {
        Bar.AUTHOR: bool(accounts & work.authors),
        Bar.CO_TEACHER: bool(accounts & work.co_teachers),
        Bar.TAKEN: bool(accounts & work.taken),
        Bar.RUNS_IT: candidate.runs_all or work.context_id in candidate.runs,
        Bar.ENVIRONMENT: candidate.environment != work.environment,
        Bar.SCHOOL: rules.schools_apart and bool(work.school) and candidate.school == work.school,
        Bar.SUPERVISOR: rules.supervisors_apart and bool(accounts & work.supervisors or candidate.supervisors & work.authors),
        Bar.NOT_QUALIFIED: not candidate.qualified,
        Bar.NOT_CALIBRATED: rules.calibration and not candidate.calibrated,
    }
    return frozenset(bar for bar, holds in found.items() if holds)


def choose(
    candidates: Iterable[Candidate], work: Work, rules: Rules, *, seats: int, seed: str, excluded: Collection[UUID] = ()
) -> tuple[UUID, ...]:
    """Fill up to `seats` with the least loaded whom no rule and no exclusion bars; equals are drawn by the seed.

    Nobody twice, also not by two accounts. Fewer than `seats` when there are not enough.
    """
    draw = random.Random(seed)  # noqa: S311 - a fair draw that can be repeated, not a secret
    out = frozenset(excluded)
    free = sorted((c for c in candidates if not (c.accounts | {c.person_id}) & out and not bars(c, work, rules)), key=lambda c: c.person_id)
    order = {c.person_id: draw.random() for c in free}
    chosen: list[UUID] = []
    taken: frozenset[UUID] = frozenset()
    for one in sorted(free, key=lambda c: (c.open_reviews, order[c.person_id])):
        if len(chosen) < seats and one.person_id not in taken:
            chosen.append(one.person_id)
            taken |= one.accounts | {one.person_id}
    return tuple(chosen)


def same_school(given: str) -> str:
    """A school's name as it is compared: case and spaces do not matter."""
    return " ".join(given.casefold().split())


def hands_on_at(due_at: datetime, warned_at: datetime, grace: timedelta) -> datetime:
    """When a late review goes to somebody else: a grace after its reviewer was told, and never before it is due."""
    return max(due_at, warned_at) + grace
