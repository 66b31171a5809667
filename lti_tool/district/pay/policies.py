"""The rule of recognition, pure: what an award, a new year and a revocation write into one person's account under one series of rules.

In short. A contract year is named by the year in which it starts. An award is credited `amount`, at most what the cap leaves of its year;
the rest is cut off (forfeited, or it waits for the next year). The same microcredential is credited once, whatever its version. When a
year is opened, a recurring rule credits again what each award was credited in the years before, in the order in which they were earned,
under a cap of its own; then what waits is carried in, as far as the cap leaves room. A revocation takes back all that the award was
credited, each sum in its own year, so that there is room again for later awards; what was cut off before is not looked at again, for
others have been told what they get. What people adjust by hand stands beside the caps: it neither uses room nor makes any. A stack rests
on microcredentials that were recognized themselves, so its badge gives something only where a rule names it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

UNITS: Final = ("usd", "hours", "credits", "points")
MOST: Final = 100_000_000_00
"""The largest amount, in hundredths."""


@dataclass(frozen=True)
class Terms:
    """A rule as the account needs it; amounts in hundredths, None for no cap. Days are those of the district."""

    rule: UUID
    amount: int
    cap: int | None
    begins_on: date
    ends_on: date | None = None
    recurring: bool = False
    again_cap: int | None = None
    carries: bool = False
    groups: frozenset[str] = frozenset()
    extent: str = "all"
    microcredentials: frozenset[UUID] = frozenset()

    def on(self, day: date) -> bool:
        """Whether it is in force on a day."""
        return self.begins_on <= day and (self.ends_on is None or day <= self.ends_on)

    def takes(self, microcredential: UUID, *, stack: bool) -> bool:
        """Whether it recognizes this microcredential; a stack only if it is named."""
        if stack:
            return self.extent == "named" and microcredential in self.microcredentials
        return self.extent == "all" or (microcredential in self.microcredentials) == (self.extent == "named")

    def is_for(self, group: str | None) -> bool:
        """Whether somebody of this employee group is meant; case does not matter. None: the group is not known."""
        return not self.groups or (group or "").casefold() in self.groups


@dataclass(frozen=True)
class Line:
    """What one entry says. `under` is the cap that `amount` counts under; see models.PayEntry."""

    kind: str
    cause: str
    year: int
    amount: int = 0
    over: int = 0
    waits: int = 0
    under: str = ""
    award: UUID | None = None
    microcredential: UUID | None = None
    rule: UUID | None = None


def contract_year(day: date, month: int, start: int) -> int:
    """The contract year of a day, where years start on this day of this month."""
    return day.year if (day.month, day.day) >= (month, start) else day.year - 1


def first_day(year: int, month: int, start: int) -> date:
    """The first day of a contract year."""
    return date(year, month, start)


def in_force(rules: Iterable[Terms], day: date) -> Terms | None:
    """The rule of a series that holds on a day."""
    return next((one for one in rules if one.on(day)), None)


def _room(cap: int | None, used: int, wanted: int) -> int:
    return wanted if cap is None else max(0, min(wanted, cap - used))


@dataclass
class Account:
    """One person's lines under one series, oldest first. Every method returns the lines to add, having added them."""

    lines: list[Line] = field(default_factory=list)

    def used(self, year: int, under: str = "year") -> int:
        """What counts under a cap in a year."""
        return sum(line.amount for line in self.lines if line.year == year and line.under == under)

    @property
    def balance(self) -> int:
        """Everything that was ever owed."""
        return sum(line.amount for line in self.lines)

    def waiting(self) -> dict[UUID, int]:
        """What waits for a later year, by award, the longest waiting first."""
        found: dict[UUID, int] = defaultdict(int)
        for line in self.lines:
            if line.award is not None:
                found[line.award] += line.waits
        return {award: waits for award, waits in found.items() if waits > 0}

    def earned(self, terms: Terms, *, award: UUID, microcredential: UUID, year: int) -> list[Line]:
        """An award that the rule recognizes. Nothing when it was credited, or taken back, before."""
        if self._knows(award):
            return []
        about = {"award": award, "microcredential": microcredential, "rule": terms.rule}
        if self._paid_for(microcredential):
            return self._add([Line("credit", "repeat", year, under="year", **about)])  # type: ignore[arg-type]
        paid = _room(terms.cap, self.used(year), terms.amount)
        rest = terms.amount - paid
        lines = [Line("credit", "award", year, paid, under="year", **about)]  # type: ignore[arg-type]
        if rest:
            cause, waits = ("waits", rest) if terms.carries else ("forfeit", 0)
            lines.append(Line("capped", cause, year, over=rest, waits=waits, **about))  # type: ignore[arg-type]
        return self._add(lines)

    def _knows(self, award: UUID) -> bool:
        return any(line.award == award for line in self.lines)

    def _paid_for(self, microcredential: UUID) -> bool:
        """Whether an award of it stands that was credited, or cut off by a cap."""
        first = {line.award for line in self.lines if line.microcredential == microcredential and line.cause == "award"}
        return bool(first - {line.award for line in self.lines if line.kind == "reversal"})

    def opened(self, terms: Terms, year: int, *, is_for: bool, lapsed: Collection[UUID] = ()) -> list[Line]:
        """A contract year begins. `is_for`: the rule is for this person's group; `lapsed` are awards that have expired."""
        return self._add([*self._again(terms, year, lapsed), *self._carried(terms, year)] if is_for else self._carried(terms, year))

    def _again(self, terms: Terms, year: int, lapsed: Collection[UUID]) -> list[Line]:
        if not terms.recurring:
            return []
        base: dict[UUID, int] = defaultdict(int)
        about: dict[UUID, UUID | None] = {}
        for line in self.lines:
            if line.award is not None and line.under == "year" and line.year < year:
                base[line.award] += line.amount
                about.setdefault(line.award, line.microcredential)
        used, lines = self.used(year, "again"), list[Line]()
        for award, amount in base.items():
            if amount <= 0 or award in lapsed:
                continue
            paid = _room(terms.again_cap, used, amount)
            used += paid
            lines.append(Line("credit", "again", year, paid, 0, 0, "again", award, about[award], terms.rule))
            if paid < amount:
                lines.append(Line("capped", "forfeit", year, 0, amount - paid, 0, "", award, about[award], terms.rule))
        return lines

    def _carried(self, terms: Terms, year: int) -> list[Line]:
        used, lines = self.used(year), list[Line]()
        about = {line.award: line.microcredential for line in self.lines}
        for award, waits in self.waiting().items():
            if paid := _room(terms.cap, used, waits):
                used += paid
                lines.append(Line("carried", "waited", year, paid, 0, -paid, "year", award, about[award], terms.rule))
        return lines

    def revoked(self, award: UUID, *, year: int) -> list[Line]:
        """An award is taken back. Nothing when it was before, or was never credited. `year` is the one of the day on which it happens."""
        if not self._knows(award) or any(line.kind == "reversal" and line.award == award for line in self.lines):
            return []
        owed: dict[tuple[int, str], int] = defaultdict(int)
        mine = [line for line in self.lines if line.award == award]
        for line in mine:
            owed[line.year, line.under or "year"] += line.amount
        waits, microcredential = sum(line.waits for line in mine), mine[0].microcredential
        found = [(at, under, amount) for (at, under), amount in sorted(owed.items()) if amount] or [(year, "year", 0)]
        return self._add(
            [
                Line("reversal", "revoked", at, -amount, 0, 0 if place else -waits, under, award, microcredential)
                for place, (at, under, amount) in enumerate(found)
            ]
        )

    def _add(self, lines: list[Line]) -> list[Line]:
        self.lines += lines
        return lines


