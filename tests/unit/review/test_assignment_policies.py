"""Who gets which work: no rule is ever broken, the least busy first, and the same seed gives the same people."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.review.assignment_policies import Bar, Candidate, Rules, Work, bars, choose, hands_on_at, same_school

PEOPLE = [UUID(int=n + 1) for n in range(12)]
COURSES = [UUID(int=100 + n) for n in range(3)]
SCHOOLS = ("", "maple", "oak")
OPEN_TO_ALL = Work(authors=frozenset({UUID(int=999)}))

ids = st.frozensets(st.sampled_from(PEOPLE), max_size=3)
candidates = st.lists(
    st.builds(
        Candidate,
        st.sampled_from(PEOPLE),
        st.integers(0, 4),
        st.frozensets(st.sampled_from(COURSES), max_size=2),
        st.booleans(),
        st.sampled_from(["production", "beta"]),
        ids,
        st.sampled_from(SCHOOLS),
        ids,
        st.booleans(),
        st.booleans(),
    ),
    max_size=10,
    unique_by=lambda c: c.person_id,
)
works = st.builds(
    Work,
    ids.filter(bool),
    st.sampled_from(COURSES),
    st.sampled_from(["production", "beta"]),
    ids,
    ids,
    st.sampled_from(SCHOOLS),
    ids,
)
rules = st.builds(Rules, st.booleans(), st.booleans(), st.booleans())


def broken(one: Candidate, work: Work, chosen: Rules, excluded: frozenset[UUID]) -> list[str]:
    """The rules again, said another way: everything that would be wrong if this person judged this work."""
    wrong = []
    for account in {one.person_id, *one.accounts}:
        if account in work.authors or account in work.co_teachers or account in work.taken or account in excluded:
            wrong.append(f"account {account}")
        if chosen.supervisors_apart and account in work.supervisors:
            wrong.append("supervises the author")
    if chosen.supervisors_apart and any(account in one.supervisors for account in work.authors):
        wrong.append("is supervised by the author")
    if one.runs_all or work.context_id in one.runs:
        wrong.append("runs it")
    if one.environment != work.environment:
        wrong.append("environment")
    if chosen.schools_apart and one.school and one.school == work.school:
        wrong.append("school")
    if not one.qualified or (chosen.calibration and not one.calibrated):
        wrong.append("may not judge this microcredential")
    return wrong


@given(candidates, works, rules, st.integers(1, 3), ids, st.text(max_size=8), st.randoms(use_true_random=False))
def test_no_choice_ever_breaks_a_rule(
    pool: list[Candidate], work: Work, chosen: Rules, seats: int, excluded: frozenset[UUID], seed: str, shuffler: object
) -> None:
    picked = choose(pool, work, chosen, seats=seats, seed=seed, excluded=excluded)
    known = {one.person_id: one for one in pool}
    assert len(picked) == len(set(picked)) <= seats
    for person_id in picked:
        assert broken(known[person_id], work, chosen, excluded) == []
    for one in picked:
        for other in picked:
            assert one == other or other not in known[one].accounts, "one person has two places by two accounts"
    free = [one for one in pool if not broken(one, work, chosen, excluded)]
    accounts = {account for person_id in picked for account in (person_id, *known[person_id].accounts)}
    left = [one for one in free if not {one.person_id} & accounts]
    if len(picked) < seats:
        assert not left, "somebody could have taken the empty place"
    if left and picked:
        assert max(known[one].open_reviews for one in picked) <= min(one.open_reviews for one in left), "somebody less busy was passed over"
    shuffled = list(pool)
    shuffler.shuffle(shuffled)  # type: ignore[attr-defined]
    assert choose(shuffled, work, chosen, seats=seats, seed=seed, excluded=excluded) == picked


@given(candidates, works, rules)
def test_a_bar_is_given_exactly_where_a_rule_would_be_broken(pool: list[Candidate], work: Work, chosen: Rules) -> None:
    for one in pool:
        assert bool(bars(one, work, chosen)) == bool(broken(one, work, chosen, frozenset()))


@given(st.integers(2, 7), st.integers(1, 40), st.text(max_size=4))
def test_from_an_empty_start_load_differs_by_one_at_most(reviewers: int, submissions: int, seed: str) -> None:
    load = dict.fromkeys(PEOPLE[:reviewers], 0)
    for n in range(submissions):
        for person in choose([Candidate(p, c) for p, c in load.items()], OPEN_TO_ALL, Rules(), seats=2, seed=f"{seed}{n}"):
            load[person] += 1
        assert max(load.values()) - min(load.values()) <= 1


def test_a_draw_is_not_always_the_same_person() -> None:
    pool = [Candidate(person) for person in PEOPLE]
    first = {choose(pool, OPEN_TO_ALL, Rules(), seats=1, seed=str(n)) for n in range(60)}
    assert len(first) > 6


@pytest.mark.parametrize(
    ("change", "rule", "bar"),
    [
        ({"accounts": frozenset({UUID(int=999)})}, Rules(), Bar.AUTHOR),
        ({"runs_all": True}, Rules(), Bar.RUNS_IT),
        ({"environment": "beta"}, Rules(), Bar.ENVIRONMENT),
        ({"school": "maple"}, Rules(schools_apart=True), Bar.SCHOOL),
        ({"school": "maple"}, Rules(), None),
        ({"supervisors": frozenset({UUID(int=999)})}, Rules(), Bar.SUPERVISOR),
        ({"supervisors": frozenset({UUID(int=999)})}, Rules(supervisors_apart=False), None),
        ({"calibrated": False}, Rules(calibration=True), Bar.NOT_CALIBRATED),
        ({"calibrated": False}, Rules(), None),
        ({"qualified": False}, Rules(), Bar.NOT_QUALIFIED),
    ],
)
def test_each_rule_has_its_name(change: dict[str, object], rule: Rules, bar: Bar | None) -> None:
    work = replace(OPEN_TO_ALL, school="maple")
    assert bars(Candidate(PEOPLE[0], **change), work, rule) == ({bar} if bar else set())  # type: ignore[arg-type]


def test_no_school_is_nobodys_school() -> None:
    assert bars(Candidate(PEOPLE[0], school=""), OPEN_TO_ALL, Rules(schools_apart=True)) == set()
    assert same_school("  Maple  Street\tSchool ") == same_school("maple street school")


def test_a_late_review_goes_on_a_grace_after_its_reviewer_was_told() -> None:
    due, grace = datetime(2026, 3, 1, tzinfo=UTC), timedelta(days=7)
    assert hands_on_at(due, due + timedelta(days=2), grace) == due + timedelta(days=9)
    assert hands_on_at(due + timedelta(days=5), due, grace) == due + timedelta(days=12), "more time counts from the new day"
