"""Rules of uploads in parts: facts in, decision out."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta

from lti_tool.language import _

_MIB = 1 << 20
PART = 8 * _MIB
"""Bytes of a part: small enough that a bad line loses little, and more than the 5 MiB that S3 wants."""
MOST_PARTS = 1000
MOST_OPEN = 20
"""Unfinished uploads of one person."""
LEASE = timedelta(minutes=2)
"""So long one process alone checks a finished upload; it says that it lives more often than this."""


def part_size(size: int) -> int:
    """Bytes of each part but the last, for a file of `size` bytes: whole MiB, and never more than MOST_PARTS parts."""
    return max(PART, -(-size // (MOST_PARTS * _MIB)) * _MIB)


def part_count(size: int, part: int) -> int:
    """How many parts a file of `size` bytes has."""
    return max(1, -(-size // part))


def span(size: int, part: int, number: int) -> tuple[int, int]:
    """Where part `number` (from 1) begins, and its bytes. Raises ValueError for a number that the file does not have."""
    if not 1 <= number <= part_count(size, part):
        raise ValueError("no such part")
    offset = (number - 1) * part
    return offset, min(part, size - offset)


def missing_parts(sizes: Mapping[int, int], size: int, part: int) -> list[int]:
    """Numbers of the parts that are not there, or not whole. `sizes` are those that are there."""
    return [number for number in range(1, part_count(size, part) + 1) if sizes.get(number) != span(size, part, number)[1]]


def digest_of(hashes: Iterable[str]) -> str:
    """SHA-256 over the SHA-256 of all parts in order: what a browser, which can't hash gigabytes in a stream, says of the whole file."""
    return hashlib.sha256(b"".join(bytes.fromhex(one) for one in hashes)).hexdigest()


def no_room(sizes: Collection[int], size: int, *, most_bytes: int) -> str:
    """Why this person may not begin one more upload, beside unfinished ones of these sizes; empty if they may."""
    if len(sizes) >= MOST_OPEN:
        return _("You have %(count)s uploads that are not finished. Finish or cancel one of them first.", count=MOST_OPEN)
    if sum(sizes) + size > most_bytes:
        most = most_bytes // 1000**3
        return _("Your unfinished uploads and this file are larger than %(size)s GB together. Finish or cancel one first.", size=most)
    return ""


def is_sha256(value: str) -> bool:
    """Whether it looks like a SHA-256 in lower-case hex."""
    return len(value) == 64 and not set(value) - set("0123456789abcdef")


def lying(told: Sequence[str], found: Sequence[str]) -> list[int]:
    """Numbers of the parts whose bytes are not those that were announced."""
    return [number for number, (one, other) in enumerate(zip(told, found, strict=True), 1) if one != other]
