"""The district's reviewers and the places that they take: named, removed, drawn, given by name.

Whoever changes a submission's reviews locks the submission first, and several in the order of their ids, so that nobody waits in a circle.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.errors import bad_request, conflict, not_found
from lti_tool.evidence.models import Submission
from lti_tool.language import _
from lti_tool.launch.models import Membership, Person
from lti_tool.review.assignment_facts import gather
from lti_tool.review.assignment_policies import Bar, bars, choose
from lti_tool.review.models import HOLDING, OPEN, Review
from lti_tool.review.open_work import STATES, wanted
from lti_tool.review.pool_models import OpenWork
from lti_tool.review.telling import review_over, tell_reviewer
from lti_tool.tool import Tool
from lti_tool.web.models import RoleGrant

_AT_ONCE = 100


def add_reviewer(
    session: Session, here: Tool, *, district_id: UUID, person_id: UUID, actor_id: UUID, context_id: UUID | None = None
) -> None:
    """Take a person into the district's pool and fill seats that waited for somebody. With `context_id`, only somebody of that context.

    Raises Problem(not_found).
    """
    _known(session, district_id, person_id, context_id)
    now = here.clock()
    if not _grants(session, district_id, person_id, now):
        session.add(RoleGrant(district_id=district_id, person_id=person_id, role="reviewer", granted_by=actor_id, granted_at=now))
        audit.record(session, district_id=district_id, at=now, action="review:reviewer:added", actor_id=actor_id, subject_id=person_id)
        session.flush()
    fill_waiting(session, here, district_id)


def fill_waiting(session: Session, here: Tool, district_id: UUID) -> None:
    """Somebody more can judge: give out the places that have waited longest. The others are given out within the hour, by `fill_all`."""
    waiting = select(OpenWork.submission_id).where(OpenWork.district_id == district_id, OpenWork.state == "waiting")
    longest = session.scalars(waiting.order_by(OpenWork.due_at, OpenWork.submission_id).limit(_AT_ONCE)).all()
    for submission_id in sorted(longest):
        fill_seats(session, here, submission_id)


def fill_all(here: Tool) -> int:
    """Try every place that waits, each in a unit of its own: with time it may change who can judge. Returns how many still wait."""
    left, after = 0, UUID(int=0)
    while True:
        with here.database.read() as session:
            waiting = select(OpenWork.submission_id).where(OpenWork.state == "waiting", OpenWork.submission_id > after)
            batch = session.scalars(waiting.order_by(OpenWork.submission_id).limit(_AT_ONCE)).all()
        for submission_id in batch:
            with here.database.unit() as session:
                left += session.get(OpenWork, submission_id) is not None and fill_seats(session, here, submission_id) > 0
        if len(batch) < _AT_ONCE:
            return left
        after = batch[-1]


def _known(session: Session, district_id: UUID, person_id: UUID, context_id: UUID | None) -> None:
    person = session.get(Person, person_id)
    if person is None or person.district_id != district_id or person.is_test:
        raise not_found("no such person")
    member = select(Membership.id).where(Membership.context_id == context_id, Membership.person_id == person_id)
    if context_id is not None and session.scalar(member) is None:
        raise not_found("nobody of this context")


def _grants(session: Session, district_id: UUID, person_id: UUID, now: datetime) -> Sequence[RoleGrant]:
    held = RoleGrant.held(district_id, "reviewer", at=now)
    return session.scalars(select(RoleGrant).where(RoleGrant.person_id == person_id, held)).all()


def remove_reviewer(
    session: Session, here: Tool, *, district_id: UUID, person_id: UUID, actor_id: UUID, context_id: UUID | None = None
) -> None:
    """Take a person out of the pool; their open reviews go to others. With `context_id`, only somebody of that context.

    Raises Problem(not_found).
    """
    _known(session, district_id, person_id, context_id)
    now = here.clock()
    grants = _grants(session, district_id, person_id, now)
    if not grants:
        raise not_found("not a reviewer")
    for grant in grants:
        grant.revoked_at, grant.revoked_by = now, actor_id
    session.flush()
    audit.record(session, district_id=district_id, at=now, action="review:reviewer:removed", actor_id=actor_id, subject_id=person_id)
    theirs = select(Review.id, Review.submission_id).where(
        Review.reviewer_id == person_id, Review.district_id == district_id, Review.state.in_(OPEN)
    )
    hand_on(session, here, session.execute(theirs.order_by(Review.submission_id)).all())


def hand_on(session: Session, here: Tool, reviews: Iterable[Any]) -> None:
    """Open reviews, as (review, submission) in the order of submissions, go to others."""
    for review_id, submission_id in reviews:
        session.get_one(Submission, submission_id, with_for_update=True)
        review = session.get_one(Review, review_id, with_for_update=True)
        if review.state in OPEN:
            _take_back(session, here, review, None)
            fill_seats(session, here, submission_id)


def _take_back(session: Session, here: Tool, review: Review, actor_id: UUID | None) -> None:
    review.state = "withdrawn"
    session.flush()
    review_over(session, here, review)
    audit.record(
        session,
        district_id=review.district_id,
        at=here.clock(),
        action="review:seat:taken_back",
        actor_id=actor_id,
        subject_id=review.submission_id,
        review=str(review.id),
        seat=review.seat,
    )


def barred(session: Session, submission: Submission, *, now: datetime) -> dict[UUID, frozenset[Bar]]:
    """Why which reviewers of the pool may take no place in this work; those who may are not among them."""
    candidates, work, rules = gather(session, submission, now=now)
    return {one.person_id: found for one in candidates if (found := bars(one, work, rules))}


def draw(
    session: Session, here: Tool, submission: Submission, count: int, excluded: Collection[UUID], purpose: str = ""
) -> tuple[UUID, ...]:
    """Up to `count` reviewers for this work, by the one policy: the least loaded whom nothing bars; fewer where there are not enough.

    The caller has locked the submission. `excluded` are barred besides, and `purpose` (such as `appeal:<id>`) makes it a draw of its own.
    """
    candidates, work, rules = gather(session, submission, now=here.clock())
    before = session.scalar(select(func.count()).where(Review.submission_id == submission.id))
    return choose(candidates, work, rules, seats=count, seed=f"{submission.id}:{purpose or before}", excluded=excluded)


def fill_seats(session: Session, here: Tool, submission_id: UUID) -> int:
    """Give empty seats of a submission to the least loaded reviewers without a conflict. Returns how many seats stay empty."""
    submission = session.get_one(Submission, submission_id, with_for_update=True)
    if submission.state not in STATES:
        return 0
    held = session.scalars(select(Review.seat).where(Review.submission_id == submission_id, Review.state.in_(HOLDING))).all()
    empty = sorted(wanted(submission.state) - set(held))
    if not empty:
        return 0
    chosen = draw(session, here, submission, len(empty), ())
    for seat, person_id in zip(empty, chosen, strict=False):
        give(session, here, submission, seat, person_id, actor_id=None)
    return len(empty) - len(chosen)


def assign(session: Session, here: Tool, *, district_id: UUID, submission_id: UUID, seat: int, person_id: UUID, actor_id: UUID) -> None:
    """A coordinator or facilitator gives a seat to somebody of the pool by name; whoever held it open makes room.

    Raises Problem(not_found), Problem(bad_request) for somebody who may not judge this, Problem(conflict) when the seat is not open.
    """
    submission = session.get(Submission, submission_id, with_for_update=True)
    if submission is None or submission.district_id != district_id:
        raise not_found("no such submission")
    if submission.state not in STATES or seat not in wanted(submission.state):
        raise conflict(_("This place can't be given to somebody else any more."))
    candidates, work, rules = gather(session, submission, now=here.clock())
    if not any(one.person_id == person_id and not bars(one, work, rules) for one in candidates):
        raise bad_request(_("This person can't judge this work. Choose somebody from the list."))
    for review in session.scalars(select(Review).where(Review.submission_id == submission_id)).all():
        if review.seat == seat and review.state == "locked":
            raise conflict(_("This review is finished already."))
        if review.seat == seat and review.state in OPEN:
            _take_back(session, here, review, actor_id)
    give(session, here, submission, seat, person_id, actor_id=actor_id)


def give(session: Session, here: Tool, submission: Submission, seat: int, person_id: UUID, *, actor_id: UUID | None) -> None:
    """Somebody takes a place; the caller has locked the submission and asked the policy. `actor_id` is None where the tool drew."""
    now = here.clock()
    review = Review(
        district_id=submission.district_id,
        submission_id=submission.id,
        reviewer_id=person_id,
        seat=seat,
        state="assigned",
        scores={},
        overall_feedback="",
        decline_reason="",
        assigned_at=now,
        due_at=now + timedelta(days=here.settings.review_days),
    )
    session.add(review)
    if submission.state == "submitted":
        submission.state = "in_review"
    session.flush()
    tell_reviewer(session, here, review, "review", thing=review.id)
    audit.record(
        session,
        district_id=submission.district_id,
        at=now,
        action="review:seat:given",
        actor_id=actor_id,
        subject_id=submission.id,
        review=str(review.id),
        seat=seat,
    )
