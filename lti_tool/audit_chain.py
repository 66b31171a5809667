"""How events of the trail hang together: each carries the hash of the one before it, so that nobody can change, drop or slip in one unseen.

Pure. What is hashed must stay the same for ever: every chain that exists was made by it.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

START = ""
"""What the first event of a district names as the one before."""


def _hex(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def canonical(document: Mapping[str, Any]) -> str:
    """The one way to write it: JSON with sorted keys and no spaces. Without fractions, as here, that is RFC 8785."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of the canonical JSON in UTF-8."""
    return _hex(canonical(content))


def committed(reason: str) -> tuple[str, str]:
    """Salt and hash of words that may have to be erased: the chain holds the hash, and salted it tells nothing once they are gone."""
    if not reason:
        return "", ""
    salt = secrets.token_hex(16)
    return salt, reason_hash(salt, reason)


def reason_hash(salt: str, reason: str) -> str:
    """SHA-256 (hex) of salt and words."""
    return _hex(salt + reason)


def content(
    *,
    sequence: int,
    previous: str,
    id: UUID,  # noqa: A002 - the field's own name
    district_id: UUID,
    at: datetime,
    action: str,
    actor_id: UUID | None,
    subject_id: UUID | None,
    details: Mapping[str, Any],
    reason_digest: str,
) -> dict[str, Any]:
    """What of an event is hashed."""
    return {
        "sequence": sequence,
        "previous": previous,
        "id": str(id),
        "district": str(district_id),
        "at": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
        "action": action,
        "actor": str(actor_id) if actor_id else None,
        "subject": str(subject_id) if subject_id else None,
        "details": dict(details),
        "reason": reason_digest,
    }


@dataclass(frozen=True)
class Link:
    """An event as it is stored: `content` recomputed from its row, `hash` as it stands there; `reason` and `salt` empty where erased."""

    content: Mapping[str, Any]
    hash: str
    reason: str
    salt: str

    @property
    def erased(self) -> bool:
        """Whether it had words that were taken away."""
        return bool(self.content["reason"]) and not self.reason


def fault(link: Link, *, sequence: int, previous: str) -> str:
    """What is wrong with a link where number `sequence` is due after the hash `previous`, in words; empty when nothing is."""
    if link.content["sequence"] != sequence:
        return f"event {sequence} is missing"
    if link.content["previous"] != previous:
        return "it does not follow the event before it"
    if digest(link.content) != link.hash:
        return "its content was changed"
    if link.reason and reason_hash(link.salt, link.reason) != link.content["reason"]:
        return "its reason was changed"
    return ""


@dataclass
class Check:
    """Walks along a chain. `count` events were sound; `broken` names the first that is not, and why."""

    count: int = 0
    head: str = START
    erased: int = 0
    broken: tuple[int, str] | None = None
    marks: Mapping[int, str] = field(default_factory=dict)
    """Hashes that somebody noted earlier, by sequence: a chain that was made anew as a whole does not meet them."""

    def follow(self, links: Iterable[Link]) -> None:
        """Go on along the next links, in order; stops at the first that is broken."""
        for link in links:
            if self.broken:
                return
            due = self.count + 1
            words = fault(link, sequence=due, previous=self.head)
            if not words and self.marks.get(due, link.hash) != link.hash:
                words = "its hash is not the one that was noted"
            if words:
                self.broken = (due, words)
                return
            self.count, self.head, self.erased = due, link.hash, self.erased + link.erased

    def end(self) -> None:
        """There are no more: what was noted beyond the end has been cut off."""
        if not self.broken and (beyond := [number for number in self.marks if number > self.count]):
            self.broken = (self.count + 1, f"the trail ends, but event {min(beyond)} was noted")
