"""What pages show of scores on their way."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from lti_tool.catalog.models import Activity
from lti_tool.errors import not_found
from lti_tool.grading.models import ScoreDelivery
from lti_tool.language import later
from lti_tool.launch.models import Person
from lti_tool.platforms.models import Registration
from lti_tool.platforms.score_rules import REASONS, rules_for

PAGE = 50
_NEXT = {
    "not_a_member": later(
        "A course administrator can check that the enrollment is active and that the course and the activity are published; "
        "then the score can be sent again."
    ),
    "course_concluded": later("A course administrator can open the course again. The outcome and the badge stand."),
    "line_item_gone": later(
        "A designer can add the activity to the gradebook again and open it once; the score then goes out by itself. "
        "The outcome and the badge stand."
    ),
    "not_allowed": later("The LMS administrator can check the tool's permissions."),
    "no_column": later(
        "A designer can make the activity count in the gradebook; open it once afterwards. The outcome and the badge stand."
    ),
    "locked": later("Whoever runs the gradebook can unlock the grade."),
    "attempts_used": later("A course administrator can allow another attempt."),
    "not_understood": later("Ask your district's microcredential team; they see the technical answer."),
    "too_long": later("The LMS administrator should look at the connection, then the score can be sent again."),
    "human_grade": later("An instructor of the course decides which of the two stays. The outcome and the badge stand either way."),
    "theirs_stays": later("The outcome and the badge stand."),
    "erased": later("Nothing is to be done."),
}


@dataclass(frozen=True)
class ScoreState:
    """A score on its way. `state`: queued, sent, refused, attention, held, asked, kept. `scoring`: points, percent, pass.

    `arrived`: ours is in the gradebook, though perhaps an earlier one. `found`: a grade there that is not ours, with its maximum.
    `stays_shown`: what the LMS does about such a grade whatever we send.
    """

    id: UUID
    activity_id: UUID
    person_id: UUID
    state: str
    given: Decimal
    maximum: Decimal
    scoring: str
    sent_at: datetime | None
    due_at: datetime
    desired_at: datetime
    arrived: bool
    reason: str
    next_step: str
    found: tuple[Decimal, Decimal] | None
    found_at: datetime | None
    decision: str
    stays_shown: str
    status: int | None


def _states() -> Select[ScoreDelivery, str, str]:
    return (
        select(ScoreDelivery, Activity.scoring, Registration.vendor)
        .join(Activity, Activity.id == ScoreDelivery.activity_id)
        .join(Registration, Registration.id == ScoreDelivery.registration_id)
    )


def _state(row: ScoreDelivery, scoring: str, vendor: str) -> ScoreState:
    found = None if row.found_given is None or row.found_maximum is None else (row.found_given, row.found_maximum)
    return ScoreState(
        row.id,
        row.activity_id,
        row.person_id,
        row.state,
        row.score_given,
        row.score_maximum,
        scoring,
        row.sent_at,
        row.due_at,
        row.desired_at,
        row.sent_version > 0,
        REASONS.get(row.last_reason, ""),
        _NEXT.get(row.last_reason, ""),
        found,
        row.found_at,
        row.decision,
        rules_for(vendor).stays_shown,
        row.last_status,
    )


def delivery(session: Session, *, district_id: UUID, delivery_id: UUID) -> ScoreState:
    """One score of this district. Raises Problem(not_found)."""
    found = session.execute(_states().where(ScoreDelivery.id == delivery_id, ScoreDelivery.district_id == district_id)).one_or_none()
    if found is None:
        raise not_found("no such delivery")
    return _state(*found)


def score_of(session: Session, *, district_id: UUID, enrollment_id: UUID) -> ScoreState | None:
    """The score of one enrollment."""
    mine = (ScoreDelivery.district_id == district_id, ScoreDelivery.enrollment_id == enrollment_id)
    found = session.execute(_states().where(*mine)).one_or_none()
    return _state(*found) if found else None


def scores_of_activity(session: Session, *, district_id: UUID, activity_id: UUID, person_ids: Collection[UUID]) -> dict[UUID, ScoreState]:
    """The scores of these people at one activity, by person."""
    of_it = (ScoreDelivery.district_id == district_id, ScoreDelivery.activity_id == activity_id, ScoreDelivery.person_id.in_(person_ids))
    return {row.person_id: _state(row, *more) for row, *more in session.execute(_states().where(*of_it))}


@dataclass(frozen=True)
class ScoreLine:
    """Somebody's score in a list."""

    label: str
    score: ScoreState


@dataclass(frozen=True)
class ScorePage:
    """A page of the scores of an activity: those first that wait for a person. `counts`: how many are in each state."""

    lines: tuple[ScoreLine, ...]
    counts: dict[str, int]
    page: int
    pages: int

    @property
    def failed(self) -> int:
        """How many were refused, or not taken for 14 days."""
        return self.counts.get("refused", 0) + self.counts.get("attention", 0)

    @property
    def total(self) -> int:
        """How many there are."""
        return sum(self.counts.values())


_ORDER = case({"asked": 0, "attention": 1, "refused": 2, "held": 3, "queued": 4, "kept": 5}, value=ScoreDelivery.state, else_=6)


def score_page(session: Session, *, district_id: UUID, activity_id: UUID, page: int) -> ScorePage:
    """The scores of one activity. A page that there is not gives the last one."""
    of_it = (ScoreDelivery.district_id == district_id, ScoreDelivery.activity_id == activity_id)
    by_state = select(ScoreDelivery.state, func.count()).where(*of_it).group_by(ScoreDelivery.state)
    counts = {row[0]: row[1] for row in session.execute(by_state)}
    pages = max(1, -(-sum(counts.values()) // PAGE))
    page = min(max(page, 1), pages)
    query = (
        _states()
        .add_columns(Person.label)
        .join(Person, Person.id == ScoreDelivery.person_id)
        .where(*of_it)
        .order_by(_ORDER, func.lower(Person.label), ScoreDelivery.id)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    lines = tuple(ScoreLine(label, _state(row, scoring, vendor)) for row, scoring, vendor, label in session.execute(query))
    return ScorePage(lines, counts, page, pages)
