"""The story of a year."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.evidence import timeline
from lti_tool.evidence.policies import Phase
from lti_tool.evidence.timeline import WIDTH, Attempt, Happening, Noted

START = datetime(2026, 1, 10, 8, tzinfo=UTC)
END = START + timedelta(days=365)
moments = st.integers(-400, 800).map(lambda days: START + timedelta(days=days))


def titles(phase: Phase, attempts: list[Attempt], noted: list[Noted], now: datetime) -> list[str]:
    return [one.title for one in timeline.story(started_at=START, ends_at=END, phase=phase, attempts=attempts, noted=noted, now=now)]


def test_a_whole_year_in_order() -> None:
    day = timedelta(days=1)
    attempts = [Attempt(1, START + 50 * day, START + 60 * day, "revise"), Attempt(2, START + 80 * day, None, None)]
    noted = [Noted(START, "started", {}), Noted(START + 70 * day, "extended", {"until": END.isoformat(), "reason": "A long illness."})]
    lines = timeline.story(started_at=START, ends_at=END, phase="waiting", attempts=attempts, noted=noted, now=START + 81 * day)
    assert [one.title for one in lines] == [
        "Started",
        "Submitted",
        "Not yet: back with feedback",
        "You were given more time",
        "Submitted again, attempt 2",
        "Two reviewers judge it",
        "End of your time",
    ]
    assert lines[3].text == "Until Jan 10, 2027. The reason: A long illness."
    assert [one.state for one in lines] == ["done", "done", "attention", "done", "done", "current", "todo"]


@pytest.mark.parametrize(
    ("phase", "last"),
    [
        ("drafting", ["Today", "Last day to submit"]),
        ("expired", ["Your time was over"]),
        ("withdrawn", ["You stopped"]),
        ("earned", ["Earned"]),
    ],
)
def test_how_it_ends(phase: Phase, last: list[str]) -> None:
    attempts = [Attempt(1, START, START + timedelta(days=2), "earned")] if phase == "earned" else []
    noted = [Noted(START + timedelta(days=3), "withdrawn", {})] if phase == "withdrawn" else []
    found = titles(phase, attempts, noted, START + timedelta(days=5))
    assert found[0] == "Started"
    assert found[-len(last) :] == last


def test_a_year_that_began_anew_says_both() -> None:
    noted = [Noted(START - timedelta(days=400), "started", {}), Noted(START, "restarted", {})]
    assert titles("drafting", [], noted, START)[:2] == ["Started", "Started again"]


@given(moments, st.lists(moments, max_size=5), st.sampled_from([START, END]))
def test_the_bar_stays_inside(now: datetime, happened: list[datetime], ends_at: datetime) -> None:
    bar = timeline.bar(started_at=START, ends_at=ends_at, now=now, happenings=[Happening("x", one) for one in happened])
    assert 0 <= bar.gone <= WIDTH
    assert all(0 < mark < WIDTH for mark in bar.marks)
    if now >= ends_at and ends_at > START:
        assert bar.gone == WIDTH
