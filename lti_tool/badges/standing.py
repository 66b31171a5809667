"""How an award stands today, in words. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from babel import dates

from lti_tool.badges import policies
from lti_tool.language import _, spoken


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
        return {"valid": (_("Valid"), "good"), "expired": (_("Expired"), "attention"), "revoked": (_("Revoked"), "problem")}[self.state]

    @property
    def sentence(self) -> str:
        """For a line of facts."""
        if self.state == "valid":
            return _("valid until %(day)s", day=day(self.until)) if self.until else _("valid, without an end")
        if self.state == "expired":
            return _("expired on %(day)s", day=day(self.ended)) if self.ended else _("expired")
        return _("revoked on %(day)s, does not count", day=day(self.ended)) if self.ended else _("revoked, does not count")


def day(at: datetime) -> str:
    """A day for people."""
    return dates.format_date(at, "long", locale=spoken())


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
