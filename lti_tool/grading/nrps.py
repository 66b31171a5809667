"""The course's list of people, read page by page (Names and Role Provisioning Services 2.0).

The roster is a hint: it tells whom a reviewer may be, it gives nobody a right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from lti_tool.grading.ags import Connector, Refused
from lti_tool.http import HttpFailure, origin
from lti_tool.launch.claims import text
from lti_tool.platforms.models import Registration
from lti_tool.tool import Tool

NRPS_SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
_MEDIA = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
_MOST_PAGES = 2000
_PAGE_BYTES = 16 * 1024 * 1024
_LONGEST = 255
_NOT_IN_TEXT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True)
class Member:
    """One active person of the roster; names and e-mail are empty where the platform withholds them."""

    sub: str
    name: str
    given_name: str
    family_name: str
    email: str
    roles: tuple[str, ...]


def _member(item: Any) -> Member | None:
    if not isinstance(item, dict) or item.get("status", "Active") != "Active":
        return None
    sub = item.get("user_id")
    sub = str(sub) if isinstance(sub, int) and not isinstance(sub, bool) else sub
    if not isinstance(sub, str) or not sub or len(sub) > _LONGEST or _NOT_IN_TEXT.search(sub):
        return None
    roles = item.get("roles")
    return Member(
        sub,
        text(item.get("name"), _LONGEST),
        text(item.get("given_name"), _LONGEST),
        text(item.get("family_name"), _LONGEST),
        text(item.get("email"), _LONGEST),
        tuple(text(role, _LONGEST) for role in roles if isinstance(role, str)) if isinstance(roles, list) else (),
    )


def first_page(memberships_url: str, per_page: int = 200) -> str:
    """The first page's URL: keeps the query that the platform gave and asks for a page size."""
    parts = urlsplit(memberships_url)
    query = [*parse_qsl(parts.query, keep_blank_values=True), ("limit", str(per_page))]
    return urlunsplit(parts._replace(query=urlencode(query)))


def members(here: Tool, registration: Registration, memberships_url: str) -> Iterator[Member]:
    """Yield the members, one page in memory at a time, following `next` links exactly as sent, on the same host, never twice.

    Raises ags.Refused, NoToken, HttpFailure (also for a next link to another host).
    """
    connector = Connector(here, registration)
    url, seen = first_page(memberships_url), set[str]()
    while url and url not in seen and len(seen) < _MOST_PAGES:
        seen.add(url)
        reply = connector.call("GET", [NRPS_SCOPE], url, accept=_MEDIA, max_bytes=_PAGE_BYTES)
        if not reply.ok:
            raise Refused(reply)
        page = reply.json()
        items = page.get("members") if isinstance(page, dict) else None
        for item in items if isinstance(items, list) else []:
            if (member := _member(item)) is not None:
                yield member
        following = reply.links.get("next", "")
        following = urljoin(url, following) if following and not urlsplit(following).scheme else following
        if following and origin(following) != origin(url):
            raise HttpFailure("refused", "the next page is on another host")
        url = following
