"""What the pages of payroll read: the ledger along its indexes, a page at a time, one person's accounts, and rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from lti_tool.catalog.models import STACK, Microcredential
from lti_tool.district.pay import words
from lti_tool.district.pay.models import Employee, PayBatch, PayEntry, PayRule, PayYear
from lti_tool.launch.models import Person

PAGE = 50
_MOST_PEOPLE = 200
_MOST_RULES = 200
_MOST_ENTRIES = 1000


@dataclass(frozen=True)
class Filter:
    """Which entries are shown; empty is all. `person` is a part of a name or an e-mail address, or an employee number."""

    person: str = ""
    year: int | None = None
    kind: str = ""


@dataclass(frozen=True)
class EntryRow:
    """An entry as pages show it. `balance` is that of its account after it, where one account is shown. `batch`: its batch's number."""

    id: UUID
    person_id: UUID
    person: str
    rule: str
    starts: tuple[int, int]
    unit: str
    year: int
    kind: str
    cause: str
    amount: int
    over: int
    moved: int
    title: str
    on_day: date
    actor: str
    note: str
    batch: int | None
    balance: int = 0


@dataclass(frozen=True)
class LedgerPage:
    """A page of the ledger, newest first, and before which entry the next one begins; None at the end."""

    rows: tuple[EntryRow, ...]
    following: UUID | None


def _entries(district_id: UUID) -> Select[Any]:
    series, actor = PayRule.__table__.alias(), Person.__table__.alias()
    return (
        select(
            PayEntry, Person.label, series.c.name, series.c.start_month, series.c.start_day, Microcredential.title,
            Microcredential.state, actor.c.label, PayBatch.number,
        )
        .join(Person, Person.id == PayEntry.person_id)
        .join(series, series.c.id == PayEntry.series_id)
        .outerjoin(Microcredential, Microcredential.id == PayEntry.microcredential_id)
        .outerjoin(actor, actor.c.id == PayEntry.actor_id)
        .outerjoin(PayBatch, PayBatch.id == PayEntry.batch_id)
        .where(PayEntry.district_id == district_id)
    )  # fmt: skip


def _row(found: Any, balance: int = 0) -> EntryRow:
    entry, person, rule, month, start, title, state, actor, batch = found
    return EntryRow(
        entry.id,
        entry.person_id,
        person,
        rule,
        (month, start),
        entry.unit,
        entry.year,
        entry.kind,
        entry.cause,
        entry.amount,
        entry.over,
        entry.moved,
        words.titled(title or "", stack=state == STACK),
        entry.on_day,
        actor or "",
        entry.note,
        batch,
        balance,
    )


def ledger_page(session: Session, district_id: UUID, *, only: Filter, before: UUID | None) -> LedgerPage:
    """A page of the district's ledger, the newest entry first."""
    query = _entries(district_id)
    if only.person.strip():
        query = query.where(PayEntry.person_id.in_(found_people(session, district_id, only.person)))
    if only.year is not None:
        query = query.where(PayEntry.year == only.year)
    if only.kind:
        query = query.where(PayEntry.kind == only.kind)
    if before is not None:
        query = query.where(PayEntry.id < before)
    rows = session.execute(query.order_by(PayEntry.id.desc()).limit(PAGE + 1)).all()
    shown = tuple(_row(one) for one in rows[:PAGE])
    return LedgerPage(shown, shown[-1].id if len(rows) > PAGE else None)


def found_people(session: Session, district_id: UUID, text: str) -> list[UUID]:
    """People whose name or e-mail address holds a text, or whose employee number it is."""
    wanted = text.strip()
    query = (
        select(Person.id)
        .outerjoin(Employee, Employee.person_id == Person.id)
        .where(
            Person.district_id == district_id,
            Person.is_test.is_(False),
            or_(
                Person.label.icontains(wanted, autoescape=True),
                Person.email.icontains(wanted, autoescape=True),
                Employee.number == wanted,
            ),
        )
    )
    return list(session.scalars(query.order_by(Person.label, Person.id).limit(_MOST_PEOPLE)))


