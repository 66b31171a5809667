"""Rules of a badge's life."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.badges.policies import LIST_SIZE, REASONS, ends, free_places, may_decide, public_reason, state

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2050, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("revoked", "until", "expected"),
    [
        (None, None, "active"),
        (None, NOW + timedelta(seconds=1), "active"),
        (None, NOW, "expired"),
        (NOW, None, "revoked"),
        (NOW, NOW - timedelta(days=1), "revoked"),
    ],
)
def test_what_state_a_badge_is_in(revoked: datetime | None, until: datetime | None, expected: str) -> None:
    assert state(revoked_at=revoked, valid_until=until, now=NOW) == expected


@given(moments, st.integers(1, 600))
def test_a_badge_ends_on_the_same_day_of_a_later_month(begin: datetime, months: int) -> None:
    end = ends(begin, months)
    assert end is not None
    assert (end.year - begin.year) * 12 + end.month - begin.month == months
    assert end.day == begin.day or (end + timedelta(days=1)).day == 1
    assert end.timetz() == begin.timetz()


@given(moments, st.integers(1, 300))
def test_a_longer_time_ends_later(begin: datetime, months: int) -> None:
    one, two = ends(begin, months), ends(begin, months + 1)
    assert one is not None
    assert two is not None
    assert begin < one < two


def test_no_months_is_for_good_and_none_is_no_time() -> None:
    assert ends(NOW, None) is None
    with pytest.raises(ValueError, match="month"):
        ends(NOW, 0)


def test_a_leap_day_ends_on_the_last_of_february() -> None:
    assert ends(datetime(2024, 2, 29, tzinfo=UTC), 12) == datetime(2025, 2, 28, tzinfo=UTC)


people = st.integers(1, 4).map(lambda number: UUID(int=number))


@given(people, people, people)
def test_two_people_decide_and_never_the_holder(first: UUID, second: UUID, holder: UUID) -> None:
    assert may_decide(proposed_by=first, person_id=second, holder_id=holder) == (second not in (first, holder))


def test_strangers_do_not_read_who_did_wrong() -> None:
    assert {reason: public_reason(reason) for reason in REASONS} == {
        "evidence": "Withdrawn by the issuer.",
        "privacy": "Withdrawn by the issuer.",
        "error": "Issued by mistake.",
        "request": "Withdrawn at the holder’s request.",
    }


@given(st.integers(0, 40), st.sets(st.integers(0, 99), max_size=50), st.integers())
def test_places_are_free_different_and_inside(number: int, gone: set[int], seed: int) -> None:
    places = free_places(number, gone.__and__, Random(seed).randrange, size=100)  # type: ignore[arg-type]
    assert len(set(places)) == len(places) == number
    assert not gone & set(places)
    assert all(0 <= place < 100 for place in places)


def test_places_are_in_no_order() -> None:
    places = free_places(50, lambda _: (), Random(1).randrange)
    assert places != sorted(places)
    assert max(places) > LIST_SIZE // 2


def test_a_full_list_is_said_and_not_searched_for_ever() -> None:
    with pytest.raises(LookupError):
        free_places(1, lambda drawn: drawn, Random(1).randrange, size=8)
