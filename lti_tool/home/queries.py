"""What the joined pages show: it asks the rooms and puts their answers side by side."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.badges import queries as badges
from lti_tool.badges import stack_queries
from lti_tool.badges.queries import AwardLine
from lti_tool.badges.stack_queries import StackView
from lti_tool.catalog import activities as catalog
from lti_tool.catalog.activities import ActivityRow, PlacedActivity
from lti_tool.catalog.models import Activity, MicrocredentialVersion
from lti_tool.errors import Problem, not_found
from lti_tool.evidence import holding, portfolio_queries, progress
from lti_tool.evidence import queries as evidence
from lti_tool.evidence.holding import OpenHold
from lti_tool.evidence.models import Enrollment
from lti_tool.evidence.progress import Reminded
from lti_tool.evidence.queries import EnrollmentRow, WorkOverview
from lti_tool.evidence.service import Owner
from lti_tool.grading import queries as grading
from lti_tool.grading.queries import ScoreState
from lti_tool.language import _
from lti_tool.launch.models import Context, Person
from lti_tool.notices import queries as notices
from lti_tool.notices.queries import News
from lti_tool.notices.words import TOPICS
from lti_tool.review import appeal_queries as appeals
from lti_tool.review import queries as review
from lti_tool.review import running
from lti_tool.review.appeal_queries import Appealable
from lti_tool.review.queries import Feedback, SentBack
from lti_tool.tool import Tool
from lti_tool.web import district_settings
from lti_tool.web.frames import Frame

_BACK = "returned_incomplete"
_OF_WORK = ("decision", "extended", "privacy", "badge", "support")


@dataclass(frozen=True)
class Hub:
    """A teacher's own view of one activity. `work` is None before they start.

    `sent_back`: the last submission was not complete. `appeal`: against the last decision, or until when there can be one.
    `stacks`: those that it counts toward.
    """

    activity: PlacedActivity
    work: WorkOverview | None
    feedback: Feedback | None
    score: ScoreState | None
    award: AwardLine | None
    problems: tuple[OpenHold, ...] = ()
    sent_back: SentBack | None = None
    appeal: Appealable | None = None
    days_given: int = 365
    stacks: tuple[StackView, ...] = ()

    @property
    def step(self) -> int:
        """The place in Read, Gather, Review, Earned; 4 when all are done."""
        if self.work is None:
            return 0
        return {"drafting": 1, "waiting": 2, "earned": 4, "not_earned": 4}.get(self.work.phase, 1)


def _activity(session: Session, frame: Frame, activity_id: UUID, *, everywhere: bool = False) -> PlacedActivity:
    activity = catalog.activity(session, frame.district_id, activity_id)
    if activity.context_id != frame.context_id and not everywhere:
        raise not_found("activity of another context")
    return activity


def hub(session: Session, here: Tool, frame: Frame, activity_id: UUID) -> Hub:
    """The hub of this person. Raises Problem(not_found) for an activity of another course or district."""
    activity = _activity(session, frame, activity_id)
    now, most = here.clock(), here.settings.max_attempts
    row = evidence.enrollment_of(session, frame.district_id, activity_id, frame.person_id, now=now)
    days = district_settings.chosen(session, frame.district_id).enrollment_days or here.settings.enrollment_days
    microcredential = activity.version.microcredential_id
    counts = stack_queries.stacks(session, frame.district_id, frame.person_id, states=("published",), holding=microcredential)
    if row is None:
        return Hub(activity, None, None, None, None, days_given=days, stacks=counts)
    work = evidence.work_overview(session, Owner(frame.district_id, frame.person_id), row.id, now=now, max_attempts=most)
    last = work.submissions[-1] if work.submissions else None
    decided = [one for one in work.submissions if one.state == "decided"]
    return Hub(
        activity,
        work,
        review.feedback(session, district_id=frame.district_id, submission_id=decided[-1].id) if decided else None,
        grading.score_of(session, district_id=frame.district_id, enrollment_id=row.id),
        badges.award_of_enrollment(session, district_id=frame.district_id, enrollment_id=row.id),
        tuple(one for one in holding.open_of_owner(session, frame.district_id, frame.person_id) if one.activity_id == activity_id),
        review.sent_back(session, district_id=frame.district_id, submission_id=last.id) if last and last.result == _BACK else None,
        appeals.appealable(session, here, district_id=frame.district_id, submission=decided[-1], newest=decided[-1] == last)
        if decided
        else None,
        days,
        counts,
    )


@dataclass(frozen=True)
class ActivityPeople:
    """A facilitator's view of one activity: everybody who began, and where their scores are."""

    activity: PlacedActivity
    people: tuple[EnrollmentRow, ...]
    scores: dict[UUID, ScoreState]
    reviewers: int
    to_settle: int
    appeals: int = 0

    @property
    def waits_for_decision(self) -> int:
        """How many grades in the gradebook are not ours, and somebody has to say which stays."""
        return sum(1 for score in self.scores.values() if score.state == "asked")

    def count(self, *phases: str) -> int:
        """How many are in one of these phases."""
        return sum(1 for row in self.people if row.phase in phases)


