"""A launch in a Chromium that keeps no cookie: the LMS keeps the browser's secret, and only it is asked and believed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from urllib.parse import urlencode

import pytest
import requests
from playwright.sync_api import Browser, Frame, Page, expect
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from lti_tool.platforms import service
from tests.browser.chromium import NO_COOKIE_FOR_THE_TOOL, appears, with_preferences
from tests.browser.school import faults_of
from tests.conformance.conftest import LiveTool, live
from tests.factories.platform import Platform, asked_of, platform_server

__all__ = ["live"]

_numbers = count(1)

STORE = """<script>const kept = {}; window.heard = [];
addEventListener("message", (event) => {
  const { subject, key, value, message_id } = event.data;
  if (subject !== "lti.put_data" && subject !== "lti.get_data") return;
  heard.push(subject);
  if (subject === "lti.put_data") kept[key] = value;
  const answer = { subject: subject + ".response", message_id, key, value: kept[key] ?? null };
  const say = (words) => event.source?.postMessage(words, event.origin);
  const send = (more) => say({ ...answer, ...more });
  HOW
});</script>"""
HONEST = {
    "as the specification says": "send({});",
    "as text": "say(JSON.stringify(answer));",
    "twice": "send({}); send({ value: 'another' });",
    "after nonsense": "for (const odd of [null, 7, '{', 'x', [], {}]) say(odd); send({});",
    "after wrong ones": "for (const odd of [{ key: 'x' }, { message_id: 'x' }, { subject }]) send({ value: 'wrong', ...odd }); send({});",
}
KEEPS_NOTHING = {
    "with an error": "say({ subject: answer.subject, message_id, error: { code: 'storage_exhaustion', message: 'full' } });",
    "too late": "setTimeout(() => send({}), 2600);",
    "under another key": "send({ key: 'another' });",
}
# The storage lets a frame beside it know what was asked, and gives it time to answer first.
LEAKS = "parent.frames.sibling.postMessage({ leaked: answer }, '*'); setTimeout(() => send({}), 400);"
ANSWERS_FASTER = """<script>window.heard = 0; addEventListener("message", (event) => {
  if (!event.data.leaked) return;
  window.heard += 1;
  parent.frames.tool.postMessage({ ...event.data.leaked, value: "stolen" }, "*");
});</script>"""


class Lms:
    """A course page with the tool in a frame, and whatever stands beside it; its sign-on says yes at once."""

    def __init__(self, server: HTTPServer, live: LiveTool) -> None:
        self.server, self.name = server, f"lms-{next(_numbers)}"
        self.platform = Platform(server, self.name, now=live.clock, tool_url=live.url)
        with live.here.database.unit() as session:
            service.add_registration(
                session, live.here, district_name=self.name, deployment_id=self.platform.deployment_id, **self.platform.endpoints()
            )
        server.expect_request(f"/{self.name}/auth").respond_with_handler(self._auth)

    def serve(self, path: str, page: str) -> str:
        self.server.expect_request(f"/{self.name}/{path}").respond_with_data(page, content_type="text/html")
        return self.server.url_for(f"/{self.name}/{path}")

    def store(self, how: str) -> str:
        """A page that answers so, as a frame."""
        return f'<iframe name="post_message_forwarding" src="{self.serve("storage", STORE.replace("HOW", how))}"></iframe>'

    def open(self, page: Page, beside: str, *, target: str = "post_message_forwarding", window: str = "tool") -> None:
        fields = self.platform.login_fields(lti_storage_target=target)
        inputs = "".join(f'<input name="{name}" value="{value}">' for name, value in fields.items())
        course = f"""{beside}<iframe name="tool" width="800" height="600"></iframe>
          <form method="post" action="{self.platform.tool_url}/lti/login" target="{window}">{inputs}<button>Open</button></form>"""
        page.goto(self.serve("course", course))
        page.wait_for_load_state()
        page.get_by_role("button", name="Open").click()

    def _auth(self, request: Request) -> Response:
        asked = asked_of(request.url)
        token = self.platform.sign(self.platform.claims(asked["nonce"], context=...))
        page = f"""<form method="post" action="{asked["redirect_uri"]}"><input name="id_token" value="{token}">
          <input name="state" value="{asked["state"]}"></form><script>document.forms[0].submit()</script>"""
        return Response(page, content_type="text/html")


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with with_preferences(NO_COOKIE_FOR_THE_TOOL, tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[HTTPServer, HTTPServer]]:
    with platform_server() as own, platform_server() as stranger:
        yield own, stranger


@pytest.fixture
def lms(live: LiveTool, servers: tuple[HTTPServer, HTTPServer]) -> Lms:
    return Lms(servers[0], live)


def frame(page: Page, name: str) -> Frame:
    found = page.frame(name)
    assert found
    return found


def expect_visit(place: Frame | Page) -> None:
    place.wait_for_url("**/s/**")
    assert "~" in place.url, "a cookie carries the visit"
    appears(place.locator("body.in-frame h1"))


def expect_window_offered(page: Page) -> None:
    appears(page.frame_locator("[name=tool]").get_by_role("link", name="Open the activity"))


@pytest.mark.parametrize("how", list(HONEST))
def test_the_lms_storage_stands_in_for_cookies(lms: Lms, page: Page, how: str) -> None:
    lms.open(page, lms.store(HONEST[how]))
    expect_visit(frame(page, "tool"))
    storage = frame(page, "post_message_forwarding")
    assert storage.evaluate("heard") == ["lti.put_data", "lti.get_data", "lti.put_data"]
    assert storage.evaluate("Object.values(kept)") == [None], "the secret is still there"


@pytest.mark.parametrize("how", list(KEEPS_NOTHING))
def test_storage_that_keeps_nothing_leads_to_a_window(lms: Lms, page: Page, how: str) -> None:
    lms.open(page, lms.store(KEEPS_NOTHING[how]))
    expect_window_offered(page)
    with page.context.expect_page() as opened:
        page.frame_locator("[name=tool]").get_by_role("link", name="Open the activity").dispatch_event("click")
    expect_visit(opened.value)


@pytest.mark.parametrize("target", ["_parent", "post_message_forwarding", "location", "0_no_such"])
def test_the_page_around_is_asked_where_the_named_frame_is_missing(lms: Lms, page: Page, target: str) -> None:
    lms.open(page, STORE.replace("HOW", "send({});"), target=target)
    expect_visit(frame(page, "tool"))
    assert page.evaluate("heard") == ["lti.put_data", "lti.get_data", "lti.put_data"]


def test_in_a_window_the_page_that_opened_it_is_asked(lms: Lms, page: Page) -> None:
    with page.context.expect_page() as opened:
        lms.open(page, lms.store("send({});"), window="popup")
    expect_visit(opened.value)


@pytest.mark.parametrize("where", ["another origin", "another window"])
def test_a_faster_answer_of_somebody_else_is_ignored(
    lms: Lms, page: Page, live: LiveTool, servers: tuple[HTTPServer, HTTPServer], where: str
) -> None:
    theirs = Lms(servers[1], live) if where == "another origin" else lms
    sibling = f'<iframe name="sibling" src="{theirs.serve("sibling", ANSWERS_FASTER)}"></iframe>'
    lms.open(page, sibling + lms.store(LEAKS))
    expect_visit(frame(page, "tool"))
    assert frame(page, "sibling").evaluate("heard") >= 2


def test_l166_storage_of_another_origin_hears_nothing(lms: Lms, page: Page, live: LiveTool, servers: tuple[HTTPServer, HTTPServer]) -> None:
    lms.open(page, Lms(servers[1], live).store("send({});"))
    expect_window_offered(page)
    assert frame(page, "post_message_forwarding").evaluate("heard") == []


def test_a_page_of_another_origin_around_us_hears_nothing(
    lms: Lms, page: Page, live: LiveTool, servers: tuple[HTTPServer, HTTPServer]
) -> None:
    foreign = Lms(servers[1], live)
    foreign.platform.login_fields = lms.platform.login_fields  # type: ignore[method-assign]  # it begins a login at somebody else's LMS
    foreign.open(page, STORE.replace("HOW", "send({});"), target="_parent")
    expect_window_offered(page)
    assert page.evaluate("heard") == []


ASK = """async (frame) => await new Promise((done) => {
  addEventListener("message", (event) => done(event.data));
  const target = frame ? frames[frame] : opener.frames.tool;
  for (const subject of ["lti.put_data", "lti.get_data"]) target.postMessage({ subject, key: "s-1", value: "mine", message_id: "1" }, "*");
  setTimeout(() => done("nothing"), 500);
})"""


def test_the_page_that_keeps_a_secret_serves_only_windows_that_it_opened(lms: Lms, page: Page) -> None:
    lms.open(page, "", target="")
    expect_window_offered(page)
    assert page.evaluate(ASK, "tool") == "nothing"
    with page.context.expect_page() as opened:
        page.evaluate("(url) => { window.open(url, 'ours') }", lms.platform.tool_url + "/nothing-here")
    opened.value.wait_for_load_state()
    assert opened.value.evaluate(ASK, "") == "nothing"


def test_a_foreign_page_that_opens_a_login_in_a_window_hears_nothing(lms: Lms, page: Page) -> None:
    lms.open(page, STORE.replace("HOW", "send({});"), target="")
    query = urlencode(lms.platform.login_fields(window="1"))
    with page.context.expect_page() as opened:
        page.evaluate("(url) => { window.open(url, 'ours') }", f"{lms.platform.tool_url}/lti/login?{query}")
    expect(opened.value.get_by_role("heading", name="Your browser keeps nothing for this site")).to_be_visible()
    assert page.evaluate("heard") == []


def wait_at(page: Page, url: str) -> None:
    """Stop the page's script, and show what it shows while it waits beside what stands there without it."""
    page.route("**/launch-storage.js", lambda route: route.abort())
    page.goto(url)
    expect(page.get_by_role("link", name="Continue")).to_be_visible()
    page.evaluate("document.querySelector('[data-storage-waiting]').hidden = false")
    page.unroute("**/launch-storage.js")


