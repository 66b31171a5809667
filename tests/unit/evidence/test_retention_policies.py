"""When a file has to go, and when it never may."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lti_tool.evidence.policies import STUDENTS, Standing
from lti_tool.evidence.retention_policies import Rule, covers, deletable_on, final_at

START = datetime(2026, 1, 1, tzinfo=UTC)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 (the zone is given beside)
rules = st.builds(Rule, st.integers(0, 60), st.integers(0, 400), st.booleans())
kinds = st.sampled_from(["file", "text", "link"])
declared = st.sampled_from([*STUDENTS, ""])
ends = st.lists(st.none() | moments, max_size=4)


@given(rules, kinds, declared, st.booleans(), ends, st.booleans())
def test_the_whole_rule(rule: Rule, kind: str, students: str, breach: bool, ends: list[datetime | None], legal_hold: bool) -> None:
    day = deletable_on(rule, kind=kind, students=students, breach=breach, ends=ends, legal_hold=legal_hold)
    if day is None:
        assert legal_hold or not covers(rule, kind=kind, students=students, breach=breach) or not ends or None in ends
        return
    assert not legal_hold
    assert kind == "file"
    assert students == "identifiable" or breach or (rule.background and students == "background")
    finished = [end for end in ends if end is not None]
    assert len(finished) == len(ends)
    for end in finished:  # nowhere is the time for an appeal cut short
        assert day >= end + timedelta(days=rule.appeal_days + rule.days)


@given(rules, declared, st.booleans(), st.lists(moments, min_size=1, max_size=4), moments)
def test_one_more_try_only_ever_keeps_longer(rule: Rule, students: str, breach: bool, ends: list[datetime], more: datetime) -> None:
    facts = {"kind": "file", "students": students, "breach": breach, "legal_hold": False}
    before = deletable_on(rule, ends=ends, **facts)  # type: ignore[arg-type]
    after = deletable_on(rule, ends=[*ends, more], **facts)  # type: ignore[arg-type]
    assert (before is None) == (after is None)
    assert before is None or after is None or after >= before
    assert deletable_on(rule, ends=[*ends, None], **facts) is None  # type: ignore[arg-type]


@given(rules, declared, st.lists(moments, min_size=1, max_size=4))
def test_a_breach_is_never_kept_longer_than_a_face(rule: Rule, students: str, ends: list[datetime]) -> None:
    face = deletable_on(rule, kind="file", students="identifiable", breach=False, ends=ends, legal_hold=False)
    assert deletable_on(rule, kind="file", students=students, breach=True, ends=ends, legal_hold=False) == face


def standing(state: str, **last: object) -> Standing:
    return Standing(state, START, **last)  # type: ignore[arg-type]


def test_when_a_try_has_ended() -> None:
    now, ended = START + timedelta(days=100), START - timedelta(days=3)
    for state in ("earned", "not_earned", "withdrawn", "expired"):
        assert final_at(standing(state), ended, now) == ended
    assert final_at(standing("active"), None, START - timedelta(days=1)) is None
    assert final_at(standing("active"), None, now) == START, "its time went by"
    waiting = standing("active", last_attempt=1, last_state="in_review")
    assert final_at(waiting, None, now) is None, "reviewers judge past the deadline"
    decided = START + timedelta(days=99)
    again = standing("active", last_attempt=1, last_state="decided", last_outcome="revise", last_decided_at=decided)
    assert final_at(again, None, now) is None, "days of grace"
    assert final_at(again, None, decided + timedelta(days=31)) == decided + timedelta(days=30)


def test_an_appeal_holds_the_end_and_its_answer_is_a_new_one() -> None:
    long_after, ended = START + timedelta(days=900), START - timedelta(days=3)
    assert final_at(standing("not_earned", appeal_open=True), ended, long_after) is None
    answered = START + timedelta(days=40)
    assert final_at(standing("not_earned", appeal_ended_at=answered), ended, long_after) == answered
    assert final_at(standing("not_earned", appeal_ended_at=ended - timedelta(days=1)), ended, long_after) == ended
    assert final_at(standing("active", appeal_open=True), None, long_after) is None, "also where the time went by meanwhile"
