"""Launches of both faces, seen from the tool."""

from __future__ import annotations

import json
from typing import Any

import jwt
import pytest
import requests

from tests.practice_lms.conftest import Stage
from tests.practice_lms.fake_tool import AGS, CLAIM

MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
PERSON = "http://purl.imsglobal.org/vocab/lis/v2/"
ENDPOINT = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"


def test_canvas_launch_of_a_teacher(stage: Stage) -> None:
    stage.register("canvas")
    item = stage.place("canvas")
    claims = stage.open("canvas", "ada", item["number"])
    assert claims["azp"] == claims["aud"] == stage.tool.client_id
    assert claims["exp"] - claims["iat"] == 3600
    assert len(claims["sub"]) == 36
    assert claims[CLAIM + "resource_link"]["id"] == item["resource_link_id"]
    assert claims[CLAIM + "roles"] == sorted(
        [PERSON + "institution/person#Student", MEMBERSHIP + "#Learner", PERSON + "system/person#User"]
    )
    assert claims[CLAIM + "custom"] == {
        "history": "",
        "unknown": "$Nobody.knows",
        "Odd.Name": "x",
        "course": claims[CLAIM + "context"]["id"],
        "key": "close-reading",
    }
    assert claims[CLAIM + "lis"]["course_offering_sourcedid"] == "$CourseSection.sourcedId"
    assert claims["https://www.instructure.com/placement"] is None
    assert claims[ENDPOINT]["lineitem"].startswith(claims[ENDPOINT]["lineitems"] + "/")
    assert stage.violations("canvas") == []


def test_canvas_login_names_the_storage_frame_and_its_page_holds_it(stage: Stage) -> None:
    stage.register("canvas")
    item = stage.place("canvas")
    stage.open("canvas", "ada", item["number"])
    login = stage.tool.logins[-1]
    assert login["lti_storage_target"] == "post_message_forwarding"
    assert login["canvas_environment"]
    assert login["lti_deployment_id"] in stage.inspect("canvas")["registrations"][0]["deployments"]
    page = stage.walker.get(f"/canvas/courses/2/items/{item['number']}")
    assert 'name="post_message_forwarding"' in page.answer.text
    assert {"microphone *", "camera *"} <= set(page.one("tool-frame")["allow"].split("; "))
    assert page.answer.headers["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize(
    ("person", "roles"),
    [
        ("tomas", {MEMBERSHIP + "#Instructor", MEMBERSHIP + "/Instructor#TeachingAssistant"}),
        ("olive", {MEMBERSHIP + "#Mentor"}),
        ("dana", {MEMBERSHIP + "#Instructor"}),
        ("test-student", {MEMBERSHIP + "#Learner", "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"}),
        ("rosa", {MEMBERSHIP + "#Learner", PERSON + "institution/person#Instructor"}),
        ("alex", {PERSON + "institution/person#Administrator"}),
    ],
)
def test_canvas_roles(stage: Stage, person: str, roles: set[str]) -> None:
    stage.register("canvas")
    seen = set(stage.open("canvas", person, stage.place("canvas")["number"])[CLAIM + "roles"])
    assert roles <= seen
    assert (MEMBERSHIP + "#Learner" in seen) == (person in ("test-student", "rosa"))
    if person == "alex":
        assert not any(role.startswith(MEMBERSHIP) for role in seen)


def test_canvas_course_and_account_navigation(stage: Stage) -> None:
    stage.register("canvas")
    stage.walker.be("canvas", "ada")
    stage.walker.launch(stage.walker.follow(stage.walker.get("/canvas/courses/2"), "nav-tool"))
    claims = stage.tool.launches[-1]
    assert claims[CLAIM + "resource_link"]["id"] == claims[CLAIM + "context"]["id"]
    assert claims["https://www.instructure.com/placement"] == "course_navigation"
    assert "lineitem" not in claims[ENDPOINT]
    stage.walker.be("canvas", "alex")
    stage.walker.launch(stage.walker.follow(stage.walker.get("/canvas/"), "nav-account-tool"))
    claims = stage.tool.launches[-1]
    assert claims["https://www.instructure.com/placement"] == "account_navigation"
    assert claims[CLAIM + "context"]["type"] == ["Account"]
    assert ENDPOINT not in claims


def test_canvas_course_install_is_a_second_deployment(stage: Stage) -> None:
    stage.register("canvas")
    item = stage.place("canvas")
    account = stage.open("canvas", "ada", item["number"])[CLAIM + "deployment_id"]
    app = stage.inspect("canvas")["registrations"][0]["client_id"]
    stage.walker.be("canvas", "alex")
    stage.walker.post(f"/canvas/admin/apps/{app}", {"deed": "install", "course": "2"})
    own = stage.open("canvas", "ada", item["number"])[CLAIM + "deployment_id"]
    assert own != account
    assert own.endswith(":" + stage.inspect("canvas")["courses"][0]["context_id"])


