"""The course's list of people, read page by page (Names and Role Provisioning Services 2.0).

The roster is a hint: it tells whom a reviewer may be, it gives nobody a right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from lti_tool.grading.ags import Connector
from lti_tool.grading.policies import retry_after
from lti_tool.http import HttpFailure, Reply
from lti_tool.launch.claims import text
from lti_tool.platforms.models import Registration
from lti_tool.platforms.score_rules import rules_for
from lti_tool.platforms.tokens import NoToken
from lti_tool.secrets_box import SecretLost
from lti_tool.tool import Tool

NRPS_SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
_MEDIA = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
_PAGE_BYTES = 16 * 1024 * 1024
_LONGEST = 255
_NOT_IN_TEXT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_STATUSES = {"active": "active", "inactive": "inactive", "deleted": "left"}


@dataclass
class Unread(Exception):
    """A page could not be read. `failure`: one of roster_policies.FAILURES. `asked`: how long the LMS wants to be left alone."""

    failure: str
    cause: str
    asked: timedelta | None = None

    def __str__(self) -> str:
        return f"{self.failure}: {self.cause}"


@dataclass(frozen=True)
class Member:
    """One person of the list; names and e-mail are empty where the LMS withholds them. `status`: active, inactive, left."""

    sub: str
    name: str
    given_name: str
    family_name: str
    email: str
    roles: tuple[str, ...]
    status: str = "active"


@dataclass(frozen=True)
class Page:
    """Members, and the URL of the next page exactly as the LMS wrote it; empty on the last one."""

    members: tuple[Member, ...]
    next_url: str


def _member(item: Any) -> Member | None:
    if not isinstance(item, dict):
        return None
    sub, roles = item.get("user_id"), item.get("roles")
    sub = str(sub) if isinstance(sub, int) and not isinstance(sub, bool) else sub
    if not isinstance(sub, str) or not sub or len(sub) > _LONGEST or _NOT_IN_TEXT.search(sub):
        return None
    return Member(
        sub,
        text(item.get("name"), _LONGEST),
        text(item.get("given_name"), _LONGEST),
        text(item.get("family_name"), _LONGEST),
        text(item.get("email"), _LONGEST),
        tuple(text(role, _LONGEST) for role in roles if isinstance(role, str)) if isinstance(roles, list) else (),
        _STATUSES.get(str(item.get("status") or "Active").lower(), "inactive"),
    )


def first_page(memberships_url: str, per_page: int = 200, rlid: str = "") -> str:
    """The first page's URL: keeps the query that the platform gave and asks for a page size.

    With `rlid` only those who may open this resource link (NRPS 2.0, 3.1).
    """
    parts = urlsplit(memberships_url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    if rlid:
        query = [*((name, value) for name, value in query if name != "rlid"), ("rlid", rlid)]
    return urlunsplit(parts._replace(query=urlencode([*query, ("limit", str(per_page))])))


def read_page(here: Tool, registration: Registration, url: str) -> Page:
    """One page of the list. Raises Unread."""
    try:
        reply = Connector(here, registration).call("GET", [NRPS_SCOPE], url, accept=_MEDIA, max_bytes=_PAGE_BYTES)
        if not reply.ok:
            raise _unread(here, registration, reply)
        page = reply.json()
    except NoToken as error:
        raise Unread("not_allowed" if error.error == "invalid_scope" else "no_token", str(error)) from error
    except SecretLost as error:
        raise Unread("no_token", str(error)) from error
    except HttpFailure as failure:
        known = {"refused": "elsewhere", "too_large": "too_long", "not_json": "no_list"}
        raise Unread(known.get(failure.kind, "silent"), str(failure)) from failure
    items = page.get("members") if isinstance(page, dict) else None
    if not isinstance(items, list):
        raise Unread("no_list", "no members in the answer")
    following = reply.links.get("next", "")
    following = urljoin(url, following) if following and not urlsplit(following).scheme else following
    return Page(tuple(filter(None, map(_member, items))), following)


def _unread(here: Tool, registration: Registration, reply: Reply) -> Unread:
    asked = retry_after(reply.headers.get("Retry-After", ""), here.clock())
    cause = f"status {reply.status}"
    if reply.status >= 400 and rules_for(registration.vendor).meaning(reply).reason == "asked_to_wait":
        return Unread("slow_down", cause, asked)
    if reply.status < 400:
        return Unread("no_list", cause)
    if reply.status >= 500 or reply.status in (408, 425):
        return Unread("silent", cause, asked)
    return Unread({401: "not_allowed", 403: "not_allowed", 404: "gone", 410: "gone"}.get(reply.status, "refused"), cause)
