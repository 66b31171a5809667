"""What reviewers do: scores, locking, stepping back; and the recorded decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.catalog.content import MicrocredentialContent
from lti_tool.errors import bad_request, conflict, not_found
from lti_tool.evidence.models import Enrollment, Submission
from lti_tool.evidence.service import content_of
from lti_tool.evidence.telling import tell_decision
from lti_tool.inputs import overtaken
from lti_tool.language import _
from lti_tool.review import agreement, holds, policies, replay_policies
from lti_tool.review.models import OPEN, Decision, Review
from lti_tool.review.seats import fill_seats
from lti_tool.review.telling import review_over
from lti_tool.tool import Tool

_LONGEST_FEEDBACK = 8000


class NotReady(Exception):
    """The decision was asked for before the reviews that it needs are locked."""


def _content(session: Session, submission: Submission) -> MicrocredentialContent:
    return content_of(session, session.get_one(Enrollment, submission.enrollment_id))


def required_levels(session: Session, submission: Submission) -> dict[str, int]:
    """The level that counts as met, of every criterion that is judged in this attempt."""
    # What stays met from the attempt before is not judged again.
    kept = submission.snapshot.get("carried", ())
    return {criterion.key: criterion.required_level for criterion in _content(session, submission).criteria if criterion.key not in kept}


def locked_scores(session: Session, submission_id: UUID) -> list[policies.LockedScores]:
    """What reviewers have sealed."""
    rows = session.scalars(select(Review).where(Review.submission_id == submission_id, Review.state == "locked"))
    return [policies.LockedScores(r.seat, {key: score["level"] for key, score in r.scores.items()}) for r in rows]


def own_review(session: Session, *, district_id: UUID, reviewer_id: UUID, review_id: UUID, for_update: bool = False) -> Review:
    """The reviewer's own review; `for_update` locks its submission, then the review. Raises Problem(not_found) for anybody else's."""
    review = session.get(Review, review_id)
    if review is None or review.district_id != district_id or review.reviewer_id != reviewer_id:
        raise not_found("no such review of this person")
    if for_update:
        session.get_one(Submission, review.submission_id, with_for_update=True)
        session.refresh(review, with_for_update=True)
    return review


def to_score(session: Session, review: Review) -> tuple[str, ...]:
    """The criteria that this seat scores: all, or for the third reviewer those that the first two differ on."""
    submission = session.get_one(Submission, review.submission_id)
    required = required_levels(session, submission)
    if review.seat != 3:
        return tuple(required)
    first_two = [scores for scores in locked_scores(session, review.submission_id) if scores.seat != 3]
    ruling = policies.decide(required, first_two, attempts_left=True)
    return ruling.disputed if isinstance(ruling, policies.Differ) else ()


def save(session: Session, review: Review, *, scores: Mapping[str, Mapping[str, Any]], overall: str, revision: int, page: str) -> None:
    """Keep a draft. `revision` is the one that the page was made from, `page` the page's own name.

    Raises Problem(conflict) when another page has saved since, or the review is closed; nothing is changed then.
    """
    if review.state not in OPEN:
        raise conflict(_("This review is not open any more, so nothing was changed."))
    if overtaken(seen=revision, page=page, revision=review.revision, saved_in=review.saved_in):
        raise conflict(_("This review was changed in another window. Copy what you wrote, then reload the page."))
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
    submission = session.get_one(Submission, review.submission_id)
    content = _content(session, submission)
    counts = {criterion.key: len(criterion.levels) for criterion in content.criteria}
    return policies.faults(required_levels(session, submission), counts, review.scores, to_score(session, review))


def lock(session: Session, here: Tool, review: Review) -> None:
    """Close a review for good, and decide when it was the last one needed; a difference seats a third reviewer.

    Raises Problem(bad_request) when a criterion lacks a level or words, Problem(conflict) when it is not open, or evidence is held back.
    """
    submission = session.get_one(Submission, review.submission_id, with_for_update=True)
    if review.state not in OPEN or submission.state == "decided":
        raise conflict(_("This review is not open any more."))
    holds.refuse_paused(session, submission)
    if open_faults(session, review):
        raise bad_request(_("Every criterion needs a level and a few words of feedback before you finish."))
    required = required_levels(session, submission)
    now = here.clock()
    review.state, review.locked_at = "locked", now
    session.flush()
    review_over(session, here, review)
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
    match policies.decide(required, locked_scores(session, submission.id), attempts_left=True):
        case policies.Differ(disputed):
            submission.state = "adjudicating"
            session.flush()
            audit.record(
                session, district_id=review.district_id, at=now, action="review:differ", subject_id=submission.id, criteria=list(disputed)
            )
            fill_seats(session, here, submission.id)
        case policies.Decided():
            here.settle(session, submission.id)


def decline(session: Session, here: Tool, review: Review, *, reason: str, kind: str = "other") -> None:
    """A reviewer steps back; the seat goes to somebody else. Who knows whose work it is gets nothing of this author again.

    `kind`: one of policies.DECLINES.
    """
    if review.state not in OPEN:
        raise conflict(_("This review is not open any more."))
    if not reason.strip():
        raise bad_request(_("Please say in a few words why you step back."))
    review.state, review.decline_reason = "declined", reason.strip()[:500]
    review.decline_kind = kind if kind in policies.DECLINES else "other"
    session.flush()
    review_over(session, here, review)
    audit.record(
        session,
        district_id=review.district_id,
        at=here.clock(),
        action="review:declined",
        actor_id=review.reviewer_id,
        subject_id=review.submission_id,
        review=str(review.id),
        kind=review.decline_kind,
    )
    fill_seats(session, here, review.submission_id)


def computed(session: Session, submission: Submission, *, attempts_left: bool) -> policies.Decided:
    """What the rule makes of the locked scores, with what stayed met from the attempt before. Raises NotReady."""
    ruling = policies.decide(required_levels(session, submission), locked_scores(session, submission.id), attempts_left=attempts_left)
    if not isinstance(ruling, policies.Decided):
        raise NotReady(str(submission.id))
    return policies.Decided(ruling.outcome, _with_kept(submission, ruling))


def _with_kept(submission: Submission, ruling: policies.Decided) -> dict[str, policies.CriterionResult]:
    return {**ruling.criteria, **dict.fromkeys(submission.snapshot.get("carried", ()), policies.CriterionResult(met=True, levels=()))}


def basis_of(session: Session, submission: Submission) -> str:
    """The hash of what this submission is judged by and of its locked scores."""
    return replay_policies.basis(_content(session, submission).content_hash(), locked_scores(session, submission.id))


def record_decision(session: Session, here: Tool, submission_id: UUID) -> str:
    """Compute the decision from locked scores, store it, close the submission and, when it is final, the enrollment.

    Returns the outcome; that of a decision by exception, where one was made. Raises NotReady while reviews that it needs are open.
    """
    submission = session.get_one(Submission, submission_id, with_for_update=True)
    given = session.scalars(select(Decision).where(Decision.submission_id == submission_id, Decision.by_exception.is_(True))).one_or_none()
    if given is not None:
        return given.outcome
    attempts_left = submission.attempt < here.settings.max_attempts
    ruling = computed(session, submission, attempts_left=attempts_left)
    close(session, here, submission, ruling)
    agreement.count(session, submission, session.get_one(Enrollment, submission.enrollment_id), ruling, at=here.clock())
    return str(ruling.outcome)


def close(
    session: Session, here: Tool, submission: Submission, ruling: policies.Decided, *, actor_id: UUID | None = None, reason: str = ""
) -> None:
    """Store a decision and close the submission and, when it is final, the enrollment. With `actor_id` it was made by exception."""
    now, attempts_left = here.clock(), submission.attempt < here.settings.max_attempts
    results = _with_kept(submission, ruling)
    session.add(
        Decision(
            district_id=submission.district_id,
            submission_id=submission.id,
            outcome=ruling.outcome,
            decided_at=now,
            attempts_left=attempts_left,
            criteria={key: asdict(result) for key, result in results.items()},
            by_exception=actor_id is not None,
            actor_id=actor_id,
            reason=reason,
        )
    )
    submission.state, submission.outcome, submission.decided_at = "decided", ruling.outcome, now
    submission.met_criteria = [key for key, result in results.items() if result.met]
    if ruling.outcome is not policies.Outcome.REVISE:
        enrollment = session.get_one(Enrollment, submission.enrollment_id)
        enrollment.state, enrollment.ended_at = ruling.outcome, now
    session.flush()
    action = "review:decided" if actor_id is None else "review:exception:decided"
    audit.record(
        session,
        district_id=submission.district_id,
        at=now,
        action=action,
        actor_id=actor_id,
        subject_id=submission.id,
        outcome=ruling.outcome,
        **({"basis": basis_of(session, submission)} if actor_id is None else {}),
    )
    tell_decision(session, here, submission)
