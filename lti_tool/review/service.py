"""What reviewers and those who run reviews do: the pool, seats, scores, locking, the recorded decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.catalog.content import MicrocredentialContent
from lti_tool.catalog.models import MicrocredentialVersion
from lti_tool.errors import bad_request, conflict, not_found
from lti_tool.evidence.models import Enrollment, Submission
from lti_tool.launch.models import Membership, Person
from lti_tool.review import policies
from lti_tool.review.models import Decision, Review
from lti_tool.tool import Tool
from lti_tool.web.models import RoleGrant

OPEN = ("assigned", "in_progress")
_LONGEST_FEEDBACK = 8000


class NotReady(Exception):
    """The decision was asked for before the reviews that it needs are locked."""


def _content(session: Session, submission: Submission) -> MicrocredentialContent:
    enrollment = session.get_one(Enrollment, submission.enrollment_id)
    return MicrocredentialContent.model_validate(session.get_one(MicrocredentialVersion, enrollment.version_id).content)


def _required(content: MicrocredentialContent) -> dict[str, int]:
    return {criterion.key: criterion.required_level for criterion in content.criteria}


def _locked(session: Session, submission_id: UUID) -> list[policies.LockedScores]:
    rows = session.scalars(select(Review).where(Review.submission_id == submission_id, Review.state == "locked"))
    return [policies.LockedScores(r.seat, {key: score["level"] for key, score in r.scores.items()}) for r in rows]


def add_reviewer(
    session: Session, here: Tool, *, district_id: UUID, person_id: UUID, actor_id: UUID, context_id: UUID | None = None
) -> None:
    """Take a person into the district's pool and fill seats that waited for somebody. With `context_id`, only somebody of that context.

    Raises Problem(not_found).
    """
    person = session.get(Person, person_id)
    if person is None or person.district_id != district_id or person.is_test:
        raise not_found("no such person")
    if (
        context_id is not None
        and session.scalar(select(Membership.id).where(Membership.context_id == context_id, Membership.person_id == person_id)) is None
    ):
        raise not_found("nobody of this context")
    now = here.clock()
    standing = select(RoleGrant.id).where(
        RoleGrant.district_id == district_id, RoleGrant.person_id == person_id, RoleGrant.role == "reviewer", RoleGrant.revoked_at.is_(None)
    )
    if session.scalar(standing) is None:
        session.add(RoleGrant(district_id=district_id, person_id=person_id, role="reviewer", granted_by=actor_id, granted_at=now))
        audit.record(session, district_id=district_id, at=now, action="review:reviewer:added", actor_id=actor_id, subject_id=person_id)
        session.flush()
    waiting = select(Submission.id).where(
        Submission.district_id == district_id, Submission.state.in_(("submitted", "in_review", "adjudicating"))
    )
    for submission_id in session.scalars(waiting.order_by(Submission.submitted_at)).all():
        fill_seats(session, here, submission_id)


def remove_reviewer(session: Session, here: Tool, *, district_id: UUID, person_id: UUID, actor_id: UUID) -> None:
    """Take a person out of the pool; their open reviews go to others."""
    now = here.clock()
    grants = session.scalars(
        select(RoleGrant).where(
            RoleGrant.district_id == district_id,
            RoleGrant.person_id == person_id,
            RoleGrant.role == "reviewer",
            RoleGrant.revoked_at.is_(None),
        )
    ).all()
    if not grants:
        raise not_found("not a reviewer")
    for grant in grants:
        grant.revoked_at = now
    session.flush()
    audit.record(session, district_id=district_id, at=now, action="review:reviewer:removed", actor_id=actor_id, subject_id=person_id)
    for review in session.scalars(
        select(Review).where(Review.reviewer_id == person_id, Review.district_id == district_id, Review.state.in_(OPEN))
    ):
        review.state = "withdrawn"
        session.flush()
        fill_seats(session, here, review.submission_id)


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
        .where(RoleGrant.district_id == district_id, RoleGrant.role == "reviewer", RoleGrant.revoked_at.is_(None))
    )
    return [policies.Candidate(person_id, count) for person_id, count in rows]


def fill_seats(session: Session, here: Tool, submission_id: UUID) -> int:
    """Give empty seats of a submission to the least loaded reviewers without a conflict. Returns how many seats stay empty."""
    submission = session.get_one(Submission, submission_id, with_for_update=True)
    if submission.state == "decided":
        return 0
    reviews = session.scalars(select(Review).where(Review.submission_id == submission_id)).all()
    held = {review.seat for review in reviews if review.state in (*OPEN, "locked")}
    wanted = {3} if submission.state == "adjudicating" else {1, 2}
    empty = sorted(wanted - held)
    if not empty:
        return 0
    earner = session.get_one(Enrollment, submission.enrollment_id).person_id
    excluded = {earner} | {review.reviewer_id for review in reviews}
    chosen = policies.choose(
        _candidates(session, submission.district_id), excluded=excluded, seats=len(empty), seed=f"{submission_id}:{len(reviews)}"
    )
    for seat, person_id in zip(empty, chosen, strict=False):
        _seat(session, here, submission, seat, person_id, actor_id=None)
    return len(empty) - len(chosen)


def assign(session: Session, here: Tool, *, district_id: UUID, submission_id: UUID, seat: int, person_id: UUID, actor_id: UUID) -> None:
    """A coordinator or facilitator gives a seat to somebody of the pool by name; whoever held it open makes room.

    Raises Problem(not_found), Problem(bad_request) for a conflict, Problem(conflict) when the seat is locked.
    """
    submission = session.get(Submission, submission_id, with_for_update=True)
    if submission is None or submission.district_id != district_id:
        raise not_found("no such submission")
    if seat not in ((3,) if submission.state == "adjudicating" else (1, 2)) or submission.state == "decided":
        raise conflict("This place can't be given to somebody else any more.")
    if person_id not in {candidate.person_id for candidate in _candidates(session, district_id)}:
        raise bad_request("Choose somebody from the reviewers.")
    reviews = session.scalars(select(Review).where(Review.submission_id == submission_id)).all()
    if person_id == session.get_one(Enrollment, submission.enrollment_id).person_id:
        raise bad_request("Nobody reviews their own work.")
    if any(review.reviewer_id == person_id for review in reviews):
        raise bad_request("This person has, or had, a place in this review already.")
    for review in reviews:
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


def own_review(session: Session, *, district_id: UUID, reviewer_id: UUID, review_id: UUID, for_update: bool = False) -> Review:
    """The reviewer's own review. Raises Problem(not_found) for anybody else's."""
    review = session.get(Review, review_id, with_for_update=for_update)
    if review is None or review.district_id != district_id or review.reviewer_id != reviewer_id:
        raise not_found("no such review of this person")
    return review


def to_score(session: Session, review: Review) -> tuple[str, ...]:
    """The criteria that this seat scores: all, or for the third reviewer those that the first two differ on."""
    submission = session.get_one(Submission, review.submission_id)
    required = _required(_content(session, submission))
    if review.seat != 3:
        return tuple(required)
    first_two = [scores for scores in _locked(session, review.submission_id) if scores.seat != 3]
    ruling = policies.decide(required, first_two, attempts_left=True)
    return ruling.disputed if isinstance(ruling, policies.Differ) else ()


def save(session: Session, review: Review, *, scores: Mapping[str, Mapping[str, Any]], overall: str, revision: int, page: str) -> None:
    """Keep a draft. `revision` is the one that the page was made from, `page` the page's own name.

    Raises Problem(conflict) when another page has saved since, or the review is closed; nothing is changed then.
    """
    if review.state not in OPEN:
        raise conflict("This review is not open any more, so nothing was changed.")
    if revision != review.revision and (not page or page != review.saved_in):
        raise conflict("This review was changed in another window. Copy what you wrote, then reload the page.")
    allowed = to_score(session, review)
    review.scores = {
        key: {"level": scores[key].get("level"), "feedback": str(scores[key].get("feedback") or "")[:_LONGEST_FEEDBACK]}
        for key in allowed
        if key in scores
    }
    review.overall_feedback = overall[:_LONGEST_FEEDBACK]
    review.revision += 1
    review.saved_in = page
    review.state = "in_progress"


def open_faults(session: Session, review: Review) -> list[str]:
    """Keys of the criteria that still lack a level or words, in the rubric's order."""
    content = _content(session, session.get_one(Submission, review.submission_id))
    counts = {criterion.key: len(criterion.levels) for criterion in content.criteria}
    return policies.faults(_required(content), counts, review.scores, to_score(session, review))


