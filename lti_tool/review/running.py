"""The reviewers of the district, and who could become one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select, true
from sqlalchemy.orm import Session

from lti_tool.launch.models import Membership, Person
from lti_tool.review.load_queries import bounded
from lti_tool.review.models import OPEN, Review
from lti_tool.web.models import RoleGrant

_MOST_FOUND = 50


@dataclass(frozen=True)
class PoolMember:
    """A reviewer of the district, with open and finished reviews. `within`: of the course that was asked for, or no course was."""

    person_id: UUID
    label: str
    open: int
    done: int
    within: bool


def _reviewers(district_id: UUID, now: datetime) -> Select[UUID]:
    return select(RoleGrant.person_id).where(RoleGrant.held(district_id, "reviewer", at=now))


def _of_context(context_id: UUID) -> Any:
    return Person.id.in_(select(Membership.person_id).where(Membership.context_id == context_id))


def pool(session: Session, *, district_id: UUID, now: datetime, context_id: UUID | None = None) -> tuple[PoolMember, ...]:
    """The district's reviewers by name; what they have is counted up to load_queries.MOST_COUNTED."""
    within = true() if context_id is None else _of_context(context_id)
    rows = session.execute(
        select(
            Person.id,
            Person.label,
            bounded(district_id, Review.state.in_(OPEN)),
            bounded(district_id, Review.state == "locked"),
            within,
        )
        .where(Person.id.in_(_reviewers(district_id, now)), Person.district_id == district_id)
        .order_by(Person.label, Person.id)
    )
    return tuple(PoolMember(*row) for row in rows)


def pool_size(session: Session, *, district_id: UUID, now: datetime) -> int:
    """How many reviewers the district has."""
    held = RoleGrant.held(district_id, "reviewer", at=now)
    return session.scalar(select(func.count(RoleGrant.person_id.distinct())).where(held)) or 0


@dataclass(frozen=True)
class Found:
    """Somebody who could become a reviewer."""

    person_id: UUID
    label: str
    email: str


def find_people(session: Session, *, district_id: UUID, text: str, context_id: UUID | None, now: datetime) -> tuple[Found, ...]:
    """People who are not reviewers yet: those of a context, or of the whole district, whose name or e-mail holds `text`."""
    query = select(Person.id, Person.label, Person.email).where(
        Person.district_id == district_id,
        Person.is_test.is_(False),
        Person.id.not_in(_reviewers(district_id, now)),
        true() if context_id is None else _of_context(context_id),
    )
    if words := text.strip():
        query = query.where(or_(Person.label.icontains(words, autoescape=True), Person.email.icontains(words, autoescape=True)))
    return tuple(Found(*row) for row in session.execute(query.order_by(Person.label, Person.id).limit(_MOST_FOUND)))
