"""The people of a district as its console lists them, and one of them with everything that hangs on them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from lti_tool.catalog.models import Activity, MicrocredentialVersion
from lti_tool.district import role_policies
from lti_tool.district.role_policies import ROLES, SOON
from lti_tool.errors import not_found
from lti_tool.evidence.models import Enrollment
from lti_tool.launch.models import Context, Person
from lti_tool.platforms.models import Registration
from lti_tool.review.pool_models import Workplace
from lti_tool.web.models import RoleGrant

PAGE = 25
_MOST_ACCOUNTS = 10
_MOST_ENDED = 20
_MOST_TRIES = 50


@dataclass(frozen=True)
class RoleShown:
    """A role, held or ended. `by` is empty where nobody of this district gave it; `ends_soon` within 30 days."""

    id: UUID
    role: str
    by: str
    given_at: datetime
    expires_at: datetime | None
    ended_at: datetime | None
    ended_by: str
    reason: str
    ends_soon: bool = False


@dataclass(frozen=True)
class PersonRow:
    """Somebody of the district with the roles that the district gave them."""

    id: UUID
    label: str
    email: str
    seen_at: datetime | None
    roles: tuple[role_policies.Held, ...]
    environment: str


@dataclass(frozen=True)
class People:
    """A page of people; `after` is the last of them where there are more."""

    rows: tuple[PersonRow, ...]
    after: UUID | None


def people(session: Session, district_id: UUID, *, text: str, role: str, after: UUID | None, now: datetime) -> People:
    """People by name: whose name or e-mail holds `text`, and who hold `role`.

    `role`: one of ROLES, `reviewer`, `any` (some role), `ending` (one that ends within 30 days), or empty for everybody.
    """
    held = RoleGrant.held(district_id, at=now)
    query = (
        select(Person, Registration.environment)
        .join(Registration, Registration.id == Person.registration_id)
        .where(Person.district_id == district_id, Person.is_test.is_(False))
    )
    if text.strip():
        words = text.strip()
        query = query.where(or_(Person.label.icontains(words, autoescape=True), Person.email.icontains(words, autoescape=True)))
    if role:
        query = query.where(Person.id.in_(select(RoleGrant.person_id).where(held, *_holding(role, now))))
    if after is not None:
        last = session.execute(select(Person.label, Person.id).where(Person.id == after, Person.district_id == district_id)).one_or_none()
        if last is not None:
            query = query.where(tuple_(Person.label, Person.id) > tuple_(*last))
    rows = session.execute(query.order_by(Person.label, Person.id).limit(PAGE + 1)).all()
    shown = rows[:PAGE]
    roles: dict[UUID, list[role_policies.Held]] = {}
    theirs = select(RoleGrant.person_id, RoleGrant.role, RoleGrant.expires_at).where(held)
    for person_id, name, expires_at in session.execute(theirs.where(RoleGrant.person_id.in_([row.id for row, _ in shown]))):
        roles.setdefault(person_id, []).append(role_policies.Held(name, expires_at))
    return People(
        tuple(
            PersonRow(
                row.id, row.label, row.email, row.last_launch_at, tuple(sorted(roles.get(row.id, ()), key=lambda one: one.role)), where
            )
            for row, where in shown
        ),
        shown[-1][0].id if len(rows) > PAGE else None,
    )


def _holding(role: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    if role == "any":
        return ()
    return (RoleGrant.expires_at <= now + SOON,) if role == "ending" else (RoleGrant.role == role,)


@dataclass(frozen=True)
class Account:
    """The same person elsewhere: another account with the same e-mail address."""

    id: UUID
    label: str
    lms: str
    environment: str
    seen_at: datetime | None


@dataclass(frozen=True)
class Try:
    """A microcredential that somebody works on, or did. `course` is where it stands."""

    id: UUID
    title: str
    course: str
    state: str
    deadline_at: datetime


@dataclass(frozen=True)
class OnePerson:
    """Somebody with everything that the console knows of them."""

    id: UUID
    label: str
    email: str
    lms: str
    environment: str
    known_since: datetime
    seen_at: datetime | None
    school: str
    supervisor: str
    held: tuple[RoleShown, ...]
    ended: tuple[RoleShown, ...]
    accounts: tuple[Account, ...]
    tries: tuple[Try, ...]
    is_test: bool

    def holds(self, role: str) -> bool:
        """Whether they hold this role."""
        return any(one.role == role for one in self.held)


def person(session: Session, district_id: UUID, person_id: UUID, *, now: datetime) -> OnePerson:
    """One person of the district. Raises Problem(not_found)."""
    row = session.get(Person, person_id)
    if row is None or row.district_id != district_id:
        raise not_found("no such person")
    lms = session.get_one(Registration, row.registration_id)
    boss = aliased(Person)
    place = session.execute(
        select(Workplace.school, boss.label)
        .outerjoin(boss, boss.id == Workplace.supervisor_id)
        .where(Workplace.person_id == person_id, Workplace.district_id == district_id)
    ).one_or_none()
    held, ended = _roles(session, district_id, person_id, now)
    return OnePerson(
        row.id,
        row.label,
        row.email,
        lms.name,
        lms.environment,
        row.created_at,
        row.last_launch_at,
        (place[0] if place else "") or "",
        (place[1] if place else "") or "",
        held,
        ended,
        _accounts(session, row),
        _tries(session, district_id, person_id),
        row.is_test,
    )


def _roles(session: Session, district_id: UUID, person_id: UUID, now: datetime) -> tuple[tuple[RoleShown, ...], tuple[RoleShown, ...]]:
    giver, taker = aliased(Person), aliased(Person)
    holds = RoleGrant.held(district_id, at=now)
    query = (
        select(RoleGrant, giver.label, taker.label)
        .outerjoin(giver, giver.id == RoleGrant.granted_by)
        .outerjoin(taker, taker.id == RoleGrant.revoked_by)
        .where(RoleGrant.person_id == person_id, RoleGrant.district_id == district_id)
        .order_by(RoleGrant.granted_at.desc(), RoleGrant.id.desc())
    )
    held = tuple(_shown(*row, now) for row in session.execute(query.where(holds)))
    return held, tuple(_shown(*row, now) for row in session.execute(query.where(~holds).limit(_MOST_ENDED)))


def _shown(row: RoleGrant, by: str | None, ended_by: str | None, now: datetime) -> RoleShown:
    over = row.revoked_at or (row.expires_at if row.expires_at and row.expires_at <= now else None)
    soon = over is None and role_policies.ends_soon(row.expires_at, now)
    return RoleShown(row.id, row.role, by or "", row.granted_at, row.expires_at, over, ended_by or "", row.reason, soon)


def _accounts(session: Session, row: Person) -> tuple[Account, ...]:
    if not row.email:
        return ()
    same = and_(Person.district_id == row.district_id, func.lower(Person.email) == row.email.lower(), Person.id != row.id)
    query = select(Person.id, Person.label, Registration.name, Registration.environment, Person.last_launch_at).join(
        Registration, Registration.id == Person.registration_id
    )
    return tuple(Account(*one) for one in session.execute(query.where(same).order_by(Person.id).limit(_MOST_ACCOUNTS)))


def _tries(session: Session, district_id: UUID, person_id: UUID) -> tuple[Try, ...]:
    query = (
        select(Enrollment.id, MicrocredentialVersion.title, Context.title, Enrollment.state, Enrollment.deadline_at)
        .join(MicrocredentialVersion, MicrocredentialVersion.id == Enrollment.version_id)
        .join(Activity, Activity.id == Enrollment.activity_id)
        .join(Context, Context.id == Activity.context_id)
        .where(Enrollment.person_id == person_id, Enrollment.district_id == district_id)
    )
    return tuple(Try(*one) for one in session.execute(query.order_by(Enrollment.started_at.desc(), Enrollment.id).limit(_MOST_TRIES)))


ROLE_FILTERS = ("any", "ending", *ROLES, "reviewer")
