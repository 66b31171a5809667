"""What those who run reviews do to open work: more time for a reviewer, and a decision by exception."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.catalog.models import Activity
from lti_tool.errors import bad_request, conflict, not_found
from lti_tool.evidence.models import Enrollment, Submission
from lti_tool.inputs import plain_text
from lti_tool.language import _
from lti_tool.launch.accounts import accounts
from lti_tool.review import holds
from lti_tool.review.coordinating_policies import by_exception
from lti_tool.review.models import HOLDING, OPEN, Review
from lti_tool.review.open_work import STATES
from lti_tool.review.policies import Outcome
from lti_tool.review.service import close, locked_scores, required_levels
from lti_tool.review.telling import review_over
from lti_tool.tool import Tool

MOST_WORDS = 2000
_MOST_TIME = timedelta(days=366)


def locked_work(session: Session, *, district_id: UUID, submission_id: UUID, actor_id: UUID, context_id: UUID | None) -> Submission:
    """A submission that this person may run, locked for update. With `context_id`, only one of that course.

    Raises Problem(not_found), also for their own work, by whatever account, and for work that they judge or have judged.
    """
    submission = session.get(Submission, submission_id, with_for_update=True)
    if submission is None or submission.district_id != district_id:
        raise not_found("no such submission")
    if not may_run(session, submission, actor_id=actor_id, context_id=context_id):
        raise not_found("not this person's to run")
    return submission


def may_run(session: Session, submission: Submission, *, actor_id: UUID, context_id: UUID | None) -> bool:
    """Whether this person may see and change who judges it."""
    enrollment = session.get_one(Enrollment, submission.enrollment_id)
    if context_id is not None and session.get_one(Activity, enrollment.activity_id).context_id != context_id:
        return False
    own = accounts(session, submission.district_id, [actor_id])[actor_id]
    judges = select(Review.id).where(Review.submission_id == submission.id, Review.reviewer_id.in_(own), Review.state.in_(HOLDING))
    return enrollment.person_id not in own and session.scalar(judges.limit(1)) is None


def extend(
    session: Session,
    here: Tool,
    *,
    district_id: UUID,
    submission_id: UUID,
    seat: int,
    until: datetime,
    reason: str,
    actor_id: UUID,
    context_id: UUID | None,
) -> None:
    """Give a reviewer more time. Raises Problem: not_found; conflict when nobody holds the place open; bad_request for a day that gives
    no more time, and without a reason."""  # noqa: D209
    submission = locked_work(session, district_id=district_id, submission_id=submission_id, actor_id=actor_id, context_id=context_id)
    review = session.scalars(
        select(Review).where(Review.submission_id == submission.id, Review.seat == seat, Review.state.in_(OPEN)).with_for_update()
    ).one_or_none()
    if review is None or submission.state not in STATES:
        raise conflict(_("Nobody holds this place open any more, so there is nothing to extend."))
    if not (said := plain_text(reason).strip()[:500]):
        raise bad_request(_("Please say in a few words why."))
    now, before = here.clock(), review.due_at
    if until <= max(now, before):
        raise bad_request(_("Choose a day after the present due date, and not in the past."))
    if until > now + _MOST_TIME:
        raise bad_request(_("That is more than a year. Choose an earlier day."))
    review.due_at, review.warned_at, review.due_reason = until, None, said
    session.flush()
    audit.record(
        session,
        district_id=district_id,
        at=now,
        action="review:due:extended",
        actor_id=actor_id,
        subject_id=submission.id,
        review=str(review.id),
        before=before.isoformat(),
        until=until.isoformat(),
    )


def decide_by_exception(
    session: Session, here: Tool, *, district_id: UUID, submission_id: UUID, outcome: str, reason: str, actor_id: UUID
) -> None:
    """A coordinator decides in place of the rule, with a written reason that the teacher reads; open reviews end. Every effect follows as
    from any decision. Raises Problem: not_found; conflict when it is decided, or evidence is held back; bad_request."""  # noqa: D209
    submission = locked_work(session, district_id=district_id, submission_id=submission_id, actor_id=actor_id, context_id=None)
    if submission.state not in STATES:
        raise conflict(_("This work has been decided meanwhile."))
    holds.refuse_paused(session, submission)
    if outcome not in set(Outcome):
        raise bad_request(_("Choose an outcome."))
    if not (said := plain_text(reason).strip()[:MOST_WORDS]):
        raise bad_request(_("Please write down why. The teacher reads it."))
    if outcome == Outcome.REVISE and submission.attempt >= here.settings.max_attempts:
        raise bad_request(_("This was the last attempt, so it can't go back. Choose “Earned” or “Not earned”."))
    ruling = by_exception(required_levels(session, submission), locked_scores(session, submission.id), Outcome(outcome))
    for review in session.scalars(select(Review).where(Review.submission_id == submission.id, Review.state.in_(OPEN)).with_for_update()):
        review.state = "withdrawn"
        review_over(session, here, review)
    close(session, here, submission, ruling, actor_id=actor_id, reason=said)
    here.settle(session, submission.id)
