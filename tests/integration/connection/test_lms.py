"""The LMSs of a district: how each does at a glance, switched off and on with a reason, and links for another one."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from lti_tool.audit import AuditEvent
from lti_tool.grading.models import ScoreLane
from lti_tool.grading.roster_models import Roster
from lti_tool.platforms.models import Invite, Registration
from lti_tool.web.models import FrameSession
from tests.conftest import Clock
from tests.factories.world import FrameBrowser, World


@pytest.fixture(name="registration")
def _registration(world: World) -> Registration:
    return world.registration(name="Maple Moodle", observed={"messages": {"LtiResourceLinkRequest": "2026-11-01T00:00:00+00:00"}})


@pytest.fixture(name="console")
def _console(world: World, registration: Registration) -> FrameBrowser:
    return world.browser(world.person(registration, "Alma Admin"), "console", context=world.context(registration))


def second(world: World, registration: Registration, **given: object) -> Registration:
    from lti_tool.platforms.models import District

    return world.registration(world._get(District, registration.district_id), name="Maple Canvas", vendor="canvas", **given)


def test_health_at_a_glance(world: World, registration: Registration, console: FrameBrowser) -> None:
    foreign = world.registration(name="Foreign LMS")
    other = second(world, registration, observed={"offers": {"scores": False}})
    page = console.get("/district/lms/").text
    assert "Maple Moodle" in page
    assert "Maple Canvas" in page
    assert "Foreign LMS" not in page
    assert "Last opened from a course on Nov 24, 2026." in page
    assert "It opens, but the LMS does not let the tool do everything." in page
    now = world.tool.clock()
    context = world.context(registration)
    lane = {"district_id": registration.district_id, "hour": now, "until": now + timedelta(hours=1)}
    world._add(ScoreLane(registration_id=registration.id, state="open", failures=9, **lane))
    world._add(
        Roster(district_id=registration.district_id, registration_id=registration.id, context_id=context.id, failure="silent", attempts=3)
    )
    page = console.get(f"/district/lms/{registration.id}").text
    assert "The LMS does not take scores at the moment." in page
    assert "One list could not be read." in page
    assert "Maple Moodle does not take scores" in console.get("/district/").text
    for row in (foreign.id, uuid4()):
        assert console.get(f"/district/lms/{row}").status_code == 404
    assert f"/district/lms/{other.id}" in console.get("/district/").text


def test_off_ends_visits_with_a_reason_and_on_brings_nobody_back(world: World, registration: Registration, console: FrameBrowser) -> None:
    other = second(world, registration)
    theirs = world.browser(world.person(other, "Ada Teacher"), "earner", context=world.context(other))
    path = f"/district/lms/{other.id}/switch"
    for bad in ({"switch": "off", "reason": " "}, {"switch": "perhaps", "reason": "x"}, {"reason": "x"}):
        assert console.post(path, bad).status_code == 422
    assert theirs.get("/home").status_code == 200
    assert console.post(path, {"switch": "off", "reason": "Contract ends"}).status_code == 303
    assert theirs.get("/home").status_code == 401
    page = console.get(f"/district/lms/{other.id}").text
    assert "“Contract ends”" in page
    assert "Nobody gets in. Everything is kept." in page
    assert console.post(path, {"switch": "on", "reason": "Renewed"}).status_code == 303
    assert theirs.get("/home").status_code == 401, "a visit that was ended stays so"
    assert world._get(Registration, other.id).state == "active"


def test_nobody_shuts_themselves_out_unwarned(world: World, registration: Registration, console: FrameBrowser) -> None:
    path = f"/district/lms/{registration.id}/switch"
    answer = console.post(path, {"switch": "off", "reason": "x"})
    assert answer.status_code == 422
    assert "You came through this connection." in answer.text
    assert console.post(path, {"switch": "off", "reason": "x", "sure": "y"}).status_code == 303
    assert console.get("/district/").status_code == 401
    with world.tool.database.read() as session:
        assert session.scalars(select(FrameSession)).all() == []


def test_administrators_lose_the_console_only_when_somebody_keeps_it(
    world: World, registration: Registration, console: FrameBrowser
) -> None:
    path = f"/district/lms/{registration.id}/admins"
    answer = console.post(path, {})
    assert answer.status_code == 422
    assert "Nobody is a coordinator" in answer.text
    world.grant(world.person(registration, "Dana Director"), "coordinator")
    assert console.post(path, {}).status_code == 303
    assert console.get("/district/").status_code == 403
    dana = world.person(registration, "Carl Coordinator")
    world.grant(dana, "coordinator")
    assert world.browser(dana, "earner").post(path, {"admins": "y"}).status_code == 303
    assert console.get("/district/").status_code == 200


def test_a_name_of_ones_own(world: World, registration: Registration, console: FrameBrowser) -> None:
    path = f"/district/lms/{registration.id}/name"
    for bad in ("", "   ", "x" * 101):
        assert console.post(path, {"name": bad}).status_code == 422
    assert console.post(path, {"name": " Maple  LMS "}).status_code == 303
    assert world._get(Registration, registration.id).name == "Maple LMS"
    foreign = world.registration()
    for action, data in (("name", {"name": "x"}), ("switch", {"switch": "off", "reason": "x"}), ("admins", {})):
        assert console.post(f"/district/lms/{foreign.id}/{action}", data).status_code == 404
    assert world._get(Registration, foreign.id).name == foreign.name


def test_a_link_is_shown_once_works_and_can_be_withdrawn(
    world: World, registration: Registration, console: FrameBrowser, clock: Clock
) -> None:
    page = console.post("/district/lms/invite").text
    [address] = re.findall(r'<code class="copy__text">http://127.0.0.1:8000(/lti/register/[\w-]+)</code>', page)
    assert "Maple Valley" in world.app.test_client().get(address).text
    assert address not in console.get("/district/lms/").text
    with world.tool.database.read() as session:
        row = session.scalars(select(Invite)).one()
        assert row.district_id == registration.district_id
        [actor] = session.scalars(select(AuditEvent.actor_id).where(AuditEvent.action == "platforms:invite:created"))
        assert actor is not None
    other = world.browser(world.person(world.registration(), "Foreign Admin"), "console")
    assert other.post(f"/district/lms/invites/{row.id}/withdraw").status_code == 404
    assert console.post(f"/district/lms/invites/{row.id}/withdraw").status_code == 303
    assert world.app.test_client().get(address).status_code == 404
    assert console.post(f"/district/lms/invites/{row.id}/withdraw").status_code == 404
    assert console.post("/district/lms/invite", {"csrf_token": "x"}).status_code == 400
