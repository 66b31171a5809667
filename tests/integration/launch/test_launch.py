"""From login to a frame: what a launch stores, gives and refuses."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from lti_tool.launch import service
from lti_tool.launch.models import Context, Membership, Person, ResourceLink, SpentState
from lti_tool.platforms.models import Deployment, Registration
from lti_tool.tool import Tool
from lti_tool.web.models import FrameSession
from tests.conftest import Clock
from tests.factories.platform import INSTITUTION, INSTRUCTOR, LEARNER, MEMBERSHIP, Platform, asked_of
from tests.factories.registering import change_registrations
from tests.integration.launch.conftest import LaunchingBrowser


def one(tool: Tool, model: type[Any]) -> Any:
    with tool.database.read() as session:
        return session.scalars(select(model)).one()


def test_login_sends_what_the_platform_needs(browser: LaunchingBrowser, platform: Platform, tool: Tool) -> None:
    answer = browser.client.get("/lti/login", query_string=platform.login_fields(target_link_uri="https://elsewhere.example/x"))
    asked = asked_of(answer.location)
    assert answer.location.startswith(f"{platform.issuer}/auth?tenant=1&")
    assert {name: asked[name] for name in asked if name not in ("state", "nonce")} == {
        "tenant": "1",
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": platform.client_id,
        "redirect_uri": "http://127.0.0.1:8000/lti/launch",
        "login_hint": "hint-1",
        "lti_message_hint": "message-hint",
    }
    assert asked["nonce"] not in asked["state"]
    with tool.database.read() as session:
        assert session.scalars(select(SpentState)).all() == [], "a login alone leaves nothing behind"


def test_parameters_of_a_posted_login_may_stand_in_the_query(browser: LaunchingBrowser, platform: Platform) -> None:
    fields = platform.login_fields()
    query = {"iss": fields.pop("iss")}
    assert browser.client.post("/lti/login", query_string=query, data=fields).status_code == 302


def test_the_cookie_of_a_login_survives_in_a_frame(browser: LaunchingBrowser, platform: Platform) -> None:
    answer = browser.client.post("/lti/login", data=platform.login_fields())
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("__Host-s-"))
    for attribute in ("Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/", "Max-Age=600"):
        assert attribute in cookie


def test_a_launch_stores_its_facts_and_opens_a_frame(browser: LaunchingBrowser, registration: Registration, tool: Tool) -> None:
    answer = browser.launch()
    assert answer.status_code == 303
    assert re.fullmatch(r"/s/[0-9a-f]{32}/", answer.location)
    assert answer.headers["Cache-Control"] == "no-store"
    person, context, link, frame = (one(tool, model) for model in (Person, Context, ResourceLink, FrameSession))
    assert (person.sub, person.label, person.email, person.is_test) == ("user-1", "Ada Teacher", "ada@example.org", False)
    assert (context.lti_id, context.title, context.history) == ("course-1", "Professional learning", ["course-0", "course-00"])
    assert context.lineitems_url.endswith("/lineitems?type_id=1")
    assert (link.lti_id, link.custom) == ("link-1", {"activity": "key-1"})
    assert link.lineitem_url.endswith("/lineitems/1/lineitem?type_id=1")
    assert one(tool, Membership).rights == frame.rights == ["earner"]
    assert (frame.person_id, frame.context_id, frame.resource_link_id) == (person.id, context.id, link.id)
    assert frame.district_id == person.district_id == registration.district_id
    assert frame.launch["custom"] == {"activity": "key-1"}
    assert frame.launch["message_type"] == "LtiResourceLinkRequest"


def test_the_next_launch_follows_the_lms(browser: LaunchingBrowser, tool: Tool) -> None:
    browser.launch(roles=[INSTRUCTOR])
    browser.launch(roles=[LEARNER], name=..., given_name=..., family_name=..., email=..., context={"id": "course-1", "title": "Renamed"})
    person = one(tool, Person)
    assert re.fullmatch(r"Teacher [0-9A-F]{4}", person.label)
    assert (person.given_name, person.email) == ("", "")
    assert one(tool, Context).title == "Renamed"
    assert one(tool, Membership).rights == ["earner"]
    with tool.database.read() as session:
        assert sorted(frame.rights for frame in session.scalars(select(FrameSession))) == [[], ["earner"]]


def test_a_launch_without_a_course_has_no_link(browser: LaunchingBrowser, tool: Tool) -> None:
    assert browser.launch(context=...).status_code == 303
    frame = one(tool, FrameSession)
    assert (frame.context_id, frame.resource_link_id) == (None, None)


def test_the_platforms_test_user_is_a_preview(browser: LaunchingBrowser, tool: Tool) -> None:
    browser.launch(roles=[LEARNER, "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"])
    assert one(tool, Person).is_test
    assert one(tool, FrameSession).rights == ["preview"]


@pytest.mark.parametrize(("agreed", "rights"), [(True, ["console"]), (False, [])])
def test_an_administrator_gets_the_console_where_it_was_agreed(
    browser: LaunchingBrowser, registration: Registration, tool: Tool, agreed: bool, rights: list[str]
) -> None:
    change_registrations(tool, admins_run_console=agreed)
    assert browser.launch(roles=[INSTITUTION + "Administrator"]).status_code == 303
    assert one(tool, FrameSession).rights == rights


def test_deep_linking_by_a_designer(browser: LaunchingBrowser, platform: Platform, tool: Tool) -> None:
    assert browser.launch(**platform.deep_linking(data="opaque", accept_lineitem=False)).status_code == 303
    frame = one(tool, FrameSession)
    assert frame.rights == ["designer", "facilitator"]
    assert frame.launch["deep_linking"] == {
        "return_url": f"{platform.issuer}/return?data=abc",
        "data": "opaque",
        "wants": "place",
        "accept_types": ["ltiResourceLink"],
        "media_types": [],
        "accept_multiple": True,
        "accept_lineitem": False,
        "auto_create": False,
        "document_targets": ["iframe"],
        "title": "",
        "text": "",
    }


def test_moodle_may_ask_for_every_submission(browser: LaunchingBrowser, registration: Registration, tool: Tool) -> None:
    review = {"message_type": "LtiSubmissionReviewRequest", "roles": [INSTRUCTOR]}
    assert browser.launch(**review).status_code == 400
    change_registrations(tool, vendor="moodle")
    assert browser.launch(**review).status_code == 303
    assert browser.launch(**review, for_user={"user_id": "5"}).status_code == 303
    with tool.database.read() as session:
        frames = session.scalars(select(FrameSession)).all()
    assert {frame.launch["for_user"] for frame in frames} == {None, "5"}


def test_unknown_deployments_are_taken_in_from_canvas_only(browser: LaunchingBrowser, registration: Registration, tool: Tool) -> None:
    other = {"lti_deployment_id": "7:abc"}
    refused = browser.launch(other, deployment_id="7:abc")
    assert (refused.status_code, "launch_deployment" in refused.text) == (403, True)
    change_registrations(tool, vendor="canvas")
    assert browser.launch(other, deployment_id="7:abc").status_code == 303
    with tool.database.read() as session:
        assert session.scalars(select(Deployment.deployment_id).order_by(Deployment.id)).all() == ["deployment-a", "7:abc"]


def test_the_first_deployment_of_a_registration_without_any_is_taken_in(
    browser: LaunchingBrowser, registration: Registration, tool: Tool
) -> None:
    with tool.database.unit() as session:
        session.execute(Deployment.__table__.delete())
    assert browser.launch().status_code == 303
    assert browser.launch({"lti_deployment_id": None}, deployment_id="another").status_code == 403


def test_a_refusal_says_what_happened_and_shows_in_the_lms(browser: LaunchingBrowser, tool: Tool) -> None:
    answer = browser.launch(version="1.2.0")
    assert answer.status_code == 400
    assert "Your LMS sent something we can&#39;t read" in answer.text
    assert "What to do now" in answer.text
    assert "frame-ancestors https: http:" in answer.headers["Content-Security-Policy"]
    assert one(tool, SpentState)


PLATFORM_SAYS = [
    ("login_required", "launch_platform_login_required"),
    ("launch_no_longer_valid", "launch_platform_late"),
    ("invalid_request_object", "launch_platform_refused"),
    ("unauthorized_client", "launch_platform_not_allowed"),
]


@pytest.mark.parametrize(("error", "code"), PLATFORM_SAYS)
def test_the_platforms_own_refusal_is_put_in_words(browser: LaunchingBrowser, tool: Tool, error: str, code: str) -> None:
    asked = browser.login()
    answer = browser.client.post("/lti/launch", data={"error": error, "error_description": "<b>no</b>", "state": asked["state"]})
    assert answer.status_code == 400
    assert code in answer.text
    assert "<b>no</b>" not in answer.text
    assert one(tool, SpentState)


@pytest.mark.parametrize(("error", "code"), PLATFORM_SAYS)
@pytest.mark.parametrize("state", [{}, {"state": "swept-long-ago"}])
def test_the_platforms_own_refusal_is_put_in_words_without_its_login(app: Flask, error: str, code: str, state: dict[str, str]) -> None:
    answer = app.test_client().post("/lti/launch", data={"error": error, **state})
    assert (answer.status_code, code in answer.text) == (400, True)


def test_somebody_who_is_not_signed_in_is_told_to_sign_in(browser: LaunchingBrowser, tool: Tool) -> None:
    anonymous = dict.fromkeys(("sub", "name", "given_name", "family_name", "email"), ...)
    answer = browser.launch(roles=["http://purl.imsglobal.org/vocab/lis/v2/system/person#None"], **anonymous)
    assert (answer.status_code, "launch_nobody" in answer.text, "Sign in" in answer.text) == (403, True, True)
    with tool.database.read() as session:
        assert session.scalars(select(FrameSession)).all() == []


@pytest.mark.parametrize(("placement", "columns"), [("editor_button", False), ("collaboration", False), ("assignment_selection", None)])
def test_canvas_keeps_no_column_for_links_in_texts(
    browser: LaunchingBrowser, platform: Platform, registration: Registration, tool: Tool, placement: str, columns: bool | None
) -> None:
    change_registrations(tool, vendor="canvas")
    claims = {**platform.deep_linking(), "https://www.instructure.com/placement": placement}
    assert browser.launch(**claims).status_code == 303
    assert one(tool, FrameSession).launch["deep_linking"]["accept_lineitem"] is columns


def test_a_registration_that_is_switched_off_opens_nothing(browser: LaunchingBrowser, platform: Platform, tool: Tool) -> None:
    asked = browser.login()
    change_registrations(tool, state="disabled")
    token = platform.sign(platform.claims(asked["nonce"]))
    assert browser.client.post("/lti/launch", data={"id_token": token, "state": asked["state"]}).status_code == 403
    assert browser.client.post("/lti/login", data=platform.login_fields()).status_code == 403


def test_a_login_without_client_id_needs_a_single_registration(
    browser: LaunchingBrowser, platform: Platform, registration: Registration, tool: Tool
) -> None:
    from lti_tool.platforms.service import add_registration

    assert browser.client.post("/lti/login", data=platform.login_fields(client_id=None)).status_code == 302
    with tool.database.unit() as session:
        add_registration(session, tool, district_name="Other", **{**platform.endpoints(), "client_id": "second"})
    answer = browser.client.post("/lti/login", data=platform.login_fields(client_id=None))
    assert (answer.status_code, "launch_login_ambiguous" in answer.text) == (400, True)


def test_a_state_lives_ten_minutes_and_is_swept(browser: LaunchingBrowser, platform: Platform, tool: Tool, clock: Clock) -> None:
    browser.launch()
    assert browser.launch(version="1.2.0").status_code == 400, "this one leaves a row"
    asked = browser.login()
    clock.tick(minutes=10)
    token = platform.sign(platform.claims(asked["nonce"]))
    assert browser.client.post("/lti/launch", data={"id_token": token, "state": asked["state"]}).status_code == 400
    assert service.sweep(tool) == (1, 0)
    clock.tick(hours=8)
    assert service.sweep(tool) == (0, 1)


def test_memberships_hold_one_row_for_each_person_and_course(browser: LaunchingBrowser, tool: Tool) -> None:
    for sub in ("user-1", "user-2", "user-1"):
        browser.launch(sub=sub, roles=[MEMBERSHIP + "Mentor"])
    with tool.database.read() as session:
        rows = session.scalars(select(Membership)).all()
    assert [row.rights for row in rows] == [[], []]


def test_keys_are_published(app: Flask) -> None:
    answer = app.test_client().get("/lti/jwks")
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    assert "max-age" in answer.headers["Cache-Control"]
    (key,) = answer.json["keys"]
    assert (key["kty"], key["alg"], key["use"]) == ("RSA", "RS256", "sig")
    assert "d" not in key
    assert app.test_client().get("/lti/jwks").json == answer.json
