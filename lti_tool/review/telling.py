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
from lti_tool.review.appeal_models import Appeal, PanelSeat
from lti_tool.review.models import OPEN, Review
from lti_tool.tool import Tool
from lti_tool.web.models import RoleGrant

SOON = timedelta(days=3)
_NOT_BEFORE = timedelta(days=1)
"""Somebody who has just been given a review is not told at once that it is due soon."""
_BATCH = 200


def tell_reviewer(session: Session, here: Tool, review: Review, kind: str, *, thing: UUID | str) -> None:
    """Tell a review's reviewer something of this kind, once about this thing."""
    notices.queue(
        session,
        district_id=review.district_id,
        person_id=review.reviewer_id,
        kind=kind,
        thing=thing,
        facts={"title": _title(session, review.submission_id), "day": review.due_at.isoformat()},
        at=here.clock(),
    )


def review_over(session: Session, here: Tool, review: Review) -> None:
    """A review is sealed, or is not its reviewer's any more: nothing asks them for it."""
    kinds = ("review", "review_due.soon", "review_due.overdue")
    notices.done(session, here, district_id=review.district_id, people=[review.reviewer_id], kinds=kinds, things=[review.id])


def seat_over(session: Session, here: Tool, seat: PanelSeat) -> None:
    """The same for a seat on a panel."""
    notices.done(session, here, district_id=seat.district_id, people=[seat.reviewer_id], kinds=("review.appeal",), things=[seat.id])


def appeal_answered(session: Session, here: Tool, appeal: Appeal) -> None:
    """One coordinator has said whether an appeal is taken up: nothing asks the others for it."""
    people = _coordinators(session, here, appeal)
    notices.done(session, here, district_id=appeal.district_id, people=people, kinds=("appeal.filed",), things=[appeal.id])


def tell_member(session: Session, here: Tool, seat: PanelSeat) -> None:
    """Tell somebody that an appeal waits for their answer."""
    submission_id = session.get_one(Appeal, seat.appeal_id).submission_id
    facts = {"title": _title(session, submission_id), "day": seat.due_at.isoformat()}
    who = {"district_id": seat.district_id, "person_id": seat.reviewer_id}
    notices.queue(session, **who, kind="review.appeal", thing=seat.id, facts=facts, at=here.clock())


def tell_coordinators(session: Session, here: Tool, appeal: Appeal) -> None:
    """Tell the district's coordinators that an appeal waits; its author, if they are one, hears of it as its author."""
    facts = {"title": _title(session, appeal.submission_id)}
    for person_id in sorted(_coordinators(session, here, appeal) - {appeal.person_id}):
        who = {"district_id": appeal.district_id, "person_id": person_id}
        notices.queue(session, **who, kind="appeal.filed", thing=appeal.id, facts=facts, at=here.clock())


def _coordinators(session: Session, here: Tool, appeal: Appeal) -> set[UUID]:
    held = RoleGrant.held(appeal.district_id, "coordinator", at=here.clock())
    return set(session.scalars(select(RoleGrant.person_id).distinct().where(held)))


def _title(session: Session, submission_id: UUID) -> str:
    enrollment = session.get_one(Enrollment, session.get_one(Submission, submission_id).enrollment_id)
    return session.get_one(MicrocredentialVersion, enrollment.version_id).title


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
