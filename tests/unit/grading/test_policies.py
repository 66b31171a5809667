from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.grading.policies import Effects, Score, effects, give_up, next_timestamp, pause, rest, retry_after, score_for

NOW = datetime(2026, 11, 24, 9, 0, 30, 400_000, tzinfo=UTC)


def test_outcomes_become_scores() -> None:
    assert score_for("earned", Decimal(80)) == Score(Decimal(80), Decimal(80))
    assert score_for("not_earned", Decimal(80)) == Score(Decimal(0), Decimal(80))
    assert score_for("revise", Decimal(80)) is None


@pytest.mark.parametrize(("given_", "maximum"), [("NaN", "1"), ("1", "NaN"), ("-1", "1"), ("2", "1"), ("0", "0"), ("Infinity", "Infinity")])
def test_what_is_not_a_score(given_: str, maximum: str) -> None:
    with pytest.raises(ValueError, match="score"):
        Score(Decimal(given_), Decimal(maximum))


times = st.integers(1_767_225_600, 1_798_761_600).map(lambda second: datetime.fromtimestamp(second, UTC))


@given(times, st.lists(st.floats(0, 5), max_size=20))
def test_times_rise_by_whole_seconds_and_are_never_ahead(start: datetime, steps: list[float]) -> None:
    now, previous = start, None
    for step in steps:
        now += timedelta(seconds=step)
        if (chosen := next_timestamp(now, previous)) is None:
            continue
        assert chosen <= now
        assert chosen.microsecond == 0
        assert previous is None or chosen > previous
        previous = chosen


def test_a_time_of_this_second_waits() -> None:
    assert next_timestamp(NOW, NOW.replace(microsecond=0)) is None
    assert next_timestamp(NOW + timedelta(seconds=1), NOW.replace(microsecond=0)) == datetime(2026, 11, 24, 9, 0, 31, tzinfo=UTC)


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_pauses_grow_to_a_bound(attempts: int, jitter: float) -> None:
    assert timedelta(seconds=13) <= pause(attempts, jitter) <= timedelta(hours=4)
    assert pause(attempts, 0) <= pause(attempts + 1, 0)


def test_fourteen_days() -> None:
    assert not give_up(NOW, NOW - timedelta(days=13, hours=23))
    assert give_up(NOW, NOW - timedelta(days=14))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 7 ", 7),
        ("99999999999999999999", 86400),
        ("Tue, 24 Nov 2026 09:01:30 GMT", 59.6),
        ("Tue, 24 Nov 2026 08:00:00 GMT", 0),
        ("Thu, 24 Nov 2033 09:00:00 GMT", 86400),
        ("Tue, 24 Nov 2026 09:01:30 -0000", 59.6),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
    ],
)
def test_what_retry_after_asks_for(value: str, seconds: float | None) -> None:
    assert retry_after(value, NOW) == (None if seconds is None else timedelta(seconds=seconds))


def test_a_rest_is_as_long_as_asked_and_never_long_unasked() -> None:
    assert rest(9, 0, timedelta(hours=3)) == timedelta(hours=3)
    assert rest(1, 0, timedelta(0)) == timedelta(seconds=1)
    assert rest(1, 0, None) == pause(1, 0)
    assert rest(99, 0, None) == timedelta(minutes=5)


@pytest.mark.parametrize(
    ("is_test", "environment", "expected"),
    [
        (False, "production", Effects(scores=True, counts=True, test_badge=False)),
        (False, "beta", Effects(scores=True, counts=False, test_badge=True)),
        (False, "test", Effects(scores=True, counts=False, test_badge=True)),
        (True, "production", Effects(scores=False, counts=False, test_badge=False)),
        (True, "beta", Effects(scores=False, counts=False, test_badge=False)),
    ],
)
def test_how_real_an_outcome_is(is_test: bool, environment: str, expected: Effects) -> None:
    assert effects(is_test=is_test, environment=environment) == expected
