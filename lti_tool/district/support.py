"""Opening and ending a support view, see `web.support`: with a reason, for half an hour, noted in the trail and told to the teacher."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.catalog.models import Activity
from lti_tool.district.roles import known
from lti_tool.errors import forbidden, not_found
from lti_tool.evidence.models import Enrollment
from lti_tool.launch.models import Context, Person
from lti_tool.notices import service as notices
from lti_tool.platforms.models import Deployment, Registration
from lti_tool.tool import Tool
from lti_tool.web import district_settings, frames
from lti_tool.web.frames import Frame
from lti_tool.web.models import FrameSession
from lti_tool.web.support import LASTS


def open_view(session: Session, here: Tool, frame: Frame, *, person_id: UUID, enrollment_id: UUID | None, reason: str) -> frames.Opened:
    """A support view of this person's pages, from the course of one of their enrollments.

    Raises Problem: not_found for somebody of another district, forbidden for oneself and where the district wants none.
    """
    person = known(session, frame.district_id, person_id)
    if person_id == frame.person_id or not district_settings.chosen(session, frame.district_id).support_views:
        raise forbidden("no support view of oneself, or none in this district")
    context = _context(session, person, enrollment_id)
    now = here.clock()
    opened, row = frames.made(
        here,
        district_id=frame.district_id,
        registration_id=person.registration_id,
        deployment_id=context.deployment_id if context else _deployment(session, person),
        person_id=person.id,
        person_name=person.label,
        context_id=context.id if context else None,
        context_title=context.title if context else "",
        resource_link_id=None,
        rights=["earner"],
        frame_ancestors=list(frame.frame_ancestors),
        launch={"opened_from": frame.id, "back": here.box.seal(frame.key), "locale": frame.launch.get("locale", "")},
        supporter_id=frame.person_id,
    )
    row["expires_at"] = min(now + LASTS, frame.ends_at)
    frames.keep(session, row)
    audit.record(
        session,
        district_id=frame.district_id,
        at=now,
        action="district:support:opened",
        actor_id=frame.person_id,
        subject_id=person.id,
        reason=reason,
    )
    who = {"district_id": frame.district_id, "person_id": person.id}
    notices.queue(session, **who, kind="support", thing=opened.id, facts={"day": now.isoformat()}, at=now)
    return opened


def _context(session: Session, person: Person, enrollment_id: UUID | None) -> Context | None:
    if enrollment_id is None:
        return None
    query = (
        select(Context)
        .join(Activity, Activity.context_id == Context.id)
        .join(Enrollment, Enrollment.activity_id == Activity.id)
        .where(Enrollment.id == enrollment_id, Enrollment.person_id == person.id, Enrollment.district_id == person.district_id)
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        raise not_found("no such enrollment of this person")
    return found


def _deployment(session: Session, person: Person) -> UUID:
    found = session.scalar(
        select(Deployment.id).where(Deployment.registration_id == person.registration_id).order_by(Deployment.id).limit(1)
    )
    if found is None:
        raise not_found("the LMS of this person is installed nowhere")
    return found


def may_open(session: Session, person: Person) -> bool:
    """Whether the LMS of this person is on, so that there is something to see."""
    return session.get_one(Registration, person.registration_id).state == "active"


def leave(session: Session, here: Tool, frame: Frame) -> str:
    """End a support view. Returns the key of the visit that it was opened from."""
    session.execute(delete(FrameSession).where(FrameSession.id == frame.id, FrameSession.supporter_id == frame.supporter_id))
    audit.record(
        session,
        district_id=frame.district_id,
        at=here.clock(),
        action="district:support:left",
        actor_id=frame.supporter_id,
        subject_id=frame.person_id,
    )
    return here.box.open(frame.launch["back"])
