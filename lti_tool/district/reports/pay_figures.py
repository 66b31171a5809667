"""What reports show of pay, from the ledger's figures."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from lti_tool.district.pay import figures


@dataclass(frozen=True)
class PayYear:
    """A contract year in one unit. Amounts are whole: cents where `unit` is USD, otherwise hours, points … as they are credited.

    `year` as it is shown, such as 2026–27. `committed` is credited less reversed; `capped` is what the cap kept from being credited;
    `cap_per_teacher` and `budget` are None where there is none. `teachers` have a credit, `at_cap` of them can't be credited more.
    """

    year: str
    unit: str
    committed: int
    capped: int
    cap_per_teacher: int | None
    budget: int | None
    teachers: int
    at_cap: int


def years(session: Session, district_id: UUID) -> tuple[PayYear, ...]:
    """The years of a district, the newest first; none where there are no rules, or nothing was credited yet."""
    return tuple(_year(one) for one in figures.by_year(session, district_id))


def _year(one: figures.YearFigure) -> PayYear:
    name = f"{one.year}–{(one.year + 1) % 100:02}" if one.starts != (1, 1) else str(one.year)
    money = one.unit == "usd"

    def whole(hundredths: int) -> int:
        return hundredths if money else round(hundredths / 100)

    cap, budget = (None if value is None else whole(value) for value in (one.cap, one.budget))
    unit = "USD" if money else one.unit
    return PayYear(name, unit, whole(one.committed), whole(one.over), cap, budget, one.people, one.at_cap)
