"""What is known of a connection: from its registration, from launches, from asking the LMS. Plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Visit:
    """What the launch of whoever is looking showed. None: it did not say.

    `course`: it came from a course. `link`: from an activity of its own there, `lineitem`: which has a column. `offered` is what
    `platforms.observations.offers` makes of it. `clock_ahead`: seconds by which the LMS's clock is ahead of ours. `proof`: cookie or
    storage.
    """

    roles: tuple[str, ...] | None = None
    preview: bool = False
    named: bool | None = None
    mailed: bool | None = None
    course: bool = False
    link: bool = False
    lineitem: bool = False
    offered: Mapping[str, bool] = field(default_factory=dict)
    clock_ahead: int | None = None
    proof: str = ""
    storage_offered: bool | None = None
    deployment: str = ""
    new_deployment: bool = False


@dataclass(frozen=True)
class Connection:
    """A registration and what has been kept of it. `stored_keys`: how many of the LMS's keys we hold. `columns`: activities with one.

    `our_keys` is the address of our own key set. `scopes` are those we use, with words; `fixes` and `never_sends` are the vendor's.
    """

    lms: str
    issuer: str
    client_id: str
    state: str
    our_keys: str
    jwks_url: str
    stored_keys: int
    deployments: int
    columns: int
    observed: Mapping[str, Any]
    scopes: Mapping[str, str]
    fixes: Mapping[str, str]
    never_sends: Mapping[str, str]
    visit: Visit | None


@dataclass(frozen=True)
class Answer:
    """How one service answered when it was asked. `count`: the things in it.

    `outcome`: ok, status (the LMS refused), unusable (something else than expected), a kind of `http.HttpFailure`, no_permission (the
    token lacks the scope), no_token, no_address (there is nothing to ask here), fault (ours).
    """

    outcome: str
    status: int = 0
    count: int = 0


@dataclass(frozen=True)
class Access:
    """How the LMS answered when it was asked for a token. `error` is its OAuth error code or why there was no answer."""

    scopes: frozenset[str] = frozenset()
    status: int = 0
    error: str = ""


@dataclass(frozen=True)
class Probes:
    """What the LMS's servers answered just now. `clock_ahead` is None where they say no time."""

    keys: Answer
    clock_ahead: int | None
    access: Access
    columns: Answer
    results: Answer
    roster: Answer
