"""A chunk of a list becomes rows: people, memberships, and what the list says of them. Few statements, however long the chunk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lti_tool.database import new_id
from lti_tool.grading.nrps import Member
from lti_tool.grading.roster_models import Roster, RosterMember
from lti_tool.grading.roster_policies import Known, change
from lti_tool.launch.models import Context, Membership, Person
from lti_tool.launch.names import label_for
from lti_tool.tool import Tool

_TOLD = ("label", "given_name", "family_name", "email")


def keep(session: Session, here: Tool, context: Context, roster: Roster, members: Sequence[Member]) -> tuple[int, int]:
    """Keep a chunk. Returns how many people it added to this run, and how many were new to us. What a launch has told stands.

    Somebody inactive or gone who is not known yet stays unknown.
    """
    now = here.clock()
    make: Any = sqlite.insert if here.database.is_sqlite else postgresql.insert
    listed = {member.sub: member for member in members}
    made = _keep_people(session, make, context, [one for one in listed.values() if one.status == "active"], now)
    mine = (Person.registration_id == context.registration_id, Person.sub.in_(listed))
    people = dict(session.execute(select(Person.sub, Person.id).where(*mine).order_by(Person.sub)).all())
    active = [(person_id, listed[sub]) for sub, person_id in people.items() if listed[sub].status == "active"]
    if active:
        session.execute(
            make(Membership.__table__).on_conflict_do_update(index_elements=["context_id", "person_id"], set_={"seen_at": now}),
            [_membership(context, person_id, member, now) for person_id, member in active],
        )
    told = {person_id: listed[sub] for sub, person_id in people.items()}
    return _note(session, make, roster, told, now), sum(person_id in made for person_id in people.values())


def _keep_people(session: Session, make: Any, context: Context, members: Sequence[Member], now: datetime) -> set[UUID]:
    """Add and refresh people. Returns the ids that new ones got."""
    if not members:
        return set()
    rows = [_person(context, member, now) for member in sorted(members, key=lambda one: one.sub)]
    people, table = make(Person.__table__), Person.__table__.c
    differs = or_(*(table[name] != people.excluded[name] for name in _TOLD))
    session.execute(
        people.on_conflict_do_update(
            index_elements=["registration_id", "sub"],
            set_={name: people.excluded[name] for name in _TOLD},
            where=and_(table.last_launch_at.is_(None), differs),
        ),
        rows,
    )
    return {row["id"] for row in rows}


def _note(session: Session, make: Any, roster: Roster, told: Mapping[UUID, Member], now: datetime) -> int:
    """Note what the list says of these people, and what of it is new. Returns how many were not met in this run before."""
    rows = {
        row.person_id: row
        for row in session.execute(
            select(RosterMember.person_id, RosterMember.status, RosterMember.roles, RosterMember.seen_run, *_STAMPS).where(
                RosterMember.roster_id == roster.id, RosterMember.person_id.in_(told)
            )
        )
    }
    as_before, news = list[UUID](), list[dict[str, Any]]()
    for person_id, member in told.items():
        row = rows.get(person_id)
        if row is None and member.status != "active":
            continue
        found = change(Known(row.status, row.roles) if row else None, member.status, member.roles)
        if row is not None and member.status == row.status and not (found.joined or found.left or found.roles):
            as_before.append(person_id)
            continue
        first_run = row is None and roster.complete_at is None
        news.append(
            {
                "id": new_id(),
                "district_id": roster.district_id,
                "roster_id": roster.id,
                "person_id": person_id,
                "status": member.status,
                "roles": list(member.roles),
                "roles_before": list(row.roles) if row and found.roles else row.roles_before if row else [],
                "seen_run": roster.run,
                "joined_at": (None if first_run else now) if found.joined else row.joined_at if row else None,
                "left_at": now if found.left else None if found.joined else row.left_at if row else None,
                "roles_changed_at": now if row and found.roles else row.roles_changed_at if row else None,
            }
        )
    if as_before:
        session.execute(
            update(RosterMember)
            .where(RosterMember.roster_id == roster.id, RosterMember.person_id.in_(as_before))
            .values(seen_run=roster.run)
        )
    if news:
        insert = make(RosterMember.__table__)
        changed = [name for name in news[0] if name not in ("id", "district_id", "roster_id", "person_id")]
        session.execute(
            insert.on_conflict_do_update(index_elements=["roster_id", "person_id"], set_={name: insert.excluded[name] for name in changed}),
            news,
        )
    met = {person_id for person_id, row in rows.items() if row.seen_run == roster.run}
    return sum(told[person_id].status != "left" and person_id not in met for person_id in (*as_before, *(row["person_id"] for row in news)))


_STAMPS = (RosterMember.roles_before, RosterMember.joined_at, RosterMember.left_at, RosterMember.roles_changed_at)


def _person(context: Context, member: Member, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "district_id": context.district_id,
        "registration_id": context.registration_id,
        "sub": member.sub,
        "label": label_for(member.name, member.sub),
        "given_name": member.given_name,
        "family_name": member.family_name,
        "email": member.email,
        "locale": "",
        "is_test": False,
        "created_at": now,
        "last_launch_at": None,
    }


def _membership(context: Context, person_id: UUID, member: Member, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "district_id": context.district_id,
        "context_id": context.id,
        "person_id": person_id,
        "roles": list(member.roles),
        "rights": [],
        "source": "roster",
        "seen_at": now,
    }
