"""The rules of appeals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.review.appeal_policies import (
    GROUNDS,
    NEW_EVIDENCE,
    OPEN,
    VOTES,
    Act,
    Contested,
    NotNow,
    State,
    act_of,
    after,
    fault,
    ground_fault,
    tally,
)

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
STATES, ACTS = get_args(State), get_args(Act)
votes = st.lists(st.sampled_from(VOTES), min_size=1, max_size=7)


@given(st.lists(st.sampled_from(ACTS), max_size=12))
def test_a_case_ends_once_and_stays_ended(acts: list[Act]) -> None:
    state, trail = "filed", list[str]()
    for act in acts:
        try:
            state = after(state, act)
        except NotNow:
            continue
        trail.append(state)
    assert sum(one not in OPEN for one in trail) <= 1, "an end is reached once"
    assert all(one in OPEN for one in trail[:-1]), "and nothing comes after it"
    if state in VOTES:
        assert "accepted" in trail, "no panel answers what was not accepted"
    if state == "refused":
        assert trail == ["refused"], "what was accepted is not refused any more"


def test_every_open_state_has_a_way_out_and_no_closed_one_has() -> None:
    ways = {state: [act for act in ACTS if _possible(state, act)] for state in STATES}
    assert {state for state, acts in ways.items() if acts} == set(OPEN)
    assert {after("accepted", act_of(vote)) for vote in VOTES} == set(VOTES)


def _possible(state: State, act: Act) -> bool:
    try:
        after(state, act)
    except NotNow:
        return False
    return True


@given(votes, st.randoms())
def test_the_order_of_votes_does_not_matter(cast: list[str], shuffle: object) -> None:
    mixed = list(cast)
    shuffle.shuffle(mixed)  # type: ignore[attr-defined]
    assert tally(mixed, len(mixed)) == tally(cast, len(cast))


@given(votes)
def test_only_a_majority_upholds_or_overturns(cast: list[str]) -> None:
    result = tally(cast, len(cast))
    if result in ("upheld", "overturned"):
        assert cast.count(result) * 2 > len(cast)
    else:
        assert not any(cast.count(one) * 2 > len(cast) for one in ("upheld", "overturned"))
    assert tally(cast, len(cast) + 1) is None, "not before the last has answered"


@given(
    st.sampled_from([None, "earned", "revise", "not_earned"]),
    st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=90)),
    st.booleans(),
    st.booleans(),
    st.integers(0, 60),
)
def test_when_there_can_be_an_appeal(outcome: str | None, since: timedelta, newest: bool, appealed: bool, days: int) -> None:
    case = Contested(outcome, NOON - since if outcome else None, newest, appealed)
    possible = outcome in ("revise", "not_earned") and newest and not appealed and days > 0 and since <= timedelta(days=days)
    assert (fault(case, NOON, days) == "") == possible


def test_late_is_said_with_the_day() -> None:
    words = fault(Contested("revise", NOON - timedelta(days=31), newest=True, appealed=False), NOON, 30)
    assert "30 days" in words
    assert "November 23, 2026" in words


@pytest.mark.parametrize("ground", [*GROUNDS, NEW_EVIDENCE, "", "other"])
def test_grounds(ground: str) -> None:
    assert (ground_fault(ground, may_send_again=True) == "") == (ground in GROUNDS)


def test_new_evidence_leads_back_to_the_work() -> None:
    assert "send it in again instead" in ground_fault(NEW_EVIDENCE, may_send_again=True)
    assert "again instead" not in ground_fault(NEW_EVIDENCE, may_send_again=False)
