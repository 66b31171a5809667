"""The page of the check, against the practice LMS's two faces and against servers that fail in many ways."""

from __future__ import annotations

import html
import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from pytest_httpserver import HTTPServer
from sqlalchemy import update
from werkzeug import Request, Response

from lti_tool.connection import probes, service
from lti_tool.connection.policies import MESSAGES
from lti_tool.launch.models import Context
from lti_tool.platforms.models import Registration
from lti_tool.practice_lms.lti import AGS_SCOPES, MEMBERSHIP_READ, SCORE
from lti_tool.tool import Tool, utc_now
from tests.factories.world import FrameBrowser, World
from tests.integration.grading.conftest import COURSE, Lms, lms, lms_of

__all__ = ["lms", "lms_of"]

ADMINISTRATOR = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator"
OFFERED = dict.fromkeys(("names", "emails", "scores", "columns", "results", "roster"), True)
LAUNCH: dict[str, Any] = {
    "roles": [ADMINISTRATOR],
    "named": True,
    "mailed": True,
    "roster": True,
    "clock_difference": 0,
    "proof": "cookie",
    "storage_offered": True,
    "deployment_id": "1",
    "scopes": [*AGS_SCOPES],
}


def states(page: str) -> dict[str, str]:
    """The state of each check on the page, by its key."""
    return {key: state for state, key in re.findall(r'checks__item--(\w+)" id="check-([\w]+)"', page)}


