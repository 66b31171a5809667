"""What a facilitator sees of a course's list of people: how it was read, what has changed, who is on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from lti_tool.catalog import activities as catalog
from lti_tool.district.cohorts import departures
from lti_tool.errors import not_found
from lti_tool.grading.roster_models import Roster, RosterMember
from lti_tool.grading.roster_policies import FAILURES, SHOWN_CHANGES, Failure, role_names
from lti_tool.language import later
from lti_tool.launch.models import Context, Person, ResourceLink

PAGE = 50
SHOWN = {
    "": later("Everybody"),
    "new": later("Joined"),
    "left": later("Left"),
    "roles": later("Another role"),
    "unopened": later("Not opened yet"),
}
"""What the page can be narrowed to."""


@dataclass(frozen=True)
class Reading:
    """How the list was read. `offered`: the LMS has named a list of the course; `reading`: a run is under way, with `people` so far.

    `complete_at`: when it was last read to its end, with `complete_people`. `next_at`: when it is read again by itself.
    """

    offered: bool
    reading: bool
    people: int
    complete_at: datetime | None
    complete_people: int
    failure: Failure | None
    failed_at: datetime | None
    next_at: datetime | None


@dataclass(frozen=True)
class Line:
    """A person on the list. `opened`: they have opened the tool, so that their rights are known. The times are of changes lately."""

    person_id: UUID
    label: str
    status: str
    roles: tuple[str, ...]
    roles_before: tuple[str, ...]
    opened: bool
    joined_at: datetime | None
    left_at: datetime | None
    roles_changed_at: datetime | None


@dataclass(frozen=True)
class RosterPage:
    """A page of the list. `counts`: how many people each of SHOWN holds; `after`: where the next page begins."""

    course: str
    activity: str
    activity_id: UUID | None
    reading: Reading
    counts: dict[str, int]
    lines: tuple[Line, ...]
    after: UUID | None


def place(session: Session, *, district_id: UUID, context_id: UUID, activity_id: UUID) -> tuple[str, str]:
    """The link's id in the LMS and the title of an activity of this course. Raises Problem(not_found)."""
    placed = catalog.activity(session, district_id, activity_id)
    if placed.context_id != context_id:
        raise not_found("activity of another course")
    return session.get_one(ResourceLink, placed.resource_link_id).lti_id, placed.version.content.title


def page(
    session: Session,
    *,
    district_id: UUID,
    context_id: UUID,
    now: datetime,
    activity_id: UUID | None = None,
    show: str = "",
    find: str = "",
    after: UUID | None = None,
) -> RosterPage:
    """The list of a course, or with `activity_id` of who may open that activity. Raises Problem(not_found)."""
    context = session.get(Context, context_id)
    if context is None or context.district_id != district_id:
        raise not_found("no such course")
    rlid, title = "", ""
    if activity_id is not None:
        rlid, title = place(session, district_id=district_id, context_id=context_id, activity_id=activity_id)
    row = session.scalars(select(Roster).where(Roster.context_id == context_id, Roster.rlid == rlid)).one_or_none()
    if row is None:
        reading = Reading(bool(context.memberships_url), False, 0, None, 0, None, None, None)
        return RosterPage(context.title, title, activity_id, reading, dict.fromkeys(SHOWN, 0), (), None)
    since = now - SHOWN_CHANGES
    lines, following = _lines(session, row, since, show, find, after)
    return RosterPage(context.title, title, activity_id, _reading(context, row, now), _counts(session, row, since), lines, following)


def _reading(context: Context, row: Roster, now: datetime) -> Reading:
    waits = row.due_at is not None and row.due_at <= now
    leased = row.lease_until is not None and row.lease_until > now
    failure = FAILURES[row.failure] if row.failure and not (waits or leased) else None
    return Reading(
        bool(context.memberships_url),
        waits or leased,
        row.people if row.next_url or leased else 0,
        row.complete_at,
        row.complete_people,
        failure,
        row.failed_at,
        row.due_at,
    )


def _conditions(since: datetime) -> dict[str, ColumnElement[bool]]:
    here = RosterMember.status != "left"
    return {
        "": here,
        "new": and_(here, RosterMember.joined_at >= since),
        "left": and_(~here, RosterMember.left_at >= since),
        "roles": and_(here, RosterMember.roles_changed_at >= since),
        "unopened": and_(here, Person.last_launch_at.is_(None)),
    }


def _counts(session: Session, row: Roster, since: datetime) -> dict[str, int]:
    counted = [func.count().filter(condition) for condition in _conditions(since).values()]
    query = select(*counted).select_from(RosterMember).join(Person, Person.id == RosterMember.person_id)
    return dict(zip(SHOWN, session.execute(query.where(RosterMember.roster_id == row.id)).one(), strict=True))


def _lines(
    session: Session, row: Roster, since: datetime, show: str, find: str, after: UUID | None
) -> tuple[tuple[Line, ...], UUID | None]:
    name = func.lower(Person.label)
    query = (
        select(RosterMember, Person.label, Person.last_launch_at)
        .join(Person, Person.id == RosterMember.person_id)
        .where(RosterMember.roster_id == row.id, RosterMember.district_id == row.district_id, _conditions(since)[show])
        .order_by(name, Person.id)
        .limit(PAGE + 1)
    )
    if find:
        query = query.where(Person.label.icontains(find, autoescape=True))
    if after is not None:
        last = select(name).where(Person.id == after, Person.district_id == row.district_id).scalar_subquery()
        query = query.where(or_(name > last, and_(name == last, Person.id > after)))
    rows = session.execute(query).all()
    lines = tuple(
        Line(
            member.person_id,
            label,
            member.status,
            role_names(member.roles),
            role_names(member.roles_before),
            opened is not None,
            _lately(member.joined_at, since),
            member.left_at,
            _lately(member.roles_changed_at, since),
        )
        for member, label, opened in rows[:PAGE]
    )
    return lines, lines[-1].person_id if len(rows) > PAGE else None


def _lately(moment: datetime | None, since: datetime) -> datetime | None:
    return moment if moment is not None and moment >= since else None


def gone(context_id: Any, person_id: Any) -> ColumnElement[bool]:
    """The condition that the course's own list does not hold a person any more."""
    return (
        select(RosterMember.id)
        .join(Roster, Roster.id == RosterMember.roster_id)
        .where(Roster.context_id == context_id, Roster.rlid == "", RosterMember.person_id == person_id, RosterMember.status != "active")
        .exists()
    )


departures.connect(gone)
