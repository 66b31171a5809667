"""Adding the tool, in every way."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
import requests

from tests.practice_lms.conftest import Stage
from tests.practice_lms.fake_tool import AGS, SCOPES
from tests.practice_lms.serving import Page

TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"


def test_canvas_registers_pending_until_enabled(stage: Stage) -> None:
    stage.open_registration("canvas")
    [app] = stage.inspect("canvas")["registrations"]
    assert app["status"] == "pending"
    told = stage.tool.registered.json()
    assert told["client_id"] == app["client_id"]
    assert told["deployment_id"] in app["deployments"]
    number, _, context = told["deployment_id"].partition(":")
    assert number.isdigit()
    assert len(context) == 40
    stage.register("canvas")
    assert [app["status"] for app in stage.inspect("canvas")["registrations"]] == ["pending", "active"]
    assert stage.violations("canvas") == []


def test_moodle_deployment_is_inside_the_tool_configuration(stage: Stage) -> None:
    stage.register("moodle")
    [app] = stage.inspect("moodle")["registrations"]
    told = stage.tool.registered.json()
    assert list(app["deployments"]) == [told[TOOL]["deployment_id"]]
    assert "deployment_id" not in told
    assert len(app["client_id"]) == 15
    assert stage.violations("moodle") == []


def test_the_admin_may_take_away_scopes_placements_and_names(stage: Stage) -> None:
    page = stage.walker.follow(stage.open_registration("canvas"), "registration-close")
    stage.walker.post(page.url, {"deed": "enable", "privacy": "anonymous", "scope": [AGS + "score"], "placement": ["course_navigation"]})
    [app] = stage.inspect("canvas")["registrations"]
    assert app["scopes"] == [AGS + "score"]
    assert app["privacy"] == "anonymous"
    stage.walker.be("canvas", "dana")
    course = stage.walker.get("/canvas/courses/2")
    assert not course.all("add-assignment_selection")
    assert course.all("nav-tool")
    assert stage.tool.ask_token().json()["scope"] == AGS + "score"


def test_a_registration_token_works_once(stage: Stage) -> None:
    for face, status in (("canvas", 401), ("moodle", 401)):
        page = stage.open_registration(face)
        stage.walker.follow(page, "registration-frame")
        assert stage.tool.registered.status_code == status
        assert stage.tool.registered.text == "token_already_used"


@pytest.mark.parametrize(
    "change",
    [
        {"application_type": "native"},
        {"grant_types": ["implicit"]},
        {"response_types": ["code"]},
        {"redirect_uris": []},
        {"initiate_login_uri": None},
        {"jwks_uri": None},
        {"client_name": None},
        {"token_endpoint_auth_method": "none"},
        {"scope": AGS + "everything"},
    ],
)
@pytest.mark.parametrize("face", ["canvas", "moodle"])
def test_incomplete_registrations_are_refused(stage: Stage, face: str, change: dict[str, Any]) -> None:
    stage.tool.registration_changes = change
    stage.open_registration(face)
    assert stage.tool.registered.status_code == (422 if face == "canvas" else 400)
    assert stage.inspect(face)["registrations"] == []
    assert stage.violations(face)


@pytest.mark.parametrize(
    ("face", "change"),
    [
        ("moodle", {"domain": "elsewhere.example"}),
        ("canvas", {"domain": "http://tool.example/"}),
        ("canvas", {"custom_parameters": {"number": 7}}),
        ("canvas", {"claims": None}),
        ("moodle", {"messages": None}),
        ("canvas", {"messages": [{"type": "LtiDeepLinkingRequest", "placements": ["nowhere"]}]}),
        ("canvas", {"messages": [{"type": "LtiSubmissionReviewRequest"}]}),
    ],
)
def test_wrong_tool_configurations_are_refused(stage: Stage, face: str, change: dict[str, Any]) -> None:
    stage.tool.tool_changes = change
    stage.open_registration(face)
    assert stage.tool.registered.status_code == (422 if face == "canvas" else 400)


def test_canvas_does_not_take_openid_as_a_scope(stage: Stage) -> None:
    stage.tool.registration_changes = {"scope": "openid " + SCOPES[0]}
    stage.open_registration("canvas")
    assert stage.tool.registered.json()["errors"][0] == {"field": "scopes", "message": "cannot contain openid", "error_code": None}


@pytest.mark.parametrize("face", ["canvas", "moodle"])
def test_adding_by_hand_shows_the_numbers(stage: Stage, face: str) -> None:
    stage.walker.be(face, "alex")
    form = stage.walker.get(f"/{face}/admin/apps/manual")
    base = stage.tool.base
    page = stage.walker.submit(
        form,
        "manual-form",
        name="By hand",
        login_url=base + "/login",
        launch_url=base + "/launch",
        jwks_url=base + "/jwks",
        redirect_uris="",
    )
    seen = stage.inspect(face)
    [app] = seen["registrations"]
    assert page.texts("client-id") == [app["client_id"]]
    assert page.texts("deployment-id") == list(app["deployments"])
    assert page.texts("token-url") == [seen["endpoints"]["token"]]
    assert app["status"] == "active"


def test_canvas_reads_a_developer_key_from_a_url(stage: Stage) -> None:
    stage.walker.be("canvas", "alex")
    form = stage.walker.get("/canvas/admin/apps/json")
    page = stage.walker.submit(form, "json-form", url=stage.tool.base + "/canvas.json")
    [app] = stage.inspect("canvas")["registrations"]
    assert page.texts("client-id") == [app["client_id"]]
    assert app["privacy"] == "name_only"
    assert stage.walker.submit(form, "json-form", url=stage.tool.base + "/nothing").status == 422


def test_only_admins_see_the_admin_pages(stage: Stage) -> None:
    stage.walker.be("canvas", "ada")
    for path in ("/canvas/admin", "/canvas/admin/apps/add", "/canvas/admin/apps/manual", "/canvas/admin/apps/json"):
        assert stage.walker.get(path).status == 403


def test_the_issuer_serves_its_configuration_from_its_own_host(stage: Stage) -> None:
    for face in ("canvas", "moodle"):
        ends = stage.inspect(face)["endpoints"]
        body = requests.get(ends["configuration"], timeout=10).json()
        assert body["issuer"] == f"{stage.base}/{face}"
        assert all(
            body[name].startswith(body["issuer"] + "/")
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint")
        )


def paste(stage: Stage, choice: str = "") -> Page:
    """As Moodle's admin: paste the registration link of a tool that is known, and choose; the tool registers."""
    stage.walker.be("moodle", "alex")
    address = stage.tool.base + "/register"
    page = stage.walker.submit(stage.walker.get("/moodle/admin/apps/add"), "add-app-form", registration_url=address)
    if choice:
        page = stage.walker.submit(page, "choice-form", choice=choice)
        stage.walker.follow(page, "registration-frame")
    return page