def text(page: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def observe(tool: Tool, registration: Registration, **offers: bool) -> None:
    messages = {kind: tool.clock().isoformat() for _, kind in MESSAGES.values()}
    with tool.database.unit() as session:
        values = {"observed": {"messages": messages, "offers": {**OFFERED, **offers}}}
        session.execute(update(Registration).where(Registration.id == registration.id).values(values))


def opened(world: World, registration: Registration, context: Context | None = None, *rights: str, **launch: Any) -> FrameBrowser:
    person = world.person(registration, "Alma Admin")
    return world.browser(person, *(rights or ("console",)), context=context, launch={**LAUNCH, **launch})


def services_of(lms: Lms) -> None:
    """The course's service addresses, as a launch of this face brings them."""
    column = lms.column_url(lms.column)
    course = f"{lms.school.issuer}/api/lti/courses/{COURSE}"
    columns, members = f"{course}/line_items", f"{course}/names_and_roles"
    if lms.face.key == "moodle":
        columns = column.replace(f"/{lms.column.number}/lineitem", "")
        members = f"{lms.school.issuer}/mod/lti/services.php/CourseSection/{COURSE}/bindings/1/memberships"
    with lms.here.database.unit() as session:
        row = session.get_one(Context, lms.context.id)
        row.lineitems_url, row.memberships_url = columns, members


@pytest.fixture
def connected(lms: Lms, tool: Tool) -> Lms:
    """All is granted, and launches of every kind have come. Clocks are the real ones, for servers name them."""
    tool.clock = utc_now
    lms.school.registrations[lms.registration.client_id].scopes = {*AGS_SCOPES, MEMBERSHIP_READ}
    services_of(lms)
    observe(tool, lms.registration)
    return lms


def of(lms: Lms, **launch: Any) -> FrameBrowser:
    column = lms.column_url(lms.column)
    person = lms.world.person(lms.registration, "Alma Admin")
    return lms.world.browser(person, "console", activity=lms.activity, launch={**LAUNCH, "lineitem_url": column, **launch})


def test_all_is_good_at_both_faces_and_nothing_was_written(connected: Lms) -> None:
    page = of(connected).post("/connection/")
    assert page.status_code == 200
    assert set(states(page.text).values()) == {"good"}, text(page.text)
    assert len(states(page.text)) == 18
    assert "18 checks good." in text(page.text)
    assert "lists 1 of the tool’s columns" in text(page.text)
    assert "all 4 permissions" in text(page.text)
    assert connected.posts == []
    assert connected.violations == []
    assert connected.tokens == 1


def test_reading_the_page_asks_nobody(connected: Lms) -> None:
    page = of(connected).get("/connection/")
    assert states(page.text).pop("token") == "unknown"
    assert connected.tokens == 0


def test_permissions_that_were_taken_away_are_named(connected: Lms) -> None:
    connected.school.registrations[connected.registration.client_id].scopes -= {SCORE, MEMBERSHIP_READ}
    page = of(connected).post("/connection/").text
    found = states(page)
    assert (found["token"], found["scores"], found["roster"], found["columns"]) == ("attention", "bad", "attention", "good")
    assert "2 of 4 permissions. Missing: Write a score when a microcredential is earned; See who takes part" in text(page)
    assert "Scores can’t be sent. The LMS gives no permission for it." in text(page)
    assert "15 checks good, 3 need you." in text(page)


def test_no_permission_at_all(connected: Lms) -> None:
    connected.school.registrations[connected.registration.client_id].scopes = set()
    page = of(connected).post("/connection/").text
    assert states(page)["token"] == states(page)["scores"] == "bad"
    assert "The LMS gives the tool no permission at all." in text(page)


def test_an_lms_that_does_not_know_our_keys(connected: Lms) -> None:
    connected.school.registrations[connected.registration.client_id].jwks_url = "http://127.0.0.1:9/jwks"
    page = of(connected).post("/connection/").text
    assert states(page)["token"] == "bad"
    assert "does not trust the tool’s signature; it should find the tool’s public keys at http://127.0.0.1:8000/lti/jwks" in text(page)
    assert states(page)["columns"] == "unknown"


def test_an_ungraded_link_and_the_course_menu(connected: Lms) -> None:
    page = of(connected, lineitem_url="").post("/connection/").text
    assert (states(page)["column"], states(page)["results"], states(page)["columns"]) == ("unknown", "unknown", "good")
    assert "it is not graded in the LMS" in text(page)
    menu = opened(connected.world, connected.registration, connected.context).get("/connection/").text
    assert "This launch came from the course’s menu" in text(menu)


def test_from_an_accounts_menu(world: World, tool: Tool) -> None:
    registration = world.registration(vendor="canvas")
    place = world.context(registration)
    for context in (place, None):
        page = opened(world, registration, context, in_course=False, roster=False, scopes=[]).get("/connection/").text
        assert {states(page)[key] for key in ("column", "scores", "columns", "results", "roster")} == {"unknown"}
        assert "This launch came from outside a course. Open it once from a course to see this." in text(page)


def test_only_the_console_opens_it(world: World) -> None:
    registration = world.registration()
    context = world.context(registration)
    for rights in ("facilitator", "designer", "earner", "reviewer", "preview"):
        browser = opened(world, registration, context, rights)
        assert browser.get("/connection/").status_code == 403
        assert browser.post("/connection/").status_code == 403
        assert "Connection</a>" not in browser.get("/home").text
    assert world.app.test_client().get(f"/s/{uuid4().hex}/connection/").status_code == 401
    assert opened(world, registration, context).post("/connection/", {"csrf_token": "forged"}).status_code == 400


def test_each_sees_their_own_connection(world: World) -> None:
    own, foreign = world.registration(name="Own LMS"), world.registration(name="Foreign LMS")
    page = opened(world, own).get("/connection/").text
    assert own.issuer in page
    assert "Foreign LMS" not in page
    assert foreign.issuer not in page


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    with HTTPServer(host="127.0.0.1", port=0, threaded=True) as running:
        yield running


@pytest.fixture
def odd(world: World, tool: Tool, server: HTTPServer) -> tuple[Registration, Context]:
    """An LMS whose every answer a test writes: /keys, /token, /columns, /columns/1, /members."""
    tool.clock = utc_now
    base = server.url_for("").rstrip("/")
    ends = {"issuer": base, "auth_url": f"{base}/auth", "token_url": f"{base}/token", "jwks_url": f"{base}/keys"}
    registration = world.registration(**ends)
    context = world.context(registration)
    with tool.database.unit() as session:
        row = session.get_one(Context, context.id)
        row.lineitems_url, row.memberships_url = f"{base}/columns", f"{base}/members"
    return registration, context


def check(world: World, odd: tuple[Registration, Context]) -> str:
    base = odd[0].issuer
    answer = opened(world, *odd, lineitem_url=f"{base}/columns/1?type_id=1").post("/connection/")
    assert answer.status_code == 200
    return answer.text


NOISE = {
    "nothing": b"",
    "a page": b"<!doctype html><title>Log in</title>",
    "a list": b"[1, 2]",
    "a word": b'"token"',
    "odd members": b'{"keys": 7, "access_token": ["x"], "scope": 3, "members": {"a": 1}}',
    "deep": b"[" * 100_000,
    "no text": b"\xff\xfe\x00",
}


@pytest.mark.parametrize("status", [200, 302, 401, 500])
@pytest.mark.parametrize("kind", NOISE)
def test_whatever_an_lms_answers_becomes_words(
    world: World, odd: tuple[Registration, Context], server: HTTPServer, kind: str, status: int
) -> None:
    server.expect_request(re.compile(".*")).respond_with_data(NOISE[kind], status=status, headers={"Date": "yesterday", "Age": "x"})
    page = check(world, odd)
    found = states(page)
    assert (found["keys"], found["token"], found["scores"]) == ("bad", "bad", "bad")
    assert len(found) == 18
    assert "The check itself failed" not in page


@pytest.mark.parametrize("kind", NOISE)
def test_one_that_fails_hides_no_other(world: World, odd: tuple[Registration, Context], server: HTTPServer, kind: str) -> None:
    """Every service answers nonsense in turn, the others well."""

    def give(request: Request) -> Response:
        return Response(f'{{"access_token": "t", "scope": "{request.form["scope"]}"}}', content_type="application/json")

    good: dict[str, Any] = {"/columns": [], "/columns/1/results": [], "/members": {"members": [{}, {}]}}
    names = {"/columns": "columns", "/columns/1/results": "results", "/members": "roster"}
    for broken in good:
        if kind == "a list" and broken != "/members":
            continue
        server.clear()
        server.expect_request("/token").respond_with_handler(give)
        for path, document in good.items():
            if path == broken:
                server.expect_request(path).respond_with_data(NOISE[kind])
            else:
                server.expect_request(path).respond_with_json(document)
        found = states(check(world, odd))
        assert found["token"] == "good"
        assert {key: found[key] for key in names.values()} == {
            key: "attention" if path == broken else "good" for path, key in names.items()
        }


def test_an_lms_that_refuses_all_scopes_together_is_asked_for_each(
    world: World, odd: tuple[Registration, Context], server: HTTPServer
) -> None:
    def give(request: Request) -> Response:
        scope = request.form["scope"]
        if scope == SCORE:
            return Response('{"access_token": "t", "expires_in": 3600}', content_type="application/json")
        return Response('{"error": "invalid_scope"}', status=400)

    server.expect_request("/token").respond_with_handler(give)
    page = check(world, odd)
    assert "1 of 4 permissions" in text(page)
    assert (states(page)["scores"], states(page)["roster"]) == ("good", "attention")


def test_a_wrong_clock_is_told_by_the_lms_itself(world: World, tool: Tool, odd: tuple[Registration, Context], server: HTTPServer) -> None:
    tool.clock = lambda: utc_now() + timedelta(minutes=5)
    server.expect_request("/keys").respond_with_json({"keys": []})
    page = check(world, odd)
    assert states(page)["clock"] == "bad"
    assert re.search(r"(299|300|301) seconds behind ours\. From a minute on nobody is let in", text(page))


def test_servers_that_hang_are_waited_for_a_little(
    world: World, odd: tuple[Registration, Context], server: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "SECONDS", 0.3)
    release = threading.Event()

    def hang(_request: Request) -> Response:
        release.wait(20)
        return Response("{}")

    server.expect_request(re.compile(".*")).respond_with_handler(hang)
    page = check(world, odd)
    release.set()
    assert (states(page)["keys"], states(page)["token"]) == ("bad", "bad")
    assert "did not answer in time" in text(page)


def test_few_ask_at_once(world: World, odd: tuple[Registration, Context]) -> None:
    browser = opened(world, *odd)
    with service.one_of_few(), service.one_of_few():
        busy = browser.post("/connection/")
    assert busy.status_code == 429
    assert "Somebody is checking just now" in busy.text
    assert browser.post("/connection/").status_code == 200
