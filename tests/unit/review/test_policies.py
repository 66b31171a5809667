"""The rule of judging, held against its own words over all kinds of scores."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.review.policies import (
    CriterionResult,
    Decided,
    Differ,
    LockedScores,
    Outcome,
    Waiting,
    compared,
    decide,
    faults,
)

KEYS = ("a", "b", "c", "d")


@st.composite
def cases(draw: st.DrawFn) -> tuple[dict[str, int], dict[str, int], dict[str, int], dict[str, int]]:
    keys = KEYS[: draw(st.integers(1, 4))]
    required = {key: draw(st.integers(1, 3)) for key in keys}
    levels = st.integers(0, 3)
    return required, *({key: draw(levels) for key in keys} for _ in range(3))  # type: ignore[return-value]


def overall(required: dict[str, int], levels: dict[str, int]) -> bool:
    return all(levels[key] >= level for key, level in required.items())


@given(cases(), st.booleans())
def test_the_rule(case: tuple[dict[str, int], ...], attempts_left: bool) -> None:
    required, first, second, third = case
    two = [LockedScores(1, first), LockedScores(2, second)]
    ruling = decide(required, two, attempts_left=attempts_left)
    otherwise = Outcome.REVISE if attempts_left else Outcome.NOT_EARNED
    if overall(required, first) and overall(required, second):
        assert isinstance(ruling, Decided)
        assert ruling.outcome is Outcome.EARNED
    elif not overall(required, first) and not overall(required, second):
        assert isinstance(ruling, Decided)
        assert ruling.outcome is otherwise
        assert {k for k, r in ruling.criteria.items() if not r.met} == {
            k for k in required if first[k] < required[k] or second[k] < required[k]
        }
    else:
        assert isinstance(ruling, Differ)
        assert ruling.disputed
        settled = decide(required, [*two, LockedScores(3, third)], attempts_left=attempts_left)
        assert isinstance(settled, Decided)
        assert (settled.outcome is Outcome.EARNED) == all(third[k] >= required[k] for k in ruling.disputed)
        assert all(settled.criteria[k].settled_level == third[k] for k in ruling.disputed)


@given(cases(), st.booleans(), st.randoms())
def test_neither_order_nor_seat_changes_the_outcome(case: tuple[dict[str, int], ...], attempts_left: bool, shuffle: random.Random) -> None:
    required, first, second, third = case
    locked = [LockedScores(1, first), LockedScores(2, second), LockedScores(3, third)]
    swapped = [LockedScores(2, first), LockedScores(1, second), LockedScores(3, third)]
    shuffle.shuffle(swapped)
    one, other = decide(required, locked, attempts_left=attempts_left), decide(required, swapped, attempts_left=attempts_left)
    assert isinstance(one, Decided)
    assert isinstance(other, Decided)
    assert one.outcome is other.outcome
    assert {k: r.met for k, r in one.criteria.items()} == {k: r.met for k, r in other.criteria.items()}


def test_one_lock_decides_nothing() -> None:
    assert decide({"a": 1}, [LockedScores(1, {"a": 1})], attempts_left=True) == Waiting()
    assert decide({"a": 1}, [LockedScores(1, {"a": 1}), LockedScores(3, {"a": 1})], attempts_left=True) == Waiting()


def test_a_missing_score_is_an_error_not_a_guess() -> None:
    with pytest.raises(ValueError, match="b"):
        decide({"a": 1, "b": 1}, [LockedScores(1, {"a": 1, "b": 1}), LockedScores(2, {"a": 1})], attempts_left=True)
    with pytest.raises(ValueError, match="not settled"):
        decide({"a": 1}, [LockedScores(1, {"a": 1}), LockedScores(2, {"a": 0}), LockedScores(3, {})], attempts_left=True)


def test_different_unmet_criteria_still_agree_that_something_is_unmet() -> None:
    ruling = decide({"a": 1, "b": 1}, [LockedScores(1, {"a": 0, "b": 1}), LockedScores(2, {"a": 1, "b": 0})], attempts_left=True)
    assert ruling == Decided(Outcome.REVISE, {"a": CriterionResult(False, (0, 1)), "b": CriterionResult(False, (1, 0))})


def test_what_keeps_a_review_open() -> None:
    required, counts = {"a": 1, "b": 1, "c": 1, "d": 1}, dict.fromkeys("abcd", 3)
    scores = {"a": {"level": 2, "feedback": "Clear."}, "b": {"level": 3, "feedback": "x"}, "c": {"level": 0, "feedback": "  "}}
    assert faults(required, counts, scores, "abcd") == ["b", "c", "d"]
    assert faults(required, counts, scores, "a") == []


@pytest.mark.parametrize(
    ("own", "levels", "settled", "said"),
    [
        (1, [1, 1], None, "same"),
        (1, [1, 2], None, "more"),
        (1, [2, 2], None, "more"),
        (1, [0, 1], None, "less"),
        (1, [0, 2], None, "apart"),
        (1, [0, 2], 1, "same"),
        (None, [1, 1], None, ""),
        (1, [], None, ""),
    ],
)
def test_own_view_beside_theirs(own: int | None, levels: list[int], settled: int | None, said: str) -> None:
    assert compared(own, {"met": True, "levels": levels, "settled_level": settled}) == said
