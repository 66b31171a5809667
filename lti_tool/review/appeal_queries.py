"""What pages show of appeals: to their teacher, to whoever looks at their form, to the panel. Nobody learns a name from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.catalog.models import MicrocredentialVersion
from lti_tool.errors import Problem, not_found
from lti_tool.evidence.blinding import blinded
from lti_tool.evidence.models import Enrollment, Submission
from lti_tool.evidence.queries import SubmissionRow, load_submission
from lti_tool.language import _
from lti_tool.launch.models import Person
from lti_tool.review import appeal_policies
from lti_tool.review.appeal_models import Appeal, PanelSeat
from lti_tool.review.appeal_panel import HOLDING
from lti_tool.review.appeal_policies import Contested
from lti_tool.review.appeal_service import may_answer, own_seat
from lti_tool.review.blind import blind_name, names_of
from lti_tool.review.desk_queries import Work, sealed, work_of
from lti_tool.review.models import IS_OPEN, Decision, Review
from lti_tool.review.queries import CriterionFeedback, criteria_feedback
from lti_tool.tool import Tool

_MOST = 100


@dataclass(frozen=True)
class PanelItem:
    """A place on a panel in a reviewer's list."""

    id: UUID
    name: str
    title: str
    state: str
    due_at: datetime


def panels(session: Session, *, district_id: UUID, reviewer_id: UUID) -> tuple[PanelItem, ...]:
    """The appeals that wait for this reviewer, the next due first."""
    rows = session.execute(
        select(PanelSeat, Appeal.submission_id, MicrocredentialVersion.title)
        .join(Appeal, Appeal.id == PanelSeat.appeal_id)
        .join(Submission, Submission.id == Appeal.submission_id)
        .join(Enrollment, Enrollment.id == Submission.enrollment_id)
        .join(MicrocredentialVersion, MicrocredentialVersion.id == Enrollment.version_id)
        .where(PanelSeat.district_id == district_id, PanelSeat.reviewer_id == reviewer_id, PanelSeat.state == "assigned")
        .order_by(PanelSeat.due_at, PanelSeat.id)
        .limit(_MOST)
    )
    return tuple(PanelItem(seat.id, blind_name(work_id), title, seat.state, seat.due_at) for seat, work_id, title in rows)


def waiting(session: Session, *, district_id: UUID, reviewer_id: UUID) -> int:
    """How many reviews and appeals wait for this person."""
    panels = select(func.count()).where(
        PanelSeat.district_id == district_id, PanelSeat.reviewer_id == reviewer_id, PanelSeat.state == "assigned"
    )
    reviews = select(func.count()).where(Review.district_id == district_id, Review.reviewer_id == reviewer_id, IS_OPEN)
    return session.scalar(select(panels.scalar_subquery() + reviews.scalar_subquery())) or 0


@dataclass(frozen=True)
class PanelDesk:
    """Everything that a member of a panel has before them. `criteria` hold what the reviewers said, `overall` their further words."""

    id: UUID
    work: Work
    ground: str
    text: str
    criteria: tuple[CriterionFeedback, ...]
    overall: tuple[str, ...]
    state: str
    vote: str
    reasons: str
    revision: int
    due_at: datetime

    @property
    def open(self) -> bool:
        """Whether it can be answered."""
        return self.state == "assigned"


def panel(session: Session, *, district_id: UUID, reviewer_id: UUID, seat_id: UUID) -> PanelDesk:
    """A member's own desk. Raises Problem(not_found) for anybody else's, and where it was given up."""
    seat = own_seat(session, district_id=district_id, reviewer_id=reviewer_id, seat_id=seat_id)
    if seat.state not in HOLDING:
        raise Problem(
            "appeal_moved",
            404,
            _("This appeal is not yours any more"),
            _("You stepped back, the teacher took it back, or it was given to somebody else."),
            _("Your other work is in your list."),
        )
    appeal = session.get_one(Appeal, seat.appeal_id)
    submission = load_submission(session, district_id, appeal.submission_id)
    decision = session.scalars(select(Decision).where(Decision.submission_id == submission.id)).one()
    given = sealed(session, submission.id)
    everybody = [*given.names, *names_of(session, [submission.person_id]).values()]
    return PanelDesk(
        seat.id,
        work_of(session, district_id, submission),
        appeal_policies.GROUNDS.get(appeal.ground, ""),
        blinded(appeal.text, everybody),
        criteria_feedback(submission, decision, given),
        given.overall,
        seat.state,
        seat.vote,
        seat.reasons,
        seat.revision,
        seat.due_at,
    )


