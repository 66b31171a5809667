"""Whose a grade in the gradebook is, and when an LMS is left alone: rules without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.grading.policies import Breaker, Found, Score, Verdict, after_failure, found_in, read_score, verdict

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
POINTS = st.decimals(min_value=0, max_value=100, places=3)
MAXIMA = st.integers(min_value=1, max_value=1000)


def scores(points: st.SearchStrategy[Decimal] = POINTS) -> st.SearchStrategy[Score]:
    return points.map(lambda given: Score(given, Decimal(100)))


def as_shown(score: Score, maximum: int, digits: int) -> Found:
    """As a gradebook shows it: scaled to its column, rounded."""
    return Found(round(score.share * maximum, digits), Decimal(maximum))


@given(scores(), MAXIMA, st.integers(min_value=4, max_value=8))
def test_our_score_is_known_in_any_points(score: Score, maximum: int, digits: int) -> None:
    assert as_shown(score, maximum, digits).shows(score)


@given(scores(), scores(), st.booleans())
def test_ours_is_sent_over_and_theirs_never_unasked(wanted: Score, there: Score, ours: bool) -> None:
    found = as_shown(there, 100, 5)
    judged = verdict(found, wanted=wanted, tried=[str(there)] if ours else [], decision="", decided=None)
    if found.shows(wanted):
        assert judged is Verdict.THERE
    else:
        assert judged is (Verdict.SEND if ours else Verdict.ASK)


@given(scores(), scores(), st.sampled_from(["theirs", "ours"]))
def test_a_decision_holds_for_that_grade_alone(wanted: Score, there: Score, decision: str) -> None:
    found = as_shown(there, 100, 5)
    judged = verdict(found, wanted=wanted, tried=[], decision=decision, decided=found)
    assert judged in (Verdict.THERE, Verdict.KEEP if decision == "theirs" else Verdict.SEND)
    other = Found(found.given + 1, found.maximum)
    if not other.shows(wanted):
        assert verdict(other, wanted=wanted, tried=[], decision=decision, decided=found) is Verdict.ASK


def test_an_empty_cell_is_no_grade() -> None:
    assert verdict(None, wanted=Score(Decimal(1), Decimal(1)), tried=[], decision="", decided=None) is Verdict.SEND


@given(scores())
def test_a_score_is_read_as_it_was_written(score: Score) -> None:
    assert read_score(str(score)) == score


@pytest.mark.parametrize("text", ["", "/", "1", "x/y", "2/1", "-1/1", "NaN/1", "1/0", "1/Infinity"])
def test_what_is_no_score(text: str) -> None:
    assert read_score(text) is None


@pytest.mark.parametrize(
    ("results", "found"),
    [
        ([{"userId": "7", "resultScore": 8, "resultMaximum": 10}], Found(Decimal(8), Decimal(10))),
        ([{"userId": 7, "resultScore": "8.5", "resultMaximum": 10.0}], Found(Decimal("8.5"), Decimal("10.0"))),
        ([{"userId": "7", "resultScore": 0.5}], Found(Decimal("0.5"), Decimal(1))),
        ([{"userId": "8", "resultScore": 8}, {"userId": "7", "resultScore": 0, "resultMaximum": 5}], Found(Decimal(0), Decimal(5))),
        ([{"userId": "7"}], None),
        ([{"userId": "7", "resultScore": None}], None),
        ([{"userId": "7", "resultScore": True}], None),
        ([{"userId": "7", "resultScore": "much"}], None),
        ([{"userId": "7", "resultScore": float("nan")}], None),
        ([{"userId": "7", "resultScore": float("inf")}], None),
        ([{"userId": "7", "resultScore": 1, "resultMaximum": 0}], None),
        ([{"userId": "7", "resultScore": 1e30}], None),
        ([1, None, "x", {}], None),
        ({"userId": "7", "resultScore": 8}, None),
        (None, None),
    ],
)
def test_what_stands_in_results(results: Any, found: Found | None) -> None:
    assert found_in(results, "7") == found


def test_how_a_breaker_opens_and_lets_one_try() -> None:
    breaker = Breaker()
    for expected in ("closed", "closed", "open"):
        breaker = after_failure(breaker, now=NOW, wait=timedelta(seconds=20), reason="busy", at_once=False)
        assert breaker.state == expected
    assert breaker.lets(NOW) == 0
    assert breaker.lets(NOW + timedelta(seconds=20)) == 1
    assert Breaker().lets(NOW) is None
    trying = Breaker("half_open", 3, NOW + timedelta(seconds=90), "busy")
    assert after_failure(trying, now=NOW, wait=timedelta(seconds=20), reason="busy", at_once=False).state == "open"
    assert after_failure(Breaker(), now=NOW, wait=timedelta(seconds=700), reason="asked_to_wait", at_once=True).until == NOW + timedelta(
        seconds=700
    )
