"""Somebody who was invited by an address comes for the first time, and is known from then on."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.district.cohorts import service
from lti_tool.district.cohorts.models import Cohort, CohortMember
from lti_tool.launch.models import Person
from lti_tool.tool import Tool


def waits(session: Session, district_id: UUID, person_id: UUID) -> bool:
    """Whether an invitation waits for this person's address."""
    address = select(func.lower(Person.email)).where(Person.id == person_id, Person.email != "", Person.is_test.is_(False))
    found = select(CohortMember.id).where(CohortMember.district_id == district_id, CohortMember.email == address.scalar_subquery())
    return session.scalar(found.limit(1)) is not None


def come(here: Tool, *, district_id: UUID, person_id: UUID) -> None:
    """Somebody has opened the tool."""
    with here.database.read() as session:
        waiting = waits(session, district_id, person_id)
    if waiting:
        with here.database.unit() as session:
            welcome(session, here, district_id=district_id, person_id=person_id)


def welcome(session: Session, here: Tool, *, district_id: UUID, person_id: UUID) -> None:
    """Give them their invitations."""
    person = session.get_one(Person, person_id)
    if service.known_by_address(session, district_id, [person.email.lower()]).get(person.email.lower()) != person_id:
        return
    rows = session.execute(
        select(CohortMember, Cohort)
        .join(Cohort, Cohort.id == CohortMember.cohort_id)
        .where(CohortMember.district_id == district_id, CohortMember.email == person.email.lower(), CohortMember.person_id.is_(None))
        .with_for_update(of=CohortMember)
    ).all()
    theirs = set(session.scalars(select(CohortMember.cohort_id).where(CohortMember.person_id == person_id)))
    for member, cohort in rows:
        if cohort.id in theirs:  # invited by name as well
            session.delete(member)
            continue
        member.person_id, member.email, member.invited_at = person_id, "", here.clock()
        service.tell(session, here, cohort, member)
        audit.record(
            session,
            district_id=district_id,
            at=here.clock(),
            action="cohorts:member:known",
            subject_id=cohort.id,
            person=person_id,
        )
