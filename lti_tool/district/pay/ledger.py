"""How an account is read and written: under a lock for each person and series, so that two awards at once never pass a cap."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.badges.models import Award
from lti_tool.database import insert_if_new, new_id
from lti_tool.district.pay.models import Employee, PayBatch, PayEntry, PayOpen, PayRule, PayYear
from lti_tool.district.pay.policies import Account, Line, Terms, contract_year, first_day, in_force
from lti_tool.launch.models import Person
from lti_tool.tool import Tool

_BATCH = 500


@dataclass(frozen=True)
class Series:
    """Rules that follow one another: what they share, and their terms by age.

    `late`: the first day of what is still to be credited to people, by id, after this one (PayRule.credits_after); None for nothing.
    """

    id: UUID
    district_id: UUID
    unit: str
    month: int
    start: int
    terms: tuple[Terms, ...]
    late: tuple[date, UUID] | None = None

    def waits(self, person_id: UUID) -> date | None:
        """Since when what somebody earned may not be credited yet; None where it is."""
        return self.late[0] if self.late and person_id > self.late[1] else None

    def year_of(self, day: date) -> int:
        """The contract year of a day."""
        return contract_year(day, self.month, self.start)

    def first_day(self, year: int) -> date:
        """When a contract year starts."""
        return first_day(year, self.month, self.start)


def terms_of(rule: PayRule) -> Terms:
    """A rule as the policy needs it."""
    return Terms(
        rule.id,
        rule.amount,
        rule.cap,
        rule.begins_on,
        rule.ends_on,
        rule.recurring,
        rule.again_cap,
        rule.over_cap == "carry",
        frozenset(one.casefold() for one in rule.groups),
        rule.extent,
        frozenset(map(UUID, rule.microcredentials)),
    )


def all_series(session: Session, district_id: UUID, only: UUID | None = None) -> list[Series]:
    """Every series of the district with a rule that is or was in force, always in the same order: locks are taken in it."""
    query = select(PayRule).where(PayRule.district_id == district_id, PayRule.state == "in_force")
    if only is not None:
        query = query.where(PayRule.series_id == only)
    found: dict[UUID, list[PayRule]] = {}
    for rule in session.scalars(query.order_by(PayRule.series_id, PayRule.begins_on)):
        found.setdefault(rule.series_id, []).append(rule)
    return [
        Series(key, district_id, rules[0].unit, rules[0].start_month, rules[0].start_day, tuple(map(terms_of, rules)), _late(rules))
        for key, rules in found.items()
    ]


def _late(rules: list[PayRule]) -> tuple[date, UUID] | None:
    return next(((one.begins_on, one.credits_after) for one in rules if one.credits_after is not None), None)


def group_of(session: Session, person_id: UUID) -> str | None:
    """Somebody's employee group; None where it is not known."""
    return session.scalar(select(Employee.grouped).where(Employee.person_id == person_id)) or None


def line_of(entry: PayEntry) -> Line:
    """An entry as the policy needs it."""
    return Line(
        entry.kind,
        entry.cause,
        entry.year,
        entry.amount,
        entry.over,
        entry.waits,
        entry.under,
        entry.award_id,
        entry.microcredential_id,
        entry.rule_id,
    )


BY_RULE = ("credit", "capped", "carried", "reversal")
"""Kinds of entries that the rule writes; others stand beside it."""