@dataclass(frozen=True)
class Told:
    """An appeal for its teacher or for whoever looks at its form. `panel` answers of `size` are in; `reasons` only after its end."""

    id: UUID
    submission_id: UUID
    activity_id: UUID
    person_id: UUID
    person: str
    title: str
    attempt: int
    outcome: str
    decided_at: datetime
    ground: str
    text: str
    state: str
    filed_at: datetime
    answer: str
    answered_at: datetime | None
    closed_at: datetime | None
    seated: int
    panel: int
    size: int
    reasons: tuple[str, ...]

    @property
    def open(self) -> bool:
        """Whether its end is still to come."""
        return self.state in appeal_policies.OPEN


def told(session: Session, here: Tool, appeal: Appeal) -> Told:
    """One appeal; the caller has checked who may see it."""
    submission = load_submission(session, appeal.district_id, appeal.submission_id)
    decision = session.scalars(select(Decision).where(Decision.submission_id == submission.id)).one()
    seats = session.scalars(select(PanelSeat).where(PanelSeat.appeal_id == appeal.id, PanelSeat.state.in_(HOLDING))).all()
    done = [seat for seat in seats if seat.state == "locked"]
    reasons: tuple[str, ...] = ()
    if appeal.state in appeal_policies.VOTES:
        names = names_of(session, [seat.reviewer_id for seat in done]).values()
        reasons = tuple(sorted(blinded(seat.reasons, names) for seat in done))
    return Told(
        appeal.id,
        submission.id,
        submission.activity_id,
        appeal.person_id,
        session.get_one(Person, appeal.person_id).label,
        submission.content.title,
        submission.attempt,
        decision.outcome,
        decision.decided_at,
        appeal_policies.GROUNDS.get(appeal.ground, ""),
        appeal.text,
        appeal.state,
        appeal.filed_at,
        appeal.answer,
        appeal.answered_at,
        appeal.closed_at,
        len(seats),
        len(done),
        here.settings.appeal_panel,
        reasons,
    )


def own(session: Session, here: Tool, *, district_id: UUID, person_id: UUID, appeal_id: UUID) -> Told:
    """A teacher's own appeal. Raises Problem(not_found)."""
    appeal = session.get(Appeal, appeal_id)
    if appeal is None or appeal.district_id != district_id or appeal.person_id != person_id:
        raise not_found("no such appeal of this person")
    return told(session, here, appeal)


def one_to_answer(session: Session, here: Tool, *, district_id: UUID, viewer_id: UUID, context_id: UUID | None, appeal_id: UUID) -> Told:
    """An appeal that this viewer runs. Raises Problem(not_found), also for one in which the viewer has a part."""
    appeal = session.get(Appeal, appeal_id)
    if appeal is None or appeal.district_id != district_id or not may_answer(session, appeal, viewer_id=viewer_id, context_id=context_id):
        raise not_found("no such appeal, or not this viewer's")
    return told(session, here, appeal)


def listed(session: Session, here: Tool, *, district_id: UUID, viewer_id: UUID, context_id: UUID | None) -> tuple[Told, ...]:
    """The appeals that this viewer runs, open ones first, then the latest; at most 100."""
    rows = session.scalars(
        select(Appeal)
        .where(Appeal.district_id == district_id)
        .order_by(Appeal.state.in_(appeal_policies.OPEN).desc(), Appeal.filed_at.desc(), Appeal.id)
        .limit(_MOST)
    ).all()
    return tuple(told(session, here, row) for row in rows if may_answer(session, row, viewer_id=viewer_id, context_id=context_id))


def waiting_count(session: Session, *, district_id: UUID, viewer_id: UUID, context_id: UUID | None) -> int:
    """How many appeals wait for this viewer's look at their form."""
    rows = session.scalars(select(Appeal).where(Appeal.district_id == district_id, Appeal.state == "filed").limit(_MOST))
    return sum(may_answer(session, row, viewer_id=viewer_id, context_id=context_id) for row in rows)


@dataclass(frozen=True)
class Appealable:
    """What a teacher's page says of an appeal against a decision: the last one, or until when there can be one."""

    submission_id: UUID
    appeal: Told | None
    until: datetime | None


def appealable(session: Session, here: Tool, *, district_id: UUID, submission: SubmissionRow, newest: bool) -> Appealable | None:
    """For the author of a decided submission; None where there is nothing to say. The caller has checked whose it is."""
    appeal = session.scalars(select(Appeal).where(Appeal.submission_id == submission.id, Appeal.district_id == district_id)).one_or_none()
    if appeal is not None:
        return Appealable(submission.id, told(session, here, appeal), None)
    case, days = Contested(submission.outcome, submission.decided_at, newest, appealed=False), here.settings.appeal_days
    if submission.decided_at is None or appeal_policies.fault(case, here.clock(), days):
        return None
    return Appealable(submission.id, None, appeal_policies.last_day(submission.decided_at, days))
