"""What launches have shown of a connection: which messages came, what the LMS lets us use. Pure.

An LMS's admin may narrow scopes, privacy or placements at any time, and nobody tells the tool: only the next launch shows it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lti_tool.language import N_

_AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
OFFERS = ("names", "emails", "scores", "columns", "results", "roster")
"""What we would like to use, in the order in which it matters."""
BREAKS: Mapping[str, str] = {
    "names": N_("People’s names can’t be shown: they appear under made-up ones."),
    "emails": N_("E-mail addresses can’t be used: nobody can prove by theirs that a badge is their own."),
    "scores": N_("Scores can’t be sent."),
    "columns": N_("The tool’s own columns in the gradebook can’t be looked after."),
    "results": N_("Scores can’t be read back, so a grade that a teacher changed is not noticed."),
    "roster": N_("Course lists can’t be read: people can be named only once they have opened an activity."),
}
"""What does not work for people without it."""


def offers(*, scopes: Collection[str], gradebook: bool, roster: bool | None, named: bool, mailed: bool) -> dict[str, bool]:
    """What one launch in a course offered. `gradebook`: its claim names the address of the columns. `roster` is None where a message
    says nothing of it.

    Somebody with a name and no e-mail may just have none, so that says nothing of e-mails.
    """
    return {
        "names": named,
        **({"emails": mailed} if mailed or not named else {}),
        "scores": gradebook and _AGS + "score" in scopes,
        "columns": gradebook and _AGS + "lineitem" in scopes,
        "results": gradebook and _AGS + "result.readonly" in scopes,
        **({} if roster is None else {"roster": roster}),
    }


def missing(observed: Mapping[str, Any]) -> tuple[str, ...]:
    """What the latest launches did not offer though we would use it; nothing while no launch has come from a course."""
    offered = observed.get("offers", {})
    return tuple(name for name in OFFERS if offered.get(name) is False)


@dataclass(frozen=True)
class Change:
    """What is kept from now on, and what came and went since the launch before."""

    observed: dict[str, Any]
    lost: tuple[str, ...]
    gained: tuple[str, ...]


def changed(observed: Mapping[str, Any], *, message: str, offered: Mapping[str, bool] | None, now: datetime) -> Change | None:
    """What this launch adds to what is known; None when nothing. `offered` is None where a launch says nothing of it (no course)."""
    messages, before = dict(observed.get("messages", {})), dict(observed.get("offers", {}))
    after = {**before, **(offered or {})}
    if message in messages and after == before:
        return None
    messages.setdefault(message, now.isoformat())
    return Change(
        {"messages": messages, "offers": after, "changed_at": now.isoformat()},
        tuple(name for name in OFFERS if before.get(name) and not after.get(name)),
        tuple(name for name in OFFERS if name in before and after.get(name) and not before[name]),
    )
