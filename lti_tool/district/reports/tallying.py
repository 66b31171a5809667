"""What statements of a count share: which tries are real, months and moments in words of both databases, and what was found.

Everything is counted from the rows as they stand, each time: what is revoked, overturned, erased or moved to another school needs no
care of its own. Test students, and environments that do not count, are left out by `real_tries`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import CTE, BigInteger, ColumnElement, Row, and_, case, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from lti_tool.badges.models import Award
from lti_tool.catalog.models import MicrocredentialVersion
from lti_tool.evidence.models import Enrollment, Submission
from lti_tool.launch.models import Person
from lti_tool.platforms.base import PRODUCTION
from lti_tool.platforms.models import Registration
from lti_tool.review.pool_models import Workplace

DAY = 86_400
SPAN, SPANS = 30, 14
"""Days to earn are counted in spans of so many days; the last holds everything longer."""
LONGEST = 61
"""Days of a review are counted one by one up to here; the last holds everything longer."""
LOADS = (0, 2, 5)
"""Reviewers with none, 1 or 2, 3 to 5, and more open reviews."""

Spot = tuple[str, str]
"""(scope, key): ("all", ""), ("school", its name), ("microcredential", its id)."""


JUDGED: tuple[ColumnElement[bool], ...] = (Submission.state == "decided", Submission.set_aside == 0)
"""Of submissions that count and are decided."""


class epoch(FunctionElement[int]):  # noqa: N801
    """Whole seconds since 1970 of a moment."""

    type, inherit_cache = BigInteger(), True


@compiles(epoch, "sqlite")
def _epoch_sqlite(element: Any, compiler: Any, **given: Any) -> str:
    return f"CAST(strftime('%s', {compiler.process(element.clauses, **given)}) AS INTEGER)"


@compiles(epoch, "postgresql")
def _epoch_postgresql(element: Any, compiler: Any, **given: Any) -> str:
    return f"CAST(floor(extract(epoch FROM {compiler.process(element.clauses, **given)})) AS BIGINT)"


@dataclass
class Counted:
    """What a count has found: {figure: {spot: numbers}}; `first_month` is the oldest of which something is known."""

    first_month: str
    tries: int = 0
    found: dict[str, dict[Spot, Any]] = field(default_factory=dict)

    def add(self, figure: str, spot: Spot, month: str | None, numbers: list[int]) -> None:
        """Add numbers to those of a month; month None: there are no months in this figure."""
        kept = self.found.setdefault(figure, {}).setdefault(spot, {} if month is not None else [0] * len(numbers))
        into = kept if month is None else kept.setdefault(month, [0] * len(numbers))
        for place, number in enumerate(numbers):
            into[place] += int(number or 0)

    def each(self, figure: str, row: Row[Any], numbers: list[int], *, schools: bool = True) -> None:
        """Add to the district, to the microcredential and to the school of a row."""
        if row.month is not None:
            self.add(figure, ("all", ""), row.month, numbers)
            self.add(figure, ("microcredential", str(row.microcredential_id)), row.month, numbers)
            if schools:
                self.add(figure, ("school", row.school), row.month, numbers)


class Months:
    """Which month a column lies in, as a statement says it."""

    def __init__(self, found: tuple[tuple[str, datetime], ...]) -> None:
        self.found = found

    def __call__(self, moment: Any) -> ColumnElement[Any]:
        """The month as YYYY-MM, None where there is no moment."""
        return case(*[(moment >= begun, name) for name, begun in reversed(self.found)], else_=None).label("month")


def real_tries(district_id: UUID) -> CTE:
    """The tries that count, each with its microcredential and school, and whether it is earned and nobody has revoked that."""
    earned = case((and_(Enrollment.state == "earned", Award.revoked_at.is_(None)), 1), else_=0)
    return (
        select(
            *(Enrollment.id, Enrollment.person_id, Enrollment.state, Enrollment.version_id),
            *(Enrollment.started_at, Enrollment.deadline_at, Enrollment.ended_at),
            MicrocredentialVersion.microcredential_id,
            school_of(),
            earned.label("earned"),
            case((is_erased(), 1), else_=0).label("erased"),
        )
        .join(Person, Person.id == Enrollment.person_id)
        .join(Registration, Registration.id == Person.registration_id)
        .join(MicrocredentialVersion, MicrocredentialVersion.id == Enrollment.version_id)
        .outerjoin(Workplace, Workplace.person_id == Enrollment.person_id)
        .outerjoin(Award, Award.enrollment_id == Enrollment.id)
        .where(Enrollment.district_id == district_id, Person.is_test.is_(False), Registration.environment == PRODUCTION)
        .cte("real")
    )


def school_of() -> ColumnElement[Any]:
    """Where somebody works, empty where nobody has said."""
    return func.trim(func.coalesce(Workplace.school, "")).label("school")


def is_erased() -> ColumnElement[bool]:
    """Whether this is all that is left of somebody (keeping.erasing)."""
    return Person.sub.startswith("erased:")


def place_of(value: Any, limits: list[Any], last: int) -> ColumnElement[int]:
    """The place of the first limit that a value does not pass."""
    return case(*[(value <= limit, place) for place, limit in enumerate(limits)], else_=last)


@dataclass(frozen=True)
class Given:
    """What every statement of a count is given."""

    session: Session
    district_id: UUID
    real: CTE
    months: Months
    now: datetime
    zone: ZoneInfo

    def grouped(self, query: Any, *sums: Any) -> Any:
        """Rows of a query by everything in it that is not summed up."""
        inner = query.subquery()
        keys = [one for one in inner.c if one.name not in sums]
        totals = [func.sum(inner.c[name]).label(name) for name in sums]
        return self.session.execute(select(*keys, *totals, func.count().label("n")).group_by(*keys))
