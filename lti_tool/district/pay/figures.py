"""Figures of recognition by contract year, for pages and reports: committed, cap, budget, people at their cap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from lti_tool.district.pay.models import PayEntry, PayRule, PayYear

_YEARS = 6
"""So many contract years back."""


@dataclass(frozen=True)
class YearFigure:
    """One contract year of one series of rules; amounts in hundredths of `unit` (policies.UNITS).

    `committed` is everything that was credited, less what was taken back, with what was adjusted by hand; `over` is what caps cut off.
    `cap` is that of one person in the rule that is in force last in this year, `at_cap` how many have reached it, `people` how many were
    credited anything. `at_most` is what these people can get in the year (cap times people), `budget` what the district has set aside;
    each None where there is none.
    """

    series_id: UUID
    name: str
    unit: str
    year: int
    starts: tuple[int, int]
    committed: int
    over: int
    cap: int | None
    people: int
    at_cap: int
    budget: int | None

    @property
    def at_most(self) -> int | None:
        """What the people who were credited anything can get in the year, without what is paid again."""
        return None if self.cap is None else self.cap * self.people

    @property
    def left(self) -> int | None:
        """What is left of the budget; below zero when it is used up."""
        return None if self.budget is None else self.budget - self.committed


def by_year(session: Session, district_id: UUID) -> tuple[YearFigure, ...]:
    """The figures of a district, newest year first, then by name."""
    newest = session.scalar(select(func.max(PayYear.year)).where(PayYear.district_id == district_id))
    if newest is None:
        return ()
    rules = session.scalars(
        select(PayRule).where(PayRule.district_id == district_id, PayRule.state == "in_force").order_by(PayRule.begins_on)
    ).all()
    found = []
    for series_id, year in session.execute(
        select(PayYear.series_id, PayYear.year)
        .where(PayYear.district_id == district_id, PayYear.year > newest - _YEARS)
        .group_by(PayYear.series_id, PayYear.year)
    ):
        rule = _rule(rules, series_id, year)
        at_cap = PayYear.credited >= rule.cap if rule.cap is not None else PayYear.id.is_(None)
        committed, people, capped = session.execute(
            select(
                func.coalesce(func.sum(PayYear.credited + PayYear.again + PayYear.adjusted), 0),
                func.count(),
                func.coalesce(func.sum(case((at_cap, 1), else_=0)), 0),
            ).where(
                PayYear.district_id == district_id,
                PayYear.series_id == series_id,
                PayYear.year == year,
                or_(PayYear.credited != 0, PayYear.again != 0, PayYear.adjusted != 0),
            )
        ).one()
        over = session.scalar(
            select(func.coalesce(func.sum(PayEntry.over), 0)).where(
                PayEntry.district_id == district_id, PayEntry.series_id == series_id, PayEntry.year == year
            )
        )
        starts = (rule.start_month, rule.start_day)
        sums = (int(committed), int(over or 0), rule.cap, people, int(capped), rule.budget)
        found.append(YearFigure(series_id, rule.name, rule.unit, year, starts, *sums))
    return tuple(sorted(found, key=lambda one: (-one.year, one.name, one.series_id)))


def _rule(rules: Sequence[PayRule], series_id: UUID, year: int) -> PayRule:
    """The rule of a series that is in force last in a contract year, else the first one."""
    mine = [rule for rule in rules if rule.series_id == series_id]
    within = [rule for rule in mine if (rule.begins_on.year, rule.begins_on.month, rule.begins_on.day) < _end(rule, year)]
    return within[-1] if within else mine[0]


def _end(rule: PayRule, year: int) -> tuple[int, int, int]:
    return (year + 1, rule.start_month, rule.start_day)