def test_moodle_launch_of_a_teacher(stage: Stage) -> None:
    stage.register("moodle")
    item = stage.place("moodle")
    claims = stage.open("moodle", "ada", item["number"])
    assert claims["exp"] - claims["iat"] == 60
    assert claims["sub"].isdigit()
    assert "azp" not in claims
    assert claims[CLAIM + "roles"] == [MEMBERSHIP + "#Learner"]
    custom = claims[CLAIM + "custom"]
    assert custom["odd_name"] == custom["Odd.Name"] == "x"
    assert custom["unknown"] == "$Nobody.knows"
    assert custom["course"] == claims[CLAIM + "context"]["id"] == "2"
    assert claims[ENDPOINT]["lineitem"].partition("?")[2].startswith("type_id=")
    assert json.loads(stage.tool.logins[-1]["lti_message_hint"])["launchid"]
    assert "lti_storage_target" not in stage.tool.logins[-1]
    allowed = stage.walker.get(f"/moodle/courses/2/items/{item['number']}").one("tool-frame")["allow"].split("; ")
    assert {f"microphone {stage.tool.base}", f"camera {stage.tool.base}"} <= set(allowed)
    assert stage.violations("moodle") == []


@pytest.mark.parametrize(("person", "role"), [("dana", "Instructor"), ("nils", "Instructor"), ("ruth", "Learner")])
def test_moodle_roles(stage: Stage, person: str, role: str) -> None:
    stage.register("moodle")
    claims = stage.open("moodle", person, stage.place("moodle")["number"])
    assert claims[CLAIM + "roles"] == [f"{MEMBERSHIP}#{role}"]


def test_moodle_moves_reserved_custom_names_into_the_grade_claim(stage: Stage) -> None:
    stage.tool.tool_changes = {"custom_parameters": {"lineitem_url": "$LineItem.url"}}
    stage.register("moodle")
    item = stage.place("moodle")
    claims = stage.open("moodle", "ada", item["number"])
    assert "lineitem_url" not in claims[CLAIM + "custom"]
    assert claims[ENDPOINT]["lineitem"] == stage.inspect("moodle")["line_items"][0]["url"]


@pytest.mark.parametrize("face", ["canvas", "moodle"])
def test_privacy_hides_names(stage: Stage, face: str) -> None:
    stage.register(face)
    item = stage.place(face)["number"]
    assert stage.open(face, "olha", item)["name"] == "Ольга Шевченко"
    stage.control(face, privacy="anonymous")
    claims = stage.open(face, "olha", item)
    assert not {"name", "given_name", "family_name", "email"} & set(claims)


@pytest.mark.parametrize("face", ["canvas", "moodle"])
def test_a_copied_course_has_new_ids_and_a_history(stage: Stage, face: str) -> None:
    stage.register(face)
    item = stage.place(face)
    old = stage.open(face, "ada", item["number"])
    stage.walker.be(face, "dana")
    stage.walker.post(f"/{face}/courses/2/copy", {})
    seen = stage.inspect(face)
    course, copy = seen["courses"][-1], seen["items"][-1]
    new = stage.open(face, "ada", copy["number"], course["number"])
    assert new[CLAIM + "context"]["id"] != old[CLAIM + "context"]["id"]
    assert new[CLAIM + "resource_link"]["id"] != old[CLAIM + "resource_link"]["id"]
    assert new[ENDPOINT]["lineitem"] != old[ENDPOINT]["lineitem"]
    assert new[CLAIM + "custom"]["key"] == "close-reading"
    assert new[CLAIM + "custom"]["history"] == old[CLAIM + "context"]["id"]


def test_duplicate_publish_and_delete(stage: Stage) -> None:
    stage.register("moodle")
    item = stage.place("moodle")["number"]
    stage.walker.post(f"/moodle/courses/2/items/{item}/duplicate", {})
    first, second = stage.inspect("moodle")["items"]
    assert first["resource_link_id"] != second["resource_link_id"]
    assert first["custom"] == second["custom"]
    stage.walker.post(f"/moodle/courses/2/items/{item}/publish", {})
    stage.walker.be("moodle", "ada")
    assert stage.walker.get(f"/moodle/courses/2/items/{item}").status == 403
    stage.walker.be("moodle", "dana")
    stage.walker.post(f"/moodle/courses/2/items/{item}/delete", {})
    assert [found["number"] for found in stage.inspect("moodle")["items"]] == [second["number"]]
    assert len(stage.inspect("moodle")["line_items"]) == 1