def last_token(stage: Stage) -> tuple[str, dict[str, Any]]:
    """The registration token that the tool used last, and what is in it."""
    assert stage.tool.registered is not None
    value = stage.tool.registered.request.headers["Authorization"].removeprefix("Bearer ")
    return value, jwt.decode(value, options={"verify_signature": False})


def read_back(stage: Stage, token: str) -> requests.Response:
    address = stage.inspect("moodle")["endpoints"]["registration"]
    return requests.get(address, headers={"Authorization": f"Bearer {token}"}, timeout=10)


def test_moodle_asks_whether_a_known_domain_is_updated_or_new(stage: Stage) -> None:
    stage.register("moodle")
    [app] = stage.inspect("moodle")["registrations"]
    page = paste(stage)
    assert page.one(f"update-{app['client_id']}")["value"] == app["client_id"]
    assert page.one("register-as-new")
    assert not page.all("registration-frame")
    stage.tool.base = stage.tool.base.replace("127.0.0.1", "localhost")
    assert paste(stage).all("registration-frame")  # another domain


def test_moodle_updates_a_registration_and_keeps_its_numbers(stage: Stage) -> None:
    stage.register("moodle")
    [before] = stage.inspect("moodle")["registrations"]
    assert last_token(stage)[1]["scope"] == "reg"
    assert read_back(stage, last_token(stage)[0]).status_code == 401  # used up, also for reading
    stage.tool.registration_changes = {"client_name": "Newer name", "scope": AGS + "score"}
    page = paste(stage, before["client_id"])
    token, claims = last_token(stage)
    [after] = stage.inspect("moodle")["registrations"]
    assert (claims["scope"], claims["sub"]) == ("reg-update", next(iter(before["deployments"])))
    assert stage.tool.registered.json()["client_id"] == before["client_id"] == after["client_id"]
    assert stage.tool.registered.json()[TOOL]["deployment_id"] == next(iter(before["deployments"]))
    assert (after["deployments"], after["status"], after["name"]) == (before["deployments"], "active", "Newer name")
    assert (before["in_chooser"], after["in_chooser"]) == (True, False)
    assert after["scopes"] == [AGS + "score"]
    assert stage.walker.follow(page, "registration-close").texts("client-id") == [after["client_id"]]

    stage.control("moodle", forget_violations=True)
    told = read_back(stage, token)  # usable until it expires
    assert (told.status_code, told.json()["client_id"], told.json()["client_name"]) == (200, after["client_id"], "Newer name")
    assert len(told.json()["scope"].split()) == 4  # Moodle tells of more than it gives
    assert stage.violations("moodle") == []
    stage.clock.tick(3601)
    assert read_back(stage, token).text == "token_expired"


def test_an_update_of_what_was_deleted_meanwhile_is_refused(stage: Stage) -> None:
    stage.register("moodle")
    [app] = stage.inspect("moodle")["registrations"]
    paste(stage, app["client_id"])
    token, _ = last_token(stage)
    stage.walker.post(f"/moodle/admin/apps/{app['client_id']}", {"deed": "delete"})
    assert read_back(stage, token).status_code == 404
    assert read_back(stage, "guess").status_code == 404
    assert read_back(stage, "").status_code == 401


def test_registering_as_new_adds_a_second_tool(stage: Stage) -> None:
    stage.register("moodle")
    paste(stage, "new")
    apps = stage.inspect("moodle")["registrations"]
    assert [app["status"] for app in apps] == ["active", "pending"]
    assert len({app["client_id"] for app in apps}) == 2


def test_moodle_keeps_a_key_set_until_something_does_not_fit(stage: Stage) -> None:
    for face, fetched in (("moodle", 1), ("canvas", 2)):
        stage.register(face)
        stage.tool.fetches = 0
        for _ in range(2):
            assert stage.tool.ask_token().status_code == 200
        assert stage.tool.fetches == fetched
        stage.tool.kid = f"another-{face}"
        assert stage.tool.ask_token().status_code == 200
        assert stage.tool.fetches == fetched + 1
