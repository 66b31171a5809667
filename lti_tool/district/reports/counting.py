"""A district is counted, as it stands: what is revoked, overturned, erased or moved to another school needs no care of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.district.reports import review_counts as reviews
from lti_tool.district.reports import work_counts as work
from lti_tool.district.reports.period_policies import edges
from lti_tool.district.reports.tallying import Counted, Given, Months, real_tries
from lti_tool.evidence.models import Enrollment, Submission

_FIGURES: tuple[Callable[[Given, Counted], None], ...] = (
    *(work.people, work.funnel, work.earned, work.first, work.risk, work.attempts),
    *(reviews.reviews, reviews.load, reviews.appeals, reviews.criteria, reviews.own),
)


def count(session: Session, district_id: UUID, *, now: datetime, zone: ZoneInfo) -> Counted:
    """Count the district as it stands."""
    months = Months(edges(_oldest(session, district_id) or now, now, zone))
    counted = Counted(months.found[0][0])
    given = Given(session, district_id, real_tries(district_id), months, now, zone)
    for one in _FIGURES:
        one(given, counted)
    return counted


def _oldest(session: Session, district_id: UUID) -> datetime | None:
    of_tries = select(func.min(Enrollment.started_at), func.min(Enrollment.ended_at)).where(Enrollment.district_id == district_id)
    of_work = select(func.min(Submission.submitted_at), func.min(Submission.decided_at)).where(Submission.district_id == district_id)
    found = [*session.execute(of_tries).one(), *session.execute(of_work).one()]
    return min((one for one in found if one is not None), default=None)
