"""How one practice LMS is set up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime


def system_clock() -> datetime:
    """The real time, UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class PracticeSettings:
    """Where the practice LMS stands and which tool it offers to register.

    `base_url` is what browsers and the tool see, without a slash at the end; both issuers are made from it.
    `registration_urls` (face name to URL) fill in the box of "Add an app" when the caller already has invitations.
    """

    base_url: str
    tool_url: str = ""
    registration_urls: Mapping[str, str] = field(default_factory=dict)
    clock: Callable[[], datetime] = system_clock
    fetch_timeout_seconds: float = 5.0
