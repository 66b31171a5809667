"""Tells a teacher what happens with their work: in the tool, and by e-mail where they want it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from lti_tool.catalog.models import Activity, MicrocredentialVersion
from lti_tool.evidence import policies
from lti_tool.evidence.keeping_models import ArtifactHold
from lti_tool.evidence.models import Enrollment, Submission
from lti_tool.evidence.service import standing_of
from lti_tool.notices import service as notices
from lti_tool.tool import Tool

_OF_HOLDS = {"raised": "privacy.raised", "released": "privacy.settled", "replaced": "privacy.settled", "removed": "privacy.settled"}


def tell_owner(
    session: Session,
    here: Tool,
    enrollment: Enrollment,
    kind: str,
    *,
    thing: UUID | str,
    day: datetime | None = None,
    days: int | None = None,
) -> None:
    """Tell the teacher of a try something of this kind, once about this thing. `day`, `days`: where its words name them."""
    activity = session.get_one(Activity, enrollment.activity_id)
    facts: dict[str, Any] = {"title": session.get_one(MicrocredentialVersion, enrollment.version_id).title, "activity": str(activity.id)}
    facts |= {"day": day.isoformat()} if day is not None else {}
    facts |= {"days": days} if days is not None else {}
    notices.queue(
        session,
        district_id=enrollment.district_id,
        person_id=enrollment.person_id,
        context_id=activity.context_id,
        kind=kind,
        thing=thing,
        facts=facts,
        at=here.clock(),
    )


def tell_decision(session: Session, here: Tool, submission: Submission) -> None:
    """A submission has been decided: the work has come back, or it is over."""
    enrollment = session.get_one(Enrollment, submission.enrollment_id)
    if submission.outcome == "revise":
        ends_at = policies.last_moment(standing_of(session, enrollment))
        tell_owner(session, here, enrollment, "decision.returned", thing=submission.id, day=ends_at)
    else:
        tell_owner(session, here, enrollment, "decision", thing=submission.id)


def hold_answered(session: Session, here: Tool, hold: ArtifactHold) -> None:
    """The teacher has answered: nothing asks them any more."""
    kinds = ("privacy.raised", "privacy.again")
    notices.done(session, here, district_id=hold.district_id, people=[hold.owner_id], kinds=kinds, things=[hold.id])


def tell_hold(session: Session, here: Tool, hold: ArtifactHold) -> None:
    """A privacy problem was raised, or came back from whoever settles it. Whether there was one, and which, stands in the tool alone."""
    again = hold.state == "raised" and hold.answered_at is not None
    kind = "privacy.again" if again else _OF_HOLDS[hold.state]
    thing = f"{hold.id}:{here.clock().isoformat()}" if again else str(hold.id)
    enrollment = session.get_one(Enrollment, session.get_one(Submission, hold.submission_id).enrollment_id)
    tell_owner(session, here, enrollment, kind, thing=thing)
