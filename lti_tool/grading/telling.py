"""Tells the people of a district's console of trouble that nobody else would notice: scores that wait for an hour, lists that fail."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from lti_tool.grading.models import ScoreDelivery
from lti_tool.grading.roster_models import Roster
from lti_tool.launch.models import Membership, Person
from lti_tool.notices import service as notices
from lti_tool.platforms.base import PRODUCTION
from lti_tool.platforms.models import Registration
from lti_tool.tool import Tool
from lti_tool.web.models import RoleGrant

log = structlog.get_logger()

AFTER = timedelta(hours=1)
_FAILING = 3  # readings in a row
_CUT_OFF = ("silent", "no_token")


def write_alerts(here: Tool) -> int:
    """Write the alerts that are due: of each LMS one a day while the trouble lasts. Returns how many people were told."""
    now, told = here.clock(), 0
    with here.database.read() as session:
        stuck = _stuck_scores(session, now)
        cut_off = _cut_off(session) - stuck.keys()
        rows = session.scalars(
            select(Registration).where(
                Registration.id.in_({*stuck, *cut_off}), Registration.state == "active", Registration.environment == PRODUCTION
            )
        ).all()
    for row in rows:
        if row.id in stuck:
            log.warning("scores_wait", registration=str(row.id), waiting=stuck[row.id])
        kind, count = ("alert.scores", stuck[row.id]) if row.id in stuck else ("alert.connection", 0)
        with here.database.unit() as session:
            for person_id in _people(session, row, now):
                told += notices.queue(
                    session,
                    district_id=row.district_id,
                    person_id=person_id,
                    kind=kind,
                    thing=f"{row.id}:{now:%Y-%m-%d}",
                    facts={"lms": row.name or row.issuer, **({"count": count} if count else {})},
                    at=now,
                )
    return told


def _stuck_scores(session: Session, now: datetime) -> dict[UUID, int]:
    """How many scores of a registration have waited for an hour, or were given up lately."""
    waiting = (ScoreDelivery.state == "queued") & (ScoreDelivery.desired_at <= now - AFTER)
    given_up = (ScoreDelivery.state == "attention") & (ScoreDelivery.last_attempt_at >= now - timedelta(days=1))
    query = select(ScoreDelivery.registration_id, func.count()).where(or_(waiting, given_up)).group_by(ScoreDelivery.registration_id)
    return dict(session.execute(query).all())


def _cut_off(session: Session) -> set[UUID]:
    """Registrations whose LMS did not let the worker in, or did not answer, several times in a row."""
    failing = (Roster.failure.in_(_CUT_OFF), Roster.attempts >= _FAILING)
    return set(session.scalars(select(Roster.registration_id).where(*failing).distinct()))


def _people(session: Session, row: Registration, now: datetime) -> Iterable[UUID]:
    """Coordinators of the district, and administrators of this LMS who may open the console."""
    coordinators = select(RoleGrant.person_id).where(RoleGrant.held(row.district_id, "coordinator", at=now))
    found = set(session.scalars(coordinators))
    if row.admins_run_console:
        members = select(Membership.person_id, Membership.rights).join(Person, Person.id == Membership.person_id)
        rows = session.execute(members.where(Person.registration_id == row.id, Membership.source == "launch"))
        found |= {person_id for person_id, rights in rows if "console" in rights}
    return sorted(found)
