"""A launch in Chromium without cookies: the LMS keeps the browser's secret, and only the LMS's sign-on origin is asked and believed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from lti_tool.platforms import service
from tests.conformance.conftest import LiveTool, live
from tests.factories.platform import Platform, asked_of, platform_server

__all__ = ["live"]

STORE = """<script>const kept = {}; window.heard = [];
addEventListener("message", (event) => {
  heard.push(event.data.subject);
  const { subject, key, value, message_id } = event.data;
  if (subject === "lti.put_data") kept[key] = value;
  event.source.postMessage({ subject: subject + ".response", message_id, key, value: kept[key] ?? null }, "*");
});</script>"""


class Lms:
    """A course page with the tool in a frame and a storage frame beside it."""

    def __init__(self, server: HTTPServer, platform: Platform, storage_url: str) -> None:
        self.platform = platform
        fields = platform.login_fields(lti_storage_target="post_message_forwarding")
        inputs = "".join(f'<input name="{name}" value="{value}">' for name, value in fields.items())
        course = f"""<iframe name="post_message_forwarding" src="{storage_url}"></iframe>
          <iframe name="tool" width="800" height="600"></iframe>
          <form method="post" action="{platform.tool_url}/lti/login" target="tool">{inputs}<button>Open</button></form>"""
        server.expect_request("/course").respond_with_data(course, content_type="text/html")
        server.expect_request(f"/{platform.name}/auth").respond_with_handler(self._auth)

    def _auth(self, request: Request) -> Response:
        asked = asked_of(request.url)
        token = self.platform.sign(self.platform.claims(asked["nonce"], context=...))
        page = f"""<form method="post" action="{asked["redirect_uri"]}"><input name="id_token" value="{token}">
          <input name="state" value="{asked["state"]}"></form><script>document.forms[0].submit()</script>"""
        return Response(page, content_type="text/html")


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context()
    found = context.new_page()

    def forget(route: Any) -> None:
        context.clear_cookies()
        route.continue_()

    found.route("**/auth?**", forget)  # as a browser that keeps nothing in frames
    yield found
    context.close()


@pytest.fixture
def servers() -> Iterator[tuple[HTTPServer, HTTPServer]]:
    with platform_server() as lms, platform_server() as stranger:
        for server in (lms, stranger):
            server.expect_request("/storage").respond_with_data(STORE, content_type="text/html")
        yield lms, stranger


def opened(live: LiveTool, page: Page, servers: tuple[HTTPServer, HTTPServer], name: str, storage: HTTPServer) -> None:
    platform = Platform(servers[0], name, now=live.clock, tool_url=live.url)
    with live.here.database.unit() as session:
        service.add_registration(session, live.here, district_name=name, deployment_id=platform.deployment_id, **platform.endpoints())
    Lms(servers[0], platform, storage.url_for("/storage"))
    page.goto(servers[0].url_for("/course"))
    page.get_by_role("button", name="Open").click()


def test_the_lms_storage_stands_in_for_cookies(live: LiveTool, page: Page, servers: tuple[HTTPServer, HTTPServer]) -> None:
    opened(live, page, servers, "honest", servers[0])
    page.wait_for_url("**/course")
    tool = page.frame("tool")
    assert tool
    tool.wait_for_url("**/s/**")
    assert "~" in tool.url
    storage = page.frame("post_message_forwarding")
    assert storage
    assert storage.evaluate("heard") == ["lti.put_data", "lti.get_data", "lti.put_data"]
    assert json.loads(storage.evaluate("JSON.stringify(Object.values(kept))")) == [None]


def test_l166_storage_of_another_origin_hears_nothing(live: LiveTool, page: Page, servers: tuple[HTTPServer, HTTPServer]) -> None:
    opened(live, page, servers, "framed", servers[1])
    expect(page.frame_locator("[name=tool]").get_by_role("heading", name="Your browser did not keep what we need")).to_be_visible()
    storage = page.frame("post_message_forwarding")
    assert storage
    assert storage.evaluate("heard") == []
