"""The district's reviewers and the places that they take: named, removed, drawn, given by name.

Whoever changes a submission's reviews locks the submission first, and several in the order of their ids, so that nobody waits in a circle.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.catalog.models import Activity
from lti_tool.errors import bad_request, conflict, not_found
from lti_tool.evidence.models import Enrollment, Submission
from lti_tool.launch.models import Membership, Person
from lti_tool.platforms.models import Registration
from lti_tool.review import policies
from lti_tool.review.models import HOLDING, OPEN, Review
from lti_tool.review.telling import tell_reviewer
from lti_tool.tool import Tool
from lti_tool.web.models import RoleGrant


def add_reviewer(
    session: Session, here: Tool, *, district_id: UUID, person_id: UUID, actor_id: UUID, context_id: UUID | None = None
) -> None:
    """Take a person into the district's pool and fill seats that waited for somebody. With `context_id`, only somebody of that context.

    Raises Problem(not_found).
    """
    _known(session, district_id, person_id, context_id)
    now = here.clock()
    if not _grants(session, district_id, person_id):
        session.add(RoleGrant(district_id=district_id, person_id=person_id, role="reviewer", granted_by=actor_id, granted_at=now))
        audit.record(session, district_id=district_id, at=now, action="review:reviewer:added", actor_id=actor_id, subject_id=person_id)
        session.flush()
    held = select(func.count()).where(Review.submission_id == Submission.id, Review.state.in_(HOLDING)).correlate(Submission)
    needed = case((Submission.state == "adjudicating", 3), else_=2)
    waiting = select(Submission.id).where(
        Submission.district_id == district_id, Submission.state != "decided", held.scalar_subquery() < needed
    )
    for submission_id in session.scalars(waiting.order_by(Submission.id)).all():
        fill_seats(session, here, submission_id)


def _known(session: Session, district_id: UUID, person_id: UUID, context_id: UUID | None) -> None:
    person = session.get(Person, person_id)
    if person is None or person.district_id != district_id or person.is_test:
        raise not_found("no such person")
    member = select(Membership.id).where(Membership.context_id == context_id, Membership.person_id == person_id)
    if context_id is not None and session.scalar(member) is None:
        raise not_found("nobody of this context")


def _grants(session: Session, district_id: UUID, person_id: UUID) -> Sequence[RoleGrant]:
    return session.scalars(select(RoleGrant).where(RoleGrant.person_id == person_id, RoleGrant.held(district_id, "reviewer"))).all()


def remove_reviewer(
    session: Session, here: Tool, *, district_id: UUID, person_id: UUID, actor_id: UUID, context_id: UUID | None = None
) -> None:
    """Take a person out of the pool; their open reviews go to others. With `context_id`, only somebody of that context.

    Raises Problem(not_found).
    """
    _known(session, district_id, person_id, context_id)
    now = here.clock()
    grants = _grants(session, district_id, person_id)
    if not grants:
        raise not_found("not a reviewer")
    for grant in grants:
        grant.revoked_at = now
    session.flush()
    audit.record(session, district_id=district_id, at=now, action="review:reviewer:removed", actor_id=actor_id, subject_id=person_id)
    theirs = select(Review.id, Review.submission_id).where(
        Review.reviewer_id == person_id, Review.district_id == district_id, Review.state.in_(OPEN)
    )
    for review_id, submission_id in session.execute(theirs.order_by(Review.submission_id)).all():
        session.get_one(Submission, submission_id, with_for_update=True)
        review = session.get_one(Review, review_id, with_for_update=True)
        if review.state in OPEN:
            review.state = "withdrawn"
            session.flush()
            fill_seats(session, here, submission_id)


def _candidates(session: Session, district_id: UUID) -> list[policies.Candidate]:
    load = (
        select(Review.reviewer_id, func.count().label("open"))
        .where(Review.district_id == district_id, Review.state.in_(OPEN))
        .group_by(Review.reviewer_id)
    ).subquery()
    rows = session.execute(
        select(RoleGrant.person_id, func.coalesce(load.c.open, 0))
        .distinct()
        .outerjoin(load, load.c.reviewer_id == RoleGrant.person_id)
        .where(RoleGrant.held(district_id, "reviewer"))
    )
    return [policies.Candidate(person_id, count) for person_id, count in rows]


def barred(session: Session, submission: Submission) -> set[UUID]:
    """Who may take no place: the author (by any account with the same e-mail), whoever has or had one, and those who can tell whose
    work it is: because they run the course, or because the console shows it to them. And whoever comes from another environment of the
    LMS: what is tried in a beta is no work for those who judge what counts, and the other way round."""  # noqa: D209
    enrollment = session.get_one(Enrollment, submission.enrollment_id)
    author = session.get_one(Person, enrollment.person_id)
    context_id = session.get_one(Activity, enrollment.activity_id).context_id
    coordinators = session.scalars(select(RoleGrant.person_id).where(RoleGrant.held(submission.district_id, "coordinator")))
    reviewers = select(RoleGrant.person_id).where(RoleGrant.held(submission.district_id, "reviewer"))
    members = session.execute(
        select(Membership.person_id, Membership.context_id, Membership.rights).where(Membership.person_id.in_(reviewers))
    )
    running = {
        person_id for person_id, place, rights in members if "console" in rights or (place == context_id and "facilitator" in rights)
    }
    same = session.scalars(
        select(Person.id).where(
            Person.district_id == submission.district_id, Person.email != "", func.lower(Person.email) == author.email.lower()
        )
    )
    here = select(Registration.environment).where(Registration.id == author.registration_id).scalar_subquery()
    elsewhere = session.scalars(
        select(Person.id)
        .join(Registration, Registration.id == Person.registration_id)
        .where(Person.id.in_(reviewers), Registration.environment != here)
    )
    seated = session.scalars(select(Review.reviewer_id).where(Review.submission_id == submission.id))
    return {enrollment.person_id, *same, *seated, *coordinators, *running, *elsewhere}


def fill_seats(session: Session, here: Tool, submission_id: UUID) -> int:
    """Give empty seats of a submission to the least loaded reviewers without a conflict. Returns how many seats stay empty."""
    submission = session.get_one(Submission, submission_id, with_for_update=True)
    if submission.state == "decided":
        return 0
    reviews = session.scalars(select(Review).where(Review.submission_id == submission_id)).all()
    held = {review.seat for review in reviews if review.state in HOLDING}
    wanted = {3} if submission.state == "adjudicating" else {1, 2}
    empty = sorted(wanted - held)
    if not empty:
        return 0
    chosen = policies.choose(
        _candidates(session, submission.district_id),
        excluded=barred(session, submission),
        seats=len(empty),
        seed=f"{submission_id}:{len(reviews)}",
    )
    for seat, person_id in zip(empty, chosen, strict=False):
        _seat(session, here, submission, seat, person_id, actor_id=None)
    return len(empty) - len(chosen)


def assign(session: Session, here: Tool, *, district_id: UUID, submission_id: UUID, seat: int, person_id: UUID, actor_id: UUID) -> None:
    """A coordinator or facilitator gives a seat to somebody of the pool by name; whoever held it open makes room.

    Raises Problem(not_found), Problem(bad_request) for somebody who may not judge this, Problem(conflict) when the seat is not open.
    """
    submission = session.get(Submission, submission_id, with_for_update=True)
    if submission is None or submission.district_id != district_id:
        raise not_found("no such submission")
    if submission.state == "decided" or seat not in ((3,) if submission.state == "adjudicating" else (1, 2)):
        raise conflict("This place can't be given to somebody else any more.")
    pool = {candidate.person_id for candidate in _candidates(session, district_id)}
    if person_id not in pool - barred(session, submission):
        raise bad_request("This person can't judge this work. Choose somebody from the list.")
    for review in session.scalars(select(Review).where(Review.submission_id == submission_id)).all():
        if review.seat == seat and review.state == "locked":
            raise conflict("This review is finished already.")
        if review.seat == seat and review.state in OPEN:
            review.state = "withdrawn"
    _seat(session, here, submission, seat, person_id, actor_id=actor_id)


def _seat(session: Session, here: Tool, submission: Submission, seat: int, person_id: UUID, *, actor_id: UUID | None) -> None:
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