def lock(session: Session, here: Tool, review: Review) -> None:
    """Close a review for good, and decide when it was the last one needed; a difference seats a third reviewer.

    Raises Problem(bad_request) when a criterion lacks a level or words, Problem(conflict) when it is not open.
    """
    submission = session.get_one(Submission, review.submission_id, with_for_update=True)
    if review.state not in OPEN or submission.state == "decided":
        raise conflict("This review is not open any more.")
    if open_faults(session, review):
        raise bad_request("Every criterion needs a level and a few words of feedback before you finish.")
    required = _required(_content(session, submission))
    now = here.clock()
    review.state, review.locked_at = "locked", now
    session.flush()
    audit.record(
        session,
        district_id=review.district_id,
        at=now,
        action="review:locked",
        actor_id=review.reviewer_id,
        subject_id=submission.id,
        review=str(review.id),
        seat=review.seat,
    )
    match policies.decide(required, _locked(session, submission.id), attempts_left=True):
        case policies.Differ(disputed):
            submission.state = "adjudicating"
            session.flush()
            audit.record(
                session, district_id=review.district_id, at=now, action="review:differ", subject_id=submission.id, criteria=list(disputed)
            )
            fill_seats(session, here, submission.id)
        case policies.Decided():
            here.settle(session, submission.id)


