"""What pages show of reviews.

Whatever a reviewer sees holds no name, no file name, and nothing of the other reviewer until both are done.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from lti_tool.catalog.content import Criterion, EvidenceRequirement, MicrocredentialContent, Question
from lti_tool.catalog.models import Microcredential, MicrocredentialVersion
from lti_tool.catalog.samples import load_samples
from lti_tool.errors import not_found
from lti_tool.evidence.models import Enrollment, Submission
from lti_tool.evidence.snapshot import ArtifactCopy, Snapshot
from lti_tool.launch.models import Membership, Person
from lti_tool.review.models import Decision, Review
from lti_tool.review.service import OPEN, own_review, to_score
from lti_tool.web.models import RoleGrant

_RECENT = 20
_MOST_FOUND = 50


def blind_name(submission_id: UUID) -> str:
    """What a submission is called where its author must not be known."""
    return f"Work {submission_id.hex[-6:].upper()}"


@dataclass(frozen=True)
class QueueItem:
    """One review in the reviewer's list."""

    id: UUID
    name: str
    title: str
    attempt: int
    seat: int
    state: str
    due_at: datetime
    locked_at: datetime | None


@dataclass(frozen=True)
class Queue:
    """Open reviews, the next due first, and the latest finished ones."""

    open: tuple[QueueItem, ...]
    done: tuple[QueueItem, ...]


def queue(session: Session, *, district_id: UUID, reviewer_id: UUID) -> Queue:
    """The reviewer's own list."""
    base = (
        select(Review, Submission.attempt, MicrocredentialVersion.title)
        .join(Submission, Submission.id == Review.submission_id)
        .join(Enrollment, Enrollment.id == Submission.enrollment_id)
        .join(MicrocredentialVersion, MicrocredentialVersion.id == Enrollment.version_id)
        .where(Review.district_id == district_id, Review.reviewer_id == reviewer_id)
    )

    def items(query: object) -> tuple[QueueItem, ...]:
        return tuple(
            QueueItem(row.id, blind_name(row.submission_id), title, attempt, row.seat, row.state, row.due_at, row.locked_at)
            for row, attempt, title in session.execute(query)  # type: ignore[call-overload]
        )

    return Queue(
        items(base.where(Review.state.in_(OPEN)).order_by(Review.due_at, Review.id).limit(200)),
        items(base.where(Review.state == "locked").order_by(Review.locked_at.desc()).limit(_RECENT)),
    )


def open_count(session: Session, *, district_id: UUID, reviewer_id: UUID) -> int:
    """How many reviews wait for this person."""
    return (
        session.scalar(
            select(func.count()).where(Review.district_id == district_id, Review.reviewer_id == reviewer_id, Review.state.in_(OPEN))
        )
        or 0
    )


@dataclass(frozen=True)
class Piece:
    """A piece of evidence as a reviewer sees it: its place in place of a name."""

    id: UUID
    kind: str
    title: str
    text: str
    url: str
    media_type: str
    size: int
    blob_key: str


@dataclass(frozen=True)
class Shown:
    """A requirement with what was handed in for it."""

    requirement: EvidenceRequirement
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Rationale:
    """What one of the first two said on a disputed criterion; without a name."""

    level_name: str
    met: bool
    feedback: str


@dataclass(frozen=True)
class ToScore:
    """A criterion for this reviewer: own draft, and for the third reviewer both rationales."""

    criterion: Criterion
    level: int | None
    feedback: str
    rationales: tuple[Rationale, ...]


@dataclass(frozen=True)
class Desk:
    """Everything on a reviewer's desk for one submission."""

    id: UUID
    name: str
    title: str
    attempt: int
    seat: int
    state: str
    due_at: datetime
    revision: int
    overall: str
    content: MicrocredentialContent
    overview: tuple[tuple[Question, str], ...]
    reflection: tuple[tuple[Question, str], ...]
    evidence: tuple[Shown, ...]
    to_score: tuple[ToScore, ...]


def _piece(copy: ArtifactCopy, requirement: EvidenceRequirement, place: int) -> Piece:
    title = copy.title if copy.kind != "file" else f"{requirement.title}, file {place}"
    return Piece(copy.id, copy.kind, title, copy.text, copy.url, copy.media_type, copy.size, copy.blob_key)


def _shown(content: MicrocredentialContent, snapshot: Snapshot) -> tuple[Shown, ...]:
    return tuple(
        Shown(
            requirement,
            tuple(
                _piece(copy, requirement, place)
                for place, copy in enumerate((a for a in snapshot.artifacts if a.requirement == requirement.key), start=1)
            ),
        )
        for requirement in content.evidence
    )


