"""Anything at all in one place of an honest message, and what must hold whatever it is."""

from __future__ import annotations

import base64
import copy
import json
import os
from collections.abc import Callable
from itertools import count
from typing import Any

import structlog
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from lti_tool.platforms import service
from lti_tool.tool import Tool
from lti_tool.web.models import FrameSession
from tests.factories.platform import Platform, asked_of, spent
from tests.factories.world import World

VENDORS = ("canvas", "moodle", "other")
NAME, EMAIL = "Zacharias Unmistakable", "zacharias@example.org"
_EXAMPLES = int(os.environ.get("FUZZ", "0"))
_addresses = count(1)


def bounded(examples: int) -> Callable[[Any], Any]:
    """The same examples each time; as many others as FUZZ says, when somebody looks for more."""
    return settings(
        max_examples=_EXAMPLES or examples,
        derandomize=not _EXAMPLES,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


def _nested(depth: int) -> Any:
    found: Any = "deep"
    for _ in range(depth):
        found = [found]
    return found


# fmt: off
_TEXTS = (
    "", " ", "\x00", "a\x00b", "\ud800", "\u202eevil", "x" * 10_000, "é" * 300, "🦉" * 200, "NaN", "-0", "1e400", "null", "true",
    "a\r\nb: c", "$Person.name", "<script>", "javascript:alert(1)", "file:///etc/passwd", "//x", "https://[", "https://x:99999/", "https://\u2100/",
    NAME, "LtiDeepLinkingRequest", "LtiSubmissionReviewRequest", "ltiResourceLink", "activity", "reviews", "../..", "%00",
)
_NUMBERS = (
    0, -1, 1, 2**31, 2**63, 2**64, -(2**70), 10**400, 1.5, 1e308, float("nan"), float("inf"), float("-inf"), -0.0,
)
_EMPTY: tuple[Any, ...] = ([], {}, _nested(900))
# fmt: on


def odd_values(*addresses: str) -> st.SearchStrategy[Any]:
    """Whatever JSON can hold, and a little more, as Python reads and writes it. `addresses` are among it."""
    texts = st.sampled_from([*_TEXTS, *addresses])
    leaves = st.none() | st.booleans() | st.sampled_from(_NUMBERS) | texts | st.text(st.characters(), max_size=6) | st.sampled_from(_EMPTY)
    return st.recursive(
        leaves, lambda some: st.lists(some, max_size=3) | st.dictionaries(texts | st.just("id"), some, max_size=3), max_leaves=4
    )


def places(body: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every member and item, at any depth."""
    items: Any = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    return [way for name, value in items for way in ((*at, name), *places(value, (*at, name)))]


Change = tuple[tuple[Any, ...], Any]


def changes(body: Any, values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Change]]:
    """One to three places and what stands there instead; `...` for nothing at all."""
    return st.lists(st.tuples(st.sampled_from(places(body)), values | st.just(...)), min_size=1, max_size=3)


def changed(body: dict[str, Any], wanted: list[Change]) -> dict[str, Any]:
    """A copy with these changes; a place that an earlier change took away stays as it is."""
    body = copy.deepcopy(body)
    for (*way, last), value in wanted:
        inside: Any = body
        try:
            for step in way:
                inside = inside[step]
            if value is ...:
                del inside[last]
            elif isinstance(inside, dict | list):
                inside[last] = json.loads(json.dumps(value))  # a copy, that may be changed again
        except (KeyError, IndexError, TypeError):
            continue
    return body


def token(platform: Platform, header: Any, body: Any) -> str:
    """Header and body signed by the platform's key, whatever they are."""

    def part(value: Any) -> str:
        given = value if isinstance(value, bytes) else json.dumps(value).encode()
        return base64.urlsafe_b64encode(given).rstrip(b"=").decode()

    signed = f"{part(header)}.{part(body)}"
    return f"{signed}.{part(platform.key.sign(signed.encode(), PKCS1v15(), SHA256()))}"


class Stage:
    """The tool in this process, and one platform of each vendor whose course has an activity."""

    def __init__(self, tool: Tool, app: Flask, server: HTTPServer, now: Any) -> None:
        self.tool, self.app, self.server = tool, app, server
        self.platforms, self.activities, world = {}, {}, World(tool, app)
        for vendor in VENDORS:
            platform = Platform(server, vendor, now=now, tool_url=tool.settings.base_url)
            with tool.database.unit() as session:
                row = service.add_registration(
                    session, tool, district_name=vendor, deployment_id=platform.deployment_id, **platform.endpoints()
                )
                row.vendor = vendor
            self.platforms[vendor] = platform
            self.activities[vendor] = world.version(row.district_id).activity_key

    def body(self, vendor: str, nonce: str, **claims: Any) -> dict[str, Any]:
        """An honest message of somebody whose name is easy to find."""
        custom = {"activity": self.activities[vendor], "points": "40"}
        return self.platforms[vendor].claims(nonce, **{"name": NAME, "email": EMAIL, "custom": custom, **claims})

    def browser(self) -> FlaskClient:
        """A new browser at an address of its own."""
        client = self.app.test_client()
        number = next(_addresses)
        client.environ_base["REMOTE_ADDR"] = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        return client

    def asked(self, client: FlaskClient, vendor: str) -> dict[str, str]:
        """A login's parameters at the platform."""
        return asked_of(client.post("/lti/login", data=self.platforms[vendor].login_fields()).location)

    def visits(self) -> int:
        with self.tool.database.read() as session:
            return session.scalar(select(func.count()).select_from(FrameSession)) or 0

    def launch(self, client: FlaskClient, asked: dict[str, str], id_token: str) -> TestResponse | None:
        """Post the message and hold the answer against what must always be so. The page where it led, or None for a refusal."""
        before = self.visits()
        with structlog.testing.capture_logs() as lines:
            answer = client.post("/lti/launch", data={"state": asked["state"], "id_token": id_token})
            page = client.get(answer.location, follow_redirects=True) if answer.status_code == 303 else None
        assert answer.status_code < 500, lines
        with self.tool.database.read() as session:
            assert spent(session, self.tool, asked["state"])
        assert {request.path.rpartition("/")[2] for request, _ in self.server.log} <= {"jwks"}, "somebody was asked whom the message names"
        written = repr(lines)
        for secret in (NAME, EMAIL, asked["state"], asked["nonce"], id_token):
            assert secret not in written, lines
        if page is None:
            readable(answer)
            assert self.visits() == before
            assert "Set-Cookie" not in answer.headers
        else:
            assert answer.location.startswith("/s/")
            assert page.status_code < 500, (page.status_code, lines)
            assert self.visits() == before + 1
        return page


def readable(answer: TestResponse) -> None:
    """A refusal in words, with a reference."""
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.text[:300])
    assert "<h1>" in answer.text
    assert answer.headers["X-Request-Id"] in answer.text
