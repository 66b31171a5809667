"""What reviewers see of their work, and its author of the outcome.

Whatever a reviewer sees holds no name, no file name, and nothing of the other reviewer until both are done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from lti_tool.catalog.content import Criterion, EvidenceRequirement, MicrocredentialContent, Question
from lti_tool.catalog.models import MicrocredentialVersion
from lti_tool.errors import Problem
from lti_tool.evidence.holding import Standing, standings
from lti_tool.evidence.models import Enrollment, Submission
from lti_tool.evidence.queries import load_submission
from lti_tool.evidence.snapshot import ArtifactCopy, Snapshot
from lti_tool.evidence.stored_policies import neutral_name
from lti_tool.review import holds, policies
from lti_tool.review.models import HOLDING, OPEN, Decision, Review
from lti_tool.review.service import own_review, to_score

_RECENT = 20


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
    paused: bool


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
        rows = session.execute(query).all()  # type: ignore[call-overload]
        still = holds.paused(session, [row.submission_id for row, _, _ in rows])
        return tuple(
            QueueItem(
                row.id,
                blind_name(row.submission_id),
                title,
                attempt,
                row.seat,
                row.state,
                row.due_at,
                row.locked_at,
                row.submission_id in still,
            )
            for row, attempt, title in rows
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
    """A piece of evidence as a reviewer sees it: its place in place of a name.

    `shows`: titles of criteria that it is said to show. `consent`: students can be recognized, and the teacher has said where the
    families' consent is. `state`: empty, or replaced, held, removed, deleted (since `at`); of the last three only the place is shown.
    """

    id: UUID
    kind: str
    title: str
    text: str
    url: str
    media_type: str
    filename: str
    blob_key: str
    shows: tuple[str, ...] = ()
    consent: bool = False
    state: str = ""
    at: datetime | None = None

    @property
    def hidden(self) -> bool:
        """Whether nothing of it is shown."""
        return self.state in ("held", "removed", "deleted")


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
    """Everything on a reviewer's desk for one submission. `kept` are titles of criteria that stay met from the attempt before."""

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
    kept: tuple[str, ...]
    paused: bool

    @property
    def visible(self) -> tuple[UUID, ...]:
        """The pieces that are shown."""
        return tuple(piece.id for part in self.evidence for piece in part.pieces if not piece.hidden)


def _piece(
    content: MicrocredentialContent,
    copy: ArtifactCopy,
    requirement: EvidenceRequirement,
    place: int,
    number: int,
    standing: Standing | None,
) -> Piece:
    if standing is not None and standing.replacement is None:
        return Piece(copy.id, copy.kind, f"{requirement.title}, piece {place}", "", "", "", "", "", state=standing.state, at=standing.at)
    shows = tuple(criterion.title for criterion in content.criteria if criterion.key in copy.criteria)
    state, at = (standing.state, standing.at) if standing else ("", None)
    copy = standing.replacement if standing and standing.replacement else copy
    # What the teacher called a file may name them.
    title = copy.title if copy.kind != "file" else f"{requirement.title}, file {place}"
    name = neutral_name(number, copy.media_type)
    consent = copy.consent is not None
    return Piece(copy.id, copy.kind, title, copy.text, copy.url, copy.media_type, name, copy.blob_key, shows, consent, state, at)


def shown_evidence(content: MicrocredentialContent, snapshot: Snapshot, standings: dict[UUID, Standing]) -> tuple[Shown, ...]:
    """What was handed in for each requirement, as somebody who must not know whose it is sees it."""
    files = [copy.id for copy in snapshot.artifacts if copy.kind == "file"]
    numbers = {artifact_id: number for number, artifact_id in enumerate(files, start=1)}
    return tuple(
        Shown(
            requirement,
            tuple(
                _piece(content, copy, requirement, place, numbers.get(copy.id, 0), standings.get(copy.id))
                for place, copy in enumerate((a for a in snapshot.artifacts if a.requirement == requirement.key), start=1)
            ),
        )
        for requirement in content.evidence
    )


