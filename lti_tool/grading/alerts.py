"""Somebody is told once when scores of an LMS have waited for an hour, and again only after they had arrived."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.grading.models import ScoreAlert, ScoreDelivery
from lti_tool.platforms.models import Registration
from lti_tool.tool import Tool

log = structlog.get_logger()

AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class Alert:
    """Scores of one LMS that have waited since `oldest_at`; `waiting`: how many, when it was opened."""

    id: UUID
    district_id: UUID
    registration_id: UUID
    lms: str
    waiting: int
    oldest_at: datetime
    opened_at: datetime


def look(here: Tool) -> None:
    """Open an alert for each LMS whose oldest score has waited for an hour, and close those whose scores have arrived."""
    now = here.clock()
    with here.database.unit() as session:
        late = (
            select(ScoreDelivery.registration_id, ScoreDelivery.district_id, func.min(ScoreDelivery.desired_at), func.count())
            .join(Registration, Registration.id == ScoreDelivery.registration_id)
            .where(ScoreDelivery.state == "queued", ScoreDelivery.desired_at <= now - AFTER, Registration.state == "active")
            .group_by(ScoreDelivery.registration_id, ScoreDelivery.district_id)
        )
        waiting = {row[0]: row for row in session.execute(late)}
        for alert in session.scalars(select(ScoreAlert).where(ScoreAlert.closed_at.is_(None)).with_for_update()):
            if waiting.pop(alert.registration_id, None) is None:
                alert.closed_at = now
        for registration_id, district_id, oldest_at, count in waiting.values():
            session.add(
                ScoreAlert(district_id=district_id, registration_id=registration_id, oldest_at=oldest_at, waiting=count, opened_at=now)
            )
            log.warning("scores_wait", registration=str(registration_id), waiting=count, since=oldest_at.isoformat())


def due(session: Session) -> tuple[Alert, ...]:
    """Alerts that nobody has been told of. Whoever tells somebody says so by `told`, in the same unit of work."""
    query = (
        select(ScoreAlert, Registration.name)
        .join(Registration, Registration.id == ScoreAlert.registration_id)
        .where(ScoreAlert.closed_at.is_(None), ScoreAlert.told_at.is_(None))
        .order_by(ScoreAlert.opened_at, ScoreAlert.id)
    )
    return tuple(
        Alert(row.id, row.district_id, row.registration_id, name, row.waiting, row.oldest_at, row.opened_at)
        for row, name in session.execute(query)
    )


def told(session: Session, alert_id: UUID, now: datetime) -> None:
    """Somebody has been told of this alert."""
    session.get_one(ScoreAlert, alert_id).told_at = now
