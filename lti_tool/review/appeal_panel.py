"""Who answers an appeal: reviewers without a conflict who had no part in any attempt; and who judges anew after it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.evidence.models import Submission
from lti_tool.review import seats
from lti_tool.review.appeal_models import Appeal, PanelSeat
from lti_tool.review.assignment_facts import had_a_part
from lti_tool.review.telling import seat_over, tell_member
from lti_tool.tool import Tool
from lti_tool.web.models import RoleGrant

HOLDING = ("assigned", "locked")


def fill(session: Session, here: Tool, appeal: Appeal) -> int:
    """Give the empty places of an accepted appeal to the least loaded who may take them. Returns how many stay empty."""
    taken = session.scalars(select(PanelSeat).where(PanelSeat.appeal_id == appeal.id)).all()
    lacking = here.settings.appeal_panel - sum(seat.state in HOLDING for seat in taken)
    if appeal.state != "accepted" or lacking <= 0:
        return 0
    submission = session.get_one(Submission, appeal.submission_id)
    excluded = had_a_part(session, submission.enrollment_id)
    chosen = seats.draw(session, here, submission, lacking, excluded, f"appeal:{appeal.id}:{len(taken)}")
    now = here.clock()
    for person_id in chosen:
        seat = PanelSeat(
            district_id=appeal.district_id,
            appeal_id=appeal.id,
            reviewer_id=person_id,
            state="assigned",
            vote="",
            reasons="",
            decline_reason="",
            assigned_at=now,
            due_at=now + timedelta(days=here.settings.review_days),
            locked_at=None,
        )
        session.add(seat)
        session.flush()
        audit.record(
            session,
            district_id=appeal.district_id,
            at=now,
            action="review:appeal:seat:given",
            subject_id=appeal.submission_id,
            appeal=str(appeal.id),
            seat=str(seat.id),
        )
        tell_member(session, here, seat)
    return lacking - len(chosen)


def refill(session: Session, here: Tool, district_id: UUID) -> None:
    """After the pool has changed: who left it gives up open places, and places that wait for somebody are given."""
    waiting = session.scalars(
        select(Appeal).where(Appeal.district_id == district_id, Appeal.state == "accepted").order_by(Appeal.id).with_for_update()
    ).all()
    pool = set(session.scalars(select(RoleGrant.person_id).where(RoleGrant.held(district_id, "reviewer", at=here.clock()))))
    for appeal in waiting:
        for seat in session.scalars(select(PanelSeat).where(PanelSeat.appeal_id == appeal.id, PanelSeat.state == "assigned")):
            if seat.reviewer_id not in pool:
                seat.state = "withdrawn"
                seat_over(session, here, seat)
        session.flush()
        fill(session, here, appeal)
