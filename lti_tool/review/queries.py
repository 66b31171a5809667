"""A reviewer's list, and what the author of a submission is told of its outcome; neither learns who the other is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.catalog.content import Criterion
from lti_tool.catalog.models import MicrocredentialVersion
from lti_tool.evidence.blinding import blinded
from lti_tool.evidence.models import Enrollment, Submission
from lti_tool.evidence.queries import LoadedSubmission, load_submission
from lti_tool.inputs import uuid_or_none
from lti_tool.language import _
from lti_tool.review import holds, policies
from lti_tool.review.blind import blind_name, names_of
from lti_tool.review.desk_models import ReviewNote, SubmissionReturn
from lti_tool.review.desk_policies import moment_words, places
from lti_tool.review.desk_queries import Rationale, Sealed, rationales, sealed
from lti_tool.review.models import IS_OPEN, IS_SEALED, Decision, Review

PAGE = 24
_RECENT = 20


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
    """A page of the open reviews, the next due first, and the latest finished ones on the first page.

    `waiting` and `late` count all open ones, on every page. `more` is the place from which the next page goes on, None on the last.
    """

    open: tuple[QueueItem, ...]
    done: tuple[QueueItem, ...]
    waiting: int
    late: int
    more: str | None


def queue(session: Session, *, district_id: UUID, reviewer_id: UUID, now: datetime, after: str = "") -> Queue:
    """The reviewer's own list. `after` is a Queue.more; one that is damaged leads to the first page."""
    mine = Review.district_id == district_id, Review.reviewer_id == reviewer_id
    base = (
        select(Review, Submission.attempt, MicrocredentialVersion.title)
        .join(Submission, Submission.id == Review.submission_id)
        .join(Enrollment, Enrollment.id == Submission.enrollment_id)
        .join(MicrocredentialVersion, MicrocredentialVersion.id == Enrollment.version_id)
        .where(*mine)
    )
    waiting, late = session.execute(
        select(func.count(), func.count().filter(Review.due_at < now)).select_from(Review).where(*mine, IS_OPEN)
    ).one()
    place, open_ones = _place(after), base.where(IS_OPEN)
    if place is not None:
        due_at, last = place
        open_ones = open_ones.where(Review.due_at >= due_at, (Review.due_at > due_at) | (Review.id > last))
    rows = list(session.execute(open_ones.order_by(Review.due_at, Review.id).limit(PAGE + 1)))
    finished = base.where(IS_SEALED).order_by(Review.locked_at.desc()).limit(_RECENT)
    done = list(session.execute(finished)) if place is None else []
    still = holds.paused(session, [row.submission_id for row, _, _ in rows])
    last_shown = rows[PAGE - 1][0] if len(rows) > PAGE else None
    return Queue(
        tuple(_item(row, attempt, title, still) for row, attempt, title in rows[:PAGE]),
        tuple(_item(row, attempt, title, set()) for row, attempt, title in done),
        waiting,
        late,
        f"{last_shown.due_at.timestamp()!r}~{last_shown.id}" if last_shown else None,
    )


def _place(after: str) -> tuple[datetime, UUID] | None:
    moment, _, name = after.partition("~")
    last = uuid_or_none(name)
    try:
        return (datetime.fromtimestamp(float(moment), UTC), last) if last else None
    except (ValueError, OverflowError, OSError):
        return None


def _item(row: Review, attempt: int, title: str, paused: set[UUID]) -> QueueItem:
    name, held = blind_name(row.submission_id), row.submission_id in paused
    return QueueItem(row.id, name, title, attempt, row.seat, row.state, row.due_at, row.locked_at, held)


def next_due(session: Session, *, district_id: UUID, reviewer_id: UUID) -> UUID | None:
    """The open review that is due next; one whose clock stands still comes behind those that can be finished."""
    mine = select(Review).where(Review.district_id == district_id, Review.reviewer_id == reviewer_id, IS_OPEN)
    rows = session.scalars(mine.order_by(Review.due_at, Review.id).limit(PAGE)).all()
    still = holds.paused(session, [row.submission_id for row in rows])
    return next((row.id for row in sorted(rows, key=lambda row: row.submission_id in still)), None)