@pytest.mark.parametrize("width", [1280, 390])
def test_pages_of_the_door_are_accessible_and_fit(lms: Lms, page: Page, live: LiveTool, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 300})
    query = urlencode(lms.platform.login_fields())
    begun = requests.get(f"{live.url}/lti/login?{query}&lti_storage_target=_parent", timeout=10).text
    state = begun.partition(";state=")[2].partition("&")[0]
    message = f"""<form method="post" action="{live.url}/lti/launch"><input name="state" value="{state}">
      <input name="id_token" value="x"><button>Go on</button></form>"""
    shown = {
        "Opening your activity": lambda: wait_at(page, f"{live.url}/lti/login?{query}&lti_storage_target=_parent"),
        "Open in a new window": lambda: page.goto(f"{live.url}/lti/login/again?{query}"),
        "Your browser keeps nothing for this site": lambda: page.goto(f"{live.url}/lti/login/again?{query}&window=1"),
        "Your browser did not keep what we need": lambda: (page.set_content(message), page.get_by_role("button").click()),
        "Please open this again from your course": lambda: page.goto(f"{live.url}/s/0123/home"),
    }
    for heading, go in shown.items():
        go()
        expect(page.get_by_role("heading", name=heading).first).to_be_visible()
        assert faults_of(page) == [], heading
