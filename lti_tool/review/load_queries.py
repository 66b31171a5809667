"""How much each reviewer has to do, and how fast they are.

Counted up to a limit, so that it takes the same time however much was ever judged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID

from sqlalchemy import func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from lti_tool.launch.models import Person
from lti_tool.review.coordinating_policies import overloaded
from lti_tool.review.models import OPEN, Review
from lti_tool.web.models import RoleGrant

MOST_COUNTED = 100
MOST_SHOWN = 50
LATELY = timedelta(days=90)
_TURNAROUNDS = 30


def bounded(district_id: UUID, *where: Any) -> Any:
    """A person's reviews, counted up to MOST_COUNTED: a column beside `Person`."""
    inner = (
        select(literal(1).label("one"))
        .where(Review.reviewer_id == Person.id, Review.district_id == district_id, *where)
        .limit(MOST_COUNTED)
        .correlate(Person)
        .subquery()
    )
    return select(func.count()).select_from(inner).correlate(Person).scalar_subquery()


def counted(number: int) -> str:
    """A number that was counted up to MOST_COUNTED, in words."""
    return f"{MOST_COUNTED - 1}+" if number >= MOST_COUNTED else str(number)


@dataclass(frozen=True)
class Load:
    """A reviewer's load. `declined` in the last 90 days; `turnaround` is the middle of their last 30 reviews; None before there is one."""

    person_id: UUID
    label: str
    open: int
    late: int
    declined: int
    done: int
    turnaround: timedelta | None
    overloaded: bool


def loads(session: Session, *, district_id: UUID, text: str, now: datetime) -> tuple[Load, ...]:
    """The pool, the busiest first; those whose name or e-mail holds `text`."""
    pool = select(RoleGrant.person_id).where(RoleGrant.held(district_id, "reviewer", at=now))
    opened = bounded(district_id, Review.state.in_(OPEN)).label("opened")
    query = select(
        Person.id,
        Person.label,
        opened,
        bounded(district_id, Review.state.in_(OPEN), Review.due_at < now),
        bounded(district_id, Review.state == "declined", Review.assigned_at > now - LATELY),
        bounded(district_id, Review.state == "locked"),
    ).where(Person.id.in_(pool), Person.district_id == district_id)
    if words := text.strip():
        query = query.where(or_(Person.label.icontains(words, autoescape=True), Person.email.icontains(words, autoescape=True)))
    rows = session.execute(query.order_by(opened.desc(), Person.label, Person.id).limit(MOST_SHOWN)).all()
    fast = _turnarounds(session, [row[0] for row in rows])
    everybody = [row[2] for row in rows]
    return tuple(
        Load(one, label, count, late, declined, done, fast.get(one), overloaded(count, everybody))
        for one, label, count, late, declined, done in rows
    )


def _turnarounds(session: Session, people: Sequence[UUID] | Collection[UUID]) -> dict[UUID, timedelta]:
    """The middle time from being given a review to sealing it, of each one's latest reviews."""
    parts = []
    for person_id in people:
        latest = (
            select(Review.reviewer_id, Review.assigned_at, Review.locked_at)
            .where(Review.reviewer_id == person_id, Review.state == "locked")
            .order_by(Review.locked_at.desc())
            .limit(_TURNAROUNDS)
            .subquery()
        )
        parts.append(select(latest.c.reviewer_id, latest.c.assigned_at, latest.c.locked_at))
    found: dict[UUID, list[float]] = defaultdict(list)
    for person_id, assigned_at, locked_at in session.execute(union_all(*parts)) if parts else ():
        found[person_id].append((locked_at - assigned_at).total_seconds())
    return {person_id: timedelta(seconds=median(times)) for person_id, times in found.items()}
