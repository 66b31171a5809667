"""A person asks for a score to be sent again."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.catalog.models import Activity
from lti_tool.database import after_commit
from lti_tool.errors import conflict, not_found
from lti_tool.grading.models import ScoreDelivery
from lti_tool.launch.models import ResourceLink
from lti_tool.tool import Tool

_NOT_AGAIN_WITHIN = timedelta(seconds=10)


def resend(session: Session, here: Tool, *, district_id: UUID, delivery_id: UUID, actor_id: UUID, context_id: UUID | None = None) -> None:
    """Make a score due now, whatever became of it. With `context_id`, only one of an activity in that context.

    Raises Problem(not_found) for another district's or another context's, Problem(conflict) while it still has nowhere to go.
    """
    row = session.get(ScoreDelivery, delivery_id, with_for_update=True)
    if row is None or row.district_id != district_id:
        raise not_found("no such delivery")
    activity = session.get_one(Activity, row.activity_id)
    if context_id is not None and activity.context_id != context_id:
        raise not_found("delivery of another context")
    if not session.get_one(ResourceLink, activity.resource_link_id).lineitem_url:
        raise conflict("This activity still has no column in the gradebook. Make it count there, open the activity once, then send again.")
    now = here.clock()
    if row.last_attempt_at is not None and now - row.last_attempt_at < _NOT_AGAIN_WITHIN and row.state == "queued":
        return
    row.state, row.due_at, row.desired_at, row.attempts, row.last_reason = "queued", now, now, 0, ""
    audit.record(session, district_id=district_id, at=now, action="grading:score:resent", actor_id=actor_id, subject_id=row.id)
    after_commit(session, here.wake)
