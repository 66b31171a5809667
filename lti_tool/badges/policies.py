"""Rules of a badge's life, without a database: what state an award is in, when it ends, who may revoke, which place of a list it takes."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from lti_tool.language import later

State = Literal["active", "expired", "revoked"]

REASONS: Final = {
    "evidence": later("The evidence was not the teacher’s own, or not what it claimed to be"),
    "privacy": later("The evidence broke the privacy of students"),
    "error": later("The badge was awarded by mistake"),
    "request": later("The teacher asked for it"),
}
"""Why an award may be revoked, in the words of those who decide."""

_PUBLIC_WORDS: Final = {"error": later("Issued by mistake."), "request": later("Withdrawn at the holder’s request.")}
_WITHDRAWN: Final = later("Withdrawn by the issuer.")

LIST_SIZE: Final = 131_072
"""Places of one block of a status list: what Bitstring Status List 1.0 asks for at least, so that one badge hides among many."""
LIST_FILL: Final = LIST_SIZE // 2
"""Places given away before the next block begins, so that a free one is found by chance in two tries on average."""


def state(*, revoked_at: datetime | None, valid_until: datetime | None, now: datetime) -> State:
    """Revoked for good, expired once its time is over, else active."""
    if revoked_at is not None:
        return "revoked"
    return "expired" if valid_until is not None and now >= valid_until else "active"


def public_reason(reason: str) -> str:
    """What everybody may read of why a badge was revoked: whether somebody did wrong is not said to strangers."""
    return _PUBLIC_WORDS.get(reason, _WITHDRAWN)


def may_decide(*, proposed_by: UUID, person_id: UUID, holder_id: UUID) -> bool:
    """Revoking takes two people, neither of them the holder."""
    return person_id not in (proposed_by, holder_id)


def ends(begin: datetime, months: int | None) -> datetime | None:
    """The same day so many months later (the month's last day where there is none), None if it never ends. ValueError below 1 month."""
    if months is None:
        return None
    if months < 1:
        raise ValueError("a badge is valid for a month at least")
    years, month = divmod(begin.month - 1 + months, 12)
    year = begin.year + years
    return begin.replace(year=year, month=month + 1, day=min(begin.day, calendar.monthrange(year, month + 1)[1]))


def free_places(
    number: int, taken: Callable[[Collection[int]], Collection[int]], below: Callable[[int], int], *, size: int = LIST_SIZE
) -> list[int]:
    """So many different places of a list, each by chance and in no order. `below(n)` gives any number under n; `taken` says which of
    some places are given away. Raises LookupError when they are not found, which does not happen in a list that is half full.
    """
    found: dict[int, None] = {}
    for _ in range(256):
        drawn = dict.fromkeys(below(size) for _ in range(number - len(found)))
        gone = set(taken(drawn.keys() - found.keys()))
        found.update((place, None) for place in drawn if place not in gone)
        if len(found) == number:
            return list(found)
    raise LookupError("the list is full")
