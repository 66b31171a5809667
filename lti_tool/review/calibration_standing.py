"""Who is calibrated for what, read from what was scored and asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.review.calibration_models import Anchor, Calibration, CalibrationCall
from lti_tool.review.calibration_policies import NEEDED, Done, Standing, standing
from lti_tool.review.pool_models import ReviewSetting

_DEFAULT = ReviewSetting(calibration=True, schools_apart=False, supervisors_apart=True, grace_days=7)


def setting(session: Session, district_id: UUID) -> ReviewSetting:
    """What the district chose; what holds where it chose nothing."""
    return session.get(ReviewSetting, district_id) or _DEFAULT


def ready_anchors(session: Session, district_id: UUID) -> dict[UUID, int]:
    """How many anchors are ready, by microcredential."""
    rows = session.execute(
        select(Anchor.microcredential_id, func.count())
        .where(Anchor.district_id == district_id, Anchor.state == "ready")
        .group_by(Anchor.microcredential_id)
    )
    return dict(rows.all())


def asked_for(session: Session, district_id: UUID, microcredential_id: UUID) -> bool:
    """Whether reviewers have to calibrate for this microcredential: the district asks for it, and there is something to do it with."""
    ready = select(func.count()).where(Anchor.microcredential_id == microcredential_id, Anchor.state == "ready").scalar_subquery()
    return setting(session, district_id).calibration and (session.scalar(select(ready)) or 0) >= NEEDED


def standings(
    session: Session, district_id: UUID, microcredential_id: UUID, person_ids: Collection[UUID], *, now: datetime
) -> dict[UUID, Standing]:
    """Where these people stand for a microcredential."""
    done: dict[UUID, list[Done]] = defaultdict(list)
    for person_id, anchor_id, matched, criteria, finished_at in session.execute(
        select(Calibration.person_id, Calibration.anchor_id, Calibration.matched, Calibration.criteria, Calibration.finished_at)
        .join(Anchor, Anchor.id == Calibration.anchor_id)
        .where(
            Calibration.district_id == district_id,
            Calibration.person_id.in_(person_ids),
            Calibration.state == "done",
            Anchor.microcredential_id == microcredential_id,
        )
    ):
        if finished_at is not None:
            done[person_id].append(Done(anchor_id, matched, criteria, finished_at))
    asked = dict(
        session.execute(
            select(CalibrationCall.person_id, func.max(CalibrationCall.asked_at))
            .where(
                CalibrationCall.district_id == district_id,
                CalibrationCall.person_id.in_(person_ids),
                CalibrationCall.microcredential_id == microcredential_id,
            )
            .group_by(CalibrationCall.person_id)
        ).all()
    )
    return {one: standing(done[one], asked_at=asked.get(one), now=now) for one in person_ids}