@dataclass(frozen=True)
class Earned:
    """An award, for trying a rule out on the past."""

    person: UUID
    award: UUID
    microcredential: UUID
    stack: bool
    day: date
    group: str | None


@dataclass(frozen=True)
class Effect:
    """What a rule would have written in one contract year."""

    year: int
    awards: int
    people: int
    credited: int
    over: int
    at_cap: int


def effect(terms: Terms, awards: Iterable[Earned], *, month: int, start: int) -> tuple[Effect, ...]:
    """What a rule would have credited, by contract year; `awards` in the order in which they were earned, none of them revoked."""
    accounts: Mapping[UUID, Account] = defaultdict(Account)
    seen: dict[int, list[Line]] = defaultdict(list)
    people: dict[int, set[UUID]] = defaultdict(set)
    opened: dict[UUID, int] = {}
    last = 0

    def open_until(person: UUID, year: int) -> None:
        for new in range(opened.get(person, year) + 1, year + 1):
            if lines := accounts[person].opened(terms, new, is_for=True):
                seen[new] += lines
                people[new].add(person)
        opened[person] = year

    for one in awards:
        if not (terms.takes(one.microcredential, stack=one.stack) and terms.is_for(one.group)):
            continue
        last = contract_year(one.day, month, start)
        open_until(one.person, last)
        seen[last] += accounts[one.person].earned(terms, award=one.award, microcredential=one.microcredential, year=last)
        people[last].add(one.person)
    for person in accounts:
        open_until(person, last)
    return tuple(
        Effect(
            year,
            sum(1 for line in lines if line.cause in ("award", "repeat")),
            len(people[year]),
            sum(line.amount for line in lines),
            sum(line.over for line in lines),
            sum(1 for one in people[year] if terms.cap is not None and accounts[one].used(year) >= terms.cap),
        )
        for year, lines in sorted(seen.items())
    )
