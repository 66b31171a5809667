"""Which of our key pairs signs and which are published, at any moment, and what a change of keys does to them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

LEAD = timedelta(hours=1)
"""How long a new key is published before it signs.

Our key set says `max-age=300`. Canvas reads it whenever it has something to verify; Moodle keeps it, and reads it again when a signature
does not fit. Others may keep it longer than they are told, and proxies in between may, too. An hour is twelve times what we ask for.
"""
LONGEST_LIFE = timedelta(hours=1)
"""How long anything that we sign may be valid. Assertions live a minute, answers of the picker some minutes."""
RETIRED_FOR = timedelta(days=1)
"""How long a key stays published after it has signed for the last time: far longer than LONGEST_LIFE, so that clocks may differ."""


class KeyTimes(NamedTuple):
    """What is known of one pair. It signs from `signs_from` until `retired_at`; published from `created_at` until RETIRED_FOR later."""

    kid: str
    created_at: datetime
    signs_from: datetime
    retired_at: datetime | None

    def published_until(self) -> datetime | None:
        """When it leaves the key set; None while nothing replaces it."""
        return None if self.retired_at is None else self.retired_at + RETIRED_FOR


def signing(keys: Iterable[KeyTimes], now: datetime) -> KeyTimes | None:
    """The one that signs; None only when there is none that could.

    Where this process's clock is behind that of the one which made the keys, none may have begun: then the first to come.
    """
    usable = [key for key in keys if key.retired_at is None or now < key.retired_at]
    begun = [key for key in usable if key.signs_from <= now]
    if begun:
        return max(begun, key=lambda key: key.signs_from)
    return min(usable, key=lambda key: key.signs_from, default=None)


def published(keys: Iterable[KeyTimes], now: datetime) -> list[KeyTimes]:
    """Those that platforms must find in our key set."""
    return [key for key in keys if (until := key.published_until()) is None or now < until]


@dataclass(frozen=True)
class Change:
    """What a rotation does: from when the new pair signs, which retire when, and which are forgotten at once."""

    signs_from: datetime
    retire: Mapping[str, datetime]
    forget: frozenset[str]


def rotation(keys: Sequence[KeyTimes], now: datetime, *, at_once: bool = False, withdraw: bool = False) -> Change:
    """Let a new pair, published from now on, take over after LEAD, or `at_once`; until then whatever signs goes on.

    Each earlier pair retires when the new one takes over, or before if that was settled already. At once, one that waits for its turn
    never gets it. What is no longer published is forgotten; with `withdraw` every other pair is, and what it signed no longer counts.
    """
    immediate = at_once or withdraw or signing(keys, now) is None
    takes_over = now if immediate else now + LEAD
    still = {key.kid for key in published(keys, now)} if not withdraw else set()
    retire = {key.kid: takes_over for key in keys if key.kid in still and (key.retired_at is None or key.retired_at > takes_over)}
    return Change(takes_over, retire, frozenset(key.kid for key in keys) - still)


def state(key: KeyTimes, keys: Iterable[KeyTimes], now: datetime) -> str:
    """signs, waits (published, its turn comes), published (may still be needed to verify), or gone."""
    if key == signing(keys, now):
        return "signs"
    if key not in published([key], now):
        return "gone"
    waits = now < key.signs_from and (key.retired_at is None or key.signs_from < key.retired_at)
    return "waits" if waits else "published"
