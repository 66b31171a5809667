"""What pages show to those who run reviews: the reviewers of the district, and who holds which place. Never what reviewers think."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select, true
from sqlalchemy.orm import Session

from lti_tool.catalog.content import MicrocredentialContent
from lti_tool.catalog.models import Activity, MicrocredentialVersion
from lti_tool.errors import not_found
from lti_tool.evidence.models import Enrollment, Submission
from lti_tool.evidence.policies import CLOSED
from lti_tool.evidence.snapshot import Snapshot
from lti_tool.launch.models import Membership, Person
from lti_tool.review import holds
from lti_tool.review.models import HOLDING, OPEN, Review
from lti_tool.review.seats import barred
from lti_tool.web.models import RoleGrant

_MOST_FOUND = 50


@dataclass(frozen=True)
class PoolMember:
    """A reviewer of the district, with open and finished reviews. `within`: of the course that was asked for, or no course was."""

    person_id: UUID
    label: str
    open: int
    done: int
    within: bool


def _reviewers(district_id: UUID) -> Select[UUID]:
    return select(RoleGrant.person_id).where(RoleGrant.held(district_id, "reviewer"))


def _of_context(context_id: UUID) -> Any:
    return Person.id.in_(select(Membership.person_id).where(Membership.context_id == context_id))


def pool(session: Session, *, district_id: UUID, context_id: UUID | None = None) -> tuple[PoolMember, ...]:
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
    within = true() if context_id is None else _of_context(context_id)
    rows = session.execute(
        select(Person.id, Person.label, func.coalesce(counts.c.open, 0), func.coalesce(counts.c.done, 0), within)
        .outerjoin(counts, counts.c.reviewer_id == Person.id)
        .where(Person.id.in_(_reviewers(district_id)))
        .order_by(Person.label, Person.id)
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
    query = select(Person.id, Person.label, Person.email).where(
        Person.district_id == district_id,
        Person.is_test.is_(False),
        Person.id.not_in(_reviewers(district_id)),
        true() if context_id is None else _of_context(context_id),
    )
    if words := text.strip():
        query = query.where(or_(Person.label.icontains(words, autoescape=True), Person.email.icontains(words, autoescape=True)))
    return tuple(Found(*row) for row in session.execute(query.order_by(Person.label, Person.id).limit(_MOST_FOUND)))


@dataclass(frozen=True)
class Seat:
    """A place in the review of a submission: who and how far, never what they think. `changeable`: it can be given to somebody else."""

    number: int
    person: str
    state: str
    due_at: datetime | None
    changeable: bool


@dataclass(frozen=True)
class ConsentLine:
    """What the teacher says of the families' consent for one piece in which students can be recognized."""

    piece: str
    form: str
    students: int
    place: str


@dataclass(frozen=True)
class Seats:
    """The places of one submission, and the reviewers who could take one. `paused`: evidence is held back, the clock stands still."""

    submission_id: UUID
    activity_id: UUID
    author_id: UUID
    author: str
    title: str
    attempt: int
    state: str
    seats: tuple[Seat, ...]
    candidates: tuple[PoolMember, ...]
    consents: tuple[ConsentLine, ...]
    paused: bool


def _consents(content: MicrocredentialContent, snapshot: Snapshot) -> tuple[ConsentLine, ...]:
    return tuple(
        ConsentLine(f"{requirement.title}, piece {place}", copy.consent.form, copy.consent.students, copy.consent.place)
        for requirement in content.evidence
        for place, copy in enumerate((one for one in snapshot.artifacts if one.requirement == requirement.key), start=1)
        if copy.consent is not None
    )


def seats(session: Session, *, district_id: UUID, submission_id: UUID, viewer_id: UUID, context_id: UUID | None) -> Seats:
    """Who reviews a submission, and who could. With `context_id`, only of a submission in that course.

    Raises Problem(not_found), also for the viewer's own work and for work that the viewer judges: nobody learns who judges whom.
    """
    found = session.execute(
        select(Submission, Activity, MicrocredentialVersion, Person.id, Person.label)
        .join(Enrollment, Enrollment.id == Submission.enrollment_id)
        .join(Activity, Activity.id == Enrollment.activity_id)
        .join(MicrocredentialVersion, MicrocredentialVersion.id == Enrollment.version_id)
        .join(Person, Person.id == Enrollment.person_id)
        .where(
            Submission.id == submission_id,
            Submission.district_id == district_id,
            Enrollment.person_id != viewer_id,
            true() if context_id is None else Activity.context_id == context_id,
        )
    ).one_or_none()
    if found is None:
        raise not_found("no such submission, or the viewer's own")
    submission, activity, version, author_id, author = found
    held = {
        review.seat: (review, label)
        for review, label in session.execute(
            select(Review, Person.label)
            .join(Person, Person.id == Review.reviewer_id)
            .where(Review.submission_id == submission_id, Review.state.in_(HOLDING))
        )
    }
    if any(review.reviewer_id == viewer_id for review, _ in held.values()):
        raise not_found("the viewer judges it, and must not learn whose it is")
    excluded = barred(session, submission)
    third = submission.state == "adjudicating"

    def seat(number: int) -> Seat:
        review, label = held.get(number, (None, ""))
        state = review.state if review else "empty"
        changeable = submission.state not in CLOSED and state != "locked" and (number == 3) == third
        return Seat(number, label, state, review.due_at if review else None, changeable)

    return Seats(
        submission.id,
        activity.id,
        author_id,
        author,
        version.title,
        submission.attempt,
        submission.state,
        tuple(seat(number) for number in ((1, 2, 3) if third or 3 in held else (1, 2))),
        tuple(member for member in pool(session, district_id=district_id) if member.person_id not in excluded),
        _consents(MicrocredentialContent.model_validate(version.content), Snapshot.model_validate(submission.snapshot)),
        bool(holds.paused(session, [submission.id])),
    )