def test_moodle_grade_analysis_is_a_submission_review(stage: Stage) -> None:
    stage.register("moodle")
    review = {"url": stage.tool.base + "/launch?review=1", "custom": {"sr": "1"}}
    stage.place("moodle", lineItem={"scoreMaximum": 10, "submissionReview": review})
    stage.walker.be("moodle", "dana")
    book = stage.walker.get("/moodle/courses/2/gradebook")
    stage.walker.launch(stage.walker.follow(book, "grade-analysis"))
    claims = stage.tool.launches[-1]
    assert claims[CLAIM + "message_type"] == "LtiSubmissionReviewRequest"
    assert claims[CLAIM + "target_link_uri"] == review["url"]
    assert claims[CLAIM + "custom"]["sr"] == "1"
    people = {person["sub"] for person in stage.inspect("moodle")["people"]}
    assert claims[CLAIM + "for_user"]["user_id"] in people
    stage.walker.launch(stage.walker.follow(book, "column-review"))
    assert CLAIM + "for_user" not in stage.tool.launches[-1]
    stage.walker.be("moodle", "raj")
    column = stage.inspect("moodle")["line_items"][0]["item"]
    assert stage.walker.get(f"/moodle/courses/2/items/{column}/review/launch?user=4").status == 403


def login_and_authorize(stage: Stage, face: str, item: int, person: str = "ada") -> tuple[str, Any]:
    """The authentication URL that the tool would send the browser to, and the answer to it."""
    stage.walker.be(face, person)
    frame = stage.walker.follow(stage.walker.get(f"/{face}/courses/2/items/{item}"), "tool-frame")
    form = frame.form("oidc-login-form")
    asked = stage.walker.session.post(form["action"], data=form["fields"], allow_redirects=False, timeout=10)
    url = asked.headers["Location"]
    return url, stage.walker.get(url)


@pytest.mark.parametrize("face", ["canvas", "moodle"])
def test_an_authentication_request_works_once(stage: Stage, face: str) -> None:
    stage.register(face)
    url, first = login_and_authorize(stage, face, stage.place(face)["number"])
    assert first.form("oidc-response-form")["fields"]["id_token"]
    again = stage.walker.get(url)
    if face == "canvas":
        assert again.form("oidc-error-form")["fields"]["error"] == "launch_no_longer_valid"
    else:
        assert again.status == 400
        assert again.all("failure")


def test_canvas_launches_grow_stale_after_five_minutes(stage: Stage) -> None:
    stage.register("canvas")
    item = stage.place("canvas")["number"]
    stage.walker.be("canvas", "ada")
    frame = stage.walker.follow(stage.walker.get(f"/canvas/courses/2/items/{item}"), "tool-frame")
    stage.clock.tick(301)
    stage.walker.submit(stage.walker.submit(frame, "oidc-login-form"), "oidc-error-form")
    assert stage.tool.errors[-1]["error"] == "launch_no_longer_valid"


@pytest.mark.parametrize(
    "change",
    [
        {"scope": "openid profile"},
        {"response_type": "code"},
        {"response_mode": "query"},
        {"prompt": "login"},
        {"state": None},
        {"nonce": None},
        {"login_hint": "99"},
        {"nonce": "always the same"},
    ],
)
@pytest.mark.parametrize("face", ["canvas", "moodle"])
def test_wrong_authentication_requests_go_back_with_an_error(stage: Stage, face: str, change: dict[str, str | None]) -> None:
    stage.register(face)
    item = stage.place(face)["number"]
    if change.get("nonce"):
        stage.tool.login_changes = change
        stage.open(face, "ada", item)
    stage.tool.login_changes = change
    _, page = login_and_authorize(stage, face, item)
    assert page.form("oidc-error-form")["fields"]["error"]
    assert stage.violations(face)


@pytest.mark.parametrize("change", ["?item=1", "/"])
@pytest.mark.parametrize("face", ["canvas", "moodle"])
def test_the_redirect_uri_must_match_byte_for_byte(stage: Stage, face: str, change: str) -> None:
    stage.register(face)
    item = stage.place(face)["number"]
    stage.tool.login_changes = {"redirect_uri": stage.tool.base + "/launch" + change}
    _, page = login_and_authorize(stage, face, item)
    assert page.status == 400
    assert "redirect_uri is not one that was registered" in page.texts("problem")


@pytest.mark.parametrize("face", ["canvas", "moodle"])
def test_a_lost_session_is_an_error_but_no_fault_of_the_tool(stage: Stage, face: str) -> None:
    stage.register(face)
    item = stage.place(face)["number"]
    stage.control(face, login_required=True)
    _, page = login_and_authorize(stage, face, item)
    assert page.form("oidc-error-form")["fields"]["error"] in ("login_required", "access_denied")
    assert stage.violations(face) == []


def test_the_key_set_shows_public_signing_keys_only(stage: Stage) -> None:
    for face in ("canvas", "moodle"):
        [key] = requests.get(stage.inspect(face)["endpoints"]["key_set"], timeout=10).json()["keys"]
        assert {"kty", "n", "e", "kid", "alg", "use"} <= set(key)
        assert not {"d", "p", "q"} & set(key)
        assert jwt.PyJWK(key).key_type == "RSA"


def test_scopes_taken_away_leave_the_claims(stage: Stage) -> None:
    stage.register("canvas")
    item = stage.place("canvas")["number"]
    stage.control("canvas", scopes=[AGS + "result.readonly"])
    claims = stage.open("canvas", "ada", item)
    assert claims[ENDPOINT]["scope"] == [AGS + "result.readonly"]
    assert "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice" not in claims
