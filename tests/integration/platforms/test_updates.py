"""An LMS that knows the tool updates its registration, or registers it a second time: nothing that people did is touched."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug import Response
from werkzeug.test import TestResponse

from lti_tool.audit import AuditEvent
from lti_tool.platforms import service
from lti_tool.platforms.models import Deployment, Registration
from lti_tool.tool import Tool
from tests.conftest import Clock
from tests.factories.platform import platform_server
from tests.factories.registering import AGS, NRPS, PLATFORM, TOOL, Admin, Lms
from tests.factories.world import World


@pytest.fixture
def lms(request: pytest.FixtureRequest) -> Iterator[Lms]:
    with platform_server() as server:
        yield Lms(server, getattr(request, "param", "moodle"))


@pytest.fixture
def connected(app: Flask, tool: Tool, lms: Lms) -> Registration:
    """A registration that its admin confirmed some time ago, with fewer scopes than we ask for today."""
    lms.answer = None
    admin = Admin(app, tool, lms)
    admin.press(admin.register(), admins_run_console="y")
    with tool.database.unit() as session:
        row = session.merge(admin.stored())
        row.scopes = [AGS + "score", AGS + "old"]
    return row


def actions(tool: Tool) -> list[str]:
    with tool.database.read() as session:
        return list(session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))


def console_ticked(page: TestResponse) -> bool:
    (box,) = re.findall(r'<input [^>]*name="admins_run_console"[^>]*>', page.text)
    return "checked" in box


def test_an_update_keeps_the_registration_and_refreshes_what_it_may(
    app: Flask, tool: Tool, lms: Lms, connected: Registration, clock: Clock
) -> None:
    lms.will_update(client_name="Old name")
    admin = Admin(app, tool, lms)
    ask = admin.open()
    assert "knows this tool already" in ask.text
    assert "client-77" in ask.text
    assert "Old name" in ask.text
    assert "<strong>New:</strong> see who takes part" in ask.text
    assert f"<strong>No more:</strong> {AGS}old" in ask.text
    assert (len(lms.requests), admin.stored().scopes) == (1, [AGS + "score", AGS + "old"])  # looking changed nothing

    lms.configuration[PLATFORM]["version"] = "5.1"
    clock.tick(days=1)
    granted = admin.register()
    row = admin.stored()
    assert (row.id, row.state, row.client_id, row.jwks_url) == (connected.id, "active", "client-77", connected.jwks_url)
    assert row.scopes == [AGS + "lineitem", AGS + "score", AGS + "result.readonly", NRPS]
    assert row.details["version"] == "5.1"
    assert "People go on working" in granted.text
    assert granted.text.count("<strong>(new)</strong>") == 3
    assert f"<strong>No more:</strong> {AGS}old" in granted.text
    assert console_ticked(granted)

    done = admin.press(granted, admins_run_console="y")
    assert "is up to date" in done.text
    assert "Tool configuration usage" in done.text
    assert "press “Activate”" not in done.text
    row = admin.stored()
    assert (row.state, row.admins_run_console, row.confirmed_at) == ("active", True, clock())
    assert admin.open().status_code == 404
    assert actions(tool)[-3:] == ["platforms:invite:created", "platforms:registration:updated", "platforms:registration:confirmed"]
    with tool.database.read() as session:
        assert session.scalars(select(Deployment.deployment_id)).all() == ["1"]


def test_people_go_on_working_between_the_update_and_the_yes(
    app: Flask, tool: Tool, lms: Lms, connected: Registration, world: World
) -> None:
    frame = world.browser(world.person(connected), "facilitator", context=world.context(connected))
    lms.will_update()
    for _ in (Admin(app, tool, lms).open(), Admin(app, tool, lms).register()):
        assert frame.get("/").status_code in (200, 302, 303)


def test_an_update_asked_for_twice_still_says_what_changed(app: Flask, tool: Tool, lms: Lms, connected: Registration) -> None:
    lms.will_update()
    admin = Admin(app, tool, lms)
    admin.register()
    assert admin.register().text.count("<strong>(new)</strong>") == 3


def test_an_lms_that_takes_something_away(app: Flask, tool: Tool, lms: Lms, connected: Registration) -> None:
    lms.will_update()
    lms.answer = Response(json.dumps({"client_id": "client-77", "scope": AGS + "lineitem"}), content_type="application/json")
    page = Admin(app, tool, lms).register()
    assert "<strong>Not granted:</strong> write a score" in page.text
    with tool.database.read() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.action == "platforms:registration:updated")).one()
    assert event.details == {"gained": [AGS + "lineitem"], "lost": [AGS + "score", AGS + "old"]}


def test_the_console_stays_closed_where_it_was(app: Flask, tool: Tool, lms: Lms, connected: Registration) -> None:
    with tool.database.unit() as session:
        service.edit(session, tool, session.merge(connected), admins_run_console=False)
    lms.will_update()
    assert not console_ticked(Admin(app, tool, lms).register())


def test_nothing_new_is_said_so(app: Flask, tool: Tool, lms: Lms) -> None:
    first = Admin(app, tool, lms)
    first.press(first.register())
    lms.will_update()
    assert "Nothing that we know of" in Admin(app, tool, lms).open().text


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
def test_an_update_with_other_addresses_is_refused_before_anything_is_sent(
    app: Flask, tool: Tool, lms: Lms, connected: Registration, name: str
) -> None:
    lms.will_update()
    lms.configuration[name] += "-of-somebody-else"
    admin = Admin(app, tool, lms)
    page = admin.open()
    assert (page.status_code, "registration_exists" in page.text) == (409, True)
    forced = admin.client.post(admin.path, data={"openid_configuration": lms.configuration_url, "registration_token": lms.token})
    assert (forced.status_code, len(lms.requests)) == (409, 1)
    assert admin.stored().scopes == connected.scopes


def test_another_districts_invite_changes_nothing(app: Flask, tool: Tool, lms: Lms, connected: Registration) -> None:
    lms.will_update()
    admin = Admin(app, tool, lms, "Another district")
    assert admin.open().status_code == 409
    forced = admin.client.post(admin.path, data={"openid_configuration": lms.configuration_url, "registration_token": lms.token})
    assert (forced.status_code, len(lms.requests)) == (409, 1)
    row = admin.stored()
    assert (row.district_id, row.scopes, row.state) == (connected.district_id, connected.scopes, "active")


def test_an_lms_that_knows_a_tool_that_we_do_not(app: Flask, tool: Tool, lms: Lms) -> None:
    first = Admin(app, tool, lms)
    first.register()
    lms.will_update(client_id="of-another-life")
    lms.client_id = "of-another-life"
    second = Admin(app, tool, lms)
    assert "We do not know this connection" in second.open().text
    assert "Nobody can open an activity until you confirm" in second.register().text


@pytest.mark.parametrize(
    ("answer", "status"),
    [(Response("token_expired", status=401), 502), (Response("[]"), 422), (Response('{"client_id": 7}'), 422), (Response("<html>"), 502)],
)
def test_an_lms_that_can_not_say_what_it_has(
    app: Flask, tool: Tool, lms: Lms, connected: Registration, answer: Response, status: int
) -> None:
    lms.will_update()
    lms.tells = answer
    admin = Admin(app, tool, lms)
    assert admin.open().status_code == status
    assert len(lms.requests) == 1
    assert admin.stored().scopes == connected.scopes


def test_a_registration_by_hand_is_updated_and_keeps_its_name(app: Flask, tool: Tool, lms: Lms) -> None:
    with tool.database.unit() as session:
        service.add_registration(
            session,
            tool,
            district_name="Maple Valley",
            issuer=lms.issuer,
            client_id=lms.client_id,
            auth_url=lms.issuer + "/auth",
            token_url=lms.issuer + "/token",
            jwks_url=lms.issuer + "/jwks",
            name="Our Moodle",
            vendor="moodle",
        )
    lms.requests.append({"client_name": "By hand", TOOL: {}})
    lms.will_update()
    admin = Admin(app, tool, lms)
    admin.press(admin.register())
    row = admin.stored()
    assert (row.name, row.state, row.details["added"], row.details["deployment_id"]) == ("Our Moodle", "active", "by hand", "1")


@pytest.mark.parametrize("lms", ["canvas", "moodle"], indirect=True)
def test_registering_again_tells_of_two_and_how_to_end_the_old_one(app: Flask, tool: Tool, lms: Lms, connected: Registration) -> None:
    lms.client_id = "client-78"
    admin = Admin(app, tool, lms)
    ask = admin.open()
    assert "has a connection with this LMS already" in ask.text
    assert "client-77" in ask.text
    granted = admin.press(ask)
    page = admin.client.get(granted.location)
    assert "There are two connections now" in page.text
    assert f"lti-tool platform edit --issuer {lms.issuer} --client-id client-77 --off" in page.text
    admin.press(page)
    with tool.database.read() as session:
        assert [(row.client_id, row.state) for row in service.list_registrations(session)] == [
            ("client-77", "active"),
            ("client-78", "active"),
        ]


def test_another_districts_connection_is_nobodys_business(app: Flask, tool: Tool, lms: Lms, connected: Registration) -> None:
    lms.client_id = "client-78"
    admin = Admin(app, tool, lms, "Another district")
    assert "client-77" not in admin.open().text
    assert "client-77" not in admin.register().text


def test_a_second_thought_with_the_same_invite_leaves_old_work_alone(
    app: Flask, tool: Tool, lms: Lms, connected: Registration, world: World
) -> None:
    world.person(connected)
    with tool.database.unit() as session:
        service.edit(session, tool, session.merge(connected), active=False)
    admin = Admin(app, tool, lms)
    admin.register()  # the old one waits for a yes
    lms.client_id = "client-78"
    assert "client-78" in admin.register().text
    with tool.database.read() as session:
        assert session.get_one(Registration, connected.id).state == "disabled"
