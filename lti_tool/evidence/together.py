"""With whom a teacher did the work, by their own word: such people never judge it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, func, select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.catalog.models import Activity
from lti_tool.database import insert_if_new, new_id
from lti_tool.errors import conflict, not_found
from lti_tool.evidence.models import CoTeacher, Enrollment, Submission
from lti_tool.evidence.service import Owner, own
from lti_tool.language import _
from lti_tool.launch.models import Membership, Person
from lti_tool.tool import Tool

MOST = 20
_MOST_FOUND = 25


@dataclass(frozen=True)
class Colleague:
    """Somebody of the same course."""

    id: UUID
    label: str


def named(session: Session, owner: Owner, enrollment_id: UUID) -> tuple[Colleague, ...]:
    """Who was named for this work."""
    rows = session.execute(
        select(Person.id, Person.label)
        .join(CoTeacher, CoTeacher.person_id == Person.id)
        .where(CoTeacher.enrollment_id == enrollment_id, CoTeacher.district_id == owner.district_id)
        .order_by(Person.label, Person.id)
    )
    return tuple(Colleague(one, label) for one, label in rows)


def _of_course(owner: Owner, enrollment_id: UUID) -> tuple[ColumnElement[bool], ...]:
    """The conditions for somebody of the course in which this work is done, other than its owner."""
    course = (
        select(Activity.context_id)
        .join(Enrollment, Enrollment.activity_id == Activity.id)
        .where(Enrollment.id == enrollment_id)
        .scalar_subquery()
    )
    return (
        Person.district_id == owner.district_id,
        Person.id != owner.person_id,
        Person.is_test.is_(False),
        exists().where(Membership.person_id == Person.id, Membership.context_id == course),
    )


def found(session: Session, owner: Owner, enrollment_id: UUID, text: str) -> tuple[Colleague, ...]:
    """People of the course whose name holds `text`, without those who were named."""
    known = select(CoTeacher.person_id).where(CoTeacher.enrollment_id == enrollment_id)
    query = select(Person.id, Person.label).where(*_of_course(owner, enrollment_id), Person.id.not_in(known))
    if words := text.strip():
        query = query.where(Person.label.icontains(words, autoescape=True))
    return tuple(Colleague(one, label) for one, label in session.execute(query.order_by(Person.label, Person.id).limit(_MOST_FOUND)))


def _own_draft(session: Session, owner: Owner, enrollment_id: UUID) -> None:
    own(session, owner, enrollment_id)
    judged = select(Submission.id).where(Submission.enrollment_id == enrollment_id, Submission.state != "decided")
    if session.scalar(judged.limit(1)) is not None:
        raise conflict(_("Your work is with the reviewers, so this can't be changed now."))


def name(session: Session, here: Tool, owner: Owner, enrollment_id: UUID, person_id: UUID) -> None:
    """Somebody of the course did this work, too. Raises Problem: not_found; conflict when there are too many, and while it is judged."""
    _own_draft(session, owner, enrollment_id)
    if session.scalar(select(Person.id).where(Person.id == person_id, *_of_course(owner, enrollment_id))) is None:
        raise not_found("nobody of this course")
    if (session.scalar(select(func.count()).where(CoTeacher.enrollment_id == enrollment_id)) or 0) >= MOST:
        raise conflict(_("At most %(most)s people can be named.", most=MOST))
    known = select(CoTeacher.id).where(CoTeacher.enrollment_id == enrollment_id, CoTeacher.person_id == person_id)
    if session.scalar(known) is None and insert_if_new(
        session,
        CoTeacher,
        {
            "id": new_id(),
            "district_id": owner.district_id,
            "enrollment_id": enrollment_id,
            "person_id": person_id,
            "named_at": here.clock(),
        },
    ):
        _record(session, here, owner, enrollment_id, "named", person_id)


def unname(session: Session, here: Tool, owner: Owner, enrollment_id: UUID, person_id: UUID) -> None:
    """It was a mistake. Raises Problem: not_found; conflict while it is judged."""
    _own_draft(session, owner, enrollment_id)
    known = session.scalars(
        select(CoTeacher.id).where(CoTeacher.enrollment_id == enrollment_id, CoTeacher.person_id == person_id)
    ).one_or_none()
    if known is None:
        raise not_found("was not named")
    session.execute(delete(CoTeacher).where(CoTeacher.id == known))
    _record(session, here, owner, enrollment_id, "unnamed", person_id)


def _record(session: Session, here: Tool, owner: Owner, enrollment_id: UUID, act: str, person_id: UUID) -> None:
    audit.record(
        session,
        district_id=owner.district_id,
        at=here.clock(),
        action=f"evidence:co_teacher:{act}",
        actor_id=owner.person_id,
        subject_id=enrollment_id,
        person=str(person_id),
    )
