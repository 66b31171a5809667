"""Asks the LMS's servers: keys, time, a token, and a look at each service. Nothing is written there or here; no transaction is open.

Each look has a short time of its own, and none that fails hides another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TypeVar
from urllib.parse import urlsplit, urlunsplit

import structlog

from lti_tool.connection.checks import SCOPE_OF
from lti_tool.connection.facts import Access, Answer, Probes
from lti_tool.grading.nrps import first_page
from lti_tool.http import HttpFailure, Reply
from lti_tool.platforms import keysets
from lti_tool.platforms.models import Registration
from lti_tool.platforms.tokens import NoToken, ask_token
from lti_tool.platforms.vendors import service_url, trusted_origins
from lti_tool.secrets_box import SecretLost
from lti_tool.tool import Tool

log = structlog.get_logger()

_T = TypeVar("_T")

SECONDS = 4.0
"""Time for one look; seven are the most where nobody answers."""
_MAX_BYTES = 4 * 1024 * 1024
_COLUMNS = "application/vnd.ims.lis.v2.lineitemcontainer+json"
_RESULTS = "application/vnd.ims.lis.v2.resultcontainer+json"
_MEMBERS = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"


@dataclass(frozen=True)
class Targets:
    """Addresses of the services that can be tried from here; empty where there is none."""

    lineitems: str = ""
    lineitem: str = ""
    memberships: str = ""


def ask(here: Tool, row: Registration, targets: Targets) -> Probes:
    """Ask everything. Raises nothing: what goes wrong is part of the answer."""
    no_keys: tuple[Answer, int | None] = (Answer("fault"), None)
    keys, ahead = _guarded(here, row, _keys, no_keys)
    access, tokens = _guarded(here, row, _tokens, (Access(error="fault"), dict[str, str]()))

    def look(key: str, url: str, accept: str, member: str = "") -> Answer:
        token = tokens.get(SCOPE_OF[key])
        if not tokens or not token:
            return Answer("no_permission" if tokens else "no_token")
        if not url:
            return Answer("no_address")
        return _guarded(here, row, lambda *_: _list(here, row, url, token, accept, member), Answer("fault"))

    return Probes(
        keys,
        ahead,
        access,
        look("columns", targets.lineitems, _COLUMNS),
        look("results", _results_of(targets.lineitem), _RESULTS),
        look("roster", first_page(targets.memberships, 10) if targets.memberships else "", _MEMBERS, "members"),
    )


def _guarded(here: Tool, row: Registration, look: Callable[[Tool, Registration], _T], otherwise: _T) -> _T:
    try:
        return look(here, row)
    except Exception as error:  # whatever an LMS sends, the other checks are shown
        log.error("connection_check_failed", registration=str(row.id), kind=type(error).__name__, exc_info=error)
        return otherwise


def _keys(here: Tool, row: Registration) -> tuple[Answer, int | None]:
    try:
        reply = here.http.request("GET", row.jwks_url, trusted=trusted_origins(row), max_bytes=256 * 1024, seconds=SECONDS)
        ahead = _ahead(here, reply)
        if not reply.ok:
            return Answer("status", reply.status), ahead
        return Answer("ok", reply.status, len(keysets.usable(reply.json()))), ahead
    except HttpFailure as failure:
        return Answer(failure.kind), None


def _ahead(here: Tool, reply: Reply) -> int | None:
    """Seconds by which the server's clock is ahead. What a cache kept is as old as it says (RFC 9111, 5.1)."""
    try:
        date = parsedate_to_datetime(reply.headers.get("Date", ""))
        age = int(reply.headers.get("Age") or 0)
    except (ValueError, TypeError):
        return None
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return round((date - here.clock()).total_seconds()) + age


def _tokens(here: Tool, row: Registration) -> tuple[Access, dict[str, str]]:
    """What may be used, and a token for each of it. An LMS that refuses all together is asked for one after the other."""
    wanted = list(SCOPE_OF.values())
    try:
        token = ask_token(here, row, wanted, seconds=SECONDS)
        return Access(token.scopes), dict.fromkeys(token.scopes, token.value)
    except SecretLost:
        return Access(error="own_key"), {}
    except NoToken as none:
        if none.error != "invalid_scope":
            return Access(status=none.status, error=none.error or ("" if none.status else none.cause)), {}
    found: dict[str, str] = {}
    for scope in wanted:
        try:
            token = ask_token(here, row, [scope], seconds=SECONDS)
        except NoToken as none:
            if none.error != "invalid_scope":
                break
            continue
        found |= dict.fromkeys(token.scopes, token.value)
    return Access(frozenset(found), error="" if found else "invalid_scope"), found


def _results_of(lineitem: str) -> str:
    """The address of a column's results (AGS 2.0, 3.3): below its own, before the query."""
    if not lineitem:
        return ""
    parts = urlsplit(lineitem)
    return urlunsplit(parts._replace(path=parts.path + "/results"))


def _list(here: Tool, row: Registration, url: str, token: str, accept: str, member: str) -> Answer:
    """One page of a service: a list, or an object with the list as `member`."""
    try:
        reply = here.http.request(
            "GET",
            service_url(row, url),
            trusted=trusted_origins(row),
            headers={"Authorization": f"Bearer {token}", "Accept": accept},
            max_bytes=_MAX_BYTES,
            seconds=SECONDS,
        )
        if not reply.ok:
            return Answer("status", reply.status)
        page = reply.json()
    except HttpFailure as failure:
        return Answer(failure.kind)
    listed = page.get(member) if member and isinstance(page, dict) else None if member else page
    return Answer("ok", reply.status, len(listed)) if isinstance(listed, list) else Answer("unusable", reply.status)
