"""Who reviews one piece of work, who could, and why others can't; for those who run reviews. Never what reviewers think."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.catalog.content import MicrocredentialContent
from lti_tool.catalog.models import Activity, MicrocredentialVersion
from lti_tool.errors import not_found
from lti_tool.evidence.models import Enrollment, Submission
from lti_tool.evidence.snapshot import Snapshot
from lti_tool.language import _, later
from lti_tool.launch.models import Person
from lti_tool.review import holds
from lti_tool.review.assignment_policies import Bar
from lti_tool.review.coordinating import may_run
from lti_tool.review.models import HOLDING, OPEN, Decision, Review
from lti_tool.review.open_work import STATES, wanted
from lti_tool.review.policies import DECLINES
from lti_tool.review.running import PoolMember, pool
from lti_tool.review.seats import barred

WHY_NOT = {
    Bar.AUTHOR: later("it is their own"),
    Bar.CO_TEACHER: later("named as a co-teacher"),
    Bar.TAKEN: later("has or had a place in it, or knows whose it is"),
    Bar.RUNS_IT: later("runs the course or the program"),
    Bar.SCHOOL: later("works at the same school"),
    Bar.SUPERVISOR: later("supervisor of one another"),
    Bar.NOT_QUALIFIED: later("not qualified for this microcredential, or no longer"),
    Bar.NOT_CALIBRATED: later("has not calibrated for it"),
}


@dataclass(frozen=True)
class Seat:
    """A place in the review of a submission: who and how far, never what they think. `changeable`: it can be given to somebody else.

    `open`: its reviewer can be given more time; `due_reason` says why they were the last time.
    """

    number: int
    person: str
    state: str
    due_at: datetime | None
    changeable: bool
    open: bool
    due_reason: str


@dataclass(frozen=True)
class ConsentLine:
    """What the teacher says of the families' consent for one piece in which students can be recognized."""

    piece: str
    form: str
    students: int
    place: str


@dataclass(frozen=True)
class SteppedBack:
    """Somebody who gave a place up, and what they said."""

    person: str
    kind: str
    reason: str


@dataclass(frozen=True)
class Barred:
    """A reviewer of this environment who can't take a place, and why."""

    person: str
    why: str


@dataclass(frozen=True)
class Seats:
    """The places of one submission, and the reviewers who could take one. `paused`: evidence is held back, the clock stands still.

    `open`: it is not decided. `exception`: the written reason, where it was decided by exception; else empty.
    """

    submission_id: UUID
    activity_id: UUID
    author_id: UUID
    author: str
    title: str
    attempt: int
    state: str
    outcome: str
    open: bool
    exception: str
    seats: tuple[Seat, ...]
    candidates: tuple[PoolMember, ...]
    barred: tuple[Barred, ...]
    stepped_back: tuple[SteppedBack, ...]
    consents: tuple[ConsentLine, ...]
    paused: bool


def _consents(content: MicrocredentialContent, snapshot: Snapshot) -> tuple[ConsentLine, ...]:
    return tuple(
        ConsentLine(
            _("%(title)s, piece %(place)s", title=requirement.title, place=place),
            copy.consent.form,
            copy.consent.students,
            copy.consent.place,
        )
        for requirement in content.evidence
        for place, copy in enumerate((one for one in snapshot.artifacts if one.requirement == requirement.key), start=1)
        if copy.consent is not None
    )


def _seats(session: Session, submission: Submission) -> tuple[Seat, ...]:
    held = {
        review.seat: (review, label)
        for review, label in session.execute(
            select(Review, Person.label)
            .join(Person, Person.id == Review.reviewer_id)
            .where(Review.submission_id == submission.id, Review.state.in_(HOLDING))
        )
    }
    is_open = submission.state in STATES

    def seat(number: int) -> Seat:
        if number not in held:
            return Seat(number, "", "empty", None, is_open and number in wanted(submission.state), False, "")
        review, label = held[number]
        changeable = is_open and review.state != "locked" and number in wanted(submission.state)
        return Seat(number, label, review.state, review.due_at, changeable, is_open and review.state in OPEN, review.due_reason)

    third = submission.state == "adjudicating" or 3 in held
    return tuple(seat(number) for number in ((1, 2, 3) if third else (1, 2)))


def _stepped_back(session: Session, submission_id: UUID) -> tuple[SteppedBack, ...]:
    rows = session.execute(
        select(Person.label, Review.decline_kind, Review.decline_reason)
        .join(Person, Person.id == Review.reviewer_id)
        .where(Review.submission_id == submission_id, Review.state == "declined")
        .order_by(Review.assigned_at, Review.id)
    )
    return tuple(SteppedBack(label, DECLINES.get(kind, ""), reason) for label, kind, reason in rows)


def seats(session: Session, *, district_id: UUID, submission_id: UUID, viewer_id: UUID, context_id: UUID | None, now: datetime) -> Seats:
    """Who reviews a submission, and who could. With `context_id`, only of a submission in that course.

    Raises Problem(not_found), also for the viewer's own work and for work that the viewer judges: nobody learns who judges whom.
    """
    found = session.execute(
        select(Submission, Activity, MicrocredentialVersion, Person.id, Person.label)
        .join(Enrollment, Enrollment.id == Submission.enrollment_id)
        .join(Activity, Activity.id == Enrollment.activity_id)
        .join(MicrocredentialVersion, MicrocredentialVersion.id == Enrollment.version_id)
        .join(Person, Person.id == Enrollment.person_id)
        .where(Submission.id == submission_id, Submission.district_id == district_id)
    ).one_or_none()
    if found is None or not may_run(session, found[0], actor_id=viewer_id, context_id=context_id):
        raise not_found("no such submission, or not this viewer's to run")
    submission, activity, version, author_id, author = found
    is_open = submission.state in STATES
    excluded = barred(session, submission, now=now) if is_open else {}
    members = pool(session, district_id=district_id, now=now) if is_open else ()
    exception = session.scalar(select(Decision.reason).where(Decision.submission_id == submission_id, Decision.by_exception.is_(True)))
    return Seats(
        submission.id,
        activity.id,
        author_id,
        author,
        version.title,
        submission.attempt,
        submission.state,
        submission.outcome or "",
        is_open,
        exception or "",
        _seats(session, submission),
        tuple(member for member in members if member.person_id not in excluded),
        tuple(
            Barred(member.label, ", ".join(str(WHY_NOT[bar]) for bar in sorted(excluded[member.person_id])))
            for member in members
            if Bar.ENVIRONMENT not in excluded.get(member.person_id, {Bar.ENVIRONMENT})
        ),
        _stepped_back(session, submission_id),
        _consents(MicrocredentialContent.model_validate(version.content), Snapshot.model_validate(submission.snapshot)),
        bool(holds.paused(session, [submission.id])),
    )
