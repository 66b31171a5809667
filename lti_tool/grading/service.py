"""What people decide about scores on their way: send again, whose grade stays, where the score goes."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.catalog.models import Activity
from lti_tool.database import after_commit
from lti_tool.errors import Problem, conflict, forbidden, not_found
from lti_tool.grading import lanes
from lti_tool.grading.claims import COLUMN_URL
from lti_tool.grading.models import ScoreDelivery
from lti_tool.language import _
from lti_tool.launch.models import ResourceLink
from lti_tool.tool import Tool

FAILED = ("refused", "attention")
"""States in which nothing goes on unless somebody asks for it."""
_NOT_AGAIN_WITHIN = timedelta(seconds=10)


def _row(session: Session, *, district_id: UUID, delivery_id: UUID, context_id: UUID | None) -> tuple[ScoreDelivery, Activity]:
    row = session.get(ScoreDelivery, delivery_id, with_for_update=True)
    if row is None or row.district_id != district_id:
        raise not_found("no such delivery")
    activity = session.get_one(Activity, row.activity_id)
    if context_id is not None and activity.context_id != context_id:
        raise not_found("delivery of another context")
    return row, activity


def resend(session: Session, here: Tool, *, district_id: UUID, delivery_id: UUID, actor_id: UUID, context_id: UUID | None = None) -> None:
    """Make a score due now, whatever became of it. With `context_id`, only one of an activity in that context.

    Raises Problem(not_found) for another district's or another context's, Problem(conflict) while it still has nowhere to go.
    """
    row, activity = _row(session, district_id=district_id, delivery_id=delivery_id, context_id=context_id)
    if row.last_reason == "erased":
        raise conflict(_("The person has been erased here, so nothing of theirs is sent any more."))
    if not (session.get_one(ResourceLink, activity.resource_link_id).lineitem_url or activity.made_column_url):
        raise conflict(
            _("This activity still has no column in the gradebook. Make it count there, open the activity once, then send again.")
        )
    now = here.clock()
    if row.last_attempt_at is not None and now - row.last_attempt_at < _NOT_AGAIN_WITHIN and row.state == "queued":
        return
    if row.state in ("asked", "kept"):
        if row.person_id == actor_id:
            raise forbidden("somebody else decides about one's own grade")
        row.decision, row.decided_by, row.decided_at = "", None, None  # the gradebook is read anew, and where need be asked anew
    row.state, row.due_at, row.desired_at, row.attempts, row.last_reason = "queued", now, now, 0, ""
    audit.record(session, district_id=district_id, at=now, action="grading:score:resent", actor_id=actor_id, subject_id=row.id)
    after_commit(session, here.wake)


def resend_failed(
    session: Session, here: Tool, *, district_id: UUID, actor_id: UUID, activity_id: UUID | None, context_id: UUID | None
) -> int:
    """Make due every score that the LMS refused, or did not take for 14 days: of one activity, or of the district. How many.

    With `context_id`, the activity must be in that context. Raises Problem(not_found).
    """
    failed = [ScoreDelivery.district_id == district_id, ScoreDelivery.state.in_(FAILED), ScoreDelivery.last_reason != "erased"]
    if activity_id is not None:
        activity = session.get(Activity, activity_id)
        if activity is None or activity.district_id != district_id or (context_id is not None and activity.context_id != context_id):
            raise not_found("no such activity")
        failed.append(ScoreDelivery.activity_id == activity_id)
    somewhere = select(Activity.id).join(ResourceLink, ResourceLink.id == Activity.resource_link_id).where(COLUMN_URL != "")
    now = here.clock()
    values = {"state": "queued", "due_at": now, "desired_at": now, "attempts": 0, "last_reason": ""}
    change = update(ScoreDelivery).where(*failed, ScoreDelivery.activity_id.in_(somewhere)).values(**values)
    count = int(session.execute(change.execution_options(synchronize_session=False)).rowcount)  # type: ignore[attr-defined]
    audit.record(
        session, district_id=district_id, at=now, action="grading:score:resent_all", actor_id=actor_id, subject_id=activity_id, count=count
    )
    after_commit(session, here.wake)
    return count


def decide(
    session: Session, here: Tool, *, district_id: UUID, delivery_id: UUID, actor_id: UUID, context_id: UUID | None, keep: str
) -> None:
    """Decide, once, which grade stays where the gradebook shows one that is not ours. `keep`: theirs or ours.

    Raises Problem: not_found, forbidden for who would decide about their own grade, conflict where nothing is asked (any more).
    """
    row, _activity = _row(session, district_id=district_id, delivery_id=delivery_id, context_id=context_id)
    if row.person_id == actor_id:
        raise forbidden("somebody else decides about one's own grade")
    if row.state != "asked":
        raise conflict(_("Somebody has decided this already, or the grade is not there any more."))
    if keep not in ("theirs", "ours"):
        raise Problem("bad_request", 400, _("That did not work"), _("Choose which grade stays."), _("Go back and choose one of the two."))
    now = here.clock()
    row.decision, row.decided_by, row.decided_at = keep, actor_id, now
    if keep == "theirs":
        row.state, row.last_reason = "kept", "theirs_stays"
    else:
        row.state, row.last_reason, row.due_at, row.desired_at, row.attempts = "queued", "", now, now, 0
        after_commit(session, here.wake)
    audit.record(session, district_id=district_id, at=now, action=f"grading:grade:{keep}", actor_id=actor_id, subject_id=row.id)


def try_lms_now(session: Session, here: Tool, *, district_id: UUID, registration_id: UUID, actor_id: UUID) -> None:
    """Do not wait until the breaker lets an LMS try again. Raises Problem(conflict) where it does not wait."""
    now = here.clock()
    if not lanes.try_now(session, district_id, registration_id, now):
        raise conflict(_("Scores to this LMS are not held up."))
    audit.record(session, district_id=district_id, at=now, action="grading:lms:tried", actor_id=actor_id, subject_id=registration_id)
    after_commit(session, here.wake)