class Book:
    """One person's account under one series, locked until the unit of work ends."""

    def __init__(self, session: Session, here: Tool, series: Series, person_id: UUID, day: date) -> None:
        """Lock the account and open the contract year of `day`, with what belongs to its beginning."""
        self.session, self.here, self.series, self.person_id, self.day = session, here, series, person_id, day
        self.year = series.year_of(day)
        self.group = group_of(session, person_id)
        fresh = self._row(self.year)
        locked = (
            select(PayYear)
            .where(PayYear.person_id == person_id, PayYear.series_id == series.id)
            .order_by(PayYear.year)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        self.years = {row.year: row for row in session.scalars(locked)}
        entries = session.scalars(
            select(PayEntry).where(PayEntry.person_id == person_id, PayEntry.series_id == series.id).order_by(PayEntry.number)
        ).all()
        self.number = entries[-1].number if entries else 0
        self.account = Account([line_of(one) for one in entries if one.kind in BY_RULE])
        if fresh:
            self._open_up()

    def _row(self, year: int) -> bool:
        """Make a year's row; False where it was there: then whoever made it has opened the year."""
        self.session.flush()
        values = {
            "id": new_id(),
            "district_id": self.series.district_id,
            "person_id": self.person_id,
            "series_id": self.series.id,
            "year": year,
            "credited": 0,
            "again": 0,
            "adjusted": 0,
            "opened_after": 0,
            "opened_on": self.day,
            "grouped": self.group,
            "lapsed": [],
        }
        return insert_if_new(self.session, PayYear, values)

    def _open_up(self) -> None:
        """Open this year, and years between that nobody has opened; the first of an account has nothing to begin with."""
        before = [year for year in self.years if year < self.year]
        later = [year for year in self.years if year > self.year]
        if later or not before:
            self.years[self.year].opened_after = self.number
            return
        for year in range(max(before) + 1, self.year + 1):
            if year not in self.years:
                self._row(year)
                self.years[year] = self.session.scalars(
                    select(PayYear).where(PayYear.person_id == self.person_id, PayYear.series_id == self.series.id, PayYear.year == year)
                ).one()
            begins = self.series.first_day(year)
            row = self.years[year]
            row.opened_after, row.opened_on = self.number, self.day
            if (terms := in_force(self.series.terms, begins)) is None:
                continue
            lapsed = self._lapsed(begins)
            row.lapsed = [str(one) for one in lapsed]
            self.write(self.account.opened(terms, year, is_for=terms.is_for(self.group), lapsed=lapsed), f"open:{year}", on=begins)

    def _lapsed(self, begins: date) -> list[UUID]:
        """Awards that had expired before the year began."""
        awards = sorted({line.award for line in self.account.lines if line.award is not None})
        rows = self.session.execute(select(Award.id, Award.valid_until).where(Award.id.in_(awards), Award.valid_until.is_not(None)))
        return [one for one, until in rows if until is not None and self.here.day_of(until) < begins]

    def write(
        self,
        lines: Iterable[Line],
        mark: str,
        *,
        on: date | None = None,
        actor_id: UUID | None = None,
        note: str = "",
        batch_id: UUID | None = None,
        moved: int = 0,
    ) -> list[PayEntry]:
        """Add entries. `mark` says what they come of: an entry of the same mark, kind, year and award is there only once."""
        entries = []
        for line in lines:
            self.number += 1
            entry = PayEntry(
                id=new_id(),
                district_id=self.series.district_id,
                person_id=self.person_id,
                series_id=self.series.id,
                rule_id=line.rule,
                number=self.number,
                unit=self.series.unit,
                year=line.year,
                kind=line.kind,
                cause=line.cause,
                under=line.under,
                amount=line.amount,
                over=line.over,
                waits=line.waits,
                moved=moved,
                award_id=line.award,
                microcredential_id=line.microcredential,
                batch_id=batch_id,
                key=self.key(line, mark),
                on_day=on or self.day,
                at=self.here.clock(),
                actor_id=actor_id,
                grouped=self.group,
                note=note,
            )
            self.session.add(entry)
            entries.append(entry)
            self._sum(line)
            if line.amount:
                self.session.add(
                    PayOpen(
                        entry_id=entry.id,
                        district_id=entry.district_id,
                        person_id=self.person_id,
                        unit=entry.unit,
                        amount=line.amount,
                    )
                )
        self.session.flush()
        return entries

    def key(self, line: Line, mark: str) -> str:
        """What an entry is known by, once in the district."""
        award = line.award.hex if line.award else ""
        return ":".join((self.series.id.hex, self.person_id.hex, mark, line.kind, line.cause, line.under, str(line.year), award))

    def _sum(self, line: Line) -> None:
        row = self.years[line.year]
        if line.under == "year":
            row.credited += line.amount
        elif line.under == "again":
            row.again += line.amount
        else:
            row.adjusted += line.amount


def person_in(session: Session, district_id: UUID, person_id: UUID) -> Person | None:
    """A person of the district who is not a test student."""
    return session.scalars(
        select(Person).where(Person.id == person_id, Person.district_id == district_id, Person.is_test.is_(False))
    ).one_or_none()


def mark(session: Session, here: Tool, batch: PayBatch, sums: Mapping[tuple[UUID, UUID], int], *, kind: str, actor_id: UUID) -> None:
    """One entry in each (person, series) that says what became of the sum that it has in a batch. It changes no balance."""
    series = {one.id: one for one in all_series(session, batch.district_id)}
    day, wanted = here.today(), sorted(sums)
    for begin in range(0, len(wanted), _BATCH):
        some = wanted[begin : begin + _BATCH]
        people = {person_id for person_id, _ in some}
        session.execute(
            select(PayYear.id)
            .where(PayYear.district_id == batch.district_id, PayYear.person_id.in_(people))
            .order_by(PayYear.person_id, PayYear.series_id, PayYear.year)
            .with_for_update()
        ).all()
        last = {
            (person_id, series_id): number
            for person_id, series_id, number in session.execute(
                select(PayEntry.person_id, PayEntry.series_id, func.max(PayEntry.number))
                .where(PayEntry.person_id.in_(people))
                .group_by(PayEntry.person_id, PayEntry.series_id)
            )
        }
        for account in some:
            year = series[account[1]].year_of(day)
            session.add(
                PayEntry(
                    district_id=batch.district_id,
                    person_id=account[0],
                    series_id=account[1],
                    number=last[account] + 1,
                    unit=batch.unit,
                    year=year,
                    kind=kind,
                    cause="batch",
                    under="",
                    moved=sums[account],
                    batch_id=batch.id,
                    key=f"{account[1].hex}:{account[0].hex}:batch:{batch.id.hex}:{kind}",
                    on_day=day,
                    at=here.clock(),
                    actor_id=actor_id,
                )
            )
        session.flush()
