"""How each LMS takes scores: for the console, for /metrics, and to tell somebody when they wait for too long."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import and_, case, func, literal, select
from sqlalchemy.orm import Session

from lti_tool.grading.models import ScoreDelivery, ScoreLane
from lti_tool.grading.policies import Breaker
from lti_tool.platforms.models import Registration
from lti_tool.platforms.score_rules import REASONS

_HOUR = timedelta(hours=1)
_OPEN = ("refused", "attention", "asked", "held")


@dataclass(frozen=True)
class LaneFigures:
    """How one LMS takes scores. `waiting`: queued; `oldest_at`: since when the oldest of them; `failed_share`: of the tries of this hour
    and the one before, None when there were none. `resting`: nothing is sent before `breaker.until`.
    """

    registration_id: UUID
    district_id: UUID
    name: str
    vendor: str
    state: str
    environment: str
    waiting: int
    oldest_at: datetime | None
    sent: int
    refused: int
    attention: int
    asked: int
    held: int
    last_success_at: datetime | None
    last_failure_at: datetime | None
    tries: int
    failed_share: float | None
    breaker: Breaker
    resting: bool

    @property
    def is_held_up(self) -> bool:
        """Whether the breaker keeps scores from going, or would; one that has rested and has nothing to try is as good as closed."""
        return self.resting or (self.breaker.state != "closed" and self.waiting > 0)

    @property
    def reason(self) -> str:
        """Why nothing is sent just now, in words."""
        return REASONS.get(self.breaker.reason, "")


def lane_figures(session: Session, now: datetime, *, district_id: UUID | None = None) -> tuple[LaneFigures, ...]:
    """Of every LMS of the district, those without any score too; or of the whole installation, where nobody counts what was sent."""

    def count(state: str) -> object:
        return func.coalesce(func.sum(case((ScoreDelivery.state == state, 1), else_=0)), 0)

    there = (
        select(func.count()).where(ScoreDelivery.registration_id == Registration.id, ScoreDelivery.state == "sent").correlate(Registration)
    )
    query = (
        select(
            Registration,
            ScoreLane,
            count("queued"),
            func.min(case((ScoreDelivery.state == "queued", ScoreDelivery.desired_at))),
            there.scalar_subquery() if district_id else literal(0),  # from the index alone; nearly all are there
            *(count(state) for state in _OPEN),  # type: ignore[call-overload]
        )
        .outerjoin(ScoreDelivery, and_(ScoreDelivery.registration_id == Registration.id, ScoreDelivery.state.in_(("queued", *_OPEN))))
        .outerjoin(ScoreLane, ScoreLane.registration_id == Registration.id)
        .group_by(Registration.id, ScoreLane.registration_id)
        .order_by(Registration.created_at, Registration.id)
    )
    if district_id is not None:
        query = query.where(Registration.district_id == district_id)
    return tuple(_figures(*row, now=now) for row in session.execute(query))


def _figures(
    row: Registration,
    lane: ScoreLane | None,
    waiting: int,
    oldest_at: datetime | None,
    sent: int,
    refused: int,
    attention: int,
    asked: int,
    held: int,
    *,
    now: datetime,
) -> LaneFigures:
    breaker = Breaker() if lane is None else Breaker(lane.state, lane.failures, lane.until, lane.reason)
    good, bad = _of_late(lane, now)
    return LaneFigures(
        row.id,
        row.district_id,
        row.name,
        row.vendor,
        row.state,
        row.environment,
        waiting,
        oldest_at,
        sent,
        refused,
        attention,
        asked,
        held,
        lane.last_success_at if lane else None,
        lane.last_failure_at if lane else None,
        good + bad,
        bad / (good + bad) if good + bad else None,
        breaker,
        breaker.state != "closed" and breaker.until is not None and breaker.until > now,
    )


def _of_late(lane: ScoreLane | None, now: datetime) -> tuple[int, int]:
    """Tries of this hour and the one before: taken, failed."""
    if lane is None:
        return 0, 0
    hour = now.replace(minute=0, second=0, microsecond=0)
    if lane.hour == hour:
        return lane.sent + lane.sent_before, lane.failed + lane.failed_before
    return (lane.sent, lane.failed) if lane.hour == hour - _HOUR else (0, 0)


def metrics(session: Session, now: datetime) -> Iterable[Metric]:
    """The same for Prometheus, by registration id: no name of a school or a person."""
    known = {
        "waiting": ("Scores that wait to be sent", lambda one: one.waiting),
        "oldest_seconds": ("Age of the oldest score that waits", lambda one: (now - one.oldest_at).total_seconds() if one.oldest_at else 0),
        "refused": ("Scores that the LMS refused", lambda one: one.refused),
        "attention": ("Scores that the LMS did not take for 14 days", lambda one: one.attention),
        "asked": ("Scores that wait for a decision about somebody's grade", lambda one: one.asked),
        "held": ("Scores without a gradebook column", lambda one: one.held),
        "failed_share": ("Share of tries that failed, this hour and the one before", lambda one: one.failed_share or 0),
        "breaker_open": ("1 while nothing is sent to the LMS", lambda one: int(one.is_held_up)),
        "last_success_timestamp_seconds": ("When a score last arrived", lambda one: _stamp(one.last_success_at)),
    }
    lanes = lane_figures(session, now)
    for name, (words, value) in known.items():
        family = GaugeMetricFamily(f"lti_tool_scores_{name}", words, labels=["registration"])
        for one in lanes:
            family.add_metric([str(one.registration_id)], float(value(one)))  # type: ignore[no-untyped-call]
        yield family


def _stamp(at: datetime | None) -> float:
    return at.timestamp() if at else 0.0