@dataclass(frozen=True)
class YearSum:
    """One contract year of one account. `left` under the cap, None without one."""

    series_id: UUID
    rule: str
    unit: str
    starts: tuple[int, int]
    year: int
    credited: int
    again: int
    adjusted: int
    cap: int | None

    @property
    def total(self) -> int:
        """Everything of the year."""
        return self.credited + self.again + self.adjusted

    @property
    def left(self) -> int | None:
        """What can still be earned under the cap."""
        return None if self.cap is None else max(0, self.cap - self.credited)


@dataclass(frozen=True)
class Accounts:
    """Everything of one person: years newest first, entries newest first with the balance of their account after each. `cut`: there are
    more entries than are shown."""  # noqa: D209

    years: tuple[YearSum, ...]
    entries: tuple[EntryRow, ...]
    cut: bool


def accounts_of(session: Session, district_id: UUID, person_id: UUID) -> Accounts:
    """The accounts of one person under every series."""
    sums = session.execute(
        select(PayYear, PayRule).join(PayRule, PayRule.id == PayYear.series_id).where(
            PayYear.district_id == district_id, PayYear.person_id == person_id
        )
    ).all()  # fmt: skip
    caps = rules_by_series(session, district_id)
    years = [
        YearSum(
            row.series_id,
            rule.name,
            rule.unit,
            (rule.start_month, rule.start_day),
            row.year,
            row.credited,
            row.again,
            row.adjusted,
            cap_in(caps.get(row.series_id, []), row.year),
        )
        for row, rule in sums
    ]
    newest = session.execute(
        _entries(district_id).where(PayEntry.person_id == person_id).order_by(PayEntry.id.desc()).limit(_MOST_ENTRIES + 1)
    ).all()
    balances: dict[UUID, int] = {
        series: int(total)
        for series, total in session.execute(
            select(PayEntry.series_id, func.sum(PayEntry.amount))
            .where(PayEntry.district_id == district_id, PayEntry.person_id == person_id)
            .group_by(PayEntry.series_id)
        )
    }
    shown = []
    for found in newest[:_MOST_ENTRIES]:
        entry = found[0]
        shown.append(_row(found, balances[entry.series_id]))
        balances[entry.series_id] -= entry.amount
    return Accounts(tuple(sorted(years, key=lambda one: (-one.year, one.rule, one.series_id))), tuple(shown), len(newest) > _MOST_ENTRIES)


def rules_by_series(session: Session, district_id: UUID) -> dict[UUID, list[PayRule]]:
    """Rules that are or were in force, by series and age."""
    found: dict[UUID, list[PayRule]] = {}
    query = select(PayRule).where(PayRule.district_id == district_id, PayRule.state == "in_force").order_by(PayRule.begins_on)
    for rule in session.scalars(query):
        found.setdefault(rule.series_id, []).append(rule)
    return found


def cap_in(rules: list[PayRule], year: int) -> int | None:
    """The cap of the rule that is in force last in a contract year."""
    within = [rule for rule in rules if rule.begins_on < date(year + 1, rule.start_month, rule.start_day)]
    return (within or rules)[-1 if within else 0].cap if rules else None


def all_rules(session: Session, district_id: UUID) -> tuple[PayRule, ...]:
    """Every rule, drafts first, then the newest."""
    query = select(PayRule).where(PayRule.district_id == district_id)
    return tuple(session.scalars(query.order_by(PayRule.state, PayRule.begins_on.desc(), PayRule.id).limit(_MOST_RULES)))


def following(session: Session, rule: PayRule) -> tuple[PayRule, ...]:
    """Every rule of the same series, oldest first."""
    query = select(PayRule).where(PayRule.district_id == rule.district_id, PayRule.series_id == rule.series_id)
    return tuple(session.scalars(query.order_by(PayRule.begins_on, PayRule.id)))


def years_of(session: Session, district_id: UUID) -> tuple[int, ...]:
    """Contract years that the ledger can be narrowed to, newest first."""
    return tuple(session.scalars(select(PayYear.year).where(PayYear.district_id == district_id).distinct().order_by(PayYear.year.desc())))


def reference(entry_id: UUID) -> str:
    """The last signs of an entry's id, by which people speak of it."""
    return str(entry_id)[-6:].upper()
