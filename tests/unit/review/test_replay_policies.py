"""A decision computed again from what was stored gives what was stored; whatever was changed shows."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lti_tool.review.policies import Decided, Differ, LockedScores, decide
from lti_tool.review.replay_policies import basis, differences, rubric_faults, stored

KEYS = ("a", "b", "c")
Case = tuple[dict[str, int], list[LockedScores], bool, Decided]


@st.composite
def settled(draw: st.DrawFn) -> Case:
    """Random scores, and what came of them, a third included where one is needed."""
    keys = KEYS[: draw(st.integers(1, 3))]
    required = {key: draw(st.integers(1, 3)) for key in keys}
    locked = [LockedScores(seat, {key: draw(st.integers(0, 3)) for key in keys}) for seat in (1, 2)]
    attempts_left = draw(st.booleans())
    ruling = decide(required, locked, attempts_left=attempts_left)
    if isinstance(ruling, Differ):
        locked.append(LockedScores(3, {key: draw(st.integers(0, 3)) for key in ruling.disputed}))
        ruling = decide(required, locked, attempts_left=attempts_left)
    assert isinstance(ruling, Decided)
    return required, locked, attempts_left, ruling


def through_json(value: Any) -> Any:
    return json.loads(json.dumps(value))


@given(settled())
def test_replayed_it_is_the_same(case: Case) -> None:
    required, locked, attempts_left, ruling = case
    kept = through_json(
        {"outcome": ruling.outcome, "criteria": stored(ruling.criteria), "scores": [[s.seat, dict(s.levels)] for s in locked]}
    )
    again = decide(required, [LockedScores(seat, levels) for seat, levels in reversed(kept["scores"])], attempts_left=attempts_left)
    assert isinstance(again, Decided)
    assert differences(outcome=kept["outcome"], criteria=kept["criteria"], again=again) == []


@given(settled(), st.data())
def test_a_changed_decision_is_found(case: Case, data: st.DataObject) -> None:
    _, _, _, ruling = case
    criteria = through_json(stored(ruling.criteria))
    key = data.draw(st.sampled_from(sorted(criteria)))
    other = data.draw(st.sampled_from([one for one in ("earned", "revise", "not_earned") if one != ruling.outcome]))
    assert differences(outcome=other, criteria=criteria, again=ruling) == [f"the outcome is {other}, and the scores give {ruling.outcome}"]
    turned = {**criteria, key: {**criteria[key], "met": not criteria[key]["met"]}}
    assert len(differences(outcome=ruling.outcome, criteria=turned, again=ruling)) == 1
    fewer = {name: value for name, value in criteria.items() if name != key}
    assert len(differences(outcome=ruling.outcome, criteria=fewer, again=ruling)) == 1
    assert differences(outcome=ruling.outcome, criteria={**criteria, "z": {}}, again=ruling) == [
        "criterion z is stored, and the rubric has none"
    ]


@given(settled(), st.data())
def test_any_other_score_or_rubric_has_another_basis(case: Case, data: st.DataObject) -> None:
    _, locked, _, _ = case
    assert basis("hash", locked) == basis("hash", list(reversed(locked)))
    at = data.draw(st.integers(0, len(locked) - 1))
    key = data.draw(st.sampled_from(sorted(locked[at].levels)))
    other = [*locked[:at], LockedScores(locked[at].seat, {**locked[at].levels, key: locked[at].levels[key] + 1}), *locked[at + 1 :]]
    assert basis("hash", locked) not in (basis("hash", other), basis("other", locked), basis("hash", locked[:-1]))


def test_rubrics() -> None:
    assert rubric_faults(frozen_hash="a", version_hash="a", content_hash="a") == []
    assert rubric_faults(frozen_hash="a", version_hash="a", content_hash="b") == ["the rubric's text is not the one that was published"]
    assert rubric_faults(frozen_hash="b", version_hash="a", content_hash="a") == ["the work was handed in for another rubric"]
