"""Brings a context's roster into the database: people and memberships, added and refreshed, never deleted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.database import new_id
from lti_tool.errors import Problem, not_found
from lti_tool.grading.ags import Refused
from lti_tool.grading.nrps import Member, members
from lti_tool.http import HttpFailure
from lti_tool.launch.models import Context, Membership, Person
from lti_tool.launch.names import label_for
from lti_tool.platforms.models import Registration
from lti_tool.platforms.tokens import NoToken
from lti_tool.tool import Tool

log = structlog.get_logger()
_BATCH = 200


@dataclass(frozen=True)
class RosterResult:
    """How many people the roster holds, and how many of them were new to us."""

    people: int
    new: int


def refresh(here: Tool, *, district_id: UUID, context_id: UUID, actor_id: UUID) -> RosterResult:
    """Read the roster from the LMS and keep what it says. Rights come from launches only.

    Raises Problem: not_found for another district's context, roster_unavailable with words for what the LMS answered.
    """
    with here.database.read() as session:
        context = session.get(Context, context_id)
        if context is None or context.district_id != district_id:
            raise not_found("no such context")
        registration = session.get_one(Registration, context.registration_id)
    if not context.memberships_url:
        raise _unavailable("The LMS does not share this course's list of people with the tool.", "not offered")
    people = new = 0
    try:
        everybody = members(here, registration, context.memberships_url)
        while batch := list(islice(everybody, _BATCH)):
            with here.database.unit() as session:
                new += _keep(session, here, context, batch)
            people += len(batch)
    except (Refused, NoToken, HttpFailure) as error:
        cause = f"status {error.reply.status}" if isinstance(error, Refused) else str(error)
        log.warning("roster_unavailable", context=str(context_id), cause=cause)
        raise _unavailable("The LMS did not give the list of people just now.", cause) from error
    with here.database.unit() as session:
        audit.record(
            session,
            district_id=district_id,
            at=here.clock(),
            action="grading:roster:read",
            actor_id=actor_id,
            subject_id=context_id,
            people=people,
            new=new,
        )
    return RosterResult(people, new)


def _unavailable(text: str, detail: str) -> Problem:
    return Problem(
        "roster_unavailable",
        502,
        "The list of people is not available",
        text,
        "People also appear here when they open an activity. Your LMS administrator can check the tool's permissions.",
        detail,
    )


def _keep(session: Session, here: Tool, context: Context, batch: Iterable[Member]) -> int:
    """Add and refresh one batch. Returns how many people were new. What a launch has told of a person stands."""
    now, listed = here.clock(), {member.sub: member for member in batch}
    mine = (Person.registration_id == context.registration_id, Person.sub.in_(listed))
    before = set(session.scalars(select(Person.sub).where(*mine)))
    make: Any = sqlite.insert if here.database.is_sqlite else postgresql.insert
    people = make(Person.__table__)
    told = ("label", "given_name", "family_name", "email")
    session.execute(
        people.on_conflict_do_update(
            index_elements=["registration_id", "sub"],
            set_={name: people.excluded[name] for name in told},
            where=Person.last_launch_at.is_(None),
        ),
        [_person(context, listed[sub], now) for sub in sorted(listed)],
    )
    ids = session.execute(select(Person.sub, Person.id).where(*mine).order_by(Person.sub)).all()
    session.execute(
        make(Membership.__table__).on_conflict_do_update(index_elements=["context_id", "person_id"], set_={"seen_at": now}),
        [_membership(context, person_id, listed[sub], now) for sub, person_id in ids],
    )
    return len(listed.keys() - before)


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
