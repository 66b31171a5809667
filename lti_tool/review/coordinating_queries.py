"""The district's open work, for those who coordinate its reviews: who holds which place, and what is late. Never what reviewers think.

Every list is read from `OpenWork` along one of its indexes, a page at a time; nothing counts the district.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from lti_tool.catalog.models import STACK, Activity, Microcredential, MicrocredentialVersion
from lti_tool.evidence.models import Enrollment, Submission
from lti_tool.language import later
from lti_tool.launch.accounts import accounts
from lti_tool.launch.models import Context, Person
from lti_tool.review import holds
from lti_tool.review.models import HOLDING, OPEN, Review
from lti_tool.review.open_work import wanted
from lti_tool.review.pool_models import OpenWork

PAGE = 25
STATES = {"waiting": later("Waits for a reviewer"), "in_review": later("In review"), "adjudicating": later("Reviewers differ")}
_MOST_CREDENTIALS = 500
_MOST_COUNTED = 100


@dataclass(frozen=True)
class Filter:
    """Which open work is shown: by state, by microcredential, only what is late; empty is all."""

    state: str = ""
    microcredential_id: UUID | None = None
    late: bool = False


@dataclass(frozen=True)
class Place:
    """A place in the review of a piece of work."""

    number: int
    person: str
    state: str
    due_at: datetime | None


@dataclass(frozen=True)
class WorkRow:
    """A piece of open work. `due_at` is that of the review that is due next, None where nobody is at it."""

    submission_id: UUID
    title: str
    course: str
    author: str
    attempt: int
    state: str
    submitted_at: datetime
    due_at: datetime | None
    paused: bool
    places: tuple[Place, ...]


@dataclass(frozen=True)
class WorkPage:
    """A page of the list, and where the next one begins; empty at the end."""

    rows: tuple[WorkRow, ...]
    following: str


def mark(due_at: datetime, submission_id: UUID) -> str:
    """Where a page ends, as it stands in an address."""
    return f"{int(due_at.timestamp() * 1_000_000)}.{submission_id.hex}"


def read_mark(given: str) -> tuple[datetime, UUID] | None:
    """Where a page begins; None for anything that is no such mark."""
    moment, _, name = given.partition(".")
    try:
        if not (moment.isascii() and moment.isdigit() and len(moment) < 18):
            return None
        seconds, rest = divmod(int(moment), 1_000_000)
        return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest), UUID(name)
    except (ValueError, OverflowError, OSError):
        return None


def _wanted(district_id: UUID, only: Filter, now: datetime) -> list[Any]:
    found: list[Any] = [OpenWork.district_id == district_id]
    if only.state:
        found.append(OpenWork.state == only.state)
    if only.microcredential_id is not None:
        found.append(OpenWork.microcredential_id == only.microcredential_id)
    if only.late:
        found.append(OpenWork.due_at < now)
    return found


def open_work(
    session: Session, *, district_id: UUID, viewer_id: UUID, only: Filter, after: tuple[datetime, UUID] | None, now: datetime
) -> WorkPage:
    """A page of open work, the next due first; without the viewer's own, and without work that they judge."""
    own = accounts(session, district_id, [viewer_id])[viewer_id]
    theirs = (
        select(literal(1))
        .select_from(Submission)
        .join(Enrollment, Enrollment.id == Submission.enrollment_id)
        .where(Submission.id == OpenWork.submission_id, Enrollment.person_id.in_(own))
    )
    judged = select(literal(1)).where(
        Review.submission_id == OpenWork.submission_id, Review.reviewer_id.in_(own), Review.state.in_(HOLDING)
    )
    query = select(OpenWork).where(*_wanted(district_id, only, now), ~theirs.exists(), ~judged.exists())
    if after is not None:
        query = query.where(
            or_(OpenWork.due_at > after[0], and_(OpenWork.due_at == after[0], OpenWork.submission_id > after[1])),
            OpenWork.due_at >= after[0],
        )
    found = session.scalars(query.order_by(OpenWork.due_at, OpenWork.submission_id).limit(PAGE + 1)).all()
    rows = found[:PAGE]
    following = mark(rows[-1].due_at, rows[-1].submission_id) if len(found) > PAGE else ""
    return WorkPage(_rows(session, rows), following)


def _rows(session: Session, work: Sequence[OpenWork]) -> tuple[WorkRow, ...]:
    ids = [one.submission_id for one in work]
    reviewer = aliased(Person)
    places: dict[UUID, list[Place]] = defaultdict(list)
    for submission_id, seat, label, state, due_at in session.execute(
        select(Review.submission_id, Review.seat, reviewer.label, Review.state, Review.due_at)
        .join(reviewer, reviewer.id == Review.reviewer_id)
        .where(Review.submission_id.in_(ids), Review.state.in_(HOLDING))
        .order_by(Review.seat)
    ):
        places[submission_id].append(Place(seat, label, state, due_at if state in OPEN else None))
    facts = {
        row[0]: row[1:]
        for row in session.execute(
            select(
                Submission.id,
                Submission.state,
                MicrocredentialVersion.title,
                Context.title,
                Person.label,
                Submission.attempt,
                Submission.submitted_at,
            )
            .join(Enrollment, Enrollment.id == Submission.enrollment_id)
            .join(Activity, Activity.id == Enrollment.activity_id)
            .join(Context, Context.id == Activity.context_id)
            .join(MicrocredentialVersion, MicrocredentialVersion.id == Enrollment.version_id)
            .join(Person, Person.id == Enrollment.person_id)
            .where(Submission.id.in_(ids))
        )
    }
    paused = holds.paused(session, ids)
    found = []
    for one in work:
        state, title, course, author, attempt, submitted_at = facts[one.submission_id]
        held = places[one.submission_id]
        empty = [Place(number, "", "empty", None) for number in wanted(state) - {place.number for place in held}]
        due = [place.due_at for place in held if place.due_at is not None]
        found.append(
            WorkRow(
                one.submission_id,
                title,
                course,
                author,
                attempt,
                one.state,
                submitted_at,
                min(due, default=None),
                one.submission_id in paused,
                tuple(sorted([*held, *empty], key=lambda place: place.number)),
            )
        )
    return tuple(found)


@dataclass(frozen=True)
class Numbers:
    """How much is open, counted up to a hundred."""

    open: int
    late: int
    waiting: int


def numbers(session: Session, *, district_id: UUID, now: datetime) -> Numbers:
    """What the top of the list says."""

    def count(only: Filter) -> Any:
        inner = select(literal(1).label("one")).where(*_wanted(district_id, only, now)).limit(_MOST_COUNTED).subquery()
        return select(func.count()).select_from(inner).scalar_subquery()

    row = session.execute(select(count(Filter()), count(Filter(late=True)), count(Filter(state="waiting")))).one()
    return Numbers(*row)


def microcredentials(session: Session, district_id: UUID) -> tuple[tuple[UUID, str], ...]:
    """What the list can be narrowed to."""
    rows = session.execute(
        select(Microcredential.id, Microcredential.title)
        .where(Microcredential.district_id == district_id, Microcredential.state.not_in(("draft", STACK)))
        .order_by(Microcredential.title, Microcredential.id)
        .limit(_MOST_CREDENTIALS)
    )
    return tuple((one, title) for one, title in rows)
