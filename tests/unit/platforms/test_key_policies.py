"""Which pair signs, and which are published, whatever rotations came when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lti_tool.platforms import key_policies as policies
from lti_tool.platforms.key_policies import LEAD, LONGEST_LIFE, RETIRED_FOR, KeyTimes

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
MAX_AGE = timedelta(seconds=300)
seconds = st.integers(0, 3 * 86400).map(lambda number: timedelta(seconds=number))
near = st.sampled_from([timedelta(0), timedelta(seconds=1), LEAD - timedelta(seconds=1), LEAD, RETIRED_FOR, RETIRED_FOR + LEAD])
gaps = st.one_of(near, seconds)
lives = st.integers(0, int(LONGEST_LIFE.total_seconds())).map(lambda number: timedelta(seconds=number))


@dataclass
class History:
    """The rows after each rotation. The first pair is made at START and signs at once."""

    snapshots: list[tuple[datetime, list[KeyTimes]]] = field(default_factory=lambda: [(START, [KeyTimes("0", START, START, None)])])
    at_once: set[str] = field(default_factory=lambda: {"0"})
    compromised: set[str] = field(default_factory=set)

    def rotate(self, gap: timedelta, how: str) -> None:
        now, rows = self.snapshots[-1][0] + gap, self.snapshots[-1][1]
        change = policies.rotation(rows, now, at_once=how != "in time", withdraw=how == "withdraw")
        kept = [row._replace(retired_at=change.retire.get(row.kid, row.retired_at)) for row in rows if row.kid not in change.forget]
        kid = str(len(self.snapshots))
        if how != "in time":
            self.at_once.add(kid)
        if how == "withdraw":
            self.compromised |= {str(number) for number in range(len(self.snapshots))}
        self.snapshots.append((now, [*kept, KeyTimes(kid, now, change.signs_from, None)]))

    def at(self, moment: datetime) -> list[KeyTimes]:
        return [rows for when, rows in self.snapshots if when <= moment][-1]

    def signing(self, moment: datetime) -> str:
        found = policies.signing(self.at(moment), moment)
        assert found is not None
        return found.kid

    def published(self, moment: datetime) -> set[str]:
        return {key.kid for key in policies.published(self.at(moment), moment)}


def histories(*ways: str) -> st.SearchStrategy[History]:
    def made(steps: list[tuple[timedelta, str]]) -> History:
        history = History()
        for gap, how in steps:
            history.rotate(gap, how)
        return history

    return st.lists(st.tuples(gaps, st.sampled_from(ways)), max_size=7).map(made)


any_history = histories("in time", "at once", "withdraw")


@given(any_history, gaps)
def test_exactly_one_signs_at_every_moment(history: History, later: timedelta) -> None:
    for moment in (START + later, *(when + later for when, _ in history.snapshots)):
        rows = history.at(moment)
        by_the_times = [row.kid for row in rows if row.signs_from <= moment and (row.retired_at is None or moment < row.retired_at)]
        assert by_the_times == [history.signing(moment)]


@given(histories("in time", "at once"), gaps, lives)
def test_what_was_signed_can_be_verified_for_as_long_as_it_lives(history: History, later: timedelta, life: timedelta) -> None:
    for signed_at in (START + later, *(when + later for when, _ in history.snapshots)):
        assert history.signing(signed_at) in history.published(signed_at + life)


@given(any_history, gaps)
def test_a_pair_signs_only_after_platforms_had_time_to_see_it(history: History, later: timedelta) -> None:
    for moment in (when + later for when, _ in history.snapshots):
        found = next(key for key in history.at(moment) if key.kid == history.signing(moment))
        seen_for = moment - found.created_at
        assert found.kid in history.at_once or seen_for >= LEAD


@given(any_history, gaps)
def test_what_was_withdrawn_is_never_seen_again(history: History, later: timedelta) -> None:
    moment = history.snapshots[-1][0] + later
    assert not history.compromised & {*history.published(moment), history.signing(moment)}


@given(any_history, gaps)
def test_no_row_stays_that_nobody_needs(history: History, later: timedelta) -> None:
    history.rotate(later, "in time")
    now, rows = history.snapshots[-1]
    assert {row.kid for row in rows} == history.published(now)


@given(any_history, gaps)
def test_each_pair_has_one_state_and_its_words_are_true(history: History, later: timedelta) -> None:
    moment = history.snapshots[-1][0] + later
    rows = history.at(moment)
    states = {row.kid: policies.state(row, rows, moment) for row in rows}
    assert [kid for kid, state in states.items() if state == "signs"] == [history.signing(moment)]
    assert {kid for kid, state in states.items() if state != "gone"} == history.published(moment)
    for row in rows:
        if states[row.kid] == "waits":
            assert history.signing(row.signs_from) == row.kid
        if states[row.kid] == "published":
            assert row.published_until() is not None


def test_the_times_leave_room() -> None:
    assert MAX_AGE * 10 <= LEAD
    assert LONGEST_LIFE + LEAD <= RETIRED_FOR


def test_a_clock_that_is_behind_still_finds_one() -> None:
    first = KeyTimes("a", START, START, None)
    assert policies.signing([first], START - timedelta(seconds=3)) == first
    assert policies.signing([], START) is None
