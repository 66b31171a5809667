"""How an award stands today, in words. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from lti_tool.badges import policies


class Dated(Protocol):
    """An award with what is known of its life."""

    @property
    def valid_until(self) -> datetime | None:
        """When its time is over; None: never."""

    @property
    def revoked_at(self) -> datetime | None:
        """When it was taken back."""

    @property
    def revoked_words(self) -> str:
        """What strangers may read of why."""


@dataclass(frozen=True)
class Standing:
    """`state`: valid, expired or revoked. `until` if it ends, `ended` when it did, `words` why it was taken back, as strangers may read."""

    state: Literal["valid", "expired", "revoked"]
    until: datetime | None = None
    ended: datetime | None = None
    words: str = ""

    @property
    def tag(self) -> tuple[str, str]:
        """For lists."""
        return {"valid": ("Valid", "good"), "expired": ("Expired", "attention"), "revoked": ("Revoked", "problem")}[self.state]

    @property
    def sentence(self) -> str:
        """For a line of facts."""
        if self.state == "valid":
            return f"valid until {day(self.until)}" if self.until else "valid, without an end"
        ended = f" on {day(self.ended)}" if self.ended else ""
        return f"expired{ended}" if self.state == "expired" else f"revoked{ended}, does not count"


def day(at: datetime) -> str:
    """A day for people."""
    return f"{at:%B} {at.day}, {at.year}"


def standing(award: Dated, now: datetime) -> Standing:
    """Revoked counts before expired."""
    until = award.valid_until
    match policies.state(revoked_at=award.revoked_at, valid_until=until, now=now):
        case "revoked":
            return Standing("revoked", until, award.revoked_at, award.revoked_words)
        case "expired":
            return Standing("expired", until, until)
        case _:
            return Standing("valid", until)
