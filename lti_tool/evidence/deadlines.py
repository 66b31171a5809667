"""More time for a teacher, and reminders before the time is over."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.database import insert_if_new, new_id
from lti_tool.errors import Problem, bad_request, conflict, not_found
from lti_tool.evidence import policies
from lti_tool.evidence.models import Enrollment, Reminder, Submission
from lti_tool.evidence.service import Owner, own, standing_of
from lti_tool.evidence.telling import tell_owner
from lti_tool.inputs import plain_text
from lti_tool.language import _
from lti_tool.tool import Tool

_BATCH = 200
_MOST_REASON = 500


def end_of(day: date, *, timezone: str = "UTC") -> datetime:
    """The last second of a local day."""
    zone = ZoneInfo(timezone)
    return datetime.combine(day, time(23, 59, 59), zone).astimezone(ZoneInfo("UTC"))


def extend(session: Session, here: Tool, *, district_id: UUID, enrollment_id: UUID, actor_id: UUID, until: datetime, reason: str) -> None:
    """Give a teacher more time; the caller has checked that the actor may. The reason stays in the trail, and the teacher reads it.

    Raises Problem: not_found; own_work for the actor's own; bad_request without a reason or for a day that does not fit; conflict where
    the try has ended.
    """
    enrollment = session.scalar(
        select(Enrollment).where(Enrollment.id == enrollment_id, Enrollment.district_id == district_id).with_for_update()
    )
    if enrollment is None:
        raise not_found("no such enrollment in this district")
    if enrollment.person_id == actor_id:
        raise Problem(
            "own_work",
            403,
            _("This is your own work"),
            _("Nobody gives themselves more time."),
            _("Ask somebody else who runs this course, or your district's coordinator."),
        )
    if not (said := " ".join(plain_text(reason).split())[:_MOST_REASON]):
        raise bad_request(_("Please say in a few words why."), "no reason")
    standing = standing_of(session, enrollment)
    if fault := policies.extension_fault(standing, here.clock(), until):
        raise (bad_request if standing.enrollment_state == "active" else conflict)(fault, "extension does not fit")
    before, enrollment.deadline_at = policies.last_moment(standing), until
    tell_owner(session, here, enrollment, "extended", thing=f"{enrollment.id}:{until.isoformat()}", day=until)
    audit.record(
        session,
        district_id=district_id,
        at=here.clock(),
        actor_id=actor_id,
        action="evidence:deadline:extended",
        subject_id=enrollment.id,
        before=before.isoformat(),
        until=until.isoformat(),
        reason=said,
    )


def write_reminders(here: Tool) -> int:
    """Write the reminders that are due now; returns how many. May stop at any step and be run again: each is there once."""
    written, after = 0, UUID(int=0)
    while True:
        with here.database.unit() as session:
            batch = _near_their_end(session, here.clock(), after)
            written += sum(_remind(session, here, enrollment) for enrollment in batch)
        if len(batch) < _BATCH:
            return written
        after = batch[-1].id


def _near_their_end(session: Session, now: datetime, after: UUID) -> list[Enrollment]:
    in_grace = select(Submission.enrollment_id).where(
        or_(Submission.outcome == "revise", Submission.state == "returned_incomplete"),
        Submission.decided_at >= now - timedelta(days=policies.GRACE_DAYS),
    )
    last = now + timedelta(days=max(policies.REMINDERS))
    query = select(Enrollment).where(
        Enrollment.state == "active",
        Enrollment.id > after,
        or_(Enrollment.deadline_at.between(now, last), Enrollment.id.in_(in_grace)),
    )
    return list(session.scalars(query.order_by(Enrollment.id).limit(_BATCH)))


def _remind(session: Session, here: Tool, enrollment: Enrollment) -> bool:
    now, standing = here.clock(), standing_of(session, enrollment)
    if policies.phase(standing, now) != "drafting":
        return False
    ends_at = policies.last_moment(standing)
    written = session.scalars(select(Reminder.days).where(Reminder.enrollment_id == enrollment.id, Reminder.deadline_at == ends_at)).all()
    days = policies.reminder_due(enrollment.started_at, ends_at, now, written)
    if days is None:
        return False
    thing = f"{enrollment.id}:{ends_at:%Y-%m-%d}:{days}"
    tell_owner(session, here, enrollment, "deadline", thing=thing, day=ends_at, days=policies.days_left(standing, now))
    return insert_if_new(
        session,
        Reminder,
        {
            "id": new_id(),
            "district_id": enrollment.district_id,
            "enrollment_id": enrollment.id,
            "deadline_at": ends_at,
            "days": days,
            "written_at": now,
            "seen_at": None,
        },
    )


def put_away(session: Session, here: Tool, owner: Owner, enrollment_id: UUID) -> None:
    """The teacher has seen the reminders of this try; the next one shows again. Raises Problem(not_found)."""
    enrollment = own(session, owner, enrollment_id)
    session.execute(
        update(Reminder).where(Reminder.enrollment_id == enrollment.id, Reminder.seen_at.is_(None)).values(seen_at=here.clock())
    )
