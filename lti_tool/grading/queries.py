"""What pages show of scores on their way."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.errors import not_found
from lti_tool.grading.models import ScoreDelivery
from lti_tool.platforms.score_rules import REASONS

_NEXT = {
    "not_a_member": "A course administrator can check the enrollment, then the score can be sent again.",
    "course_concluded": "A course administrator can open the course again. The outcome and the badge stand.",
    "line_item_gone": "A designer can add the activity to the gradebook again. The outcome and the badge stand.",
    "not_allowed": "The LMS administrator can check the tool's permissions.",
    "no_column": "A designer can make the activity count in the gradebook; open it once afterwards. The outcome and the badge stand.",
    "locked": "Whoever runs the gradebook can unlock the grade.",
    "attempts_used": "A course administrator can allow another attempt.",
    "not_understood": "Ask your district's microcredential team; they see the technical answer.",
    "too_long": "The LMS administrator should look at the connection, then the score can be sent again.",
}


@dataclass(frozen=True)
class ScoreState:
    """A score on its way. `state`: queued, sent, refused, attention, held."""

    id: UUID
    activity_id: UUID
    person_id: UUID
    state: str
    given: Decimal
    maximum: Decimal
    sent_at: datetime | None
    due_at: datetime
    reason: str
    next_step: str


def _state(row: ScoreDelivery) -> ScoreState:
    return ScoreState(
        row.id,
        row.activity_id,
        row.person_id,
        row.state,
        row.score_given,
        row.score_maximum,
        row.sent_at,
        row.due_at,
        REASONS.get(row.last_reason, ""),
        _NEXT.get(row.last_reason, ""),
    )


def delivery(session: Session, *, district_id: UUID, delivery_id: UUID) -> ScoreState:
    """One score of this district. Raises Problem(not_found)."""
    row = session.get(ScoreDelivery, delivery_id)
    if row is None or row.district_id != district_id:
        raise not_found("no such delivery")
    return _state(row)


def score_of(session: Session, *, district_id: UUID, enrollment_id: UUID) -> ScoreState | None:
    """The score of one enrollment."""
    row = session.scalars(
        select(ScoreDelivery).where(ScoreDelivery.district_id == district_id, ScoreDelivery.enrollment_id == enrollment_id)
    ).one_or_none()
    return _state(row) if row else None


def scores_of_activity(session: Session, *, district_id: UUID, activity_id: UUID, person_ids: Collection[UUID]) -> dict[UUID, ScoreState]:
    """The scores of these people at one activity, by person."""
    rows = session.scalars(
        select(ScoreDelivery).where(
            ScoreDelivery.district_id == district_id, ScoreDelivery.activity_id == activity_id, ScoreDelivery.person_id.in_(person_ids)
        )
    )
    return {row.person_id: _state(row) for row in rows}
