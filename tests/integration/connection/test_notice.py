"""What an LMS takes away is said in the console after the next launch; where an administrator's first launch leads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from lti_tool.audit import AuditEvent
from lti_tool.launch.models import Context
from lti_tool.platforms import service
from lti_tool.platforms.models import District, Registration
from lti_tool.tool import Tool
from tests.conftest import Clock
from tests.factories.platform import INSTITUTION, INSTRUCTOR, Platform, platform_server
from tests.factories.world import FrameBrowser, World
from tests.integration.connection.test_check import states, text
from tests.integration.launch.conftest import LaunchingBrowser

AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
WHOLE = [AGS + "score", AGS + "lineitem", AGS + "result.readonly"]
ADMINISTRATOR = INSTITUTION + "Administrator"
ACCOUNT = {"id": "account-1", "title": "Example University", "type": ["Account"]}


class School:
    """A platform whose administrator launches, and may narrow what it lets us use."""

    def __init__(self, app: Flask, platform: Platform, registration: Registration) -> None:
        self.app, self.platform, self.registration = app, platform, registration

    def launch(self, scopes: list[str] | None = None, *, roles: tuple[str, ...] = (ADMINISTRATOR,), **claims: Any) -> FrameBrowser:
        browser = LaunchingBrowser(self.app, self.platform)
        own = {"lineitem": f"{self.platform.issuer}/lineitems/1/lineitem?type_id=1", "lineitems": f"{self.platform.issuer}/lineitems"}
        ags = {**own, "scope": WHOLE if scopes is None else scopes}
        answer = browser.launch(**{"roles": list(roles), "ags": ags, "custom": {}, **claims})
        assert answer.status_code == 303, answer.text
        return FrameBrowser(browser.client, answer.location.rstrip("/"))


def registered(tool: Tool, platform: Platform, vendor: str) -> Registration:
    ends = {**platform.endpoints(), "auth_url": f"{platform.issuer}/{'mod' if vendor == 'moodle' else 'api'}/lti/auth"}
    with tool.database.unit() as session:
        return service.add_registration(session, tool, district_name="Maple Valley", deployment_id=platform.deployment_id, **ends)


@pytest.fixture
def platform(tool: Tool, clock: Clock) -> Iterator[Platform]:
    with platform_server() as server:
        yield Platform(server, "a", now=clock, tool_url=tool.settings.base_url)


@pytest.fixture(params=["canvas", "moodle"])
def school(request: pytest.FixtureRequest, app: Flask, tool: Tool, platform: Platform) -> School:
    return School(app, platform, registered(tool, platform, request.param))


@pytest.fixture
def canvas(app: Flask, tool: Tool, platform: Platform) -> School:
    return School(app, platform, registered(tool, platform, "canvas"))


def test_what_is_taken_away_is_said_and_taken_back(school: School) -> None:
    front = school.launch().get("/district/").text
    assert "does not let the tool do everything" not in front
    assert "Last opened from a course on" in school.launch().get("/district/lms/").text
    console = school.launch(WHOLE[1:], roles=(ADMINISTRATOR, INSTRUCTOR))
    front = console.get("/district/").text
    assert "does not let the tool do everything" in front
    assert "Scores can’t be sent." in front
    assert "It opens, but the LMS does not let the tool do everything." in console.get("/district/lms/").text
    assert f"{console.prefix}/connection/" in front
    page = console.get("/connection/").text
    assert states(page)["scores"] == "bad"
    assert "Scores can’t be sent. Launches from courses do not offer it." in text(page)
    assert "does not let the tool do everything" not in school.launch().get("/district/").text


def test_names_that_are_withheld_are_said(school: School) -> None:
    hidden = dict.fromkeys(("name", "given_name", "family_name", "email"), ...)
    console = school.launch(**hidden)
    front = text(console.get("/district/").text)
    assert "they appear under made-up ones" in front
    assert "Scores can’t be sent" not in front
    assert (states(console.get("/connection/").text)["names"]) == "attention"


def test_another_lms_of_the_district_is_named_without_its_check(world: World, school: School, tool: Tool) -> None:
    school.launch([])
    with tool.database.read() as session:
        own = session.get_one(Registration, school.registration.id)
    with tool.database.unit() as session:
        session.get_one(Registration, own.id).name = "Old LMS"
    other = world.registration(district=world._get(District, own.district_id))
    console = world.browser(world.person(other), "console")
    page = console.get("/district/").text
    front = text(page)
    assert "Old LMS does not let the tool do everything" in front
    assert f"/district/lms/{own.id}" in page
    assert "open the tool from that LMS" in text(console.get(f"/district/lms/{own.id}").text)


def test_an_administrators_first_launch_leads_to_the_check(world: World, school: School) -> None:
    first = school.launch()
    assert first.get("/").location.endswith("/connection/")
    page = first.get("/connection/").text
    found = states(page)
    assert (found["registration"], found["keys"], found["column"], found["scores"], found["roster"]) == ("good",) * 5
    assert (found["clock"], found["cookies"], found["names"], found["activity"]) == ("good",) * 4
    assert found["choosing"] == "unknown"
    with world.tool.database.read() as session:
        [context] = session.query(Context).all()
    world.activity(context)
    assert school.launch().get("/").location.endswith("/district/")


def test_from_an_accounts_menu_nothing_seems_lost(canvas: School, tool: Tool) -> None:
    canvas.launch()
    away = {"context": ACCOUNT, "resource_link": {"id": "account-1"}, "ags": ..., "nrps": ...}
    console = canvas.launch(**away, **{"https://www.instructure.com/placement": "account_navigation"})
    assert "does not let the tool do everything" not in console.get("/district/lms/").text
    page = console.get("/connection/").text
    assert "This launch came from outside a course. Open it once from a course to see this." in text(page)
    assert states(page)["scores"] == "good", "earlier launches showed it"
    with tool.database.read() as session:
        assert session.query(AuditEvent).filter_by(action="launch:connection:changed").count() == 0


def test_choosing_content_takes_no_roster_away(canvas: School, tool: Tool) -> None:
    """Canvas sends no address of the roster with requests to choose content."""
    canvas.launch()
    canvas.launch(**{**canvas.platform.deep_linking(), "roles": [INSTRUCTOR], "nrps": ...})
    with tool.database.read() as session:
        [context] = session.query(Context).all()
        row = session.get_one(Registration, canvas.registration.id)
        assert context.memberships_url == f"{canvas.platform.issuer}/members"
        assert row.observed["offers"]["roster"] is True
    canvas.launch(nrps=...)
    with tool.database.read() as session:
        assert session.query(Context).one().memberships_url == ""
        assert session.get_one(Registration, canvas.registration.id).observed["offers"]["roster"] is False
