"""The worker asks an LMS to tell of copied courses: what it sends, and what becomes of each answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from sqlalchemy import select, update
from werkzeug import Request, Response

from lti_tool.audit import AuditEvent
from lti_tool.jobs import work_once
from lti_tool.platforms.models import AccessToken, Deployment, Registration
from lti_tool.platforms.notices import ask_due
from lti_tool.tool import Tool
from tests.conftest import Clock
from tests.factories.platform import platform_server
from tests.factories.world import World

SCOPE = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"
COPY = "LtiContextCopyNotice"


class Lms:
    """A platform with a token endpoint and a notice service whose answers a test writes. None: as it should."""

    def __init__(self, server: HTTPServer, world: World) -> None:
        self.here, self.world = world.tool, world
        self.url = server.url_for("").rstrip("/")
        self.registration: Registration = world.registration(
            issuer=self.url, token_url=f"{self.url}/token", token_audience="", jwks_url=f"{self.url}/jwks", vendor="canvas"
        )
        self.scopes: list[str] = []
        self.asked: list[dict[str, Any]] = []
        self.token_answer: Response | None = None
        self.answer: Response | None = None
        server.expect_request("/token").respond_with_handler(self._token)
        server.expect_request("/notice-handlers/1").respond_with_handler(self._handle)
        server.expect_request("/notice-handlers/2").respond_with_handler(self._handle)
        self.offer()

    def _token(self, request: Request) -> Response:
        self.scopes.append(request.form["scope"])
        return self.token_answer or Response(json.dumps({"access_token": "t-1", "token_type": "Bearer", "expires_in": 3600}))

    def _handle(self, request: Request) -> Response:
        self.asked.append({"method": request.method, "headers": request.headers, "path": request.path, "body": request.get_json()})
        return self.answer or Response(json.dumps(request.get_json()), content_type="application/json")

    def offer(self, number: int = 1) -> Deployment:
        """A deployment that is due."""
        url = f"{self.url}/notice-handlers/{number}"
        if number == 1:
            with self.here.database.unit() as session:
                own = Deployment.registration_id == self.registration.id
                session.execute(update(Deployment).where(own).values(notices_url=url, notices_state="due"))
            return self.world.deployment(self.registration)
        found: Deployment = self.world._add(
            Deployment(
                district_id=self.registration.district_id,
                registration_id=self.registration.id,
                deployment_id=str(number),
                created_at=self.here.clock(),
                notices_url=url,
                notices_state="due",
            )
        )
        return found

    def states(self) -> list[str]:
        with self.here.database.read() as session:
            return list(session.scalars(select(Deployment.notices_state).order_by(Deployment.id)))

    def trail(self) -> list[str]:
        with self.here.database.read() as session:
            actions = select(AuditEvent.action).where(AuditEvent.action.startswith("platforms:notices"))
            return list(session.scalars(actions.order_by(AuditEvent.sequence)))


@pytest.fixture
def lms(world: World) -> Iterator[Lms]:
    with platform_server() as server:
        yield Lms(server, world)


def test_what_is_sent(lms: Lms, tool: Tool) -> None:
    work_once(tool)
    [asked] = lms.asked
    assert (asked["method"], asked["path"]) == ("PUT", "/notice-handlers/1")
    assert asked["body"] == {"notice_type": COPY, "handler": "http://127.0.0.1:8000/lti/notices"}
    assert asked["headers"]["Content-Type"] == "application/json"
    assert asked["headers"]["Authorization"] == "Bearer t-1"
    assert lms.scopes == [SCOPE], "nothing else is asked for with it, so that nothing else can be refused with it"
    assert lms.states() == ["kept"]
    assert lms.trail() == ["platforms:notices:kept"]
    work_once(tool)
    assert len(lms.asked) == 1


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (Response("Rate Limit Exceeded", 403, {"X-Rate-Limit-Remaining": "0.0"}), "due"),
        (Response("", 429), "due"),
        (Response("", 500), "due"),
        (Response("", 302, {"Location": "http://127.0.0.1:9/"}), "due"),
        (Response("<!doctype html>Sign in", 200), "due"),
        (Response('{"notice_type": "LtiContextCopyNotice", "handler": "http://other.example/"}', 200), "due"),
        (Response("[]", 200), "due"),
        (Response("x" * 70_000, 200), "due"),
        (Response('{"errors": [{"message": "handler must be on the tool\'s domain"}]}', 400), "refused"),
        (Response("", 403), "refused"),
        (Response("", 404), "refused"),
        (Response("", 422), "refused"),
        (Response('{"errors": "Insufficient permissions"}', 401), "refused"),
    ],
    ids=range(13),
)
def test_what_becomes_of_an_answer(lms: Lms, tool: Tool, answer: Response, state: str) -> None:
    lms.answer = answer
    assert ask_due(tool) == 1
    assert lms.states() == [state]
    assert lms.trail() == (["platforms:notices:refused"] if state == "refused" else [])
    asked = len(lms.asked)
    assert ask_due(tool) == 0
    assert len(lms.asked) == asked, "not again at once"


def test_a_token_that_is_not_given(lms: Lms, tool: Tool, clock: Clock) -> None:
    lms.token_answer = Response("", 503)
    ask_due(tool)
    assert (lms.states(), lms.asked) == (["due"], [])
    lms.token_answer = Response('{"error": "invalid_scope"}', 400)
    clock.tick(minutes=16)
    ask_due(tool)
    assert (lms.states(), lms.asked) == (["refused"], [])
    with tool.database.read() as session:
        assert session.scalars(select(AccessToken).where(AccessToken.token_sealed != "")).all() == []


def test_a_failed_try_comes_again_after_a_while_and_a_refusal_after_a_day(lms: Lms, tool: Tool, clock: Clock) -> None:
    lms.answer = Response("", 500)
    ask_due(tool)
    clock.tick(minutes=14)
    assert ask_due(tool) == 0
    lms.answer = Response("", 404)
    clock.tick(minutes=2)
    assert ask_due(tool) == 1
    assert lms.states() == ["refused"]
    clock.tick(hours=23)
    assert ask_due(tool) == 0
    lms.answer = None
    clock.tick(hours=2)
    assert ask_due(tool) == 1
    assert lms.states() == ["kept"]
    assert lms.trail() == ["platforms:notices:refused", "platforms:notices:kept"]


def test_one_silent_lms_rests_with_all_its_deployments_and_holds_up_no_other(lms: Lms, tool: Tool, world: World, clock: Clock) -> None:
    lms.offer(2)
    lms.answer = Response("", 502)
    with platform_server() as server:
        other = Lms(server, world)
        assert ask_due(tool) == 2
        assert (len(lms.asked), len(other.asked)) == (1, 1)
        lms.answer = None
        clock.tick(minutes=16)
        assert ask_due(tool) == 2
        assert lms.states() == ["kept"] * 3


def test_a_registration_that_is_switched_off_is_not_asked(lms: Lms, tool: Tool) -> None:
    with tool.database.unit() as session:
        session.execute(update(Registration).values(state="disabled"))
    assert ask_due(tool) == 0
    assert lms.states() == ["due"]


def test_an_address_that_may_not_be_called_is_refused(lms: Lms, tool: Tool) -> None:
    with tool.database.unit() as session:
        session.execute(update(Deployment).values(notices_url="http://elsewhere.example/handlers"))
    ask_due(tool)
    assert (lms.states(), lms.asked) == (["refused"], [])


def test_an_answer_about_an_older_address_counts_no_more(lms: Lms, tool: Tool) -> None:
    real = tool.http.request

    def slow(method: str, url: str, **given: Any) -> Any:
        if method == "PUT" and url.endswith("/1"):  # meanwhile a launch names another address
            with tool.database.unit() as session:
                session.execute(update(Deployment).values(notices_url=f"{lms.url}/notice-handlers/2", notices_tried_at=None))
        return real(method, url, **given)

    tool.http.request = slow  # type: ignore[method-assign]
    assert ask_due(tool) == 2
    assert [asked["path"] for asked in lms.asked] == ["/notice-handlers/1", "/notice-handlers/2"]
    assert lms.states() == ["kept"]
