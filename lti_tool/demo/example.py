"""What a district has set up before its first teacher comes: a rule that gives something for badges, and a small group that goes first."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.catalog.models import Microcredential
from lti_tool.district.cohorts import service as cohorts
from lti_tool.district.cohorts.models import Cohort
from lti_tool.district.pay import policies, rules
from lti_tool.district.pay.models import PayRule
from lti_tool.tool import Tool

GOALS: Final = ("formative-assessment", "small-group-work")
_YEAR_STARTS: Final = (7, 1)


def set_up(session: Session, here: Tool, district_id: UUID, teacher: str) -> None:
    """$200 for each microcredential, at most $600 in a contract year; and a pilot to which a teacher is invited by an e-mail address.

    Where the district has a rule or a cohort already, it keeps its own.
    """
    if session.scalar(select(PayRule.id).where(PayRule.district_id == district_id).limit(1)) is None:
        _rule(session, here, district_id)
    if session.scalar(select(Cohort.id).where(Cohort.district_id == district_id).limit(1)) is None:
        _pilot(session, here, district_id, teacher)


def _rule(session: Session, here: Tool, district_id: UUID) -> None:
    month, day = _YEAR_STARTS
    given = rules.Given(
        name="Microcredential stipend",
        unit="usd",
        amount=200_00,
        cap=600_00,
        recurring=False,
        again_cap=None,
        over_cap="forfeit",
        start_month=month,
        start_day=day,
        groups=(),
        extent="all",
        microcredentials=(),
        budget=20_000_00,
        begins_on=policies.first_day(policies.contract_year(here.today(), month, day), month, day),
    )
    row = rules.write(session, here, district_id=district_id, rule_id=None, given=given, actor_id=None)
    rules.put_in_force(session, here, district_id=district_id, rule_id=row.id, actor_id=None)


def _pilot(session: Session, here: Tool, district_id: UUID, teacher: str) -> None:
    goals = select(Microcredential.id).where(Microcredential.district_id == district_id, Microcredential.key.in_(GOALS))
    plan = cohorts.Plan(
        name="Pilot: talk that shows thinking",
        words="A small group goes first. Tell us what helped, and what got in your way.",
        starts_on=here.today(),
        target_on=here.today() + timedelta(days=180),
        goals=set(session.scalars(goals)),
        context_id=None,
    )
    cohort = cohorts.make(session, here, district_id=district_id, actor_id=None, plan=plan)
    session.flush()
    cohorts.invite(session, here, cohort=cohort, people=(), addresses=(teacher,), actor_id=None)
