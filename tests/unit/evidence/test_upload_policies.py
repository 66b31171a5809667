"""Rules of uploads in parts, for files of every size."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.evidence.upload_policies import (
    MOST_OPEN,
    MOST_PARTS,
    digest_of,
    is_sha256,
    lying,
    missing_parts,
    no_room,
    part_count,
    part_size,
    span,
)

SIZES = st.integers(1, 50 * 1024**3)


@given(SIZES)
def test_parts_cover_the_file_once(size: int) -> None:
    part = part_size(size)
    count = part_count(size, part)
    assert count <= MOST_PARTS
    assert part % (1 << 20) == 0
    assert part >= 5 * (1 << 20), "the least that S3 takes"
    first, last = span(size, part, 1), span(size, part, count)
    assert first[0] == 0
    assert sum(last) == size
    assert all(span(size, part, n)[0] + span(size, part, n)[1] == span(size, part, n + 1)[0] for n in range(1, min(count, 20)))


@given(SIZES, st.integers(-5, 3000))
def test_other_numbers_are_no_parts(size: int, number: int) -> None:
    part = part_size(size)
    if not 1 <= number <= part_count(size, part):
        with pytest.raises(ValueError, match="no such part"):
            span(size, part, number)


@given(SIZES, st.sets(st.integers(1, 60)))
def test_what_is_not_whole_is_missing(size: int, there: set[int]) -> None:
    part = part_size(size)
    count = part_count(size, part)
    sizes = {n: span(size, part, n)[1] for n in there if n <= count}
    assert missing_parts(sizes, size, part) == [n for n in range(1, count + 1) if n not in there]
    assert missing_parts({n: length - 1 for n, length in sizes.items()}, size, part) == list(range(1, count + 1))


def test_a_person_has_so_much_room() -> None:
    assert no_room([], 10, most_bytes=10) == ""
    assert "larger" in no_room([1], 10, most_bytes=10)
    assert "not finished" in no_room([1] * MOST_OPEN, 1, most_bytes=1000)


def test_hashes() -> None:
    one, other = "0" * 64, "f" * 64
    assert is_sha256(digest_of([one, other]))
    assert digest_of([one, other]) != digest_of([other, one])
    assert lying([one, other, one], [one, one, one]) == [2]
    assert not any(map(is_sha256, ("", "0" * 63, "G" * 64, "A" * 64)))
