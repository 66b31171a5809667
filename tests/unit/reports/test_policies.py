"""Nobody can be found in a table; periods; when a district is counted anew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.district.reports import period_policies as periods
from lti_tool.district.reports.recounting_policies import SMALL, Known, at_once, due
from lti_tool.district.reports.suppression_policies import FEWEST, Group, hidden
from lti_tool.district.reports.wording import steps_within

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SIZES = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=12)


def groups(sizes: list[tuple[int, int]]) -> list[Group]:
    return [Group(str(place), people, cases) for place, (people, cases) in enumerate(sizes)]


@given(SIZES)
def test_no_small_group_is_shown_and_none_can_be_computed(sizes: list[tuple[int, int]]) -> None:
    found = groups(sizes)
    gone = hidden(found)
    for one in found:
        if one.key not in gone and (one.people or one.cases):
            assert one.people >= FEWEST
            assert one.cases == 0 or one.cases >= FEWEST
    # What a reader can compute: sums of shown groups (each large enough), and the total less all that is shown: the hidden together.
    rest = [one for one in found if one.key in gone]
    shown = [one for one in found if one.key not in gone and (one.people or one.cases)]
    if rest and shown:
        assert sum(one.people for one in rest) >= FEWEST
        assert (cases := sum(one.cases for one in rest)) == 0 or cases >= FEWEST


@given(SIZES)
def test_where_people_are_in_several_groups_one_hidden_group_is_large_by_itself(sizes: list[tuple[int, int]]) -> None:
    found = groups(sizes)
    gone = hidden(found, overlapping=True)
    shown = [one for one in found if one.key not in gone and (one.people or one.cases)]
    if gone and shown:
        assert max(one.people for one in found if one.key in gone) >= FEWEST


@given(SIZES)
def test_no_more_is_hidden_than_must_be(sizes: list[tuple[int, int]]) -> None:
    found = groups(sizes)
    gone = hidden(found)
    if not any(0 < one.people < FEWEST or 0 < one.cases < FEWEST or (one.cases and not one.people) for one in found):
        assert gone == frozenset()
    assert hidden(list(reversed(found))) == gone, "whatever the order"


def test_the_next_smallest_is_hidden_with_a_single_small_one() -> None:
    found = groups([(4, 4), (12, 12), (30, 30)])
    assert hidden(found) == {"0", "1"}
    assert hidden(groups([(6, 6), (7, 7), (30, 30)])) == {"0", "1"}, "two small ones that are large enough together"
    assert hidden(groups([(3, 3), (4, 4)])) == {"0", "1"}
    assert hidden(groups([(40, 0), (40, 11)])) == frozenset(), "nothing counted in a large group tells of nobody"
    assert hidden(groups([(4, 0), (40, 20), (50, 50)])) == {"0", "1"}, "that nobody of four has earned tells of each of them"


MONTH = st.builds(lambda year, month: f"{year:04}-{month:02}", st.integers(1990, 2090), st.integers(1, 12))


@given(MONTH, st.integers(-500, 500))
def test_months_are_counted(month: str, by: int) -> None:
    assert periods.month_after(periods.month_after(month, by), -by) == month
    if by >= 0:
        assert len(periods.months(month, periods.month_after(month, by))) == by + 1


@given(MONTH, MONTH)
def test_presets_cover_everything_once(one: str, other: str) -> None:
    oldest, present = sorted((one, other))
    everything, *years = periods.presets(oldest, present)
    assert everything.period.months == periods.months(oldest, present)
    assert sorted(month for year in years for month in year.period.months) == list(everything.period.months)
    assert all(periods.contract_year(month) == int(year.key) for year in years for month in year.period.months)


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Auckland"])
@given(st.floats(0, 1_000))
def test_each_moment_lies_in_the_month_that_its_edges_say(zone: str, days: float) -> None:
    here, moment = ZoneInfo(zone), NOW - timedelta(days=days)
    found = periods.edges(moment, NOW, here)
    assert found[0][0] == periods.month_of(moment, here)
    assert found[0][1] <= moment
    assert len(found) < 2 or moment < found[1][1]
    assert found[-1][0] == periods.month_of(NOW, here)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("", "", ("2025-03", "2026-11")),
        ("2026-01", "2026-02", ("2026-01", "2026-02")),
        ("2020-01", "2027-05", ("2025-03", "2026-11")),
        ("2026-02", "2026-01", None),
        ("2027-01", "", None),
        ("", "2024-01", None),
        ("2026-13", "", None),
        ("x", "", None),
        ("0000-01", "", None),
        ("２０２６-01", "", None),
    ],
)
def test_a_period_is_chosen(first: str, last: str, expected: tuple[str, str] | None) -> None:
    found = periods.chosen(first, last, oldest="2025-03", present="2026-11")
    assert found == (periods.Period(*expected) if expected else None)


def test_a_preset_is_known_again() -> None:
    offered = periods.presets("2025-03", "2026-11")
    assert [one.key for one in offered] == ["all", "2026", "2025", "2024"]
    assert periods.named(periods.Period("2025-07", "2026-06"), offered) == "2025"
    assert periods.named(periods.Period("2025-07", "2026-05"), offered) == ""


def known(minutes: float, **given: int) -> Known:
    values = {"tries": 10, "took_ms": 100, "news": True, **given}
    return Known(NOW - timedelta(minutes=minutes), None, values["tries"], values["took_ms"], bool(values["news"]))


def test_when_the_worker_counts() -> None:
    assert due(None, NOW)
    assert due(Known(None, NOW, 0, 0, news=False), NOW)
    assert due(Known(NOW, NOW, 0, 0, news=False), NOW), "somebody wants it"
    assert not due(known(14), NOW)
    assert due(known(15), NOW)
    assert not due(known(15, news=0), NOW)
    assert due(known(24 * 60, news=0), NOW), "people who are new are counted within a day"
    assert not due(known(30, took_ms=120_000), NOW), "a count of two minutes may be made every 40"
    assert due(known(40, took_ms=120_000), NOW)


def test_who_opens_a_page_waits_only_for_a_small_count() -> None:
    assert at_once(SMALL, None, NOW)
    assert not at_once(SMALL + 1, None, NOW)
    assert at_once(3, NOW - timedelta(minutes=1), NOW)
    assert not at_once(3, NOW - timedelta(seconds=59), NOW)


@given(st.lists(st.integers(0, 9), max_size=20), st.floats(0.01, 1))
def test_a_share_is_reached_at_the_first_place_that_reaches_it(counts: list[int], wanted: float) -> None:
    place = steps_within(counts, wanted)
    if not sum(counts):
        assert place is None
        return
    assert place is not None
    assert sum(counts[: place + 1]) >= wanted * sum(counts)
    assert sum(counts[:place]) < wanted * sum(counts)


def test_no_two_groups_of_three_show_the_third() -> None:
    """Whatever two of three schools are shown, the third can't be told from the total."""
    for sizes in combinations(range(1, 25), 3):
        found = groups([(one, one) for one in sizes])
        gone = hidden(found)
        assert len(gone) != 1 or sizes[int(next(iter(gone)))] >= FEWEST