def _locked(submission_id: UUID) -> Select[Review]:
    return select(Review).where(Review.submission_id == submission_id, Review.state == "locked").order_by(Review.seat)


def _rationales(reviews: Sequence[Review], criterion: Criterion) -> tuple[Rationale, ...]:
    found = []
    for review in reviews:
        if (score := review.scores.get(criterion.key)) is not None:
            level = score["level"]
            found.append(Rationale(criterion.levels[level].name, level >= criterion.required_level, score["feedback"]))
    return tuple(found)


def desk(session: Session, *, district_id: UUID, reviewer_id: UUID, review_id: UUID) -> Desk:
    """The reviewer's own desk. Raises Problem(not_found) for anybody else's."""
    review = own_review(session, district_id=district_id, reviewer_id=reviewer_id, review_id=review_id)
    if review.state not in HOLDING:
        raise Problem(
            "review_moved",
            404,
            "This review is not yours any more",
            "You stepped back from it, or it was given to somebody else.",
            "Your other reviews are in your list.",
        )
    submission = load_submission(session, district_id, review.submission_id)
    content, answers = submission.content, submission.snapshot.answers
    keys = to_score(session, review) if review.state in OPEN else tuple(review.scores)
    others: list[Review] = []
    if review.seat == 3:
        others = list(session.scalars(_locked(submission.id).where(Review.seat != 3)))
    return Desk(
        review.id,
        blind_name(submission.id),
        content.title,
        submission.attempt,
        review.seat,
        review.state,
        review.due_at,
        review.revision,
        review.overall_feedback,
        content,
        tuple((question, answers.get(question.key, "")) for question in content.overview_questions),
        tuple((question, answers.get(question.key, "")) for question in content.reflection_questions),
        shown_evidence(content, submission.snapshot, standings(session, district_id, [copy.id for copy in submission.snapshot.artifacts])),
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
        tuple(criterion.title for criterion in content.criteria if criterion.key in submission.snapshot.carried),
        bool(holds.paused(session, [submission.id])),
    )


@dataclass(frozen=True)
class CriterionFeedback:
    """What the teacher gets for one criterion: the reviewers' levels and words, unnamed, in an order that says nothing.

    `counted` are names of the levels that count, `compared` holds them against the teacher's own (policies.compared). No views where it
    stayed met from the attempt before.
    """

    criterion: Criterion
    met: bool
    own_level: int | None
    views: tuple[Rationale, ...]
    counted: tuple[str, ...]
    compared: str


@dataclass(frozen=True)
class Feedback:
    """The decision on one submission, for its author. `exception`: the written reason, where it was made by exception."""

    outcome: str
    decided_at: datetime
    attempt: int
    criteria: tuple[CriterionFeedback, ...]
    overall: tuple[str, ...]
    exception: str = ""


def feedback(session: Session, *, district_id: UUID, submission_id: UUID) -> Feedback | None:
    """What reviewers said about a decided submission; None before. The caller has checked whose it is."""
    decision = session.scalars(
        select(Decision).where(Decision.submission_id == submission_id, Decision.district_id == district_id)
    ).one_or_none()
    if decision is None:
        return None
    submission = load_submission(session, district_id, submission_id)
    own = submission.snapshot.self_assessment
    reviews = list(session.scalars(_locked(submission_id)))
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
                _rationales(reviews, criterion),
                tuple(criterion.levels[level].name for level in policies.counted(decision.criteria[criterion.key])),
                policies.compared(own[criterion.key].level if criterion.key in own else None, decision.criteria[criterion.key]),
            )
            for criterion in submission.content.criteria
        ),
        tuple(review.overall_feedback for review in reviews if review.overall_feedback.strip()),
        (decision.reason or "No reason is kept any more.") if decision.by_exception else "",
    )
