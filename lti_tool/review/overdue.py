"""Late reviews: their reviewer is told in the page; after the district's grace they go to somebody else. What is sealed never moves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.catalog.models import MicrocredentialVersion
from lti_tool.evidence.models import Enrollment, Submission
from lti_tool.review import holds, seats
from lti_tool.review.assignment_policies import hands_on_at
from lti_tool.review.blind import blind_name
from lti_tool.review.calibration_standing import setting
from lti_tool.review.models import OPEN, Review
from lti_tool.review.open_work import STATES
from lti_tool.review.telling import review_over
from lti_tool.tool import Tool

_BATCH = 100


def look_after_late(here: Tool) -> tuple[int, int]:
    """Tell reviewers and hand on what is due now. Returns how many of each. May stop at any step and be run again."""
    now, told, moved = here.clock(), 0, 0
    after: tuple[datetime, UUID] | None = None
    while True:
        with here.database.read() as session:
            batch = _late(session, now, after)
        for review_id, submission_id, _ in batch:
            with here.database.unit() as session:
                step = _look_after(session, here, review_id, submission_id)
            told, moved = told + (step == "told"), moved + (step == "moved")
        if len(batch) < _BATCH:
            return told, moved
        after = (batch[-1][2], batch[-1][0])


def _late(session: Session, now: datetime, after: tuple[datetime, UUID] | None) -> list[tuple[UUID, UUID, datetime]]:
    query = select(Review.id, Review.submission_id, Review.due_at).where(Review.state.in_(OPEN), Review.due_at < now)
    if after is not None:
        query = query.where(or_(Review.due_at > after[0], and_(Review.due_at == after[0], Review.id > after[1])))
    return [(one, other, due_at) for one, other, due_at in session.execute(query.order_by(Review.due_at, Review.id).limit(_BATCH))]


def _look_after(session: Session, here: Tool, review_id: UUID, submission_id: UUID) -> str:
    submission = session.get(Submission, submission_id, with_for_update=True)
    review = session.get(Review, review_id, with_for_update=True)
    now = here.clock()
    if submission is None or review is None or submission.state not in STATES or review.state not in OPEN or review.due_at >= now:
        return ""
    if holds.paused(session, [submission_id]):
        return ""
    if review.warned_at is None:
        review.warned_at = now
        _record(session, review, now, "review:overdue:told")
        return "told"
    if now < hands_on_at(review.due_at, review.warned_at, timedelta(days=setting(session, review.district_id).grace_days)):
        return ""
    chosen = seats.draw(session, here, submission, 1, ())
    if not chosen:  # somebody who is late is better than nobody
        return ""
    review.state = "withdrawn"
    review_over(session, here, review)
    _record(session, review, now, "review:overdue:moved")
    seats.give(session, here, submission, review.seat, chosen[0], actor_id=None)
    return "moved"


@dataclass(frozen=True)
class Late:
    """A review of somebody's that is late, and when it goes to somebody else; None while its reviewer has not been told."""

    review_id: UUID
    title: str
    name: str
    moves_at: datetime | None


def own_late(session: Session, *, district_id: UUID, reviewer_id: UUID, now: datetime) -> tuple[Late, ...]:
    """What is late on a reviewer's list, and not paused."""
    rows = session.execute(
        select(Review, MicrocredentialVersion.title)
        .join(Submission, Submission.id == Review.submission_id)
        .join(Enrollment, Enrollment.id == Submission.enrollment_id)
        .join(MicrocredentialVersion, MicrocredentialVersion.id == Enrollment.version_id)
        .where(
            Review.district_id == district_id,
            Review.reviewer_id == reviewer_id,
            Review.state.in_(OPEN),
            Review.due_at < now,
        )
        .order_by(Review.due_at, Review.id)
        .limit(_BATCH)
    ).all()
    still = holds.paused(session, [review.submission_id for review, _ in rows])
    grace = timedelta(days=setting(session, district_id).grace_days)
    return tuple(
        Late(
            review.id,
            title,
            blind_name(review.submission_id),
            hands_on_at(review.due_at, review.warned_at, grace) if review.warned_at else None,
        )
        for review, title in rows
        if review.submission_id not in still
    )


def _record(session: Session, review: Review, now: datetime, action: str) -> None:
    session.flush()
    audit.record(
        session,
        district_id=review.district_id,
        at=now,
        action=action,
        subject_id=review.submission_id,
        review=str(review.id),
        seat=review.seat,
    )
