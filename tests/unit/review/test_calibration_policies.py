"""When a reviewer is calibrated, and which anchor comes next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.review.calibration_policies import COUNTS_FOR, NEEDED, Done, matches, next_anchor, standing

NOW = datetime(2026, 11, 24, tzinfo=UTC)
A, B, C = (UUID(int=n) for n in (1, 2, 3))


def days(n: int) -> datetime:
    return NOW - timedelta(days=n)


@pytest.mark.parametrize(
    ("matched", "criteria", "passed"), [(4, 5, True), (3, 4, False), (5, 5, True), (1, 1, True), (7, 9, False), (0, 0, False)]
)
def test_eighty_percent_pass(matched: int, criteria: int, passed: bool) -> None:
    assert Done(A, matched, criteria, NOW).passed is passed


def test_two_anchors_are_needed_and_the_same_one_twice_is_one() -> None:
    once = [Done(A, 5, 5, days(1))]
    assert standing(once, asked_at=None, now=NOW).calibrated is False
    assert standing([*once, Done(A, 5, 5, days(2))], asked_at=None, now=NOW).passed == 1
    assert standing([*once, Done(B, 3, 5, days(2))], asked_at=None, now=NOW).calibrated is False
    both = standing([*once, Done(B, 4, 5, days(10))], asked_at=None, now=NOW)
    assert both.until == days(10) + COUNTS_FOR


def test_a_year_later_it_has_to_be_done_again() -> None:
    done = [Done(A, 5, 5, days(365)), Done(B, 5, 5, days(10))]
    assert standing(done, asked_at=None, now=NOW).calibrated is False
    assert standing(done, asked_at=None, now=days(1)).calibrated is True


def test_asking_again_ends_what_was_reached_before() -> None:
    done = [Done(A, 5, 5, days(20)), Done(B, 5, 5, days(10))]
    assert standing(done, asked_at=days(15), now=NOW).passed == 1
    assert standing(done, asked_at=days(30), now=NOW).calibrated is True


@given(st.lists(st.builds(Done, st.sampled_from([A, B, C]), st.integers(0, 5), st.just(5), st.integers(0, 800).map(days)), max_size=8))
def test_calibrated_means_that_two_anchors_were_passed_within_a_year(done: list[Done]) -> None:
    fresh = {one.anchor_id for one in done if one.matched >= 4 and one.finished_at > NOW - COUNTS_FOR}
    found = standing(done, asked_at=None, now=NOW)
    assert (found.passed, found.calibrated) == (len(fresh), len(fresh) >= NEEDED)
    if found.until is not None:
        assert not standing(done, asked_at=None, now=found.until).calibrated
        assert standing(done, asked_at=None, now=found.until - timedelta(seconds=1)).calibrated


def test_what_is_next_is_what_was_never_scored_then_what_is_a_year_old() -> None:
    assert next_anchor([A, B, C], [], now=NOW) == A
    assert next_anchor([A, B, C], [Done(A, 0, 5, days(1))], now=NOW) == B
    every = [Done(A, 5, 5, days(400)), Done(B, 5, 5, days(500)), Done(C, 0, 5, days(3))]
    assert next_anchor([A, B, C], every, now=NOW) == B
    assert next_anchor([C], every, now=NOW) is None
    assert next_anchor([], [], now=NOW) is None


def test_only_exactly_the_same_level_matches() -> None:
    assert matches({"a": 2, "b": 1}, {"a": 2, "b": 2, "c": 0}) == 1
