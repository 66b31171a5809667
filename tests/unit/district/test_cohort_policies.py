"""Who needs a nudge, who may be reminded, which addresses were pasted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.district.cohorts.policies import REST, STALLED, UNBEGUN, Stage, Work, addresses, days_left, may_remind, needs_nudge, stage
from lti_tool.evidence.policies import Phase

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
AGO = st.timedeltas(timedelta(0), timedelta(days=60))
WORKS = st.builds(
    Work,
    st.sampled_from(get_args(Phase)),
    st.sampled_from([None, "submitted", "in_review", "adjudicating", "decided", "returned_incomplete"]),
    st.integers(0, 4),
    st.just(4),
    st.integers(0, 3),
    st.just(3),
    AGO.map(lambda ago: NOW - ago),
)


def work(**given: Any) -> Work:
    values = {"phase": "drafting", "submission": None, "assessed": 0, "criteria": 2, "evidence": 0, "requirements": 2, "moved_at": NOW}
    return Work(**{**values, **given})


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, "begun"),
        ({"assessed": 2}, "self_assessed"),
        ({"assessed": 2, "evidence": 1}, "gathering"),
        ({"phase": "waiting", "submission": "submitted"}, "submitted"),
        ({"phase": "waiting", "submission": "adjudicating"}, "in_review"),
        ({"submission": "decided"}, "returned"),
        ({"phase": "earned", "submission": "decided"}, "earned"),
        ({"phase": "expired"}, "ended"),
    ],
)
def test_stages(given: dict[str, Any], wanted: str) -> None:
    assert stage(work(**given)) == wanted


@given(WORKS)
def test_every_work_has_a_stage(one: Work) -> None:
    assert stage(one) in get_args(Stage)


@given(st.sampled_from(["invited", "accepted", "declined", "left"]), AGO, st.lists(WORKS, max_size=3), st.integers(-5, 5))
def test_nudges(state: str, ago: timedelta, works: list[Work], starts_in: int) -> None:
    starts_on = NOW.date() + timedelta(days=starts_in)
    found = needs_nudge(state=state, since=NOW - ago, goals=3, works=works, starts_on=starts_on, now=NOW)
    if state in ("declined", "left") or starts_in > 0:
        assert not found
    elif state == "invited":
        assert found == (ago >= UNBEGUN)
    elif any(one.phase == "waiting" for one in works):
        assert not found
    elif found and works:
        assert NOW - max(one.moved_at for one in works) >= STALLED
    elif found:
        assert ago >= UNBEGUN


@given(AGO)
def test_at_most_once_a_week(ago: timedelta) -> None:
    assert may_remind(reminded_at=None, now=NOW)
    assert may_remind(reminded_at=NOW - ago, now=NOW) == (ago >= REST)


USERS = st.text("abcXYZ019._-", min_size=1, max_size=10)


@given(st.lists(st.tuples(USERS, USERS), max_size=8), st.sampled_from(["\n", ", ", "; ", " ", "\t"]))
def test_addresses_as_they_are_pasted(parts: list[tuple[str, str]], between: str) -> None:
    given = [f"{user}@{host}.org" for user, host in parts]
    good, bad = addresses(between.join(f"Name <{one}>" for one in given))
    assert set(good) == {one.lower() for one in given}
    assert len(set(good)) == len(good)
    assert bad == ()


@given(st.text(max_size=200))
def test_anything_may_be_pasted(text: str) -> None:
    good, bad = addresses(text)
    assert all("@" in one for one in (*good, *bad))


def test_what_is_no_address_is_said() -> None:
    assert addresses("ada@example.org, ben@here x@y@z.org plain") == (("ada@example.org",), ("ben@here", "x@y@z.org"))
    assert days_left(date(2026, 11, 25), NOW.date()) == 1
