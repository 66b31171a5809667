"""Where people work and who supervises them: written by a coordinator, or told by the LMS."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.errors import bad_request, not_found
from lti_tool.inputs import plain_text
from lti_tool.language import _
from lti_tool.launch.models import Person
from lti_tool.review.pool_models import Workplace
from lti_tool.tool import Tool

LONGEST = 120


def person_of(session: Session, district_id: UUID, person_id: UUID) -> Person:
    """A person of this district. Raises Problem(not_found), also for test students."""
    person = session.get(Person, person_id)
    if person is None or person.district_id != district_id or person.is_test:
        raise not_found("no such person")
    return person


def workplace_of(session: Session, district_id: UUID, person_id: UUID) -> Workplace | None:
    """What is known."""
    return session.scalars(select(Workplace).where(Workplace.person_id == person_id, Workplace.district_id == district_id)).one_or_none()


def tidy(school: str) -> str:
    """A school's name as it is kept."""
    return " ".join(plain_text(school).split())[:LONGEST]


def write(session: Session, here: Tool, *, district_id: UUID, person_id: UUID, school: str, supervisor_email: str, actor_id: UUID) -> None:
    """A coordinator says where somebody works and who supervises them; empty forgets it.

    Raises Problem: not_found; bad_request for an e-mail address that nobody else in the district has.
    """
    person_of(session, district_id, person_id)
    supervisor_id = None
    if address := plain_text(supervisor_email).strip():
        supervisor_id = session.scalars(
            select(Person.id)
            .where(
                Person.district_id == district_id,
                Person.is_test.is_(False),
                Person.id != person_id,
                func.lower(Person.email) == address.lower(),
            )
            .order_by(Person.id)
            .limit(1)
        ).one_or_none()
        if supervisor_id is None:
            raise bad_request(_("Nobody else in your district has this e-mail address. They have to have opened the tool once."))
    row = _row(session, here, district_id, person_id)
    row.school, row.supervisor_id, row.source, row.changed_at = tidy(school), supervisor_id, "coordinator", here.clock()
    session.flush()
    audit.record(
        session, district_id=district_id, at=here.clock(), action="review:workplace:written", actor_id=actor_id, subject_id=person_id
    )


def _row(session: Session, here: Tool, district_id: UUID, person_id: UUID) -> Workplace:
    row = workplace_of(session, district_id, person_id)
    if row is None:
        row = Workplace(district_id=district_id, person_id=person_id, source="launch", changed_at=here.clock())
        session.add(row)
    return row


def told(here: Tool, *, district_id: UUID, person_id: UUID, school: str) -> None:
    """The LMS says at a launch where somebody works. What a coordinator wrote stays."""
    name = tidy(school)
    with here.database.read() as session:
        row = workplace_of(session, district_id, person_id)
        if not name or name.startswith("$") or (row is not None and (row.source == "coordinator" or row.school == name)):
            return  # a variable that the LMS does not fill in comes as it was written
    with here.database.unit() as session:
        row = _row(session, here, district_id, person_id)
        if row.source != "coordinator":
            row.school, row.changed_at = name, here.clock()
