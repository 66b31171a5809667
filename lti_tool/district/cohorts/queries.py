"""What pages show of cohorts: the list, how far everybody is, and a member's own."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.catalog.models import Activity, Microcredential
from lti_tool.district.cohorts import working
from lti_tool.district.cohorts.models import Cohort, CohortGoal, CohortMember
from lti_tool.district.cohorts.policies import Stage, Work, may_remind, needs_nudge, stage
from lti_tool.inputs import plain_text
from lti_tool.launch.models import Context, Membership, Person

PAGE = 30
_MOST_FOUND = 50
_MOST_COURSES = 200


@dataclass(frozen=True)
class Line:
    """A cohort in a list. `people`: invited and accepted."""

    id: UUID
    name: str
    starts_on: date
    target_on: date
    closed_at: datetime | None
    people: int


@dataclass(frozen=True)
class Goal:
    """What a cohort works towards."""

    id: UUID
    title: str


@dataclass(frozen=True)
class Step:
    """Where a member stands with one goal; `work` is None before they begin."""

    goal: Goal
    work: Work | None
    stage: Stage | None


@dataclass(frozen=True)
class Member:
    """Somebody of a cohort. How far they are is known only of who has accepted. `may_remind`: the last reminder is a week ago."""

    id: UUID
    person_id: UUID | None
    name: str
    state: str
    seen_at: datetime | None
    reminded_at: datetime | None
    steps: tuple[Step, ...]
    nudge: bool
    may_remind: bool

    @property
    def earned(self) -> int:
        """How many goals are reached."""
        return sum(one.stage == "earned" for one in self.steps)


@dataclass(frozen=True)
class Group:
    """A cohort with everybody in it. `course`: the one in which work counts, empty for any."""

    id: UUID
    name: str
    words: str
    course: str
    starts_on: date
    target_on: date
    closed_at: datetime | None
    goals: tuple[Goal, ...]
    members: tuple[Member, ...]

    @property
    def nudge(self) -> tuple[Member, ...]:
        """Those whom a word may help."""
        return tuple(member for member in self.members if member.nudge)

    @property
    def remindable(self) -> tuple[Member, ...]:
        """Those of them who may be reminded now."""
        return tuple(member for member in self.nudge if member.may_remind)

    @property
    def figures(self) -> dict[str, int]:
        """How many are invited, have accepted, have begun, wait for reviewers, and have reached every goal."""
        states = Counter(member.state if member.person_id else "unknown" for member in self.members)
        taking_part = [member for member in self.members if member.state == "accepted"]
        begun = sum(any(step.work for step in member.steps) for member in taking_part)
        waiting = sum(any(step.stage in ("submitted", "in_review") for step in member.steps) for member in taking_part)
        done = sum(member.earned == len(self.goals) for member in taking_part)
        return {"invited": states["invited"], "accepted": len(taking_part), "begun": begun, "waiting": waiting, "earned": done}


def cohorts(session: Session, district_id: UUID, *, before: UUID | None) -> tuple[tuple[Line, ...], UUID | None]:
    """Cohorts of the district, the newest first, a page at a time."""
    people = (
        select(func.count())
        .where(CohortMember.cohort_id == Cohort.id, CohortMember.state.in_(("invited", "accepted")))
        .correlate(Cohort)
        .scalar_subquery()
    )
    query = select(Cohort, people).where(Cohort.district_id == district_id)
    if before is not None:
        query = query.where(Cohort.id < before)
    rows = session.execute(query.order_by(Cohort.id.desc()).limit(PAGE + 1)).all()
    lines = tuple(Line(row.id, row.name, row.starts_on, row.target_on, row.closed_at, number) for row, number in rows[:PAGE])
    return lines, lines[-1].id if len(rows) > PAGE else None


def goals_of(session: Session, cohort_id: UUID) -> tuple[Goal, ...]:
    """What a cohort works towards, by title."""
    rows = session.execute(
        select(Microcredential.id, Microcredential.title)
        .join(CohortGoal, CohortGoal.microcredential_id == Microcredential.id)
        .where(CohortGoal.cohort_id == cohort_id)
        .order_by(Microcredential.title, Microcredential.id)
    )
    return tuple(Goal(*row) for row in rows)


def group(session: Session, cohort: Cohort, *, now: datetime) -> Group:
    """A cohort with everybody in it: as many queries however many they are, and they are few (policies.MOST_MEMBERS)."""
    goals = goals_of(session, cohort.id)
    rows = session.execute(
        select(CohortMember, Person.label, Person.last_launch_at)
        .outerjoin(Person, Person.id == CohortMember.person_id)
        .where(CohortMember.cohort_id == cohort.id, CohortMember.district_id == cohort.district_id, CohortMember.state != "removed")
        .order_by(func.coalesce(Person.label, CohortMember.email), CohortMember.id)
    ).all()
    taking_part = [row.person_id for row, *_ in rows if row.person_id and row.state == "accepted"]
    works = working.works(session, cohort, taking_part, [goal.id for goal in goals], now=now)
    members = tuple(_member(row, label, seen_at, cohort, goals, works, now) for row, label, seen_at in rows)
    course = session.get_one(Context, cohort.context_id).title if cohort.context_id else ""
    return Group(cohort.id, cohort.name, cohort.words, course, cohort.starts_on, cohort.target_on, cohort.closed_at, goals, members)


def _member(
    row: CohortMember,
    label: str | None,
    seen_at: datetime | None,
    cohort: Cohort,
    goals: tuple[Goal, ...],
    works: dict[tuple[UUID, UUID], Work],
    now: datetime,
) -> Member:
    steps: tuple[Step, ...] = ()
    if row.person_id and row.state == "accepted":
        own = ((goal, works.get((row.person_id, goal.id))) for goal in goals)
        steps = tuple(Step(goal, work, stage(work) if work else None) for goal, work in own)
    nudge = (
        cohort.closed_at is None
        and row.person_id is not None
        and needs_nudge(
            state=row.state,
            since=row.answered_at or row.invited_at,
            goals=len(goals),
            works=[step.work for step in steps if step.work],
            starts_on=cohort.starts_on,
            now=now,
        )
    )
    able = may_remind(reminded_at=row.reminded_at, now=now)
    return Member(row.id, row.person_id, label or row.email, row.state, seen_at if steps else None, row.reminded_at, steps, nudge, able)


@dataclass(frozen=True)
class Candidate:
    """Somebody who can be invited."""

    id: UUID
    name: str
    email: str


def candidates(session: Session, cohort: Cohort, *, text: str, context_id: UUID | None) -> tuple[Candidate, ...]:
    """People by a part of their name or address, or of a course, who are not in the cohort yet; the first of them by name."""
    if not text.strip() and context_id is None:
        return ()
    member = select(CohortMember.person_id).where(
        CohortMember.cohort_id == cohort.id, CohortMember.person_id.is_not(None), CohortMember.state != "removed"
    )
    query = select(Person.id, Person.label, Person.email).where(
        Person.district_id == cohort.district_id, Person.is_test.is_(False), Person.id.not_in(member)
    )
    if text.strip():
        words = plain_text(text).strip()
        query = query.where(Person.label.icontains(words, autoescape=True) | Person.email.icontains(words, autoescape=True))
    if context_id is not None:
        listed = select(Membership.person_id).where(Membership.context_id == context_id, Membership.district_id == cohort.district_id)
        query = query.where(Person.id.in_(listed))
    return tuple(Candidate(*row) for row in session.execute(query.order_by(Person.label, Person.id).limit(_MOST_FOUND)))


def courses(session: Session, district_id: UUID) -> tuple[tuple[UUID, str], ...]:
    """Courses that have activities, those that were opened last first, then by title."""
    placed = select(Activity.id).where(Activity.context_id == Context.id).exists()
    rows: Any = session.execute(
        select(Context.id, Context.title)
        .where(Context.district_id == district_id, placed)
        .order_by(Context.seen_at.desc(), Context.id)
        .limit(_MOST_COURSES)
    ).all()
    return tuple(sorted(((one, title) for one, title in rows), key=lambda row: (row[1].casefold(), row[0])))


@dataclass(frozen=True)
class Own:
    """A cohort as its member sees it. `words` are those of whoever runs it."""

    member_id: UUID
    name: str
    words: str
    state: str
    starts_on: date
    target_on: date
    closed: bool
    course: str
    runner: str
    goals: tuple[Goal, ...]


def own(session: Session, district_id: UUID, person_id: UUID, *, most: int = 20) -> tuple[Own, ...]:
    """A person's own cohorts, the newest first."""
    rows = session.execute(
        select(CohortMember, Cohort, Context.title, Person.label)
        .join(Cohort, Cohort.id == CohortMember.cohort_id)
        .outerjoin(Context, Context.id == Cohort.context_id)
        .outerjoin(Person, Person.id == Cohort.created_by)
        .where(CohortMember.person_id == person_id, CohortMember.district_id == district_id, CohortMember.state != "removed")
        .order_by(CohortMember.id.desc())
        .limit(most)
    ).all()
    goals: dict[UUID, list[Goal]] = {}
    for cohort_id, goal_id, title in session.execute(
        select(CohortGoal.cohort_id, Microcredential.id, Microcredential.title)
        .join(Microcredential, Microcredential.id == CohortGoal.microcredential_id)
        .where(CohortGoal.cohort_id.in_([cohort.id for _, cohort, *_ in rows]))
        .order_by(Microcredential.title)
    ):
        goals.setdefault(cohort_id, []).append(Goal(goal_id, title))
    return tuple(
        Own(
            member.id,
            cohort.name,
            cohort.words,
            member.state,
            cohort.starts_on,
            cohort.target_on,
            cohort.closed_at is not None,
            course or "",
            runner or "",
            tuple(goals.get(cohort.id, ())),
        )
        for member, cohort, course, runner in rows
    )