def _rationales(reviews: Collection[Review], criterion: Criterion) -> tuple[Rationale, ...]:
    found = []
    for review in sorted(reviews, key=lambda r: r.seat):
        if (score := review.scores.get(criterion.key)) is not None:
            level = score["level"]
            found.append(Rationale(criterion.levels[level].name, level >= criterion.required_level, score["feedback"]))
    return tuple(found)


def desk(session: Session, *, district_id: UUID, reviewer_id: UUID, review_id: UUID) -> Desk:
    """The reviewer's own desk. Raises Problem(not_found) for anybody else's."""
    review = own_review(session, district_id=district_id, reviewer_id=reviewer_id, review_id=review_id)
    if review.state not in (*OPEN, "locked"):
        raise not_found("this review went to somebody else")
    submission = session.get_one(Submission, review.submission_id)
    version = session.get_one(MicrocredentialVersion, session.get_one(Enrollment, submission.enrollment_id).version_id)
    content = MicrocredentialContent.model_validate(version.content)
    snapshot = Snapshot.model_validate(submission.snapshot)
    keys = to_score(session, review) if review.state in OPEN else tuple(review.scores)
    others: list[Review] = []
    if review.seat == 3:
        others = list(
            session.scalars(select(Review).where(Review.submission_id == submission.id, Review.seat != 3, Review.state == "locked"))
        )
    return Desk(
        review.id,
        blind_name(submission.id),
        version.title,
        submission.attempt,
        review.seat,
        review.state,
        review.due_at,
        review.revision,
        review.overall_feedback,
        content,
        tuple((question, snapshot.answers.get(question.key, "")) for question in content.overview_questions),
        tuple((question, snapshot.answers.get(question.key, "")) for question in content.reflection_questions),
        _shown(content, snapshot),
        tuple(
            ToScore(
                criterion,
                (review.scores.get(criterion.key) or {}).get("level"),
                (review.scores.get(criterion.key) or {}).get("feedback", ""),
                _rationales(others, criterion),
            )
            for criterion in content.criteria
            if criterion.key in keys
        ),
    )


def example_scores(session: Session, review: Review) -> dict[str, dict[str, Any]]:
    """What a reviewer of the sample's worked example wrote, for this seat; empty for a microcredential that is no sample."""
    submission = session.get_one(Submission, review.submission_id)
    version = session.get_one(MicrocredentialVersion, session.get_one(Enrollment, submission.enrollment_id).version_id)
    key = session.get_one(Microcredential, version.microcredential_id).key
    for sample in load_samples():
        if sample.key == key:
            scores = sample.example.adjudication if review.seat == 3 else sample.example.reviews[review.seat - 1]
            return {criterion: score.model_dump() for criterion, score in scores.items()}
    return {}


@dataclass(frozen=True)
class CriterionFeedback:
    """What the teacher gets for one criterion: the reviewers' levels and words, unnamed, in an order that says nothing."""

    criterion: Criterion
    met: bool
    own_level: int | None
    views: tuple[Rationale, ...]


@dataclass(frozen=True)
class Feedback:
    """The decision on one submission, for its author."""

    outcome: str
    decided_at: datetime
    attempt: int
    criteria: tuple[CriterionFeedback, ...]
    overall: tuple[str, ...]


def feedback(session: Session, *, district_id: UUID, submission_id: UUID) -> Feedback | None:
    """What reviewers said about a decided submission; None before. The caller has checked whose it is."""
    decision = session.scalars(
        select(Decision).where(Decision.submission_id == submission_id, Decision.district_id == district_id)
    ).one_or_none()
    if decision is None:
        return None
    submission = session.get_one(Submission, submission_id)
    version = session.get_one(MicrocredentialVersion, session.get_one(Enrollment, submission.enrollment_id).version_id)
    content = MicrocredentialContent.model_validate(version.content)
    own = Snapshot.model_validate(submission.snapshot).self_assessment
    reviews = list(
        session.scalars(select(Review).where(Review.submission_id == submission_id, Review.state == "locked").order_by(Review.seat))
    )
    if submission_id.int % 2:  # which of the two came first must not tell who it was
        reviews[:2] = reviews[1::-1]
    return Feedback(
        decision.outcome,
        decision.decided_at,
        submission.attempt,
        tuple(
            CriterionFeedback(
                criterion,
                decision.criteria[criterion.key]["met"],
                own[criterion.key].level if criterion.key in own else None,
                _rationales_in_order(reviews, criterion),
            )
            for criterion in content.criteria
        ),
        tuple(review.overall_feedback for review in reviews if review.overall_feedback.strip()),
    )


