"""When a district is counted anew, and where it is kept. A count reads everything, so a page reads next to nothing."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.audit import AuditEvent
from lti_tool.database import after_commit, insert_if_new, new_id
from lti_tool.district.reports.counting import count
from lti_tool.district.reports.models import ReportCount, ReportRun
from lti_tool.district.reports.recounting_policies import SMALL, Known, at_once, due
from lti_tool.evidence.models import Enrollment
from lti_tool.platforms.models import District
from lti_tool.tool import Tool

_EMPTY = {"tries": 0, "took_ms": 0, "sequence": 0, "first_month": ""}
_LEASE = timedelta(minutes=15)


def recount(here: Tool, district_id: UUID) -> ReportRun:
    """Count a district and keep what was found, unless somebody has kept a newer count meanwhile."""
    now, begun = here.clock(), time.monotonic()
    with here.database.read() as session:
        sequence = _length_of_trail(session, district_id)  # before the reading: what happens during it is counted next time
        found = count(session, district_id, now=now, zone=ZoneInfo(here.settings.timezone))
    took = int(1000 * (time.monotonic() - begun))
    rows = [
        {"id": new_id(), "district_id": district_id, "figure": figure, "scope": scope, "key": key, "counted": numbers}
        for figure, spots in found.found.items()
        for (scope, key), numbers in spots.items()
    ]
    with here.database.unit() as session:
        insert_if_new(session, ReportRun, {"district_id": district_id, **_EMPTY})
        run = session.get_one(ReportRun, district_id, with_for_update=True)
        if run.counted_at is not None and run.counted_at > now:
            return run
        run.counted_at, run.tries, run.took_ms, run.sequence, run.first_month = now, found.tries, took, sequence, found.first_month
        run.leased_until = None
        if run.wanted_at is not None and run.wanted_at <= now:
            run.wanted_at = None
        session.execute(delete(ReportCount).where(ReportCount.district_id == district_id))
        if rows:
            session.execute(insert(ReportCount), rows)
    return run


def _length_of_trail(session: Session, district_id: UUID) -> int:
    return session.scalar(select(func.max(AuditEvent.sequence)).where(AuditEvent.district_id == district_id)) or 0


def _known(run: ReportRun | None, sequence: int) -> Known | None:
    if run is None:
        return None
    return Known(run.counted_at, run.wanted_at, run.tries, run.took_ms, news=sequence > run.sequence)


def opened(here: Tool, district_id: UUID) -> ReportRun | None:
    """What is known, for somebody who opens a page; where a district is small it is counted first. None: nothing is counted yet."""
    with here.database.read() as session:
        run = session.get(ReportRun, district_id)
        if run is not None and run.counted_at is not None:
            tries = run.tries
        else:
            some = select(Enrollment.id).where(Enrollment.district_id == district_id).limit(SMALL + 1).subquery()
            tries = session.scalar(select(func.count()).select_from(some)) or 0
    counted_at = run.counted_at if run else None
    if at_once(tries, counted_at, here.clock()):
        return recount(here, district_id)
    if counted_at is None:
        with here.database.unit() as session:
            want(session, here, district_id, at=here.clock())
        return None
    return run


def want(session: Session, here: Tool, district_id: UUID, *, at: datetime) -> None:
    """Ask the worker to count."""
    insert_if_new(session, ReportRun, {"district_id": district_id, **_EMPTY})
    session.execute(update(ReportRun).where(ReportRun.district_id == district_id, ReportRun.wanted_at.is_(None)).values(wanted_at=at))
    after_commit(session, here.wake)


def refresh(here: Tool, district_id: UUID, *, actor_id: UUID) -> bool:
    """Somebody wants new figures. Whether they are there already; otherwise the worker counts."""
    now = here.clock()
    with here.database.unit() as session:
        run = session.get(ReportRun, district_id)
        quick = run is not None and run.counted_at is not None and run.tries <= SMALL
        if not quick:
            want(session, here, district_id, at=now)
        audit.record(session, district_id=district_id, at=now, action="district:reports:refreshed", actor_id=actor_id)
    if quick:
        recount(here, district_id)
    return quick


def recount_due(here: Tool) -> None:
    """Count what is due, one district after the other."""
    now = here.clock()
    with here.database.read() as session:
        longest = select(func.max(AuditEvent.sequence)).where(AuditEvent.district_id == District.id).scalar_subquery()
        query = select(District.id, ReportRun, longest).outerjoin(ReportRun, ReportRun.district_id == District.id)
        found = [(district_id, _known(run, sequence or 0)) for district_id, run, sequence in session.execute(query.order_by(District.id))]
    for district_id, known in found:
        if due(known, now) and _leased(here, district_id, now):
            recount(here, district_id)


def _leased(here: Tool, district_id: UUID, now: datetime) -> bool:
    """Whether this worker may count; a long count goes on while the next look comes."""
    free = or_(ReportRun.leased_until.is_(None), ReportRun.leased_until <= now)
    with here.database.unit() as session:
        insert_if_new(session, ReportRun, {"district_id": district_id, **_EMPTY})
        taken = update(ReportRun).where(ReportRun.district_id == district_id, free).values(leased_until=now + _LEASE)
        return session.execute(taken.returning(ReportRun.district_id)).first() is not None