def decline(session: Session, here: Tool, review: Review, *, reason: str) -> None:
    """A reviewer steps back, for example because they recognise the work; the seat goes to somebody else."""
    if review.state not in OPEN:
        raise conflict("This review is not open any more.")
    if not reason.strip():
        raise bad_request("Please say in a few words why you step back.")
    review.state, review.decline_reason = "declined", reason.strip()[:500]
    session.flush()
    audit.record(
        session,
        district_id=review.district_id,
        at=here.clock(),
        action="review:declined",
        actor_id=review.reviewer_id,
        subject_id=review.submission_id,
        review=str(review.id),
    )
    fill_seats(session, here, review.submission_id)


def record_decision(session: Session, here: Tool, submission_id: UUID) -> str:
    """Compute the decision from locked scores, store it, close the submission and, when it is final, the enrollment.

    Returns the outcome. Raises NotReady while reviews that it needs are open.
    """
    submission = session.get_one(Submission, submission_id, with_for_update=True)
    enrollment = session.get_one(Enrollment, submission.enrollment_id)
    now = here.clock()
    attempts_left = submission.attempt < here.settings.max_attempts
    ruling = policies.decide(_required(_content(session, submission)), _locked(session, submission_id), attempts_left=attempts_left)
    if not isinstance(ruling, policies.Decided):
        raise NotReady(str(submission_id))
    session.add(
        Decision(
            district_id=submission.district_id,
            submission_id=submission_id,
            outcome=ruling.outcome,
            decided_at=now,
            criteria={key: asdict(result) for key, result in ruling.criteria.items()},
        )
    )
    submission.state, submission.outcome, submission.decided_at = "decided", ruling.outcome, now
    if ruling.outcome is not policies.Outcome.REVISE:
        enrollment.state, enrollment.ended_at = ruling.outcome, now
    session.flush()
    audit.record(
        session, district_id=submission.district_id, at=now, action="review:decided", subject_id=submission_id, outcome=ruling.outcome
    )
    return str(ruling.outcome)