def _rationales_in_order(reviews: Collection[Review], criterion: Criterion) -> tuple[Rationale, ...]:
    return tuple(view for review in reviews for view in _rationales([review], criterion))


@dataclass(frozen=True)
class Seat:
    """A place in the review of a submission, for those who run reviews: who and how far, never what they think."""

    number: int
    person_id: UUID | None
    person: str
    state: str
    due_at: datetime | None


@dataclass(frozen=True)
class Seats:
    """The places of one submission."""

    submission_id: UUID
    title: str
    attempt: int
    state: str
    submitted_at: datetime
    seats: tuple[Seat, ...]


def seats(session: Session, *, district_id: UUID, submission_id: UUID, activity_ids: Collection[UUID] | None = None) -> Seats:
    """Who reviews a submission. With `activity_ids`, only one of these activities. Raises Problem(not_found)."""
    found = session.execute(
        select(Submission, Enrollment.activity_id, MicrocredentialVersion.title)
        .join(Enrollment, Enrollment.id == Submission.enrollment_id)
        .join(MicrocredentialVersion, MicrocredentialVersion.id == Enrollment.version_id)
        .where(Submission.id == submission_id, Submission.district_id == district_id)
    ).one_or_none()
    if found is None or (activity_ids is not None and found[1] not in activity_ids):
        raise not_found("no such submission")
    submission, _activity, title = found
    held = {
        review.seat: Seat(review.seat, review.reviewer_id, label, review.state, review.due_at)
        for review, label in session.execute(
            select(Review, Person.label)
            .join(Person, Person.id == Review.reviewer_id)
            .where(Review.submission_id == submission_id, Review.state.in_((*OPEN, "locked")))
        )
    }
    numbers = (1, 2, 3) if submission.state == "adjudicating" or 3 in held else (1, 2)
    return Seats(
        submission.id,
        title,
        submission.attempt,
        submission.state,
        submission.submitted_at,
        tuple(held.get(number, Seat(number, None, "", "empty", None)) for number in numbers),
    )


@dataclass(frozen=True)
class PoolMember:
    """A reviewer of the district, with open and finished reviews."""

    person_id: UUID
    label: str
    open: int
    done: int


def pool(session: Session, *, district_id: UUID) -> tuple[PoolMember, ...]:
    """The district's reviewers by name."""
    counts = (
        select(
            Review.reviewer_id,
            func.count().filter(Review.state.in_(OPEN)).label("open"),
            func.count().filter(Review.state == "locked").label("done"),
        )
        .where(Review.district_id == district_id)
        .group_by(Review.reviewer_id)
        .subquery()
    )
    rows = session.execute(
        select(Person.id, Person.label, func.coalesce(counts.c.open, 0), func.coalesce(counts.c.done, 0))
        .distinct()
        .join(RoleGrant, RoleGrant.person_id == Person.id)
        .outerjoin(counts, counts.c.reviewer_id == Person.id)
        .where(RoleGrant.district_id == district_id, RoleGrant.role == "reviewer", RoleGrant.revoked_at.is_(None))
        .order_by(Person.label)
    )
    return tuple(PoolMember(*row) for row in rows)


@dataclass(frozen=True)
class Found:
    """Somebody who could become a reviewer."""

    person_id: UUID
    label: str
    email: str


def find_people(session: Session, *, district_id: UUID, text: str, context_id: UUID | None) -> tuple[Found, ...]:
    """People who are not reviewers yet: those of a context, or of the whole district, whose name or e-mail holds `text`."""
    reviewers = select(RoleGrant.person_id).where(
        RoleGrant.district_id == district_id, RoleGrant.role == "reviewer", RoleGrant.revoked_at.is_(None)
    )
    query = select(Person.id, Person.label, Person.email).where(
        Person.district_id == district_id, Person.is_test.is_(False), Person.id.not_in(reviewers)
    )
    if context_id is not None:
        query = query.where(Person.id.in_(select(Membership.person_id).where(Membership.context_id == context_id)))
    if text.strip():
        query = query.where(
            or_(Person.label.icontains(text.strip(), autoescape=True), Person.email.icontains(text.strip(), autoescape=True))
        )
    return tuple(Found(*row) for row in session.execute(query.order_by(Person.label, Person.id).limit(_MOST_FOUND)))
