"""What the last count found, as reports read it: numbers of a group in a period, the groups of a table, and which of them to hide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.catalog.models import Microcredential
from lti_tool.district.reports.models import ReportCount, SchoolHeadcount
from lti_tool.district.reports.period_policies import Period
from lti_tool.district.reports.suppression_policies import Group, hidden
from lti_tool.language import _

Spot = tuple[str, str]
ALL: Spot = ("all", "")
SHOWN = 40
"""Rows of a table on a page; the file has all of them."""


@dataclass(frozen=True)
class Asked:
    """What somebody wants to see. `school` and `microcredential` are never both given (decision 33)."""

    district_id: UUID
    period: Period
    now: datetime
    zone: ZoneInfo
    enrollment_days: int
    review_days: int
    school: str | None = None
    microcredential: UUID | None = None
    most: int = SHOWN
    runs_program: bool = True

    @property
    def spot(self) -> Spot:
        """The group that is looked at."""
        if self.school is not None:
            return "school", self.school
        return ("microcredential", str(self.microcredential)) if self.microcredential else ALL


@dataclass(frozen=True)
class Part:
    """A group of a table: its name and its numbers; `hidden` ones are not shown."""

    key: str
    name: str
    numbers: list[int]
    hidden: bool


class Data:
    """Figures of a district, as they were counted."""

    def __init__(self, found: dict[str, dict[Spot, Any]], titles: dict[str, str], headcounts: dict[str, int]) -> None:
        self.found, self.titles, self.headcounts = found, titles, headcounts

    def at(self, figure: str, spot: Spot) -> Any:
        """Everything of one figure and group; empty where nothing was counted."""
        return self.found.get(figure, {}).get(spot, {})

    def sums(self, figure: str, spot: Spot, width: int, period: Period) -> list[int]:
        """Numbers of all months of a period together."""
        found = [numbers for month, numbers in self.at(figure, spot).items() if period.holds(month)]
        return [sum(column) for column in zip(*found, strict=True)] if found else [0] * width

    def by_month(self, figure: str, spot: Spot, width: int, period: Period) -> list[tuple[str, list[int]]]:
        """Numbers of each month of a period."""
        months = self.at(figure, spot)
        return [(month, months.get(month) or [0] * width) for month in period.months]

    def people(self, spot: Spot) -> int:
        """How many people a group has."""
        found = self.at("people", spot)
        return int(found[0]) if found else 0

    def name(self, scope: str, key: str) -> str:
        """What a group is called."""
        return (key or _("School not known")) if scope == "school" else self.titles.get(key, _("Removed microcredential"))

    def keys(self, scope: str) -> list[str]:
        """The groups of which something is known, by name."""
        found = {key for spots in self.found.values() for of, key in spots if of == scope}
        return sorted(found, key=lambda key: (scope == "school" and not key, self.name(scope, key).casefold(), key))

    def parts(self, scope: str, numbers: Callable[[Spot], list[int]], cases: Callable[[list[int]], int]) -> list[Part]:
        """The groups of a table, by name. `cases`: on how many tries (people, submissions …) the numbers of a group rest."""
        found = [(key, numbers((scope, key))) for key in self.keys(scope)]
        groups = [Group(key, self.people((scope, key)), cases(own)) for key, own in found]
        gone = hidden(groups, overlapping=scope == "microcredential")
        return [Part(key, self.name(scope, key), own, key in gone) for key, own in found]

    def withholds(self, asked: Asked, numbers: Callable[[Spot], list[int]], cases: Callable[[list[int]], int]) -> bool:
        """Whether the chosen group is one that the table of all such groups hides, or none at all."""
        scope, key = asked.spot
        if scope == "all":
            return False
        return not any(part.key == key and not part.hidden for part in self.parts(scope, numbers, cases))

    def choices(self, scope: str) -> list[tuple[str, str]]:
        """The groups that may be looked at by themselves: (key, name)."""
        return [
            (one.key, one.name) for one in self.parts(scope, lambda spot: [self.people(spot)], sum) if not one.hidden and one.numbers[0]
        ]


def load(session: Session, district_id: UUID, figures: Sequence[str], scopes: Sequence[str]) -> Data:
    """Read figures, always with how many people the groups have."""
    query = select(ReportCount.figure, ReportCount.scope, ReportCount.key, ReportCount.counted).where(
        ReportCount.district_id == district_id, ReportCount.figure.in_({"people", *figures}), ReportCount.scope.in_({"all", *scopes})
    )
    found: dict[str, dict[Spot, Any]] = {}
    for figure, scope, key, counted in session.execute(query):
        found.setdefault(figure, {})[(scope, key)] = counted
    titles = select(Microcredential.id, Microcredential.title).where(Microcredential.district_id == district_id)
    named = {str(one): title for one, title in session.execute(titles)} if "microcredential" in scopes else {}
    return Data(found, named, headcounts(session, district_id) if "school" in scopes else {})


def headcounts(session: Session, district_id: UUID) -> dict[str, int]:
    """How many people the schools employ, where a coordinator has said so."""
    rows = session.execute(select(SchoolHeadcount.school, SchoolHeadcount.people).where(SchoolHeadcount.district_id == district_id))
    return {row.school: row.people for row in rows}
