"""What an LMS that knows this tool already has of it, and what an update of its registration changes. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from lti_tool.language import N_, _
from lti_tool.platforms.base import TOOL_CONFIGURATION
from lti_tool.platforms.configuration import SCOPES, faulty

_LONGEST = 500
_MEMBERS = {
    "client_name": N_("Name"),
    "initiate_login_uri": N_("Our sign-in address"),
    "redirect_uris": N_("Our launch address"),
    "jwks_uri": N_("Our public keys"),
}
_TOOL_MEMBERS = {
    "target_link_uri": N_("Where it opens"),
    "description": N_("Description"),
    "custom_parameters": N_("What your LMS tells with every opening"),
}


@dataclass(frozen=True)
class Difference:
    """One thing that the LMS has of us otherwise than we ask for now."""

    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Scopes:
    """What we may do more and less than before."""

    gained: tuple[str, ...]
    lost: tuple[str, ...]


def client_of(current: object) -> str:
    """The client id of the registration that an LMS says it has. Raises Problem(registration_configuration)."""
    found = current.get("client_id") if isinstance(current, dict) else None
    if not isinstance(found, str) or not 0 < len(found) <= 255 or not found.isprintable():
        raise faulty([_("Asked for the registration that it wants to update, it named no client id.")])
    return found


def scopes(before: Collection[str], after: Collection[str]) -> Scopes:
    """The difference, ours first, in our order."""
    ordered = [*SCOPES, *sorted({*before, *after} - set(SCOPES))]
    return Scopes(
        tuple(scope for scope in ordered if scope in after and scope not in before),
        tuple(scope for scope in ordered if scope in before and scope not in after),
    )


def differences(current: Mapping[str, Any], asked: Mapping[str, Any]) -> list[Difference]:
    """What the update changes in the LMS, scopes aside. Messages are no part of it: LMSs do not tell them as they were asked for."""
    has, wants = current.get(TOOL_CONFIGURATION), asked[TOOL_CONFIGURATION]
    pairs = [(words, current.get(name), asked.get(name)) for name, words in _MEMBERS.items()]
    pairs += [(words, has.get(name) if isinstance(has, dict) else None, wants.get(name)) for name, words in _TOOL_MEMBERS.items()]
    return [Difference(words, shown(before), shown(after)) for words, before, after in pairs if shown(before) != shown(after)]


def shown(value: object) -> str:
    """A member as text to read and to compare. What has no business in there is a dot-dot-dot."""
    if isinstance(value, dict):
        return ", ".join(sorted(f"{name} = {_plain(one)}" for name, one in value.items()))[:_LONGEST]
    if isinstance(value, list):
        return ", ".join(sorted(map(_plain, value)))[:_LONGEST]
    return "" if value is None else _plain(value)[:_LONGEST]


def _plain(value: object) -> str:
    return str(value) if isinstance(value, str | int | float) else "…"
