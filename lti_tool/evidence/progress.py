"""Read models of how a try goes: what happened when, what stays met, what the teacher is reminded of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.audit import AuditEvent
from lti_tool.catalog.models import Activity
from lti_tool.evidence import timeline
from lti_tool.evidence.blinding import Names, tells
from lti_tool.evidence.carrying import Carrying
from lti_tool.evidence.freezing import carried_into, freeze
from lti_tool.evidence.models import Enrollment, Reminder
from lti_tool.evidence.queries import WorkOverview, enrollments_of_person
from lti_tool.evidence.service import Owner
from lti_tool.evidence.timeline import Attempt, Bar, Happening, Noted
from lti_tool.launch.models import Person

_TOLD = {
    "evidence:enrollment:started": "started",
    "evidence:enrollment:restarted": "restarted",
    "evidence:enrollment:withdrawn": "withdrawn",
    "evidence:deadline:extended": "extended",
}


@dataclass(frozen=True)
class Story:
    """The timeline of a try: as lines, and as a bar from its start to its end."""

    lines: tuple[Happening, ...]
    bar: Bar


def story(session: Session, owner: Owner, work: WorkOverview, *, now: datetime) -> Story:
    """The timeline of the owner's try."""
    events = session.execute(
        select(AuditEvent.at, AuditEvent.action, AuditEvent.details, AuditEvent.reason)
        .where(
            AuditEvent.subject_id == work.enrollment_id,
            AuditEvent.district_id == owner.district_id,
            AuditEvent.action.in_(_TOLD),
        )
        .order_by(AuditEvent.at, AuditEvent.id)
    )
    lines = timeline.story(
        started_at=work.started_at,
        ends_at=work.ends_at,
        phase=work.phase,
        attempts=[Attempt(one.attempt, one.submitted_at, one.decided_at, one.result) for one in work.submissions],
        noted=[Noted(at, _TOLD[action], {**details, "reason": reason}) for at, action, details, reason in events],
        now=now,
    )
    return Story(lines, timeline.bar(started_at=work.started_at, ends_at=work.ends_at, now=now, happenings=lines))


def carrying(session: Session, work: WorkOverview) -> Carrying | None:
    """What of the last attempt would stay met if the draft were submitted as it is; None where nothing was sent back."""
    if not (work.editable and work.submissions):
        return None
    enrollment = session.get_one(Enrollment, work.enrollment_id)
    return carried_into(session, enrollment, work.content, freeze(session, enrollment, work.content, ()))


def names_in(session: Session, owner: Owner, work: WorkOverview) -> tuple[str, ...]:
    """Where in what they wrote the teacher's own name stands, which reviewers must not learn: questions and pieces by their titles."""
    person = session.get_one(Person, owner.person_id)
    names = Names(person.label, person.given_name, person.family_name, person.email)
    questions = work.content.overview_questions + work.content.reflection_questions
    found = [question.prompt for question in questions if question.key in work.answers and tells(work.answers[question.key].text, names)]
    for piece in work.artifacts:
        title = "" if piece.kind == "file" else piece.title  # reviewers do not see what a file is called
        if tells(f"{title}\n{piece.text}\n{piece.url}", names):
            found.append(piece.title)
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True)
class Reminded:
    """A try of which the teacher is reminded, and how long there is."""

    enrollment_id: UUID
    activity_id: UUID
    context_id: UUID
    days_left: int
    ends_at: datetime


def reminders(session: Session, owner: Owner, *, now: datetime) -> tuple[Reminded, ...]:
    """The tries whose end is near and whose newest reminder is not put away; the nearest first."""
    rows = {row.id: row for row in enrollments_of_person(session, owner.district_id, owner.person_id, now=now) if row.phase == "drafting"}
    found = session.execute(
        select(Reminder.enrollment_id, Reminder.deadline_at, Activity.context_id)
        .join(Enrollment, Enrollment.id == Reminder.enrollment_id)
        .join(Activity, Activity.id == Enrollment.activity_id)
        .where(Reminder.enrollment_id.in_(rows), Reminder.district_id == owner.district_id, Reminder.seen_at.is_(None))
    )
    due = {
        enrollment_id: Reminded(enrollment_id, rows[enrollment_id].activity_id, context_id, rows[enrollment_id].days_left, deadline_at)
        for enrollment_id, deadline_at, context_id in found
        if deadline_at == rows[enrollment_id].ends_at
    }
    return tuple(sorted(due.values(), key=lambda one: one.ends_at))