def activity_people(session: Session, frame: Frame, activity_id: UUID, *, now: datetime) -> ActivityPeople:
    """Everybody at one activity of the frame's course. Raises Problem(not_found)."""
    activity = _activity(session, frame, activity_id, everywhere=frame.may("console"))
    people = evidence.activity_enrollments(session, frame.district_id, activity_id, now=now)
    scores = grading.scores_of_activity(
        session, district_id=frame.district_id, activity_id=activity_id, person_ids=[row.person_id for row in people]
    )
    pool = running.pool_size(session, district_id=frame.district_id, now=now)
    return ActivityPeople(activity, people, scores, pool, _to_settle(session, frame), _appeals(session, frame))


def _to_settle(session: Session, frame: Frame) -> int:
    """How many privacy problems wait for this person: those of the course that they run, or of the district."""
    if not frame.may("facilitator", "console") or not (frame.may("console") or frame.context_id):
        return 0
    return holding.open_count(
        session, frame.district_id, viewer_id=frame.person_id, context_id=None if frame.may("console") else frame.context_id
    )


def _appeals(session: Session, frame: Frame) -> int:
    """How many appeals wait for this person's look at their form: of the course that they run, or of the district."""
    if not frame.may("facilitator", "console") or not (frame.may("console") or frame.context_id):
        return 0
    context_id = None if frame.may("console") else frame.context_id
    return appeals.waiting_count(session, district_id=frame.district_id, viewer_id=frame.person_id, context_id=context_id)


@dataclass(frozen=True)
class OnePerson:
    """A facilitator's view of one person at one activity: how it goes and what was decided, never the evidence."""

    activity: PlacedActivity
    row: EnrollmentRow
    submissions: tuple[evidence.SubmissionRow, ...]
    feedback: Feedback | None
    score: ScoreState | None
    award: AwardLine | None = None


def one_person(session: Session, frame: Frame, activity_id: UUID, person_id: UUID, *, now: datetime) -> OnePerson:
    """How it goes for one person. Raises Problem: not_found for another course's activity, has_not_begun for who is not enrolled."""
    activity = _activity(session, frame, activity_id, everywhere=frame.may("console"))
    row = evidence.enrollment_of(session, frame.district_id, activity_id, person_id, now=now)
    if row is None:
        raise Problem(
            "has_not_begun",
            404,
            _("Nothing to see yet"),
            _("This person has not started the microcredential."),
            _("They can begin by opening the activity in the course."),
        )
    submissions = evidence.submissions_of(session, frame.district_id, row.id)
    decided = [one for one in submissions if one.state == "decided"]
    return OnePerson(
        activity,
        row,
        submissions,
        review.feedback(session, district_id=frame.district_id, submission_id=decided[-1].id) if decided else None,
        grading.score_of(session, district_id=frame.district_id, enrollment_id=row.id),
        badges.award_of_enrollment(session, district_id=frame.district_id, enrollment_id=row.id),
    )


