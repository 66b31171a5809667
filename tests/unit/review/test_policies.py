"""The rule of judging, held against its own words over all kinds of scores."""

from __future__ import annotations

import random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.review.policies import (
    Candidate,
    CriterionResult,
    Decided,
    Differ,
    LockedScores,
    Outcome,
    Waiting,
    choose,
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


people = st.lists(st.builds(Candidate, st.uuids(), st.integers(0, 6)), max_size=8, unique_by=lambda c: c.person_id)


@given(people, st.integers(1, 3), st.data(), st.text(max_size=8))
def test_choosing_keeps_every_rule(candidates: list[Candidate], seats: int, data: st.DataObject, seed: str) -> None:
    ids = [c.person_id for c in candidates]
    excluded = set(data.draw(st.lists(st.sampled_from(ids)))) if ids else set()
    chosen = choose(candidates, excluded=excluded, seats=seats, seed=seed)
    allowed = [c for c in candidates if c.person_id not in excluded]
    assert len(chosen) == len(set(chosen)) == min(seats, len(allowed))
    assert not set(chosen) & excluded
    left = [c.open_reviews for c in allowed if c.person_id not in chosen]
    taken = [c.open_reviews for c in allowed if c.person_id in chosen]
    assert not left or not taken or max(taken) <= min(left)
    assert chosen == choose(list(reversed(candidates)), excluded=excluded, seats=seats, seed=seed)


@given(st.integers(2, 6), st.integers(1, 30), st.text(max_size=4))
def test_load_differs_by_one_at_most_where_the_rules_allow(reviewers: int, submissions: int, seed: str) -> None:
    load = {UUID(int=n + 1): 0 for n in range(reviewers)}
    for n in range(submissions):
        for person in choose([Candidate(p, c) for p, c in load.items()], excluded=(), seats=2, seed=f"{seed}{n}"):
            load[person] += 1
    assert max(load.values()) - min(load.values()) <= 1


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
