"""An invited admin registers a Moodle-like and a Canvas-like LMS; what a hostile one may not do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug import Response

from lti_tool.platforms import service
from lti_tool.platforms.models import Deployment, District, Invite
from lti_tool.tool import Tool
from tests.conftest import Clock
from tests.factories.platform import platform_server
from tests.factories.registering import AGS, CANVAS, NRPS, PLATFORM, TOOL, Admin, Lms


@pytest.fixture
def lms(request: pytest.FixtureRequest) -> Iterator[Lms]:
    with platform_server() as server:
        yield Lms(server, getattr(request, "param", "moodle"))


@pytest.fixture
def admin(app: Flask, tool: Tool, lms: Lms) -> Admin:
    return Admin(app, tool, lms)


def test_moodle_from_invite_to_active(admin: Admin, lms: Lms, tool: Tool) -> None:
    first = admin.open()
    assert first.status_code == 200
    assert lms.issuer in first.text
    assert lms.requests == []
    granted = admin.register()
    assert "client-77" in granted.text
    row = admin.stored()
    assert (row.state, row.vendor, row.issuer, row.client_id) == ("pending", "moodle", lms.issuer, "client-77")
    assert (row.auth_url, row.token_url, row.token_audience, row.jwks_url) == tuple(
        lms.issuer + path for path in ("/auth", "/token", "/token", "/jwks")
    )
    done = admin.press(granted)
    assert "Activate" in done.text
    assert "register-close.js" in done.text
    row = admin.stored()
    assert (row.state, row.admins_run_console) == ("active", False)
    with tool.database.read() as session:
        assert session.scalars(select(Deployment.deployment_id)).all() == ["1"]
        assert session.scalars(select(Invite)).one().used_at is not None
    assert admin.open().status_code == 404
    assert set(lms.bearer) == {"Bearer jwt-1"}


def test_what_moodle_is_asked(admin: Admin, lms: Lms) -> None:
    admin.register()
    (asked,) = lms.requests
    assert asked["redirect_uris"] == ["http://127.0.0.1:8000/lti/launch"]
    assert asked["initiate_login_uri"] == "http://127.0.0.1:8000/lti/login"
    assert asked["jwks_uri"] == "http://127.0.0.1:8000/lti/jwks"
    assert asked["token_endpoint_auth_method"] == "private_key_jwt"
    assert asked["scope"].split() == [AGS + "lineitem", AGS + "score", AGS + "result.readonly", NRPS]
    tool = asked[TOOL]
    assert tool["domain"] == "127.0.0.1:8000"
    assert tool["custom_parameters"] == {"context_history": "$Context.id.history"}
    assert {"name", "email"} <= set(tool["claims"])
    assert [message["type"] for message in tool["messages"]] == [
        "LtiResourceLinkRequest",
        "LtiDeepLinkingRequest",
        "LtiSubmissionReviewRequest",
    ]


@pytest.mark.parametrize("lms", ["canvas"], indirect=True)
def test_what_canvas_is_asked_and_grants(admin: Admin, lms: Lms, tool: Tool) -> None:
    done = admin.press(admin.register(), admins_run_console="y")
    (asked,) = lms.requests
    told = asked[TOOL]
    assert told[CANVAS + "privacy_level"] == "public"
    assert told[CANVAS + "tool_id"] == "microcredentials"
    assert told["custom_parameters"] == {"context_history": "$Context.id.history", "canvas_api_domain": "$Canvas.api.domain"}
    assert [(message["type"], message["placements"]) for message in told["messages"]] == [
        ("LtiResourceLinkRequest", [CANVAS + "course_navigation"]),
        ("LtiDeepLinkingRequest", [CANVAS + "assignment_selection"]),
        ("LtiDeepLinkingRequest", [CANVAS + "link_selection"]),
        ("LtiDeepLinkingRequest", [CANVAS + "homework_submission"]),
        ("LtiDeepLinkingRequest", [CANVAS + "editor_button"]),
    ]
    homework, editor = told["messages"][-2:]
    assert homework["custom_parameters"] == {
        "assignment_title": "$Canvas.assignment.title",
        "allowed_extensions": "$com.instructure.Assignment.allowedFileExtensions",
    }
    assert editor["icon_uri"] == "http://127.0.0.1:8000/static/brand.svg"
    assert "custom_parameters" not in editor
    assert "openid" not in asked["scope"].split()
    row = admin.stored()
    assert (row.state, row.vendor, row.name, row.admins_run_console) == ("active", "canvas", "Maple Valley Schools", True)
    assert "switch the app on" in done.text
    with tool.database.read() as session:
        assert session.scalars(select(Deployment.deployment_id)).all() == ["9:8865aa05"]


def test_a_platform_may_grant_less(admin: Admin, lms: Lms) -> None:
    lms.answer = Response(json.dumps({"client_id": 1234, "scope": AGS + "score"}), content_type="application/json")
    page = admin.register()
    row = admin.stored()
    assert (row.client_id, row.scopes) == ("1234", [AGS + "score"])
    assert page.text.count("Not granted:") == 3


@pytest.mark.parametrize(
    ("lms", "status", "body", "words"),
    [
        ("moodle", 400, "domain_targetlinkuri_mismatch", "domain_targetlinkuri_mismatch"),
        ("canvas", 422, '{"errors":[{"field":"scopes","message":"cannot contain openid"}]}', "scopes: cannot contain openid"),
        ("moodle", 401, "<script>alert(1)</script>", "&lt;script&gt;"),
        ("moodle", 404, "<!DOCTYPE html><html><title>Error</title></html>", "status 404"),
        ("moodle", 500, "", "status 500"),
    ],
    indirect=["lms"],
)
def test_the_lms_own_words_are_shown(admin: Admin, lms: Lms, tool: Tool, status: int, body: str, words: str) -> None:
    lms.answer = Response(body, status=status)
    page = admin.register()
    assert (page.status_code, words in page.text) == (502, True)
    lms.answer = None
    assert "client-77" in admin.register().text  # the invite is not burnt by a failure


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"issuer": "https://another.example.edu"}, "may speak for somebody else"),
        ({"issuer": "https://canvas.instructure.com"}, "may speak for somebody else"),
        ({"token_endpoint": "http://203.0.113.5/token"}, "token_endpoint is missing or not an https address"),
        ({"jwks_uri": None}, "jwks_uri is missing"),
        ({"jwks_uri": "https://elsewhere.example/jwks"}, "jwks_uri is not at an address of this LMS"),
        ({"registration_endpoint": "file:///etc/passwd"}, "registration_endpoint is missing"),
        ({"id_token_signing_alg_values_supported": ["ES256"]}, "does not offer RS256"),
        ({PLATFORM: "x"}, "does not describe an LTI platform"),
        ({PLATFORM: {"product_family_code": "moodle"}}, "does not support LtiResourceLinkRequest"),
    ],
)
def test_a_configuration_that_can_not_be_trusted(admin: Admin, lms: Lms, change: dict[str, Any], words: str) -> None:
    lms.configuration |= change
    page = admin.open()
    assert (page.status_code, words in page.text) == (422, True)
    forced = admin.client.post(admin.path, data={"openid_configuration": lms.configuration_url, "registration_token": "jwt-1"})
    assert (forced.status_code, lms.requests) == (422, [])


def test_nothing_is_asked_without_a_valid_invite(app: Flask, tool: Tool, lms: Lms, clock: Clock, admin: Admin) -> None:
    fields = {"openid_configuration": lms.configuration_url, "registration_token": "jwt-1"}
    for path in ("/lti/register/guess", "/lti/register/guess/confirm"):
        assert admin.client.post(path, data=fields).status_code == 404
    assert admin.client.get("/lti/register/guess", query_string=fields).status_code == 404
    clock.tick(days=7)
    assert admin.open().status_code == 404
    assert admin.client.post(admin.path, data=fields).status_code == 404
    assert lms.bearer == []


def test_confirming_needs_a_registration(admin: Admin) -> None:
    assert admin.client.post(admin.path + "/confirm").status_code == 409
    assert admin.client.post(admin.path).status_code == 400


def test_the_address_in_a_plain_browser_says_what_to_do(admin: Admin) -> None:
    page = admin.client.get(admin.path)
    assert (page.status_code, "Manage tools" in page.text) == (200, True)


def test_a_second_try_replaces_what_nobody_confirmed(admin: Admin, lms: Lms, tool: Tool) -> None:
    admin.register()
    lms.client_id = "client-78"
    page = admin.register()
    assert "client-78" in page.text
    assert admin.stored().client_id == "client-78"
    with tool.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Deployment)) == 1


def test_a_known_registration_is_never_overwritten(app: Flask, admin: Admin, lms: Lms, tool: Tool) -> None:
    admin.press(admin.register())
    before = admin.stored()
    second = Admin(app, tool, lms)
    lms.configuration["jwks_uri"] = lms.issuer + "/other-jwks"
    page = second.register()
    assert (page.status_code, "registration_exists" in page.text) == (409, True)
    assert (admin.stored().jwks_url, admin.stored().state) == (before.jwks_url, "active")
    lms.configuration["jwks_uri"] = before.jwks_url
    assert second.press(second.register()).status_code == 200  # the same again, from Moodle's "Update": nothing breaks
    assert admin.stored().id == before.id


def test_a_registration_that_was_switched_off_comes_back_with_a_new_invite(app: Flask, admin: Admin, lms: Lms, tool: Tool) -> None:
    admin.press(admin.register())
    with tool.database.unit() as session:
        service.edit(session, tool, session.merge(admin.stored()), active=False)
    second = Admin(app, tool, lms)
    granted = second.register()
    assert admin.stored().state == "pending"
    assert second.press(granted).status_code == 200
    assert admin.stored().state == "active"


def test_switching_off_beats_an_invite_that_is_still_open(admin: Admin, tool: Tool) -> None:
    granted = admin.register()
    with tool.database.unit() as session:
        service.edit(session, tool, session.merge(admin.stored()), active=False)
    assert admin.press(granted).status_code == 409
    assert admin.stored().state == "disabled"


def test_another_district_can_not_take_a_registration(admin: Admin, lms: Lms, tool: Tool) -> None:
    admin.press(admin.register())
    with tool.database.unit() as session:
        admin.path = "/lti/register/" + service.create_invite(session, tool, district_name="Another district")
    assert admin.register().status_code == 409


def test_two_invites_of_one_name_are_for_one_district(tool: Tool) -> None:
    with tool.database.unit() as session:
        for name in ("Étang Valley", "Étang Valley", "Etang-Valley"):
            service.create_invite(session, tool, district_name=name)
        assert session.scalars(select(District.slug).order_by(District.id)).all() == ["etang-valley", "etang-valley-2"]


def test_the_configuration_of_a_canvas_developer_key(app: Flask) -> None:
    told = app.test_client().get("/lti/canvas.json").json
    assert told["target_link_uri"] == "http://127.0.0.1:8000/lti/launch"
    assert told["public_jwk_url"] == "http://127.0.0.1:8000/lti/jwks"
    (extension,) = told["extensions"]
    assert extension["privacy_level"] == "public"
    assert {entry["placement"] for entry in extension["settings"]["placements"]} == {
        "course_navigation",
        "account_navigation",
        "assignment_selection",
        "link_selection",
        "module_index_menu_modal",
        "homework_submission",
        "editor_button",
    }
    by_place = {entry["placement"]: entry for entry in extension["settings"]["placements"]}
    assert by_place["homework_submission"]["custom_fields"]["allowed_extensions"] == "$com.instructure.Assignment.allowedFileExtensions"
    assert by_place["editor_button"]["icon_url"] == "http://127.0.0.1:8000/static/brand.svg"
