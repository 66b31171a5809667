"""What people and browsers send, read the same everywhere."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool import inputs


@given(st.text())
def test_plain_text_keeps_the_words(text: str) -> None:
    kept = inputs.plain_text(text)
    assert "\x00" not in kept
    assert "\r" not in kept
    assert kept.split() == text.replace("\x00", "").split()


@given(st.integers(0, 999_999_999))
def test_whole_numbers_are_read(number: int) -> None:
    assert inputs.whole_number(str(number)) == number


@pytest.mark.parametrize("text", [None, "", " 1", "-1", "+1", "1.0", "1_0", "\u0663", "\u00b2", "9" * 10, "9" * 5000])
def test_what_is_no_whole_number_is_minus_one(text: str | None) -> None:
    assert inputs.whole_number(text) == -1


@given(st.uuids())
def test_ids_are_read(one: UUID) -> None:
    assert inputs.uuid_or_none(str(one)) == one


@pytest.mark.parametrize("text", [None, "", "x", "1" * 31, "1" * 33, "\u0663" * 32 + "x"])
def test_what_is_no_id_is_none(text: str | None) -> None:
    assert inputs.uuid_or_none(text) is None


@pytest.mark.parametrize(
    ("seen", "page", "revision", "saved_in", "expected"),
    [
        (3, "a", 3, "b", False),  # nobody saved since
        (3, "a", 4, "a", False),  # the page itself did
        (3, "a", 4, "b", True),
        (-1, "a", 3, "b", True),
        (3, "a.1764119000001", 4, "a.1764119000000", False),
        (3, "a.1764119000000", 4, "a.1764119000001", True),  # it saved something newer while this was on its way
        (3, "a.1764119000001", 4, "b.1764119000000", True),
        (3, "a", 4, "a.1764119000001", True),
        (3, "a.x", 4, "a", False),  # no time is the oldest
        (3, ".1764119000001", 4, ".1764119000000", True),
        (3, "", 4, "", True),  # a page without a name is not the one that saved without a name
    ],
)
def test_a_page_is_overtaken_by_others_only(seen: int, page: str, revision: int, saved_in: str, expected: bool) -> None:
    assert inputs.overtaken(seen=seen, page=page, revision=revision, saved_in=saved_in) is expected
