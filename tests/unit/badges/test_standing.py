"""How an award stands, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lti_tool.badges.standing import standing

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Award:
    awarded_at: datetime = NOW
    valid_until: datetime | None = None
    revoked_at: datetime | None = None
    revoked_words: str = ""


def test_it_stands_until_it_ends() -> None:
    until = NOW + timedelta(days=1)
    assert standing(Award(), NOW).sentence == "valid, without an end"
    assert standing(Award(valid_until=until), NOW).sentence == "valid until March 2, 2026"
    assert standing(Award(valid_until=until), until).sentence == "expired on March 2, 2026"
    assert standing(Award(valid_until=until), until).tag == ("Expired", "attention")


def test_revoked_counts_before_expired() -> None:
    found = standing(Award(valid_until=NOW - timedelta(days=1), revoked_at=NOW, revoked_words="Issued by mistake."), NOW)
    assert (found.state, found.words, found.sentence) == ("revoked", "Issued by mistake.", "revoked on March 1, 2026, does not count")
