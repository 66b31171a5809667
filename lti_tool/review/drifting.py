"""Reviewers whose outcomes drift away from those of their partners are asked to calibrate again, once for each stretch of work."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from lti_tool.platforms.models import District
from lti_tool.review import agreement, calibrating, calibration_standing
from lti_tool.review.agreement_policies import ENOUGH
from lti_tool.review.calibration_models import CalibrationCall
from lti_tool.review.models import DoubleScore
from lti_tool.tool import Tool
from lti_tool.web.models import RoleGrant


def ask_who_drifts(here: Tool) -> int:
    """Look at every district. Returns how many calibrations were asked for. May stop at any step and be run again."""
    with here.database.read() as session:
        districts = session.scalars(select(District.id).order_by(District.id)).all()
    asked = 0
    for district_id in districts:
        with here.database.unit() as session:
            asked += _ask(session, here, district_id)
    return asked


def _ask(session: Session, here: Tool, district_id: UUID) -> int:
    ready = calibration_standing.ready_anchors(session, district_id)
    credentials = [one for one in ready if calibration_standing.asked_for(session, district_id, one)]
    if not credentials:
        return 0
    pool = session.scalars(select(RoleGrant.person_id).distinct().where(RoleGrant.held(district_id, "reviewer", at=here.clock()))).all()
    drifted = agreement.drifted_reviewers(session, district_id=district_id, reviewer_ids=pool)
    return sum(
        calibrating.ask_again(session, here, district_id=district_id, person_id=person_id, microcredential_id=one, cause="drift")
        for person_id in sorted(drifted)
        if _enough_since(session, district_id, person_id)
        for one in credentials
    )


def _enough_since(session: Session, district_id: UUID, person_id: UUID) -> bool:
    """Whether the drift lies in work that came after the last time it was asked for: old scores stay as they are."""
    last = (
        select(func.max(CalibrationCall.asked_at))
        .where(CalibrationCall.district_id == district_id, CalibrationCall.person_id == person_id, CalibrationCall.cause == "drift")
        .scalar_subquery()
    )
    since = select(func.count()).where(
        DoubleScore.district_id == district_id,
        or_(DoubleScore.first_id == person_id, DoubleScore.second_id == person_id),
        or_(last.is_(None), DoubleScore.decided_at > last),
    )
    return (session.scalar(since) or 0) >= ENOUGH
