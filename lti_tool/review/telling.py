"""Tells reviewers what waits for them: the skill and the day, nothing of whose work it is."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.catalog.models import MicrocredentialVersion
from lti_tool.evidence.models import Enrollment, Submission
from lti_tool.notices import service as notices
from lti_tool.review import holds
from lti_tool.review.models import OPEN, Review
from lti_tool.tool import Tool

SOON = timedelta(days=3)
_NOT_BEFORE = timedelta(days=1)
"""Somebody who has just been given a review is not told at once that it is due soon."""
_BATCH = 200


def tell_reviewer(session: Session, here: Tool, review: Review, kind: str, *, thing: UUID | str) -> None:
    """Tell a review's reviewer something of this kind, once about this thing."""
    enrollment = session.get_one(Enrollment, session.get_one(Submission, review.submission_id).enrollment_id)
    notices.queue(
        session,
        district_id=review.district_id,
        person_id=review.reviewer_id,
        kind=kind,
        thing=thing,
        facts={"title": session.get_one(MicrocredentialVersion, enrollment.version_id).title, "day": review.due_at.isoformat()},
        at=here.clock(),
    )


def remind_reviewers(here: Tool) -> int:
    """Tell reviewers of open reviews that are due in three days or are overdue, once for each due date; returns how many were looked at.

    May stop at any step and be run again. A review whose clock stands still is left out.
    """
    looked, after, now = 0, UUID(int=0), here.clock()
    while True:
        with here.database.unit() as session:
            batch = session.scalars(
                select(Review)
                .where(Review.state.in_(OPEN), Review.due_at <= now + SOON, Review.assigned_at <= now - _NOT_BEFORE, Review.id > after)
                .order_by(Review.id)
                .limit(_BATCH)
            ).all()
            still = holds.paused(session, [review.submission_id for review in batch])
            for review in batch:
                if review.submission_id not in still:
                    kind = "review_due.soon" if review.due_at > now else "review_due.overdue"
                    tell_reviewer(session, here, review, kind, thing=f"{review.id}:{review.due_at.isoformat()}")
        looked += len(batch)
        if len(batch) < _BATCH:
            return looked
        after = batch[-1].id
