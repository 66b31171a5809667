"""The rule of recognition: caps hold whatever happens in whatever order, sums are the entries' sums, and the replay is the account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lti_tool.district.pay.policies import Account, Earned, Line, Terms, contract_year, effect, first_day
from lti_tool.district.pay.replay_policies import Fact, Facts, Opening, Stored, differences

RULE = UUID(int=1)
AMOUNTS = st.integers(1, 500)
CAPS = st.none() | st.integers(0, 1500)
TERMS = st.builds(
    Terms,
    rule=st.just(RULE),
    amount=AMOUNTS,
    cap=CAPS,
    begins_on=st.just(date(2020, 1, 1)),
    recurring=st.booleans(),
    again_cap=CAPS,
    carries=st.booleans(),
)
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("earn"), st.integers(10, 30), st.integers(40, 46)),
        st.tuples(st.just("revoke"), st.integers(10, 30), st.just(0)),
        st.tuples(st.just("year"), st.just(0), st.just(0)),
    ),
    max_size=40,
)


def lived(terms: Terms, events: list[tuple[str, int, int]]) -> Iterator[tuple[Account, int, list[Line], str, UUID]]:
    """The account after each event: contract year, the lines that were added, what happened to which award."""
    account, year = Account(), 2020
    for kind, number, about in events:
        award = UUID(int=number)
        if kind == "earn":
            lines = account.earned(terms, award=award, microcredential=UUID(int=about), year=year)
        elif kind == "revoke":
            lines = account.revoked(award, year=year)
        else:
            year += 1
            lines = account.opened(terms, year, is_for=True)
        yield account, year, lines, kind, award


@given(TERMS, EVENTS)
def test_no_cap_is_ever_passed(terms: Terms, events: list[tuple[str, int, int]]) -> None:
    for account, year, *_ in lived(terms, events):
        for one in range(2020, year + 1):
            assert terms.cap is None or account.used(one) <= terms.cap
            assert terms.again_cap is None or account.used(one, "again") <= terms.again_cap
            assert account.used(one) >= 0
            assert account.used(one, "again") >= 0


@given(TERMS, EVENTS)
def test_the_balance_is_the_sum_of_its_years_and_nothing_is_lost(terms: Terms, events: list[tuple[str, int, int]]) -> None:
    for account, year, *_ in lived(terms, events):
        years = sum(account.used(one, under) for one in range(2020, year + 1) for under in ("year", "again"))
        assert account.balance == sum(line.amount for line in account.lines) == years
        taken = {line.award for line in account.lines if line.kind == "reversal"}
        for award in {line.award for line in account.lines if line.cause == "award"} - taken:
            mine = [line for line in account.lines if line.award == award]
            first = sum(line.amount for line in mine if line.under == "year")
            waits, lost = (
                sum(line.waits for line in mine),
                sum(line.over for line in mine if line.cause == "forfeit" and line.year == mine[0].year),
            )
            assert first + waits + (0 if terms.carries else lost) == terms.amount, "credited, waiting or forfeited"


@given(TERMS, EVENTS)
def test_a_revoked_award_leaves_nothing(terms: Terms, events: list[tuple[str, int, int]]) -> None:
    for account, *_ in lived(terms, events):
        for award in {line.award for line in account.lines if line.kind == "reversal"}:
            mine = [line for line in account.lines if line.award == award]
            assert sum(line.amount for line in mine) == sum(line.waits for line in mine) == 0


@given(TERMS, EVENTS)
def test_twice_is_once(terms: Terms, events: list[tuple[str, int, int]]) -> None:
    for account, year, lines, kind, award in lived(terms, events):
        if kind == "earn":
            assert account.earned(terms, award=award, microcredential=UUID(int=99), year=year) == []
        elif kind == "revoke":
            assert account.revoked(award, year=year) == []
        assert len([line for line in lines if line.kind == "credit" and line.cause in ("award", "repeat")]) <= 1


@given(TERMS, EVENTS)
def test_a_microcredential_is_credited_once_at_a_time(terms: Terms, events: list[tuple[str, int, int]]) -> None:
    for account, *_ in lived(terms, events):
        taken = {line.award for line in account.lines if line.kind == "reversal"}
        standing = [line.microcredential for line in account.lines if line.cause == "award" and line.award not in taken]
        assert len(standing) == len(set(standing))


def remembered(terms: Terms, events: list[tuple[str, int, int]]) -> tuple[Facts, list[Stored]]:
    """A ledger as it is stored, and what it rests on."""
    stored: list[Stored] = []
    awards: dict[UUID, Fact] = {}
    openings = {2020: Opening(0, None, frozenset())}
    happened = zip(lived(terms, events), events, strict=True)
    for (_, year, lines, kind, award), (_, _, about) in happened:
        day = date(year, 3, 1)
        if kind == "year":
            openings[year] = Opening(len(stored), None, frozenset())
        elif kind == "earn" and award not in awards:
            awards[award] = Fact(award, UUID(int=about), stack=False, day=day, revoked=False)
        elif kind == "revoke" and award in awards:
            awards[award] = replace(awards[award], revoked=True)
        for line in lines:
            stored.append(Stored(len(stored) + 1, line, None, day))
    return Facts((terms,), 1, 1, awards, openings), stored


@given(TERMS, EVENTS)
def test_the_ledger_computed_again_is_the_ledger(terms: Terms, events: list[tuple[str, int, int]]) -> None:
    assert differences(*remembered(terms, events)) == []


@settings(max_examples=60)
@given(TERMS, EVENTS, st.data())
def test_whatever_is_changed_is_seen(terms: Terms, events: list[tuple[str, int, int]], data: st.DataObject) -> None:
    facts, stored = remembered(terms, events)
    if not stored:
        return
    place = data.draw(st.integers(0, len(stored) - 1))
    change = data.draw(st.sampled_from(("amount", "over", "waits", "year", "gone", "twice")))
    if change == "gone":
        changed = stored[:place] + stored[place + 1 :]
    elif change == "twice":
        changed = [*stored, replace(stored[place], number=len(stored) + 1)]
    else:
        line = replace(stored[place].line, **{change: getattr(stored[place].line, change) + 1})
        changed = [*stored[:place], replace(stored[place], line=line), *stored[place + 1 :]]
    assert differences(facts, changed) != []


@given(st.dates(date(2000, 1, 1), date(2100, 12, 31)), st.integers(1, 12), st.integers(1, 28))
def test_contract_years_follow_one_another(day: date, month: int, start: int) -> None:
    year = contract_year(day, month, start)
    assert first_day(year, month, start) <= day < first_day(year + 1, month, start)
    assert contract_year(first_day(year, month, start) - timedelta(days=1), month, start) == year - 1


@given(TERMS, st.lists(st.tuples(st.integers(1, 4), st.integers(1, 30), st.integers(40, 44), st.integers(0, 900)), max_size=40))
def test_trying_a_rule_out_is_what_it_would_do(terms: Terms, drawn: list[tuple[int, int, int, int]]) -> None:
    awards = [
        Earned(UUID(int=who), UUID(int=1000 + place), UUID(int=about), False, date(2024, 1, 1) + timedelta(days=days), None)
        for place, (who, _, about, days) in enumerate(sorted(drawn, key=lambda one: one[3]))
    ]
    found = effect(terms, awards, month=7, start=1)
    for one in found:
        assert terms.cap is None or one.credited <= one.people * (terms.cap + (terms.again_cap or 10**9 if terms.recurring else 0))
        assert one.at_cap <= one.people
    assert sum(one.awards for one in found) == len(awards)


@pytest.mark.parametrize(
    ("group", "groups", "is_for"),
    [
        (None, (), True),
        ("Teachers", (), True),
        (None, ("teachers",), False),
        ("TEACHERS", ("teachers",), True),
        ("Aides", ("teachers",), False),
    ],
)
def test_groups(group: str | None, groups: tuple[str, ...], is_for: bool) -> None:
    assert Terms(RULE, 1, None, date(2026, 1, 1), groups=frozenset(groups)).is_for(group) is is_for


def test_which_microcredentials() -> None:
    one, other = UUID(int=40), UUID(int=41)
    for extent, takes in (("all", (True, True)), ("named", (True, False)), ("except", (False, True))):
        terms = Terms(RULE, 1, None, date(2026, 1, 1), extent=extent, microcredentials=frozenset({one}))
        assert (terms.takes(one, stack=False), terms.takes(other, stack=False)) == takes
        assert (terms.takes(one, stack=True), terms.takes(other, stack=True)) == (extent == "named", False), "a stack only if it is named"


@given(TERMS, st.lists(st.tuples(st.integers(1, 4), st.integers(40, 44), st.booleans()), max_size=30))
def test_stacks_that_nobody_names_change_nothing(terms: Terms, drawn: list[tuple[int, int, bool]]) -> None:
    awards = [
        Earned(UUID(int=who), UUID(int=1000 + place), UUID(int=about + 100 * stack), stack, date(2026, 8, 1), None)
        for place, (who, about, stack) in enumerate(drawn)
    ]
    without = [one for one in awards if not one.stack]
    assert effect(terms, awards, month=7, start=1) == effect(terms, without, month=7, start=1)
    named = replace(terms, extent="named", microcredentials=frozenset(one.microcredential for one in awards))
    assert sum(one.awards for one in effect(named, awards, month=7, start=1)) == len(awards)


def test_the_worked_example() -> None:
    """The fourth of a year at 200 with a cap of 600: nothing, and 200 over it."""
    account, terms = Account(), Terms(RULE, 200_00, 600_00, date(2026, 7, 1))
    for n in range(4):
        last = account.earned(terms, award=UUID(int=n), microcredential=UUID(int=40 + n), year=2026)
    assert [(line.kind, line.amount, line.over) for line in last] == [("credit", 0, 0), ("capped", 0, 200_00)]
    assert account.balance == 600_00