def open_count(session: Session, *, district_id: UUID, reviewer_id: UUID) -> int:
    """How many reviews wait for this person."""
    return session.scalar(select(func.count()).where(Review.district_id == district_id, Review.reviewer_id == reviewer_id, IS_OPEN)) or 0


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
class SharedNote:
    """What a reviewer noted at a moment of a recording, for its author. `piece` is what the author calls it."""

    piece: str
    moment: str
    text: str


@dataclass(frozen=True)
class Feedback:
    """The decision on one submission, for its author. `outcome` is what the scores came to, or what was decided by exception: `exception`
    is then the written reason."""  # noqa: D209

    submission_id: UUID
    outcome: str
    decided_at: datetime
    attempt: int
    criteria: tuple[CriterionFeedback, ...]
    overall: tuple[str, ...]
    notes: tuple[SharedNote, ...]
    exception: str = ""

    @property
    def unmet(self) -> tuple[CriterionFeedback, ...]:
        """The criteria that keep it from being earned."""
        return tuple(one for one in self.criteria if not one.met)

    @property
    def met(self) -> tuple[CriterionFeedback, ...]:
        """The criteria that are met."""
        return tuple(one for one in self.criteria if one.met)


def feedback(session: Session, *, district_id: UUID, submission_id: UUID) -> Feedback | None:
    """What reviewers said about a decided submission; None before. The caller has checked whose it is."""
    decision = session.scalars(
        select(Decision).where(Decision.submission_id == submission_id, Decision.district_id == district_id)
    ).one_or_none()
    if decision is None:
        return None
    submission = load_submission(session, district_id, submission_id)
    given = sealed(session, submission_id)
    return Feedback(
        submission_id,
        decision.outcome,
        decision.decided_at,
        submission.attempt,
        criteria_feedback(submission, decision, given),
        given.overall,
        _shared_notes(session, submission, given),
        (decision.reason or _("No reason is kept any more.")) if decision.by_exception else "",
    )


def criteria_feedback(submission: LoadedSubmission, decision: Decision, given: Sealed) -> tuple[CriterionFeedback, ...]:
    """What came out criterion by criterion, in the rubric's order."""
    own = submission.snapshot.self_assessment

    def one(criterion: Criterion) -> CriterionFeedback:
        result, level = decision.criteria[criterion.key], own[criterion.key].level if criterion.key in own else None
        counted = tuple(criterion.levels[number].name for number in policies.counted(result))
        views = rationales(given, criterion)
        return CriterionFeedback(criterion, result["met"], level, views, counted, policies.compared(level, result))

    return tuple(one(criterion) for criterion in submission.content.criteria)


def _shared_notes(session: Session, submission: LoadedSubmission, given: Sealed) -> tuple[SharedNote, ...]:
    titles = {copy.id: copy.title for copy in submission.snapshot.artifacts}
    rows = session.scalars(
        select(ReviewNote)
        .where(ReviewNote.review_id.in_([review.id for review in given.reviews]), ReviewNote.shared.is_(True))
        .order_by(ReviewNote.artifact_id, ReviewNote.seconds, ReviewNote.text)
    )
    return tuple(SharedNote(titles.get(row.artifact_id, ""), moment_words(row.seconds), blinded(row.text, given.names)) for row in rows)


@dataclass(frozen=True)
class SentBack:
    """Why a submission came back unjudged, for its author: what is missing, by title, and the words of whoever noticed."""

    returned_at: datetime
    missing: tuple[str, ...]
    words: str


def sent_back(session: Session, *, district_id: UUID, submission_id: UUID) -> SentBack | None:
    """Why this submission was sent back as incomplete; None where it was not. The caller has checked whose it is."""
    row = session.scalars(
        select(SubmissionReturn).where(SubmissionReturn.submission_id == submission_id, SubmissionReturn.district_id == district_id)
    ).one_or_none()
    if row is None:
        return None
    titles = places(load_submission(session, district_id, submission_id).content)
    words = blinded(row.words, names_of(session, [row.returned_by]).values())
    return SentBack(row.returned_at, tuple(titles[key] for key in row.missing if key in titles), words)
