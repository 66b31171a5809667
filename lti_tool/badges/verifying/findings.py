"""What was found about a badge, in words for people."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

State = Literal["good", "bad", "unsure", "note"]
"""`bad` makes a badge invalid; `unsure` could not be found out; `note` is worth knowing and changes nothing."""


class Unreadable(Exception):
    """What was handed in is no badge that can be checked. `status` is HTTP; `title` and `text` are for the person."""

    def __init__(self, title: str, text: str, *, status: int = 422) -> None:
        super().__init__(title)
        self.title, self.text, self.status = title, text, status


def line(value: object, most: int = 160) -> str:
    """Somebody else's text as one line of at most so many characters; empty for what is no text."""
    text = " ".join(value.split()) if isinstance(value, str) else ""
    return text if len(text) <= most else text[: most - 1] + "…"


@dataclass(frozen=True)
class Finding:
    """One line of the checklist. `about` is its name in tests: signer, unchanged, revoked, time, trust, holder."""

    about: str
    state: State
    title: str
    text: str = ""


@dataclass(frozen=True)
class Facts:
    """What the badge says of itself. Only text that a person reads: nothing of it is followed or drawn."""

    title: str = ""
    about: str = ""
    issuer: str = ""
    issuer_id: str = ""
    awarded: datetime | None = None
    until: datetime | None = None
    format: str = ""
    carrier: str = ""


@dataclass(frozen=True)
class Identity:
    """A name of the holder as the badge gives it. `digest` is `sha256$…` where it is hashed, else the words themselves."""

    kind: str
    hashed: bool
    digest: str
    salt: str = ""


@dataclass(frozen=True)
class Report:
    """All of it. `document` is what was checked, so that the page can ask once more with an e-mail address."""

    facts: Facts
    findings: tuple[Finding, ...]
    document: str = ""
    identities: tuple[Identity, ...] = field(default=())

    @property
    def verdict(self) -> State:
        """Bad if any finding is bad, else unsure if any is, else good."""
        states = {finding.state for finding in self.findings}
        return "bad" if "bad" in states else "unsure" if "unsure" in states else "good"

    def finding(self, about: str) -> Finding | None:
        """The line about this."""
        return next((finding for finding in self.findings if finding.about == about), None)
