"""What launches show of a connection: kept, told in the trail when an LMS's admin takes something away, and nothing more than that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from pytest_httpserver import HTTPServer
from sqlalchemy import select

from lti_tool.audit import AuditEvent
from lti_tool.platforms import service
from lti_tool.platforms.models import Registration
from lti_tool.tool import Tool
from tests.conftest import Clock
from tests.factories.canvas import SCOPES, STUDENT_VIEW, Canvas
from tests.factories.platform import AGS, NRPS, platform_server
from tests.factories.queries import counted
from tests.integration.launch.conftest import LaunchingBrowser

SCORE, RESULT = (f"https://purl.imsglobal.org/spec/lti-ags/scope/{name}" for name in ("score", "result.readonly"))
EVERYTHING = dict.fromkeys(("names", "emails", "scores", "columns", "results", "roster"), True)
NAMELESS = dict.fromkeys(("name", "given_name", "family_name", "email"), ...)


@pytest.fixture(name="lms")
def _lms() -> Iterator[HTTPServer]:
    with platform_server() as server:
        yield server


class Watch:
    """A Canvas that launches, and what is kept of it."""

    def __init__(self, app: Flask, tool: Tool, canvas: Canvas, registration: Registration) -> None:
        self.tool, self.canvas, self.id, self.district_id = tool, canvas, registration.id, registration.district_id
        self.browser = LaunchingBrowser(app, canvas)

    def launch(self, **claims: Any) -> None:
        answer = self.browser.launch({"lti_deployment_id": claims.get("deployment_id", self.canvas.deployment_id)}, **claims)
        assert answer.status_code == 303, answer.text

    def services(self, *scopes: str, **more: Any) -> dict[str, Any]:
        """The gradebook's claim with these scopes."""
        course = f"{self.canvas.host}/api/lti/courses/3"
        return {AGS: {"lineitem": f"{course}/line_items/1", "lineitems": f"{course}/line_items", "scope": list(scopes)}, **more}

    @property
    def observed(self) -> dict[str, Any]:
        with self.tool.database.read() as session:
            return session.get_one(Registration, self.id).observed

    def trail(self) -> list[tuple[list[str], list[str]]]:
        """Of each change: what was lost, what came back."""
        with self.tool.database.read() as session:
            rows = session.scalars(
                select(AuditEvent).where(AuditEvent.action == "launch:connection:changed").order_by(AuditEvent.at, AuditEvent.id)
            ).all()
        assert {(row.subject_id, row.district_id) for row in rows} <= {(self.id, self.district_id)}
        return [(row.details["lost"], row.details["gained"]) for row in rows]

    def statements(self, **claims: Any) -> list[str]:
        """The first words of each statement of a launch."""
        with counted(self.tool) as found:
            self.launch(**claims)
        return [" ".join(statement.split()[:3]) for statement in found]


@pytest.fixture(name="watch")
def _watch(app: Flask, tool: Tool, clock: Clock, lms: HTTPServer) -> Watch:
    canvas = Canvas(lms, "a", now=clock, tool_url=tool.settings.base_url, issuer="https://canvas.school.edu")
    with tool.database.unit() as session:
        row = service.add_registration(session, tool, district_name="Maple Valley", vendor="canvas", **canvas.endpoints())
    return Watch(app, tool, canvas, row)


def test_the_first_launch_says_what_there_is_and_the_trail_is_silent(watch: Watch, clock: Clock) -> None:
    assert watch.observed == {}
    watch.launch()
    assert watch.observed["offers"] == EVERYTHING
    assert watch.observed["messages"] == {"LtiResourceLinkRequest": clock().isoformat()}
    assert watch.trail() == []


@pytest.mark.parametrize(
    ("claims", "lost"),
    [
        ({AGS: ...}, ["scores", "columns", "results"]),
        ({NRPS: ...}, ["roster"]),
        (NAMELESS, ["names", "emails"]),
        ({"email": ...}, []),
        ({"lineitem only": True}, ["scores", "columns", "results"]),
    ],
)
def test_what_is_taken_away_is_in_the_trail_once(watch: Watch, clock: Clock, claims: dict[str, Any], lost: list[str]) -> None:
    if "lineitem only" in claims:
        claims = {AGS: {"lineitem": f"{watch.canvas.host}/api/lti/courses/3/line_items/1", "scope": SCOPES}}
    watch.launch()
    clock.tick(minutes=1)
    for _ in range(3):
        watch.launch(**claims)
    assert watch.trail() == ([(lost, [])] if lost else [])
    assert watch.observed["offers"] == {**EVERYTHING, **dict.fromkeys(lost, False)}
    clock.tick(minutes=1)
    watch.launch()
    assert watch.trail() == ([(lost, []), ([], lost)] if lost else [])
    assert watch.observed["offers"] == EVERYTHING


def test_scopes_one_by_one(watch: Watch, clock: Clock) -> None:
    for scopes in (SCOPES, [SCORE, RESULT], [SCORE], [], [SCORE], SCOPES):
        clock.tick(minutes=1)
        watch.launch(**watch.services(*scopes))
    assert watch.trail() == [
        (["columns"], []),
        (["results"], []),
        (["scores"], []),
        ([], ["scores"]),
        ([], ["columns", "results"]),
    ]


def test_who_says_nothing_of_it_changes_nothing(watch: Watch) -> None:
    watch.launch()
    before = watch.observed
    watch.launch(sub="test-student", roles=STUDENT_VIEW, **NAMELESS, **{AGS: ..., NRPS: ...})
    watch.launch(**watch.canvas.account_navigation())
    watch.launch(context=..., **{AGS: ..., NRPS: ...})
    assert (watch.observed, watch.trail()) == (before, [])


def test_those_who_come_first_say_only_that_they_came(watch: Watch) -> None:
    watch.launch(**watch.canvas.account_navigation())
    watch.launch(sub="test-student", roles=STUDENT_VIEW)
    assert watch.observed["offers"] == {}
    assert list(watch.observed["messages"]) == ["LtiResourceLinkRequest"]


def test_a_new_message_is_noted_and_is_no_news_for_the_trail(watch: Watch, clock: Clock) -> None:
    watch.launch()
    clock.tick(minutes=1)
    watch.launch(**watch.canvas.deep_linking())
    assert watch.observed["messages"]["LtiDeepLinkingRequest"] == clock().isoformat()
    assert watch.trail() == []


def test_a_refused_launch_is_not_heard(watch: Watch) -> None:
    answer = watch.browser.launch({"lti_deployment_id": None}, version="1.2.0", **NAMELESS)
    assert answer.status_code == 400
    assert watch.observed == {}


def test_an_ordinary_launch_is_one_row_and_nothing_else(watch: Watch) -> None:
    watch.launch()
    ordinary = watch.statements()
    if watch.tool.database.is_sqlite:
        looks = [one for one in ordinary if one.startswith("SELECT registration.state")]
        assert len(looks) == 1
        assert [one for one in ordinary if one.startswith("INSERT")] == ["INSERT INTO frame_session"]
    else:
        assert [one for one in ordinary if not one.startswith("SELECT")] == ["INSERT INTO frame_session"], "one statement does it all"
    assert not [one for one in ordinary if one.startswith("UPDATE")]


def test_what_an_admin_takes_away_is_written_once(watch: Watch) -> None:
    watch.launch()
    narrowed = watch.statements(**NAMELESS)
    assert {"UPDATE registration SET", "INSERT INTO audit_event"} <= set(narrowed)
    again = watch.statements(**NAMELESS)
    assert not {"UPDATE registration SET", "INSERT INTO audit_event"} & set(again)
