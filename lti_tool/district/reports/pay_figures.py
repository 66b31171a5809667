"""What reports show of pay. The figures come from whoever keeps the ledger: a function is put into `PROVIDERS`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session


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


PROVIDERS: list[Callable[[Session, UUID, datetime], tuple[PayYear, ...]]] = []
"""Functions of (session, district_id, now) that give the years of a district, the newest first. Added on import of their room."""


def years(session: Session, district_id: UUID, now: datetime) -> tuple[PayYear, ...]:
    """The years of a district, the newest first; none where nobody keeps a ledger or there are no rules."""
    return tuple(one for provider in PROVIDERS for one in provider(session, district_id, now))
