"""A person's account computed again from awards, revocations and rules: pure, and compared with what the ledger says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from lti_tool.district.pay.policies import Account, Line, Terms, contract_year, first_day, in_force


@dataclass(frozen=True)
class Stored:
    """An entry that the rule wrote: its number in the account, the group and the day that it noted."""

    number: int
    line: Line
    group: str | None
    day: date


@dataclass(frozen=True)
class Fact:
    """An award that counts. `known` is the person's group, `since` the day from which on it was that; None where it is not known."""

    award: UUID
    microcredential: UUID
    stack: bool
    day: date
    revoked: bool
    known: str | None = None
    since: date | None = None


@dataclass(frozen=True)
class Opening:
    """That a contract year was opened: after which entry, for which group, which awards had expired."""

    after: int
    group: str | None
    lapsed: frozenset[UUID]


@dataclass(frozen=True)
class Facts:
    """What an account rests on. `month` and `start`: when contract years start."""

    terms: Sequence[Terms]
    month: int
    start: int
    awards: Mapping[UUID, Fact]
    openings: Mapping[int, Opening]


def differences(facts: Facts, stored: Sequence[Stored]) -> list[str]:
    """What differs between the ledger and the account computed again, in words; empty when nothing does."""
    account, found, place = Account(), list[str](), 0
    openings = sorted(facts.openings.items(), key=lambda one: (one[1].after, one[0]))
    first = min(facts.openings, default=0)
    while place < len(stored) or openings:
        number = stored[place].number if place < len(stored) else None
        if openings and (number is None or openings[0][1].after < number):
            year, opening = openings.pop(0)
            expected = _opened(facts, account, year, opening) if year != first else []
        else:
            expected = _next(facts, account, stored[place])
            if not expected:
                found.append(f"entry {number}: nothing asks for it")
                account.lines.append(stored[place].line)
                place += 1
                continue
        for line in expected:
            there = stored[place].line if place < len(stored) else None
            if there != line:
                found.append(f"entry {stored[place].number if place < len(stored) else 'missing'}: {_said(there)}, computed {_said(line)}")
            place += 1
    return found + _missing(facts, account)


def _opened(facts: Facts, account: Account, year: int, opening: Opening) -> list[Line]:
    terms = in_force(facts.terms, first_day(year, facts.month, facts.start))
    return account.opened(terms, year, is_for=terms.is_for(opening.group), lapsed=opening.lapsed) if terms else []


def _next(facts: Facts, account: Account, entry: Stored) -> list[Line]:
    """What the event gives that this entry is the first of."""
    line, fact = entry.line, facts.awards.get(entry.line.award or UUID(int=0))
    if fact is None:
        return []
    if line.kind == "reversal":
        return account.revoked(fact.award, year=contract_year(entry.day, facts.month, facts.start)) if fact.revoked else []
    terms = in_force(facts.terms, fact.day)
    if line.cause not in ("award", "repeat") or terms is None:
        return []
    if not terms.takes(fact.microcredential, stack=fact.stack) or not terms.is_for(entry.group):
        return []
    return account.earned(
        terms, award=fact.award, microcredential=fact.microcredential, year=contract_year(fact.day, facts.month, facts.start)
    )


def _missing(facts: Facts, account: Account) -> list[str]:
    credited = {line.award for line in account.lines}
    reversed_ = {line.award for line in account.lines if line.kind == "reversal"}
    found = []
    for fact in facts.awards.values():
        if fact.award in credited:
            if fact.revoked and fact.award not in reversed_:
                found.append(f"award {fact.award} is revoked and was not taken back")
            continue
        terms = in_force(facts.terms, fact.day)
        if terms is None or fact.revoked or not terms.takes(fact.microcredential, stack=fact.stack):
            continue
        if not terms.groups or (fact.since is not None and fact.since <= fact.day and terms.is_for(fact.known)):
            found.append(f"award {fact.award} was not credited")
    return found


def _said(line: Line | None) -> str:
    return "nothing" if line is None else f"{line.kind} {line.cause} {line.year}: {line.amount}, over {line.over}, waits {line.waits}"
