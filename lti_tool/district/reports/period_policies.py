"""Months, contract years and the period that a report looks at; in the time zone of the installation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

YEAR_BEGINS = 7
"""The month in which a contract year begins."""
RISK_DAYS = (7, 30, 90, 180)
"""Where the groups of days that are left end."""
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


def month_of(at: datetime, zone: ZoneInfo) -> str:
    """The month of a moment, as YYYY-MM."""
    return f"{at.astimezone(zone):%Y-%m}"


def parsed(text: str) -> str | None:
    """A month as YYYY-MM; None for anything else."""
    found = _MONTH.fullmatch(text) if text.isascii() else None
    return text if found and int(found[1]) >= 1900 else None


def first_day(month: str) -> date:
    """The first day of a month."""
    return date.fromisoformat(f"{month}-01")


def month_after(month: str, by: int = 1) -> str:
    """So many months later; before with a minus."""
    year, place = divmod(int(month[:4]) * 12 + int(month[5:]) - 1 + by, 12)
    return f"{year:04}-{place + 1:02}"


def months(first: str, last: str) -> tuple[str, ...]:
    """All months from the first to the last, both included; none where the last comes before."""
    found = []
    while first <= last:
        found.append(first)
        first = month_after(first)
    return tuple(found)


def begins(month: str, zone: ZoneInfo) -> datetime:
    """The moment at which a month begins, in UTC."""
    return datetime.combine(first_day(month), time(), zone).astimezone(UTC)


def edges(oldest: datetime, now: datetime, zone: ZoneInfo) -> tuple[tuple[str, datetime], ...]:
    """Months from that of `oldest` to the present one, each with the moment at which it begins."""
    return tuple((month, begins(month, zone)) for month in months(month_of(min(oldest, now), zone), month_of(now, zone)))


def risk_edges(now: datetime, zone: ZoneInfo) -> tuple[datetime, ...]:
    """Now, and the end of the day that lies 7, 30, 90 and 180 days ahead: deadlines before these moments fall into the groups."""
    day = now.astimezone(zone).date()
    return (now, *(datetime.combine(day + timedelta(days=one + 1), time(), zone).astimezone(UTC) for one in RISK_DAYS))


def contract_year(month: str) -> int:
    """The year in which the contract year of this month began."""
    return int(month[:4]) - (int(month[5:]) < YEAR_BEGINS)


@dataclass(frozen=True)
class Period:
    """From a month to a month, both included, as YYYY-MM."""

    first: str
    last: str

    @property
    def months(self) -> tuple[str, ...]:
        """Its months in order."""
        return months(self.first, self.last)

    def holds(self, month: str) -> bool:
        """Whether a month lies in it."""
        return self.first <= month <= self.last


def year(begun: int) -> Period:
    """A whole contract year."""
    return Period(f"{begun:04}-{YEAR_BEGINS:02}", month_after(f"{begun:04}-{YEAR_BEGINS:02}", 11))


@dataclass(frozen=True)
class Preset:
    """A period that is offered. `key`: all, or the year in which a contract year began."""

    key: str
    period: Period


def presets(oldest: str, present: str) -> tuple[Preset, ...]:
    """Everything known, then contract years, the newest first; one that is not over ends with the present month."""
    oldest = min(oldest, present)
    found = [Preset("all", Period(oldest, present))]
    for begun in range(contract_year(present), contract_year(oldest) - 1, -1):
        whole = year(begun)
        found.append(Preset(str(begun), Period(max(whole.first, oldest), min(whole.last, present))))
    return tuple(found)


def chosen(first: str, last: str, *, oldest: str, present: str) -> Period | None:
    """The period that somebody asks for by its months, cut to what is known; all where they name none. None for what is no period."""
    begun, ended = parsed(first) if first else min(oldest, present), parsed(last) if last else present
    if begun is None or ended is None or begun > ended:
        return None
    return Period(max(begun, min(oldest, present)), min(ended, present)) if begun <= present and ended >= min(oldest, present) else None


def named(period: Period, offered: Sequence[Preset]) -> str:
    """The key of the preset that this period is, or nothing."""
    return next((one.key for one in offered if one.period == period), "")
