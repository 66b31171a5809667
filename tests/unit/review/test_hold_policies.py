"""A privacy problem's way, and the time that it costs a review."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.review import hold_policies as rule
from lti_tool.review.hold_policies import Act, State

START = datetime(2026, 3, 1, tzinfo=UTC)
ACTS: tuple[Act, ...] = (*rule.BY_TEACHER, *rule.BY_COORDINATOR)


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def test_nothing_leads_out_of_what_is_settled() -> None:
    for state, act in product(set(rule.STATES) - set(rule.OPEN), ACTS):
        with pytest.raises(rule.NotNow):
            rule.after(state, act)
    for whose in (rule.BY_TEACHER, rule.BY_COORDINATOR):
        assert {rule.acts(state, whose) for state in set(rule.STATES) - set(rule.OPEN)} == {()}


@given(st.lists(st.sampled_from(ACTS), max_size=12))
def test_any_way_through(acts: list[Act]) -> None:
    state: State = "raised"
    replacement = False
    for act in acts:
        before = state
        try:
            state = rule.after(state, act)
        except rule.NotNow:
            assert act not in rule.acts(before, ACTS)
            continue
        replacement = act == "redo" or (replacement and act in ("ask_again", "accept"))
        if act in rule.BY_TEACHER:
            assert rule.pauses(state), "the teacher alone ends no pause and shows nothing again"
        assert rule.hides(state) or act == "release"
        if state == "replaced":
            assert before == "redone", "only what the teacher gave can stand in its place"
        assert rule.pauses(state) == (state in rule.OPEN)
        assert not rule.pauses(state) or rule.hides(state)


def test_from_every_open_state_somebody_can_end_it() -> None:
    for state in rule.OPEN:
        assert {"release", "remove"} <= set(rule.acts(state, rule.BY_COORDINATOR))
        assert set(rule.BY_TEACHER) == set(rule.acts(state, rule.BY_TEACHER))


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 60)), min_size=1, max_size=6), st.integers(0, 260))
def test_the_time_given_back_is_the_time_that_stood_still(spans: list[tuple[int, int]], assigned: int) -> None:
    """Holds overlap as they like; each is closed in its turn, as the service does it."""
    holds = sorted(((start, start + length) for start, length in spans), key=lambda hold: hold[1])
    due = at(10_000)
    closed: list[int] = []
    for number, (_, end) in enumerate(holds):
        still_open = [raised for raised, _ in holds[number:] if raised <= end]
        began = rule.pause_began([at(raised) for raised in still_open], at(max(closed)) if closed else None)
        if end >= assigned:  # a review that was not there yet has no due date to move
            due = rule.moved(due, at(assigned), began=began, ended=at(end))
        closed.append(end)
    stood_still = {minute for raised, end in holds for minute in range(raised, end) if minute >= assigned}
    assert due - at(10_000) == timedelta(minutes=len(stood_still))


@given(st.integers(0, 100), st.integers(0, 100), st.integers(0, 100))
def test_no_due_date_comes_nearer(assigned: int, began: int, ended: int) -> None:
    assert rule.moved(at(500), at(assigned), began=at(began), ended=at(ended)) >= at(500)