def person_by_sub(session: Session, frame: Frame, sub: str) -> UUID | None:
    """The person that a platform names, in the frame's registration."""
    return session.scalar(select(Person.id).where(Person.registration_id == frame.registration_id, Person.sub == sub))


def has_activities(session: Session, frame: Frame) -> bool:
    """Whether any course of the frame's LMS has an activity."""
    query = select(Activity.id).join(Context, Context.id == Activity.context_id)
    query = query.where(Activity.district_id == frame.district_id, Context.registration_id == frame.registration_id)
    return session.scalars(query.limit(1)).first() is not None


def only_activity(session: Session, frame: Frame, activity_key: str) -> UUID | None:
    """The activity of the frame's course that goes by the version of this key; None where there is none, or more than one."""
    found = session.scalars(
        select(Activity.id)
        .join(MicrocredentialVersion, MicrocredentialVersion.id == Activity.version_id)
        .where(
            Activity.district_id == frame.district_id,
            Activity.context_id == frame.context_id,
            MicrocredentialVersion.activity_key == activity_key,
        )
        .limit(2)
    ).all()
    return found[0] if len(found) == 1 else None


@dataclass(frozen=True)
class OwnTry:
    """One of a teacher's own enrollments, with its course and the title of the version that it goes by."""

    row: EnrollmentRow
    context_id: UUID
    course: str
    title: str


@dataclass(frozen=True)
class Home:
    """Everything of one person in one place. `pieces`: how many the portfolio holds."""

    tries: tuple[OwnTry, ...]
    activities: tuple[ActivityRow, ...]
    awards: tuple[AwardLine, ...]
    reviews: int
    problems: tuple[OpenHold, ...]
    to_settle: int
    pieces: int
    reminders: tuple[Reminded, ...]
    news: News
    appeals: int = 0


def told_elsewhere(frame: Frame) -> tuple[str, ...]:
    """Topics that are no news, since pages of teachers show them in their own way; in a support view all that is not of teachers' work.

    Whoever looks at a reviewer's page must not learn there what they are given to review.
    """
    if frame.supporter_id is not None:
        return tuple(topic for topic in TOPICS if topic not in _OF_WORK)
    return ("deadline",) if frame.may("earner", "preview") else ()


def home(session: Session, here: Tool, frame: Frame) -> Home:
    """The person's own tries and awards; a facilitator's or designer's activities of this course; reviews that wait."""
    now = here.clock()
    tries = evidence.enrollments_of_person(session, frame.district_id, frame.person_id, now=now)
    places = session.execute(
        select(Enrollment.id, Activity.context_id, Context.title, MicrocredentialVersion.title)
        .join(Activity, Activity.id == Enrollment.activity_id)
        .join(Context, Context.id == Activity.context_id)
        .join(MicrocredentialVersion, MicrocredentialVersion.id == Enrollment.version_id)
        .where(Enrollment.id.in_([row.id for row in tries]))
    )
    known = {enrollment_id: (context_id, course, title) for enrollment_id, context_id, course, title in places}
    runs = frame.may("facilitator", "designer", "earner", "preview") and frame.context_id is not None
    me = Owner(frame.district_id, frame.person_id)
    earns = frame.may("earner", "preview")
    return Home(
        tuple(OwnTry(row, *known[row.id]) for row in tries),
        catalog.activities_in(session, frame.district_id, frame.context_id) if runs and frame.context_id else (),
        tuple(badges.awards_of_person(session, district_id=frame.district_id, person_id=frame.person_id)),
        appeals.waiting(session, district_id=frame.district_id, reviewer_id=frame.person_id) if frame.may("reviewer") else 0,
        holding.open_of_owner(session, frame.district_id, frame.person_id),
        _to_settle(session, frame),
        portfolio_queries.piece_count(session, me) if earns else 0,
        progress.reminders(session, me, now=now) if earns else (),
        notices.news(session, here, district_id=frame.district_id, person_id=frame.person_id, without=told_elsewhere(frame)),
        _appeals(session, frame),
    )
